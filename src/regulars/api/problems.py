"""The API's one form of error: RFC 9457 problem documents, with a JSON pointer to each bad field.

Owns the exception that operations raise, and the turning of everything else (ninja's, Django's) into the same form.
No answer repeats what was sent.
"""

import json
import logging
from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

__all__ = ["MEDIA_TYPE", "Problem", "answer", "handled", "in_form", "not_found"]

MEDIA_TYPE = "application/problem+json"
_CHALLENGE = 'Bearer realm="regulars"'

log = logging.getLogger(__name__)


class Problem(Exception):
    """The request ends with this problem. `code` is stable, for programs; `errors`: {pointer, detail, code}."""

    def __init__(
        self, status: int, detail: str, *, code: str = "", errors: Sequence[dict[str, str]] = (), **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code, self.errors, self.more = status, detail, code, list(errors), more

    @classmethod
    def field(cls, pointer: str, detail: str, code: str = "wrong_value") -> "Problem":
        """422 for one bad field."""
        return cls(422, f"{pointer} {detail}", errors=[{"pointer": pointer, "detail": detail, "code": code}])


def not_found(what: str) -> Problem:
    """404: there is no such thing in this key's shop."""
    return Problem(404, f"there is no such {what}")


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.code:
        body["code"] = problem.code
    if problem.errors:
        body["errors"] = problem.errors
    response = HttpResponse(json.dumps(body | problem.more), status=problem.status, content_type=MEDIA_TYPE)
    if problem.status == 401:
        response["WWW-Authenticate"] = _CHALLENGE
    if problem.status == 503:
        response["Retry-After"] = "1"
    return response


def handled(api: NinjaAPI) -> None:
    """Let the API answer in this form whatever is raised in an operation; what is not known goes on to Django's 500."""

    answers: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        AuthenticationError: lambda _: Problem(401, "a valid API key is needed"),
        HttpError: _of_http,
        ValidationError: _of_form,
        Http404: lambda _: Problem(404, "there is no such address"),
        RequestDataTooBig: lambda _: Problem(413, "the body is too large"),
        # The server is away, or every connection to it is in use. Nothing was changed, so asking again is harmless.
        psycopg.OperationalError: _of_absence,
        OperationalError: _of_absence,
        InterfaceError: _of_absence,
        # A NUL, or half of a character: legal in JSON and in addresses, but no text that can be kept or looked for.
        psycopg.DataError: lambda _: Problem(422, "a text holds what no text can hold"),
        UnicodeEncodeError: lambda _: Problem(422, "a text holds what no text can hold"),
    }
    for kind, made in answers.items():
        api.add_exception_handler(kind, _handler(made))


def _handler(made: Callable[[Any], Problem]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, error: answer(made(error))


def _of_absence(error: Exception) -> Problem:
    log.warning("api: %s", type(error).__name__)
    return Problem(503, "the database does not answer; ask again")


def _of_http(error: HttpError) -> Problem:
    return Problem(error.status_code, "the body is not JSON" if error.status_code == 400 else str(error))


def _of_form(error: ValidationError) -> Problem:
    found = [_bad_field(e) for e in error.errors]
    if any(e["type"] == "json_invalid" for e in error.errors):
        return Problem(400, "the body is not JSON")
    return Problem(422, "; ".join(f"{e['pointer']} {e['detail']}" for e in found), errors=found)


def _bad_field(error: dict[str, Any]) -> dict[str, str]:
    source, *path = error["loc"]
    if source == "body" and path:
        path = path[1:]  # the first is the name of our own parameter
    names = [str(p).replace("~", "~0").replace("/", "~1") for p in path]
    return {"pointer": "".join(f"/{n}" for n in names), "detail": str(error["msg"]), "code": str(error["type"])}


def in_form(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, whose bare 405 becomes a problem that still names what is allowed."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response["Allow"]
        found = answer(Problem(405, f"only {allowed} is known here"))
        found["Allow"] = allowed
        return found

    return wrapped
