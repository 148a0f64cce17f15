"""Secrets by which webhooks of schemes are signed: made, shown once, made anew, deleted. The owner alone sees them."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import db
from regulars.shop import signing
from regulars.web.access import OWNER, Seat, staff
from regulars.web.settings.form import Form
from regulars.web.settings.keys import show_keys
from regulars.web.settings.page import said

__all__ = ["drop", "make"]

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@staff("POST", roles=OWNER)
def make(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make a secret, or make it anew; it is in this one answer."""
    form = Form(request.POST)
    name = form.text("secret_name", longest=63)
    if form.is_good and not _NAME.fullmatch(name):
        form.refuse("secret_name", _("Small Latin letters, digits, - and _; a letter first."))
    if not form.is_good:
        return show_keys(request, seat, signing_form=form, status=422)
    with db.transact() as cur:
        secret = signing.make_secret(cur, seat.shop.id, name, seat.actor)
    return show_keys(request, seat, signing_secret=secret, name=name)


@staff("POST", roles=OWNER)
def drop(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Delete a secret."""
    with db.transact() as cur:
        if not signing.drop_secret(cur, seat.shop.id, name, seat.actor):
            raise Http404
    said(request, _("The secret is deleted."))
    return redirect("web:settings_keys")
