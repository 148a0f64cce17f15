"""Keys for the API: made, shown once, revoked for good."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.intake import keys as door
from regulars.shop import actions, queries, signing
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings.form import Choice, Field, Form
from regulars.web.settings.page import said, show_settings

__all__ = ["SCOPES", "create", "page", "revoke", "show_keys"]

SCOPES = {
    "intake": (gettext_lazy("send"), gettext_lazy("orders, people, products, events come in")),
    "read": (gettext_lazy("read"), gettext_lazy("orders, people, messages, promises")),
    "desk": (gettext_lazy("desk"), gettext_lazy("take tasks and finish them")),
    "admin": (gettext_lazy("change"), gettext_lazy("publish schemes, mend what went wrong")),
    "all": (gettext_lazy("everything"), gettext_lazy("all of these, and what comes later")),
}
"""What a key may do: the word, and what it means. 'loyalty' opens nothing yet, so it isn't offered."""


@staff("GET", roles=OWNER)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The keys that there are."""
    return show_keys(request, seat)


@staff("POST", roles=OWNER)
def create(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make a key; its secret is in this one answer and kept nowhere."""
    form = Form(request.POST)
    name, scopes = form.text("name", longest=80), form.some_of("scopes", SCOPES)
    if not scopes:
        form.refuse("scopes", _("What may the key do? Tick one thing at least."))
    if not form.is_good:
        return show_keys(request, seat, form, status=422)
    with db.transact() as cur:
        secret = actions.create_key(cur, seat.shop.id, name, ["all"] if "all" in scopes else scopes, seat.actor)
    door.forget()
    return show_keys(request, seat, secret=secret, name=name)


@staff("POST", roles=OWNER)
def revoke(request: HttpRequest, seat: Seat, key_id: int) -> HttpResponse:
    """The key opens nothing any more."""
    with db.transact() as cur:
        if key_id not in {k.id for k in queries.keys(cur, seat.shop.id)}:
            raise Http404
        actions.revoke_key(cur, seat.shop.id, key_id, seat.actor)
    door.forget()
    said(request, _("The key is revoked."))
    return redirect("web:settings_keys")


def show_keys(
    request: HttpRequest,
    seat: Seat,
    form: Form | None = None,
    *,
    secret: str = "",
    name: str = "",
    signing_secret: str = "",
    signing_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with what was just made, or with what was wrong in either form."""
    signing_fields = [
        Field("secret_name", _("Its name in schemes"), hint=_("As a scheme writes it: `secret: crm`"), longest=63)
    ]
    if signing_form is not None:
        signing_form.shown(signing_fields)
    fields = [
        Field("name", _("What it is for"), hint=_("For example: the shop’s own program"), longest=80),
        Field(
            "scopes",
            _("What it may do"),
            kind="checks",
            choices=[Choice(k, str(word), k == "intake", str(note)) for k, (word, note) in SCOPES.items()],
        ),
    ]
    if form is not None:
        form.shown(fields)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found: list[dict[str, Any]] = [
            {
                "id": k.id,
                "name": k.name,
                "scopes": ", ".join(str(SCOPES[s][0]) if s in SCOPES else s for s in k.scopes),
                "made": say.when(k.created_at),
                "used": say.when(k.last_used_at) if k.last_used_at else _("not yet"),
                "is_revoked": k.revoked_at is not None,
                "revoked": say.when(k.revoked_at),
                "is_asked": request.GET.get("revoke") == str(k.id),
            }
            for k in queries.keys(cur, seat.shop.id)
        ]
        secrets = signing.names(cur, seat.shop.id)
    context = {
        "keys": found,
        "fields": fields,
        "secret": secret,
        "secret_name": name,
        "docs": "/api/docs",
        "signing": secrets,
        "signing_fields": signing_fields,
        "signing_secret": signing_secret,
        "asked_drop": request.GET.get("drop", ""),
    }
    return show_settings(request, seat, "settings_keys", "settings_keys", context, status)
