"""What became of promises, counted and listed by one and the same condition: every figure is the length of its list. Reads.

A promise belongs to the span in which it was due. `kept`: done in its time. `warned`: not kept, but the buyer knew before its
time, by a warning or a new agreement. `broken`: its time passed and nobody had told him. What lost its object counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regulars.base.db import Cursor
from regulars.promises.queries import COLUMNS, PromiseRow

__all__ = ["OUTCOMES", "Counted", "Settled", "counted", "reasons", "settled"]

OUTCOMES = ("kept", "warned", "broken")
_SETTLED = "(state in ('kept', 'broken') or (state = 'void' and reason = 'moved'))"
"""As the index promises_promise_settled has it."""
_OUTCOME = (
    "(case when state = 'kept' then 'kept' when state = 'void' or warned_at < due_at then 'warned' else 'broken' end)"
)
_WHERE = f"""
where shop_id = %(shop)s and {_SETTLED} and due_at >= %(since)s and due_at < %(until)s
  and (%(outcome)s::text is null or {_OUTCOME} = %(outcome)s) and (%(kind)s::text is null or kind = %(kind)s)
  and (%(team)s::text is null or team = %(team)s) and (%(reason)s::text is null or (reason = %(reason)s and state <> 'kept'))
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """Which promises: due in a span, and of these perhaps only an outcome, a kind, a team, a reason ('' is any)."""

    since: datetime
    until: datetime
    outcome: str = ""
    kind: str = ""
    team: str = ""
    reason: str = ""

    def values(self, shop_id: int) -> dict[str, object]:
        """The parameters of the statements."""
        return {
            "shop": shop_id,
            "since": self.since,
            "until": self.until,
            "outcome": self.outcome or None,
            "kind": self.kind or None,
            "team": self.team or None,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of a week (its Monday by the shop's clock), a kind, a team, with that outcome."""

    week: date
    kind: str
    team: str
    outcome: str
    n: int


def counted(cur: Cursor, shop_id: int, which: Settled, zone: str) -> list[Counted]:
    """All of them, counted by week, kind, team and outcome."""
    rows = cur.execute(
        f"select date_trunc('week', due_at at time zone %(zone)s)::date, kind, team, {_OUTCOME}, count(*)"  # noqa: S608
        f" from promises_promise {_WHERE} group by 1, 2, 3, 4 order by 1, 2, 3, 4",
        {**which.values(shop_id), "zone": zone},
    )
    return [Counted(*r) for r in rows]


def reasons(cur: Cursor, shop_id: int, which: Settled) -> list[tuple[str, int]]:
    """Why they were not kept, the commonest first; '' where nobody knows."""
    rows = cur.execute(
        f"select coalesce(reason, ''), count(*) from promises_promise {_WHERE} and state <> 'kept'"  # noqa: S608
        " group by 1 order by 2 desc, 1",
        which.values(shop_id),
    )
    return rows.fetchall()


def settled(
    cur: Cursor,
    shop_id: int,
    which: Settled,
    *,
    after: tuple[datetime | None, int] | None = None,
    limit: int = 50,
) -> Sequence[PromiseRow]:
    """The promises behind a figure, the last due first; `after`: (due, id) of the last one of the page before."""
    rows = cur.execute(
        f"select {COLUMNS} from promises_promise {_WHERE}"  # noqa: S608
        " and (%(id)s::bigint is null or (due_at, id) < (%(due)s::timestamptz, %(id)s))"
        " order by due_at desc, id desc limit %(limit)s",
        {
            **which.values(shop_id),
            "due": None if after is None else after[0],
            "id": None if after is None else after[1],
            "limit": limit,
        },
    )
    return [PromiseRow(*r) for r in rows]
