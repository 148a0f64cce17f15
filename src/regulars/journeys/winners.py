"""Which way of a split test has won: decided by a person or by the figures, and taken back. Writes.

Everybody new goes that way from then on; who went another way stays there. How sure one may be is judged elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core.deeds import Split
from regulars.journeys.versions import compiled

__all__ = ["Decided", "NoSuchWay", "decide", "standing", "take_back"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands: the way, since when, and by whom."""

    target: str
    at: datetime
    by: str


class NoSuchWay(LookupError):
    """The scheme isn't live, has no such split, or the split has no such way."""


def decide(cur: Cursor, shop_id: int, scheme: str, step: str, target: str, actor: Actor, now: datetime) -> None:
    """From now on everybody new goes to `target`. Raises NoSuchWay."""
    row = cur.execute(
        "select id, live_version_id from journeys_scheme where shop_id = %s and name = %s and live_version_id is not null",
        (shop_id, scheme),
    ).fetchone()
    found = compiled(cur, {row[1]})[row[1]].scheme.steps.get(step) if row is not None else None
    if row is None or not isinstance(found, Split) or target not in found.ways:
        raise NoSuchWay(f"{scheme}: {step} -> {target}")
    cur.execute(
        "insert into journeys_winner (shop_id, scheme_id, step, target, decided_at, decided_by) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (shop_id, scheme_id, step) do update set target = excluded.target,"
        " decided_at = excluded.decided_at, decided_by = excluded.decided_by",
        (shop_id, row[0], step, target, now, str(actor)),
    )
    audit.write(cur, shop_id, actor, "split.decided", "scheme", row[0], step=step, target=target)


def standing(cur: Cursor, shop_id: int, scheme_id: int) -> dict[str, Decided]:
    """The decisions of a scheme, by step."""
    rows = cur.execute(
        "select step, target, decided_at, decided_by from journeys_winner where shop_id = %s and scheme_id = %s",
        (shop_id, scheme_id),
    )
    return {step: Decided(target, at, by) for step, target, at, by in rows.fetchall()}


def take_back(cur: Cursor, shop_id: int, scheme: str, step: str, actor: Actor) -> bool:
    """People are shared out again; False when nothing was decided."""
    row = cur.execute(
        "delete from journeys_winner w using journeys_scheme s where s.id = w.scheme_id and w.shop_id = %s"
        " and s.name = %s and w.step = %s returning w.scheme_id",
        (shop_id, scheme, step),
    ).fetchone()
    if row is None:
        return False
    audit.write(cur, shop_id, actor, "split.taken_back", "scheme", row[0], step=step)
    return True
