"""The door's answers: 202 with the delivery's address, RFC 9457 problems, and a feed's own words.

Owns the shapes only; it decides nothing. No answer repeats what was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from regulars.base.errors import BadItem
from regulars.intake.glance import Batch

__all__ = ["Refused", "Reply", "accepted", "accepted_batch", "bad_item", "come_again", "located", "problem"]

_encode = msgspec.json.Encoder().encode
_NOT_JSON = frozenset({"not_json", "not_utf8", "too_deep"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class Refused(Exception):
    """The request ends here, with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def accepted(delivery_id: int) -> bytes:
    """The body of the 202 for one item."""
    return b'{"accepted":1,"rejected":[],"delivery":"/api/v1/deliveries/%d"}' % delivery_id


def accepted_batch(delivery_id: int, batch: Batch) -> bytes:
    """The body of the 202 for a batch."""
    return _encode(
        {
            "accepted": batch.items - len(batch.rejected),
            "rejected": batch.rejected,
            "delivery": f"/api/v1/deliveries/{delivery_id}",
        }
    )


def located(body: bytes, delivery_id: int, *, taken: Any = None, waited: bool = False) -> Reply:
    """A 202 with the delivery's address; `taken`: the result, when the sender waited and it was taken in."""
    location = ("Location", f"/api/v1/deliveries/{delivery_id}")
    if not waited:
        return Reply(202, body, (location,))
    full = msgspec.json.decode(body) | {"taken": taken is not None, "result": taken}
    return Reply(202, _encode(full), (location, ("Preference-Applied", "wait")))


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[dict[str, str]] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """An RFC 9457 problem; `errors`: {pointer, detail, code} of each bad field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return Reply(status, _encode(body), headers, "application/problem+json")


def bad_item(bad: BadItem) -> Reply:
    """400 when it is not JSON, 413 when it is too much, else 422 with every bad field."""
    status = 400 if bad.code in _NOT_JSON else 413 if bad.code == "too_many" else 422
    errors = [{"pointer": p.pointer, "detail": p.detail, "code": p.code} for p in bad.problems]
    where = bad.pointer or "the body"
    return problem(status, f"{where} {bad.detail}", errors=errors)


def come_again() -> Reply:
    """503: nothing is known to be kept; sending the same once more is harmless."""
    return problem(503, "not stored; send the same again", headers=(("Retry-After", "1"),))
