"""A change under an `Idempotency-Key`: the header's description, its check, and a repeat answered with the first answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from regulars.api.problems import Problem
from regulars.base.db import Cursor
from regulars.base.idempotency import LONGEST_KEY, KeyReused, once

__all__ = ["KEY_HEADER", "answered", "key_of"]

KEY_HEADER = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
            "description": "The same key with the same request is answered with the first answer",
        }
    ]
}


def key_of(request: HttpRequest) -> str:
    """The request's key, '' without one. Raises Problem where it is too long."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise Problem(422, f"an Idempotency-Key has at most {LONGEST_KEY} characters")
    return key


def answered(
    cur: Cursor, shop_id: int, key: str, request: HttpRequest, deed: Callable[[], tuple[int, bytes]]
) -> HttpResponse:
    """The answer of `deed` (status, JSON), or under a known key the first one. Raises Problem for a key used otherwise."""
    if not key:
        status, answer = deed()
    else:
        asked = f"{request.method} {request.path}\n".encode() + request.body
        try:
            status, answer, _ = once(cur, shop_id, key, asked, deed)
        except KeyReused as error:
            raise Problem(422, "this Idempotency-Key was used for another request", code="key_reused") from error
    return HttpResponse(answer, status=status, content_type="application/json; charset=utf-8")
