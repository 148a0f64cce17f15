"""What Django itself refuses, or could not do: a problem document under /api, a page for people elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views import defaults

from regulars.api.problems import Problem, answer
from regulars.staff.models import Account

__all__ = ["bad_request", "not_found", "our_fault"]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _speak(request: HttpRequest) -> None:
    """Who is logged in is refused in his own language; others in their browser's."""
    user = getattr(request, "user", None)
    if isinstance(user, Account) and user.language in ("en", "ru"):
        translation.activate(user.language)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    if _is_api(request):
        return answer(Problem(404, "there is no such address"))
    _speak(request)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    if _is_api(request):
        return answer(Problem(400, "the request can't be read"))
    _speak(request)
    return defaults.bad_request(request, exception)


def our_fault(request: HttpRequest, *_: Any) -> HttpResponse:
    """500. Nothing of the fault leaves; the log has it."""
    if _is_api(request):
        return answer(Problem(500, "this is a fault of ours; send the same again later"))
    return defaults.server_error(request)
