"""Who may open which screen: one decorator for every route of the staff, and the seat that a view gets.

Owns the session's shop, the roles, and the headers that all screens carry. An object of another shop is 404, never
403: a view asks its queries with the seat's shop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from regulars.base import db
from regulars.base.actor import Actor
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import queries as staff_queries
from regulars.staff.models import Account
from regulars.staff.queries import Member

__all__ = ["ALL", "LEADS", "OWNER", "SHOP", "Seat", "anybody", "staff"]

OWNER = frozenset({"owner"})
LEADS = frozenset({"owner", "supervisor"})
ALL = frozenset({"owner", "supervisor", "operator"})
SHOP = "shop_id"
"""Key of the session: the shop that an account of several has chosen."""

Route = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits at the screen: an account in one of its shops."""

    account: Account
    role: str
    shop: ShopSettings
    memberships: tuple[Member, ...]
    language: str

    @property
    def actor(self) -> Actor:
        """Whom actions and the audit name."""
        return Actor("staff", self.account.pk)

    @property
    def is_lead(self) -> bool:
        """A supervisor or an owner."""
        return self.role in LEADS

    @property
    def is_owner(self) -> bool:
        """An owner."""
        return self.role in OWNER


def staff(*methods: str, roles: frozenset[str] = ALL) -> Callable[[Route], Route]:
    """A route for these roles; the view gets the seat after the request. Who isn't logged in is sent to do so."""
    allowed = {*methods, *(["HEAD"] if "GET" in methods else [])}

    def made(view: Route) -> Route:
        @wraps(view)
        def route(request: HttpRequest, **parts: Any) -> HttpResponse:
            if not isinstance(request.user, Account):
                return _to_login(request)
            seat = _seat(request, request.user)
            translation.activate(seat.language)  # a refusal speaks it too
            request.LANGUAGE_CODE = seat.language
            if seat.role not in roles:
                raise PermissionDenied
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            response = view(request, seat, **parts)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        route.who, route.methods = roles, allowed  # type: ignore[attr-defined]
        return route

    return made


def anybody(*methods: str) -> Callable[[Route], Route]:
    """A route that needs no login."""
    allowed = {*methods, *(["HEAD"] if "GET" in methods else [])}

    def made(view: Route) -> Route:
        @wraps(view)
        def route(request: HttpRequest, **parts: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            response = view(request, **parts)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        route.who, route.methods = frozenset({"anonymous", *ALL}), allowed  # type: ignore[attr-defined]
        return route

    return made


def _seat(request: HttpRequest, account: Account) -> Seat:
    with db.transact() as cur:
        members = tuple(staff_queries.memberships(cur, account.pk))
        if not members:
            raise PermissionDenied
        chosen = request.session.get(SHOP)
        member = next((m for m in members if m.shop_id == chosen), members[0])
        language = account.language if account.language in ("en", "ru") else "en"
        return Seat(account, member.role, shops.settings_of(cur, member.shop_id), members, language)


def _to_login(request: HttpRequest) -> HttpResponse:
    path = reverse("web:login")
    if request.method in ("GET", "HEAD") and request.path != "/":
        path += "?" + urlencode({"next": request.get_full_path()})
    return redirect(path)
