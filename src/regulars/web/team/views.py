"""The shop's staff, and the one-time link that the owner gives to somebody who can't log in."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from regulars.base import audit, clock, db
from regulars.staff import actions, queries
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for, show

__all__ = ["link", "listing"]


@staff("GET", roles=OWNER)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who works here as what."""
    return _list(request, seat)


@staff("POST", roles=OWNER)
def link(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Make a link that logs this colleague in once within a day; it is shown here and kept nowhere."""
    with db.transact() as cur:
        found = {c.account_id: c for c in queries.colleagues(cur, seat.shop.id)}.get(account_id)
        if found is None or not found.is_active:
            raise Http404
        if not _is_ours(cur, seat, account_id):
            raise PermissionDenied
        secret = actions.login_link(cur, account_id)
        audit.write(cur, seat.shop.id, seat.actor, "account.link_made", "account", account_id)
    base = settings.REGULARS_PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return _list(request, seat, found.name, base + reverse("web:login_link", args=[secret]))


def _is_ours(cur: db.Cursor, seat: Seat, account_id: int) -> bool:
    """Whether the account works only where this owner owns: the link opens all of its shops."""
    owned = {m.shop_id for m in seat.memberships if m.role == "owner"}
    return all(m.shop_id in owned for m in queries.memberships(cur, account_id))


def _list(request: HttpRequest, seat: Seat, name: str = "", address: str = "") -> HttpResponse:
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = [
            {"c": c, "role": words.word(words.ROLES, c.role), "last": say.when(c.last_login)}
            for c in queries.colleagues(cur, seat.shop.id)
        ]
    return show(request, seat, "team", "team", {"colleagues": found, "link_name": name, "link": address})
