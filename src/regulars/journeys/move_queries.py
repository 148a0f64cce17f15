"""Reads around moving people: who stands where in which version, how far a move is, whom a rule means.

Each is bounded: counts come from `counts`, people page by page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.journeys import counts
from regulars.journeys.moving import Rule
from regulars.journeys.queries import EnrolmentRow, enrolments_by_id
from regulars.journeys.scheme_queries import VersionRow, versions

__all__ = ["Inhabited", "MoveRow", "draft_rules", "inhabited", "latest", "moved_to", "standing"]

_VERSIONS = 500


@dataclass(frozen=True, slots=True)
class Inhabited:
    """A version with people in it: how many stand at each step."""

    version: VersionRow
    waiting: dict[str, int]


@dataclass(frozen=True, slots=True)
class MoveRow:
    """How far a move is. `total` as it was when it was pressed; `kept`: whom it could not be reckoned for.

    `by_hand`: what becomes of all at one step of a version, without a change of the version; `version_id` is that one.
    """

    id: int
    to_n: int
    from_n: int | None
    state: str
    total: int
    moved: int
    gone: int
    kept: int
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    version_id: int
    by_hand: Rule | None


def inhabited(cur: Cursor, shop_id: int, name: str) -> list[Inhabited]:
    """The versions of a scheme that somebody is on his way in, newest first."""
    found = [v for v, n in versions(cur, shop_id, name, limit=_VERSIONS) if n]
    numbers = counts.numbers(cur, [v.id for v in found])
    return [Inhabited(v, {s: n for s, n in numbers[v.id].waiting.items() if n > 0}) for v in found]


def latest(cur: Cursor, shop_id: int, name: str) -> MoveRow | None:
    """The newest move of the scheme, running or not; one that runs before all others."""
    row = cur.execute(
        "select m.id, v.n, w.n, m.state, m.total, m.moved, m.gone, m.kept, m.started_at, m.started_by, m.finished_at,"
        " v.id, m.rules"
        " from journeys_move m join journeys_scheme s on s.id = m.scheme_id join journeys_version v on v.id = m.to_version_id"
        " left join journeys_version w on w.id = m.from_version_id where m.shop_id = %s and s.name = %s"
        " order by m.state = 'running' desc, m.id desc limit 1",
        (shop_id, name),
    ).fetchone()
    if row is None:
        return None
    version_id, first = row[-2], Rule.of(row[-1][0])
    plain: tuple[Any, ...] = (*row[:-1], first if first.version_id == version_id else None)
    return MoveRow(*plain)


def moved_to(cur: Cursor, scheme_id: int) -> dict[int, int]:
    """How many were ever moved into each version of a scheme from another one."""
    rows = cur.execute(
        "select to_version_id, sum(moved)::bigint from journeys_move where scheme_id = %s and moved > 0"
        " and (rules->0->>'version')::bigint is distinct from to_version_id group by 1",
        (scheme_id,),
    )
    return dict(rows.fetchall())


def draft_rules(cur: Cursor, shop_id: int, account_id: int, name: str) -> dict[str, Any] | None:
    """What an account has chosen for those inside, beside its draft."""
    row = cur.execute(
        "select rules from journeys_draft where shop_id = %s and account_id = %s and name = %s",
        (shop_id, account_id, name),
    ).fetchone()
    return row[0] if row else None


def standing(
    cur: Cursor, shop_id: int, version_id: int, step: str, after: int | None = None, limit: int = 51
) -> Sequence[EnrolmentRow]:
    """Who stands at a step, in the order in which they are moved; `after`: the id where the page before ended."""
    ids = [
        r[0]
        for r in cur.execute(
            "select id from journeys_enrolment where version_id = %s and step = %s and status = 1 and id > %s"
            " order by id limit %s",
            (version_id, step, after or 0, limit),
        )
    ]
    found = enrolments_by_id(cur, shop_id, ids)
    return [found[i] for i in ids if i in found]
