"""Pages of lists by keyset: where the next one begins travels as opaque text in `?after=`.

Owns that text's form. One that isn't ours begins at the first page.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.http import HttpRequest

__all__ = [
    "PAGE",
    "after_id",
    "after_moment",
    "id_mark",
    "id_of",
    "moment_mark",
    "next_query",
    "note_of",
    "our_id",
    "split",
    "text_of",
]

PAGE = 50
_LONGEST = 200
_LARGEST = (1 << 63) - 1

Row = TypeVar("Row")


def split(rows: Sequence[Row], mark: Callable[[Row], str]) -> tuple[Sequence[Row], str | None]:
    """PAGE rows of the PAGE + 1 read, and the mark of the last one when more follow."""
    if len(rows) <= PAGE:
        return rows, None
    page = rows[:PAGE]
    return page, mark(page[-1])


def id_mark(id_: int) -> str:
    """The mark of a list sorted by id."""
    return _text(str(id_))


def moment_mark(at: datetime | None, id_: int) -> str:
    """The mark of a list sorted by a moment and an id; no moment comes last."""
    return _text(f"{at.isoformat() if at else ''}|{id_}")


def after_id(request: HttpRequest) -> int | None:
    """The id after which the page begins."""
    try:
        return _id(_plain(request))
    except ValueError:
        return None


def after_moment(request: HttpRequest) -> tuple[datetime | None, int] | None:
    """The moment and id after which the page begins."""
    try:
        at, _, id_ = _plain(request).partition("|")
        return (_aware(at) if at else None), _id(id_)
    except ValueError:
        return None


def id_of(request: HttpRequest, name: str) -> int | None:
    """An id of ours in the query; None when there is none."""
    try:
        return _id(request.GET.get(name, ""))
    except ValueError:
        return None


def next_query(request: HttpRequest, mark: str | None) -> str | None:
    """The query of the next page: the same filters, another beginning."""
    if mark is None:
        return None
    query = request.GET.copy()
    query["after"] = mark
    return query.urlencode()


def text_of(request: HttpRequest, name: str, known: Sequence[Any] | None = None) -> str:
    """A filter's text, trimmed; '' when it isn't one of the known."""
    text = request.GET.get(name, "").replace("\x00", "").strip()[:200]
    return text if known is None or text in known else ""


def our_id(text: str) -> int | None:
    """An id of ours that came in a form or a query; None when it can't be one."""
    try:
        return _id(text) if text.isascii() and text.isdigit() else None
    except ValueError:
        return None


def note_of(request: HttpRequest) -> str:
    """A reason that was typed into a form, trimmed."""
    return request.POST.get("note", "").replace("\x00", "").strip()[:500]


def _text(plain: str) -> str:
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _plain(request: HttpRequest) -> str:
    text = request.GET.get("after", "")
    if not text or len(text) > _LONGEST or not text.isascii():
        raise ValueError("not a mark")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at


def _id(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _LARGEST:
        raise ValueError("not an id of ours")
    return number
