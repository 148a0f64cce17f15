"""Who may open which screen: one decorator for every route of the staff, and the seat that a view gets.

Owns the session's shop, the roles, and the headers that all screens carry. An object of another shop is 404, never
403: a view asks its queries with the seat's shop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.rules.visibility import Sight, sees_task, sight
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import presence
from regulars.staff import queries as staff_queries
from regulars.staff.models import Account
from regulars.staff.queries import Member

__all__ = ["ALL", "LEADS", "OWNER", "SHOP", "Seat", "anybody", "only_teams", "sees", "staff", "unseen"]

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
    def sight(self) -> Sight:
        """Which fields of a buyer this seat sees."""
        return sight(self.shop.visibility, self.role)

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
            if "task_id" in parts and "operator" in roles:
                _hidden(seat, parts["task_id"])
            response = view(request, seat, **parts)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        route.who, route.methods = roles, allowed  # type: ignore[attr-defined]
        return route

    return made


def only_teams(cur: Cursor, seat: Seat) -> list[str]:
    """The teams to whose work this seat's sight ends; none: it sees the work of all."""
    if seat.sight.shows("colleagues"):
        return []
    return presence.desk_of(cur, seat.shop.id, seat.account.pk)[1]


def sees(seat: Seat, teams: list[str], task: TaskRow) -> bool:
    """Whether a task is there for this seat, whose sight ends at the work of `teams` (`only_teams`)."""
    return sees_task(teams, task.team, is_his=str(seat.actor) in (task.claimed_by, task.finished_by))


def unseen(cur: Cursor, seat: Seat, task_ids: Iterable[int | None]) -> set[int]:
    """Those of these tasks that aren't there for this seat: no link leads to them."""
    teams = only_teams(cur, seat)
    if not teams:
        return set()
    found = desk.tasks_by_id(cur, seat.shop.id, sorted({i for i in task_ids if i}))
    return {i for i, task in found.items() if not sees(seat, teams, task)}


def _hidden(seat: Seat, task_id: int) -> None:
    """What is done with a task is done with one that is there for this seat. Raises Http404."""
    if seat.sight.shows("colleagues"):
        return
    with db.transact() as cur:
        if unseen(cur, seat, [task_id]):
            raise Http404


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
