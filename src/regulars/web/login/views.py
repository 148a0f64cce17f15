"""Logging in by password or one-time link, logging out, the own password, language, theme and shop.

Owns the limits on tries: by address of the net together with the account, so that nobody can lock somebody else out.
A link logs in by POST only: whoever merely opens it (a scanner) spends nothing.
"""

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import audit, clock, db, ratelimit
from regulars.base.actor import Actor
from regulars.shop import queries as shops
from regulars.staff import actions
from regulars.staff.models import Account
from regulars.web.access import SHOP, Seat, anybody, staff
from regulars.web.page import show
from regulars.web.paths import safe_path

__all__ = ["come_in", "go_out", "link", "password", "set_language", "set_shop", "set_theme"]

TRIES, TRIES_SECONDS = 5, 300
TRIES_OF_ADDRESS = 60
BY_LINK = "by_link_at"
LINK_IS_FRESH_SECONDS = 15 * 60
LANGUAGES = ("en", "ru")
THEMES = ("light", "dark", "")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@anybody("GET", "POST")
def come_in(request: HttpRequest) -> HttpResponse:
    """The page of the password."""
    if request.method != "POST":
        return _form(request)
    email = request.POST.get("email", "").replace("\x00", "").strip().lower()[:320]
    wait, left = _count_try(request, email)
    if wait:
        response = _form(request, email, _("Too many tries. Try again in %(n)d min.") % {"n": wait // 60 + 1}, 429)
        response["Retry-After"] = str(wait)
        return response
    account = authenticate(request, username=email, password=request.POST.get("password", ""))
    if not isinstance(account, Account):
        return _form(request, email, f"{_('The password doesn’t fit this address.')} {_tries_left(left)}", 422)
    return _entered(request, account, "password")


@anybody("GET", "POST")
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link: GET shows a button, POST logs in and spends the link."""
    if request.method != "POST":
        return _link_page(request)
    if not _allowed(f"link:{_digest(_address(request))}", TRIES_OF_ADDRESS):
        return _link_page(request, _("Too many tries. Try again in a while."), 429)
    with db.transact() as cur:
        account_id = actions.use_login_link(cur, secret)
    account = Account.objects.filter(pk=account_id, is_active=True).first() if account_id else None
    if account is None:
        error = _("This link was used already, or is older than a day. Ask the owner for a new one.")
        return _link_page(request, error, 422)
    response = _entered(request, account, "link")
    request.session[BY_LINK] = clock.machine_now().timestamp()
    return response


@anybody("POST")
def go_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("web:login")


@anybody("POST")
def set_language(request: HttpRequest) -> HttpResponse:
    """English or Russian; kept with the account when there is one, else in a cookie."""
    language = request.POST.get("language", "")
    if language not in LANGUAGES:
        raise Http404
    if isinstance(request.user, Account):
        with db.transact() as cur:
            actions.set_language(cur, request.user.pk, language)
    response = redirect(safe_path(request.POST.get("next", "")))
    return _with_language(response, language)


@anybody("POST")
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it (''); kept in a cookie, since it belongs to the screen, not to the account."""
    theme = request.POST.get("theme")
    if theme not in THEMES:
        raise Http404
    response = redirect(safe_path(request.POST.get("next", "")))
    if theme:
        response.set_cookie(
            "theme", theme, max_age=365 * 86_400, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@staff("POST")
def set_shop(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Go over to another of the account's shops."""
    wanted = request.POST.get("shop", "")
    member = next((m for m in seat.memberships if str(m.shop_id) == wanted), None)
    if member is None:
        raise Http404
    request.session[SHOP] = member.shop_id
    return redirect("web:home")


@staff("GET", "POST")
def password(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Set the own password: with the present one, or fresh from a one-time link."""
    account = seat.account
    needs_old = account.has_usable_password() and not _is_fresh(request)
    if request.method != "POST":
        return show(request, seat, "me", "password", {"needs_old": needs_old})
    problems = _password_problems(request, account, needs_old)
    if problems:
        return show(request, seat, "me", "password", {"needs_old": needs_old, "problems": problems}, status=422)
    with db.transact() as cur:
        actions.set_password(cur, account.pk, request.POST["new"], seat.actor)
    update_session_auth_hash(request, Account.objects.get(pk=account.pk))
    request.session.pop(BY_LINK, None)
    messages.success(request, _("Your password is set. Other sessions of yours have ended."))
    return redirect("web:home")


def _password_problems(request: HttpRequest, account: Account, needs_old: bool) -> dict[str, Any]:
    """What is wrong, by field."""
    problems: dict[str, Any] = {}
    new = request.POST.get("new", "")
    if needs_old:
        if not _allowed(f"password:{account.pk}", TRIES):
            return {"old": [_("Too many tries. Try again in a while.")]}
        if not account.check_password(request.POST.get("old", "")):
            problems["old"] = [_("This isn’t your present password.")]
    try:
        forms.CharField(max_length=200).clean(new)
        validate_password(new, account)
    except ValidationError as error:
        problems["new"] = error.messages
    if new != request.POST.get("again", ""):
        problems["again"] = [_("The two are not the same.")]
    return problems


def _is_fresh(request: HttpRequest) -> bool:
    at = request.session.get(BY_LINK)
    return at is not None and clock.machine_now().timestamp() - at < LINK_IS_FRESH_SECONDS


def _entered(request: HttpRequest, account: Account, by: str) -> HttpResponse:
    login(request, account, backend=BACKEND)
    request.session.cycle_key()  # also when this account was logged in already: no key from before is worth anything
    with db.transact() as cur:
        audit.write(cur, None, Actor("staff", account.pk), "account.logged_in", "account", account.pk, by=by)
    if by == "link" and not account.has_usable_password():
        response = redirect("web:password")
    else:
        response = redirect(safe_path(request.POST.get("next", "")))
    return _with_language(response, account.language)


def _form(request: HttpRequest, email: str = "", error: str = "", status: int = 200) -> HttpResponse:
    next_ = request.POST.get("next") or request.GET.get("next", "")
    context = {"email": email, "error": error, "next": next_, "shop_name": _shop_name()}
    return render(request, "web/login.html", context, status=status)


def _link_page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {"error": error, "shop_name": _shop_name()}
    return _hidden(render(request, "web/login_link.html", context, status=status))


def _shop_name() -> str:
    """Whose door it is; of an installation of several shops nobody is told which there are."""
    with db.transact() as cur:
        found = shops.shops(cur)
    return found[0].name if len(found) == 1 else ""


def _with_language(response: HttpResponse, language: str) -> HttpResponse:
    if language in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 86_400,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    return response


def _hidden(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _tries_left(left: int) -> str:
    pause = TRIES_SECONDS // 60
    if left == 0:
        return _("That was the last try for now: then a pause of %(n)d min.") % {"n": pause}
    return ngettext(
        "%(left)d try more, then a pause of %(n)d min.", "%(left)d tries more, then a pause of %(n)d min.", left
    ) % {"left": left, "n": pause}


def _count_try(request: HttpRequest, email: str) -> tuple[int, int]:
    """Count this try: seconds to wait when there were too many, and how many are left."""
    address = _digest(_address(request))
    with db.transact() as cur:
        of_pair = ratelimit.hit(cur, 0, f"login:{_digest(email)}:{address}", TRIES, TRIES_SECONDS)
        of_address = ratelimit.hit(cur, 0, f"login:{address}", TRIES_OF_ADDRESS, TRIES_SECONDS)
    return max(of_pair.retry_after_seconds, of_address.retry_after_seconds), min(of_pair.left, of_address.left)


def _allowed(bucket: str, limit: int) -> bool:
    with db.transact() as cur:
        return ratelimit.hit(cur, 0, bucket, limit, TRIES_SECONDS).allowed


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
