"""What all the buyer's pages share: the link is opened, the language chosen, the answer kept out of caches and indexes.

Owns the limits: a POST counts against its link, a bad link against the address it came from, so that guessing is slow
and a good link always opens. A link stands in for a login and for a CSRF token: nobody else knows it.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from regulars.base import db, ratelimit
from regulars.outbox import filters
from regulars.public.link import LANGUAGES, Opened, open_link

__all__ = ["address_of", "buyer_page", "show"]

METHODS = ("GET", "HEAD", "POST")
POSTS_AN_HOUR = 30
BAD_LINKS_A_MINUTE = 60
_NAMES = {"en": "English", "ru": "Русский"}

View = Callable[[HttpRequest, Opened], HttpResponse]
Route = Callable[..., HttpResponse]


def buyer_page(purpose: str) -> Callable[[View], Route]:
    """Makes a view of an opened link into a route that takes the token."""

    def made(view: View) -> Route:
        @csrf_exempt
        @require_http_methods([*METHODS])
        @wraps(view)
        def route(request: HttpRequest, token: str) -> HttpResponse:
            with db.transact() as cur:
                opened = open_link(cur, token, purpose)
            if opened is None:
                return _guarded(_no_link(request))
            with translation.override(opened.language(_asked(request))):
                if request.method == "POST" and not _allowed(
                    f"public:post:{purpose}:{_digest(token)}", POSTS_AN_HOUR, 3600
                ):
                    return _guarded(_too_often(request))
                return _guarded(view(request, opened))

        route.methods = frozenset(METHODS)  # type: ignore[attr-defined]
        return route

    return made


def show(
    request: HttpRequest, opened: Opened, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page in the reader's language. The context holds nothing that names him unless he has posted."""
    language = translation.get_language()
    kept = {key: request.GET[key] for key in ("answer",) if key in request.GET}
    until = filters.Context(language, opened.shop.time_zone, opened.shop.time_zone, opened.expires_at)
    return render(
        request,
        f"public/{template}.html",
        {
            "shop": opened.shop,
            "mark": opened.shop.name[:1].upper(),
            "shop_phone": filters.phone(opened.shop.phone, until),
            "until": filters.day(opened.expires_at, until),
            "language": language,
            "languages": [(key, _NAMES[key], "&".join([*(f"{k}={v}" for k, v in kept.items()), f"lang={key}"]))
                          for key in LANGUAGES if key != language],
            **(context or {}),
        },
        status=status,
    )  # fmt: skip


def address_of(request: HttpRequest) -> str:
    """The net address that the request came from, as the proof of a consent keeps it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _asked(request: HttpRequest) -> str | None:
    return request.POST.get("lang") or request.GET.get("lang")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _allowed(bucket: str, limit: int, seconds: int) -> bool:
    with db.transact() as cur:
        return ratelimit.hit(cur, 0, bucket, limit, seconds).allowed


def _no_link(request: HttpRequest) -> HttpResponse:
    """The same page for whatever is wrong with a link."""
    with translation.override(_own_language(request)):
        if not _allowed(f"public:bad:{_digest(address_of(request))}", BAD_LINKS_A_MINUTE, 60):
            return _too_often(request)
        return render(request, "public/no_link.html", {"language": translation.get_language()}, status=404)


def _too_often(request: HttpRequest) -> HttpResponse:
    response = render(request, "public/too_often.html", {"language": translation.get_language()}, status=429)
    response["Retry-After"] = "60"
    return response


def _own_language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else translation.get_language_from_request(request)


def _guarded(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = translation.get_language() or "en"
    return response
