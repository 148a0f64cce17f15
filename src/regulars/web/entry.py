"""The gate in front of every staff view: who is logged in, in which shop, with which role.

Owns the decorator that each view carries and the request as views see it. Must not know what a view does.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from regulars.base import db
from regulars.base.actor import Actor
from regulars.shop.queries import settings_of
from regulars.shop.settings import ShopSettings
from regulars.staff.models import Account
from regulars.staff.queries import Member, memberships

__all__ = ["SHOP_KEY", "StaffRequest", "anybody", "deed", "page"]

SHOP_KEY = "shop_id"
"""The session's shop, for whoever works in several."""


class StaffRequest(HttpRequest):
    """A request behind the gate."""

    account: Account
    member: Member
    shop: ShopSettings
    shops: list[Member]

    @property
    def actor(self) -> Actor:
        """Who does what this request asks."""
        return Actor("staff", self.account.pk)


StaffView = Callable[..., HttpResponse]
View = Callable[..., HttpResponse]


def page(roles: frozenset[str]) -> Callable[[StaffView], View]:
    """A page: GET and HEAD only, for these roles. It changes nothing."""
    return lambda view: _marked(require_safe(_behind(view, roles)), roles)


def deed(roles: frozenset[str]) -> Callable[[StaffView], View]:
    """A deed: POST only, for these roles."""
    return lambda view: _marked(require_POST(_behind(view, roles)), roles)


def anybody(view: View) -> View:
    """A view for people who are not logged in."""
    return _marked(view, frozenset())


def _marked(view: View, roles: frozenset[str]) -> View:
    cast("Any", view).access = roles
    return view


def _behind(view: StaffView, roles: frozenset[str]) -> View:
    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = request.user
        if not isinstance(account, Account):
            return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/")
        staff = cast("StaffRequest", request)
        with db.transact() as cur:
            staff.shops = memberships(cur, account.pk)
            chosen = [m for m in staff.shops if m.shop_id == request.session.get(SHOP_KEY)] or staff.shops[:1]
            if chosen:
                staff.shop = settings_of(cur, chosen[0].shop_id)
        staff.account = account
        translation.activate(account.language)
        request.LANGUAGE_CODE = account.language
        if not chosen or chosen[0].role not in roles:
            from regulars.web.errors import not_allowed  # noqa: PLC0415 - the page of an error needs the frame, and that this

            return not_allowed(request)
        staff.member = chosen[0]
        response = view(staff, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return gate
