"""The roster: who is planned to work when, by a week that repeats and by days of their own. Reads and writes.

A day of one's own counts instead of the week's; a shift that ends by night belongs to the day on which it begins. All by
the shop's clock. Who really is at work is presence.py's matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.rules.localtime import at_local_hour, local

__all__ = ["DayPlan", "Spans", "copy_week", "forget_days", "planned", "plans", "set_days", "set_week", "week_of"]

Spans = tuple[tuple[time, time], ...]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is planned for somebody on a day. `is_own`: for this day alone; no `spans`: he doesn't work."""

    spans: Spans
    is_own: bool = False
    reason: str = ""


@dataclass(slots=True)
class _Kept:
    """All that is written of one person."""

    week: dict[int, Spans]
    days: dict[date, DayPlan]

    def on(self, day: date) -> DayPlan:
        return self.days.get(day) or DayPlan(self.week.get(day.weekday(), ()))


def _kept(cur: Cursor, shop_id: int, first: date, last: date, account_id: int | None = None) -> dict[int, _Kept]:
    rows = cur.execute(
        "select account_id, weekday, day, starts, ends, reason from staff_planned where shop_id = %(shop)s"
        " and (%(account)s::bigint is null or account_id = %(account)s)"
        " and (weekday is not null or day between %(first)s and %(last)s) order by account_id, starts",
        {"shop": shop_id, "first": first, "last": last, "account": account_id},
    )
    out: dict[int, _Kept] = {}
    for account, weekday, day, starts, ends, reason in rows:
        kept = out.setdefault(account, _Kept({}, {}))
        spans: Spans = () if starts is None else ((starts, ends),)
        if weekday is not None:
            kept.week[weekday] = (*kept.week.get(weekday, ()), *spans)
        else:
            before = kept.days.get(day, DayPlan((), True))
            kept.days[day] = DayPlan((*before.spans, *spans), True, reason or before.reason)
    return out


def plans(cur: Cursor, shop_id: int, first: date, last: date) -> dict[int, dict[date, DayPlan]]:
    """What is planned from the first to the last day, by account and day; who has no plan at all is left out."""
    days = list(_days(first, last))
    return {a: {d: kept.on(d) for d in days} for a, kept in _kept(cur, shop_id, first, last).items()}


def week_of(cur: Cursor, shop_id: int, account_id: int) -> dict[int, Spans]:
    """The person's week that repeats: by weekday, 0 is Monday."""
    kept = _kept(cur, shop_id, date.min, date.min, account_id).get(account_id)
    return {} if kept is None else kept.week


def planned(
    cur: Cursor, shop_id: int, since: datetime, until: datetime
) -> list[tuple[int, Sequence[str], datetime, datetime]]:
    """Planned shifts that touch the span, by beginning: (account, teams, starts_at, ends_at). No teams: all of them."""
    row = cur.execute("select time_zone from shop_shop where id = %s", (shop_id,)).fetchone()
    assert row is not None
    zone: str = row[0]
    first, last = local(since, zone).date() - _DAY, local(until, zone).date()
    teams: dict[int, Sequence[str]] = dict(
        cur.execute(
            "select m.account_id, m.teams from staff_membership m join staff_account a on a.id = m.account_id"
            " and a.is_active where m.shop_id = %s and m.is_active",
            (shop_id,),
        ).fetchall()
    )
    out = []
    for account, by_day in plans(cur, shop_id, first, last).items():
        if account not in teams:
            continue
        for day, plan in by_day.items():
            for starts, ends in plan.spans:
                a = at_local_hour(day, starts, zone)
                b = at_local_hour(day if ends > starts else day + _DAY, ends, zone)
                if a < until and b > since:
                    out.append((account, teams[account], a, b))
    return sorted(out, key=lambda p: (p[2], p[0], p[3]))


def set_week(cur: Cursor, shop_id: int, account_id: int, week: Mapping[int, Spans], actor: Actor) -> None:
    """Write the person's week that repeats; days of their own stay."""
    cur.execute(
        "delete from staff_planned where shop_id = %s and account_id = %s and weekday is not null",
        (shop_id, account_id),
    )
    rows = [(day, a, b) for day, spans in sorted(week.items()) for a, b in spans]
    cur.execute(
        "insert into staff_planned (shop_id, account_id, weekday, starts, ends)"
        " select %s, %s, w, a, b from unnest(%s::smallint[], %s::time[], %s::time[]) as x(w, a, b)",
        (shop_id, account_id, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]),
    )
    audit.write(cur, shop_id, actor, "roster.week_set", "account", account_id)


def set_days(
    cur: Cursor, shop_id: int, account_id: int, days: Mapping[date, Spans], actor: Actor, reason: str = ""
) -> None:
    """Write days of their own, whatever the week says; no spans: he doesn't work on that day, for the reason given."""
    if not days:
        return
    _drop(cur, shop_id, account_id, list(days))
    rows: list[tuple[date, time | None, time | None]] = []
    for day, spans in sorted(days.items()):
        rows += [(day, a, b) for a, b in spans] or [(day, None, None)]
    cur.execute(
        "insert into staff_planned (shop_id, account_id, day, starts, ends, reason)"
        " select %s, %s, d, a, b, %s from unnest(%s::date[], %s::time[], %s::time[]) as x(d, a, b)",
        (shop_id, account_id, reason, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]),
    )
    audit.write(
        cur, shop_id, actor, "roster.days_set", "account", account_id, days=[d.isoformat() for d in sorted(days)]
    )


def forget_days(cur: Cursor, shop_id: int, account_id: int, days: Sequence[date], actor: Actor) -> None:
    """These days go by the person's week again."""
    if _drop(cur, shop_id, account_id, days):
        dropped = [d.isoformat() for d in sorted(days)]
        audit.write(cur, shop_id, actor, "roster.days_dropped", "account", account_id, days=dropped)


def copy_week(cur: Cursor, shop_id: int, monday: date, to: date, actor: Actor) -> int:
    """The week of this Monday is planned again for the week of that one; what that one has of its own stays. For how many."""
    source = plans(cur, shop_id, monday, monday + 6 * _DAY)
    target = plans(cur, shop_id, to, to + 6 * _DAY)
    copied = 0
    for account, by_day in source.items():
        there = target.get(account, {})
        differs = {}
        for day, plan in by_day.items():
            now = there.get(to + (day - monday), DayPlan(()))
            if not now.is_own and now.spans != plan.spans:
                differs[to + (day - monday)] = plan
        copied += bool(differs)
        for day, plan in differs.items():
            set_days(cur, shop_id, account, {day: plan.spans}, actor, plan.reason)
    return copied


def _drop(cur: Cursor, shop_id: int, account_id: int, days: Sequence[date]) -> int:
    return cur.execute(
        "delete from staff_planned where shop_id = %s and account_id = %s and day = any(%s)",
        (shop_id, account_id, list(days)),
    ).rowcount


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + n * _DAY
