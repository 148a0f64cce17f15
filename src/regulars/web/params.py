"""What a page's address and a form say, read with limits: nothing here reaches the database too long or with a NUL."""

from datetime import datetime

from django.http import HttpRequest, QueryDict

__all__ = ["IdConverter", "after_id", "after_moment", "choice", "cursor", "field", "query"]

LONGEST_QUERY = 200


class IdConverter:
    """One of our ids in an address; what has more digits is no address of ours."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The id."""
        return int(value)

    def to_url(self, value: int) -> str:
        """As it stands in the address."""
        return str(value)


def query(request: HttpRequest, name: str, longest: int = LONGEST_QUERY) -> str:
    """A text of the address's query, '' when it isn't there."""
    return field(request.GET, name, longest).strip()


def field(data: QueryDict, name: str, longest: int = 10_000) -> str:
    """A text of a form, without NULs, cut at `longest` characters."""
    return (data.get(name) or "").replace("\0", "").replace("\r\n", "\n")[:longest]


def choice(request: HttpRequest, name: str, known: tuple[str, ...]) -> str | None:
    """One of the known words, None for anything else."""
    value = query(request, name)
    return value if value in known else None


def cursor(*parts: object) -> str:
    """The place of a row, for the address of the next page."""
    return "~".join(p.isoformat() if isinstance(p, datetime) else str(p) for p in parts)


def after_id(request: HttpRequest, name: str = "after") -> int | None:
    """The id after which the page begins; None: at the beginning."""
    return _id(query(request, name))


def after_moment(request: HttpRequest, name: str = "after") -> tuple[datetime, int] | None:
    """The (moment, id) after which the page begins; None: at the beginning."""
    moment, _, number = query(request, name).replace(" ", "+").partition("~")
    id_ = _id(number)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return None if id_ is None or at.tzinfo is None else (at, id_)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
