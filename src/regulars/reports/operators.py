"""What operators have done in a span, read across the desk and the orders: the work, its figures, and what it has earned.

Every figure is made of the same rows as the list behind it. Reads only; an outcome that may yet be taken back isn't there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.base.db import Cursor
from regulars.rules.earnings import Deed, Rule
from regulars.rules.worktime import NoWorkingTime, WorkTime

__all__ = [
    "MOST",
    "NOT_REACHED",
    "Figures",
    "Version",
    "Work",
    "deeds",
    "figures",
    "percentile",
    "reaction",
    "rules_of",
    "versions",
    "work",
]

MOST = 200_000
"""So many tasks of a span are read."""
NOT_REACHED = ("no_answer", "wrong_number", "no_contact")
"""Outcomes of calls in which nobody was spoken to."""
_WORK = """
select t.id, t.kind, t.outcome, t.attempt, t.team, t.order_id, t.person_id, t.not_before, t.claimed_at, t.target_at, t.due_at,
  t.finished_at, t.finished_by,
  t.kind = 'call' and t.outcome = 'confirmed' and t.order_id is not null and not exists (
    select 1 from desk_task e where e.order_id = t.order_id and e.kind = 'call' and e.outcome = 'confirmed'
      and e.state = 'finished' and e.settles_at is null and (e.finished_at, e.id) < (t.finished_at, t.id)),
  case when o.payment_status = 'paid' then o.total end, coalesce(o.currency, '')
from desk_task t left join orders_order o on o.id = t.order_id and o.shop_id = t.shop_id
where t.shop_id = %(shop)s and t.state = 'finished' and t.settles_at is null and t.finished_at >= %(since)s
  and t.finished_at < %(until)s and t.finished_by like 'staff:%%' and (%(who)s::text is null or t.finished_by = %(who)s)
order by t.finished_at, t.id limit %(most)s
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A finished task. `confirms`: it is the first call that confirmed its order, of which `paid` is what it brought, if paid."""

    id: int
    kind: str
    outcome: str
    attempt: int
    team: str
    order_id: int | None
    person_id: int
    not_before: datetime
    claimed_at: datetime | None
    target_at: datetime | None
    due_at: datetime | None
    finished_at: datetime
    who: str
    confirms: bool
    paid: int | None
    currency: str

    @property
    def account(self) -> int:
        """Who finished it, as an account."""
        return int(self.who.partition(":")[2])

    @property
    def in_target(self) -> bool | None:
        """Whether it was finished by its target; None when it had none."""
        return None if self.target_at is None else self.finished_at <= self.target_at

    @property
    def in_limit(self) -> bool | None:
        """Whether it was finished by its limit; None when it had none."""
        return None if self.due_at is None else self.finished_at <= self.due_at

    @property
    def is_reached(self) -> bool:
        """A call in which the buyer was spoken to."""
        return self.kind == "call" and self.outcome not in NOT_REACHED

    @property
    def is_confirmed(self) -> bool:
        """A call that ended with the buyer's yes."""
        return self.kind == "call" and self.outcome == "confirmed"


def work(cur: Cursor, shop_id: int, since: datetime, until: datetime, who: str | None = None) -> list[Work]:
    """What was finished in the span, by one actor or by all, in the order of finishing."""
    rows = cur.execute(_WORK, {"shop": shop_id, "since": since, "until": until, "who": who, "most": MOST})
    return [Work(*r) for r in rows]


def reaction(one: Work, hours: Mapping[str, WorkTime]) -> timedelta | None:
    """Working time of its team from when it could begin until somebody took it in hand; None for another try."""
    if one.attempt != 1 or one.claimed_at is None:
        return None
    worktime = hours.get(one.team) or hours.get("shop")
    if worktime is None:
        return max(one.claimed_at - one.not_before, timedelta(0))
    try:
        return max(worktime.between(one.not_before, one.claimed_at), timedelta(0))
    except NoWorkingTime:
        return timedelta(0)


def percentile(found: Sequence[timedelta], share: int) -> timedelta | None:
    """The smallest of the values that at least `share` per cent of them don't exceed; None of none."""
    if not found:
        return None
    ordered = sorted(found)
    return ordered[max(-(-len(ordered) * share // 100), 1) - 1]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one operator, or of all, in a span: pairs are (how many, of how many)."""

    done: int
    reactions: Sequence[timedelta]
    target: tuple[int, int]
    limit: tuple[int, int]
    calls: int
    conversion: tuple[int, int]
    outcomes: Mapping[str, int]


def figures(found: Sequence[Work], hours: Mapping[str, WorkTime]) -> Figures:
    """Count them."""
    outcomes: dict[str, int] = {}
    for one in found:
        outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
    return Figures(
        done=len(found),
        reactions=[r for one in found if (r := reaction(one, hours)) is not None],
        target=_of(one.in_target for one in found),
        limit=_of(one.in_limit for one in found),
        calls=sum(one.kind == "call" for one in found),
        conversion=(sum(one.is_confirmed for one in found), sum(one.is_reached for one in found)),
        outcomes=dict(sorted(outcomes.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _of(found: Iterable[bool | None]) -> tuple[int, int]:
    known = [one for one in found if one is not None]
    return sum(known), len(known)


def deeds(found: Iterable[Work], zone: str) -> list[Deed]:
    """The work as the motivation rule sees it: by the day of the shop's clock on which it was finished."""
    info = ZoneInfo(zone)
    return [
        Deed(w.id, w.kind, w.finished_at.astimezone(info).date(), w.order_id, w.confirms, w.paid, w.currency)
        for w in found
    ]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the motivation rule, and who wrote it down when."""

    id: int
    rule: Rule
    made_by: str
    created_at: datetime


def versions(cur: Cursor, shop_id: int) -> list[Version]:
    """All versions, in the order in which they were written down."""
    rows = cur.execute(
        "select id, effective_from, rule, made_by, created_at from reports_motivation where shop_id = %s order by id",
        (shop_id,),
    )
    return [
        Version(id_, Rule(day, r["currency"], r["per_confirmed"], r["revenue_share"], r["per_task"]), made_by, at)
        for id_, day, r, made_by, at in rows
    ]


def rules_of(cur: Cursor, shop_id: int) -> list[Rule]:
    """The rules alone."""
    return [v.rule for v in versions(cur, shop_id)]
