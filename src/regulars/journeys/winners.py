"""Which way of a split test has won: decided by a person or by the figures, taken back, left to the figures again. Writes.

Everybody new goes that way from then on; who went another way stays there. How sure one may be is judged elsewhere. Where
the figures decide (`winner: auto`), what a person took back they don't decide again, until a person lets them or the test
has other ways.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.base import audit, db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.core.deeds import AUTO_WINNER, Split
from regulars.journeys.versions import compiled

__all__ = [
    "Decided", "Figures", "NoSuchWay", "TakenBack", "decide", "is_held", "let_figures", "settle", "standing", "take_back",
    "taken_back",
]  # fmt: skip

Figures = Literal["with", "against", "before", "equal", "broken"]
"""What the figures said of the way when it was decided for: this one; another; none yet; no matter which; the shares of the
test were off."""
_KEY = "shop_id = %s and scheme_id = %s and step = %s"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands: the way, since when, and by whom."""

    target: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A decision for `target` that was taken back where the figures decide; `ways`: of the test then."""

    target: str
    ways: frozenset[str]
    at: datetime
    by: str


class NoSuchWay(LookupError):
    """The scheme isn't live, has no such split, or the split has no such way."""


def decide(
    cur: Cursor,
    shop_id: int,
    scheme: str,
    step: str,
    target: str,
    actor: Actor,
    now: datetime,
    *,
    figures: Figures | None = None,
    metric: str = "",
) -> None:
    """From now on everybody new goes to `target`. `figures`: what they said of it by `metric`. Raises NoSuchWay."""
    scheme_id = _locked(cur, shop_id, scheme, step, target)
    _write(cur, shop_id, scheme_id, step, target, actor, now, figures, metric)


def settle(cur: Cursor, shop_id: int, scheme: str, step: str, target: str, now: datetime, metric: str) -> bool:
    """The figures decide for `target`; False where a decision stands, or one was taken back. Raises NoSuchWay."""
    scheme_id = _locked(cur, shop_id, scheme, step, target)
    ways = _ways(cur, scheme_id, step)
    before = standing(cur, shop_id, scheme_id).get(step)
    if (before is not None and before.target in ways) or is_held(taken_back(cur, shop_id, scheme_id).get(step), ways):
        return False
    _write(cur, shop_id, scheme_id, step, target, SYSTEM, now, "with", metric)
    return True


def standing(cur: Cursor, shop_id: int, scheme_id: int) -> dict[str, Decided]:
    """The decisions of a scheme, by step."""
    rows = cur.execute(
        "select step, target, decided_at, decided_by from journeys_winner where shop_id = %s and scheme_id = %s",
        (shop_id, scheme_id),
    )
    return {step: Decided(target, at, by) for step, target, at, by in rows.fetchall()}


def taken_back(cur: Cursor, shop_id: int, scheme_id: int) -> dict[str, TakenBack]:
    """What was taken back in a scheme, and not decided since, by step."""
    rows = cur.execute(
        "select step, target, ways, taken_at, taken_by from journeys_taken_back where shop_id = %s and scheme_id = %s",
        (shop_id, scheme_id),
    )
    return {step: TakenBack(target, frozenset(ways), at, by) for step, target, ways, at, by in rows.fetchall()}


def is_held(mark: TakenBack | None, ways: Collection[str]) -> bool:
    """Whether the figures may not decide between these ways: a person took back what was decided between the same ones.
    Other shares are no other test."""
    return mark is not None and mark.ways == frozenset(ways)


def take_back(cur: Cursor, shop_id: int, scheme: str, step: str, actor: Actor, now: datetime) -> bool:
    """People are shared out again, and figures that decide don't any more; False when nothing was decided."""
    scheme_id = _lock(cur, shop_id, scheme)
    found = cur.execute(
        f"delete from journeys_winner where {_KEY} returning target, decided_by",  # noqa: S608 - our own words
        (shop_id, scheme_id, step),
    ).fetchone()
    if scheme_id is None or found is None:
        return False
    target, by = found
    split = _split(cur, scheme_id, step)
    if split is not None and split.winner == AUTO_WINNER:
        cur.execute(
            "insert into journeys_taken_back (shop_id, scheme_id, step, target, ways, taken_at, taken_by)"
            " values (%s, %s, %s, %s, %s::jsonb, %s, %s) on conflict (shop_id, scheme_id, step) do update set"
            " target = excluded.target, ways = excluded.ways, taken_at = excluded.taken_at, taken_by = excluded.taken_by",
            (shop_id, scheme_id, step, target, db.dumps(sorted(split.ways)), now, str(actor)),
        )
    audit.write(cur, shop_id, actor, "split.taken_back", "scheme", scheme_id, step=step, previous=target, by=by, at=now)
    return True


def let_figures(cur: Cursor, shop_id: int, scheme: str, step: str, actor: Actor, now: datetime) -> bool:
    """Figures that a person had stopped decide again, from the next day's look on; False when nothing had stopped them."""
    scheme_id = _lock(cur, shop_id, scheme)
    if scheme_id is None or not _forget(cur, shop_id, scheme_id, step):
        return False
    audit.write(cur, shop_id, actor, "split.left_to_figures", "scheme", scheme_id, step=step, at=now)
    return True


def _lock(cur: Cursor, shop_id: int, scheme: str) -> int | None:
    """Its id; the row is held, so that of a person and the figures at one moment the second sees what the first did."""
    row = cur.execute(
        "select id from journeys_scheme where shop_id = %s and name = %s for no key update", (shop_id, scheme)
    ).fetchone()
    return None if row is None else row[0]


def _locked(cur: Cursor, shop_id: int, scheme: str, step: str, target: str) -> int:
    """The same, of a live scheme whose split has this way. Raises NoSuchWay."""
    scheme_id = _lock(cur, shop_id, scheme)
    row = cur.execute("select 1 from journeys_scheme where id = %s and live_version_id is not null", (scheme_id,))
    if scheme_id is None or row.fetchone() is None or target not in _ways(cur, scheme_id, step):
        raise NoSuchWay(f"{scheme}: {step} -> {target}")
    return scheme_id


def _split(cur: Cursor, scheme_id: int, step: str) -> Split | None:
    """The split by that name in the live version, or in the newest of a scheme that has none."""
    row = cur.execute(
        "select v.id from journeys_version v join journeys_scheme s on s.id = v.scheme_id where s.id = %s"
        " order by (v.id = s.live_version_id) desc nulls last, v.n desc limit 1",
        (scheme_id,),
    ).fetchone()
    try:
        found = compiled(cur, {row[0]})[row[0]].scheme.steps.get(step) if row is not None else None
    except ValueError:  # a text that this release can't read any more draws nobody
        return None
    return found if isinstance(found, Split) else None


def _ways(cur: Cursor, scheme_id: int, step: str) -> frozenset[str]:
    split = _split(cur, scheme_id, step)
    return frozenset(split.ways) if split is not None else frozenset()


def _write(
    cur: Cursor,
    shop_id: int,
    scheme_id: int,
    step: str,
    target: str,
    actor: Actor,
    now: datetime,
    figures: Figures | None,
    metric: str,
) -> None:
    before = standing(cur, shop_id, scheme_id).get(step)
    cur.execute(
        "insert into journeys_winner (shop_id, scheme_id, step, target, decided_at, decided_by) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (shop_id, scheme_id, step) do update set target = excluded.target,"
        " decided_at = excluded.decided_at, decided_by = excluded.decided_by",
        (shop_id, scheme_id, step, target, now, str(actor)),
    )
    _forget(cur, shop_id, scheme_id, step)
    audit.write(
        cur, shop_id, actor, "split.decided", "scheme", scheme_id, step=step, target=target,
        previous=before.target if before is not None else None, figures=figures, metric=metric, at=now,
    )  # fmt: skip


def _forget(cur: Cursor, shop_id: int, scheme_id: int, step: str) -> bool:
    """That it was taken back."""
    sql = f"delete from journeys_taken_back where {_KEY}"  # noqa: S608 - our own words
    return cur.execute(sql, (shop_id, scheme_id, step)).rowcount > 0
