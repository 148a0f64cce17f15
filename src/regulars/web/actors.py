"""Who did it, by name: 'staff:7' as the screens show it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.staff import queries as staff_queries
from regulars.web import words
from regulars.web.access import Seat

__all__ = ["Actors", "actors"]


class Actors:
    """Names of actors; whoever left the shop keeps his number."""

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names

    def name(self, actor: str | None) -> str:
        """The name of an actor as actions wrote it down; '' for nobody."""
        kind, _colon, id_ = (actor or "").partition(":")
        if kind == "staff" and id_.isdigit():
            # whoever has given no name yet must be seen, too
            return self._names.get(int(id_), f"№ {id_}") or _("a colleague")
        return words.word(words.ACTORS, kind)


def actors(cur: Cursor, seat: Seat, found: Iterable[str | None]) -> Actors:
    """The names of these actors, loaded together."""
    ids = {int(a[6:]) for a in found if a and a.startswith("staff:") and a[6:].isdigit()}
    return Actors(staff_queries.names(cur, seat.shop.id, ids))
