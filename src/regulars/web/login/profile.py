"""One's own account: name, e-mail for logging in, language of the screens; and an end to one's other sessions."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.staff import actions
from regulars.staff.actions import StaffError
from regulars.staff.models import Account
from regulars.web.access import Seat, staff
from regulars.web.page import show
from regulars.web.settings import choices
from regulars.web.settings.choices import LANGUAGES
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import said, say_saved

__all__ = ["end_others", "page", "save"]


@staff("GET")
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The account as it stands."""
    return show(request, seat, "me", "me", {"fields": _fields(seat)})


@staff("POST")
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change it."""
    form = Form(request.POST)
    name, email = form.text("name", longest=80), form.email("email")
    language = form.one_of("language", LANGUAGES)
    with db.transact() as cur:
        now = clock.now_from(cur)
        if form.is_good:
            try:
                actions.set_profile(cur, seat.account.pk, name, email, language, seat.actor)
            except StaffError:
                form.refuse("email", _("Another account has this address."))
    if not form.is_good:
        fields = _fields(seat)
        form.shown(fields)
        return show(request, seat, "me", "me", {"fields": fields}, 422)
    with translation.override(language):
        say_saved(request, seat, now)
    return redirect("web:me")


@staff("POST")
def end_others(request: HttpRequest, seat: Seat) -> HttpResponse:
    """End all sessions of this account but the present one."""
    with db.transact() as cur:
        actions.end_sessions(cur, seat.shop.id, seat.account.pk, seat.actor)
    update_session_auth_hash(request, Account.objects.get(pk=seat.account.pk))
    said(request, _("Your other sessions have ended."))
    return redirect("web:me")


def _fields(seat: Seat) -> list[Field]:
    account = seat.account
    return [
        Field("name", _("Name"), account.name, hint=_("Colleagues see it, and buyers hear it."), complete="name", longest=80),
        Field("email", _("E-mail"), account.email, kind="email", hint=_("You log in with it."), complete="username", longest=320),
        Field(
            "language", _("Language of the screens"), kind="select", choices=choices.languages(seat.language),
            is_short=True,
        ),
    ]  # fmt: skip
