"""Why somebody is, or is not, in a scheme: what kept him out, and whether anything would have let him in.

Owns these reads; each is of one person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["RefusalRow", "SchemeStand", "StartEvent", "refusals", "stand_of", "starts_of"]

MOST = 50


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """An event that began nothing. `code`: 'where', 'active', 'once', 'too_soon' or 'paused'; `facts`: what was seen."""

    n: int
    order_id: int | None
    at: datetime
    code: str
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StartEvent:
    """Something that happened to the person which starts the scheme. `live`: False for what came in as history."""

    kind: str
    at: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class SchemeStand:
    """Whether the scheme takes people: since when it is there, whether it is live, since when it is paused."""

    first_published_at: datetime
    is_live: bool
    paused_at: datetime | None


def refusals(cur: Cursor, shop_id: int, person_ids: Sequence[int], name: str) -> list[RefusalRow]:
    """The newest refusals of these persons (one and whoever was merged into him) at a scheme, oldest first."""
    rows = cur.execute(
        "select v.n, r.order_id, r.at, r.code, e.kind, r.facts from journeys_refusal r"
        " join journeys_scheme s on s.id = r.scheme_id join journeys_version v on v.id = r.version_id"
        " join events_event e on e.id = r.event_id"
        " where r.shop_id = %s and r.person_id = any(%s) and s.name = %s order by r.id desc limit %s",
        (shop_id, list(person_ids), name, MOST),
    ).fetchall()
    return [RefusalRow(*r) for r in reversed(rows)]


def starts_of(cur: Cursor, shop_id: int, person_ids: Sequence[int], kinds: Sequence[str]) -> list[StartEvent]:
    """The newest events of these kinds that happened to him, oldest first."""
    rows = cur.execute(
        "select kind, occurred_at, live from events_event where shop_id = %s and person_id = any(%s) and kind = any(%s)"
        " order by id desc limit %s",
        (shop_id, list(person_ids), list(kinds), MOST),
    ).fetchall()
    return [StartEvent(*r) for r in reversed(rows)]


def stand_of(cur: Cursor, shop_id: int, name: str) -> SchemeStand | None:
    """How the scheme stands; None when there is none of that name."""
    row = cur.execute(
        "select min(v.published_at), s.live_version_id is not null, s.paused_at from journeys_scheme s"
        " join journeys_version v on v.scheme_id = s.id where s.shop_id = %s and s.name = %s group by s.id",
        (shop_id, name),
    ).fetchone()
    return None if row is None else SchemeStand(*row)
