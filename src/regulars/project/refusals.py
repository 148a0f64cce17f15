"""What Django itself refuses, or could not do: a problem document under /api, a page for people elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from regulars.api.problems import Problem, answer

__all__ = ["bad_request", "not_found", "our_fault"]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    if _is_api(request):
        return answer(Problem(404, "there is no such address"))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    if _is_api(request):
        return answer(Problem(400, "the request can't be read"))
    return defaults.bad_request(request, exception)


def our_fault(request: HttpRequest, *_: Any) -> HttpResponse:
    """500. Nothing of the fault leaves; the log has it."""
    if _is_api(request):
        return answer(Problem(500, "this is a fault of ours; send the same again later"))
    return defaults.server_error(request)
