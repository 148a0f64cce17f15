"""The roll-up behind 'do they work?': who was drawn into which group of a scheme, what became of each, and each day's look.

Owns the tables reports_uplift_*; only this module writes them. Once a day, when the shop's day is over, a few statements for
all of its schemes. A person is counted once, when his window closes, so that what is compared is whole outcomes in the
order in which they were done; what he returns later corrects his day's sums, but no look that was made.

By intention to treat: who was drawn into the scheme counts as with it, whatever reached him.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.letters import letters
from regulars.core.scheme import ADVERTISING, Scheme
from regulars.journeys.versions import compiled
from regulars.reports import uplift_looks
from regulars.rules.localtime import at_local_hour
from regulars.rules.money import exponent
from regulars.shop.settings import ShopSettings

__all__ = ["GIVEN", "HELD", "LONGEST", "WINDOW", "Drawing", "drawings", "is_due", "roll_up", "window_of"]

GIVEN, HELD = "given", "held"
WAITING, COUNTED, CROSSED, SAME = 0, 1, 2, 3
"""States: the window is open; counted; left out, as one with somebody of another group; as one with somebody counted."""
WINDOW, LONGEST = 90, 365
"""Days after the first entry in which what a person does counts: those of the goal, else so many; and at most."""
_OVERLAP = timedelta(hours=1)
"""What was recorded so long before the last run is read again: ids are drawn before their transaction ends."""

# The first entry of each person, if it was one into a version that holds out: whoever came before there was a hold-out
# was never drawn.
_ENTER = """
with found as (
  insert into reports_uplift_person
    (shop_id, scheme_id, part, person_id, arm, share, days, entered_at, closes_at, start_order, day)
  select distinct on (e.scheme_id, e.person_id) e.shop_id, e.scheme_id, '', e.person_id,
    case when e.held_out then 'held' else 'given' end, v.share, v.days, e.started_at, c.at, e.order_id,
    (c.at at time zone %(zone)s)::date
  from journeys_enrolment e
  join unnest(%(versions)s::bigint[], %(shares)s::int[], %(windows)s::int[]) v(id, share, days) on v.id = e.version_id
  cross join lateral (select e.started_at + make_interval(days => v.days) as at) c
  where e.shop_id = %(shop)s and e.id >= id_at(%(since)s) and not exists (
    select 1 from journeys_enrolment p where p.person_id = e.person_id and p.scheme_id = e.scheme_id and p.id < e.id)
  order by e.scheme_id, e.person_id, e.id
  on conflict do nothing
  returning scheme_id, part, share, days, arm, entered_at
)
insert into reports_uplift_day (shop_id, scheme_id, part, day, share, days, arm, entered)
select %(shop)s, scheme_id, part, (entered_at at time zone %(zone)s)::date, share, days, arm, count(*) from found
group by scheme_id, part, (entered_at at time zone %(zone)s)::date, share, days, arm
on conflict (scheme_id, part, day, share, days, arm) do update set entered = reports_uplift_day.entered + excluded.entered
"""
# Whose outcome may be another than it was: the window has closed, an order has changed, or two records became one or two.
_STIRRED = """
create temp table uplift_stirred on commit drop as
select person_id from reports_uplift_person where shop_id = %(shop)s and state = 0 and closes_at < %(until)s
union select o.person_id from orders_version v join orders_order o on o.id = v.order_id
  where v.id >= id_at(%(changed)s) and v.shop_id = %(shop)s and o.person_id is not null
union select x.person from events_event e
  cross join lateral (values (e.person_id), (case when e.kind like 'person.%%' then (e.data->>'other')::bigint end)) x(person)
  where e.id >= id_at(%(changed)s) and e.shop_id = %(shop)s and x.person is not null
    and e.kind in ('person.merged', 'person.unmerged', 'order.set_aside', 'order.restored')
"""
# Who is one with whom: up to whoever answers for each, and down to all that he answers for.
_FAMILY = """
create temp table uplift_family on commit drop as
with recursive up as (
  select person_id as id from uplift_stirred
  union select p.merged_into from up join people_person p on p.id = up.id where p.merged_into is not null
), down as (
  select p.id as root, p.id from up join people_person p on p.id = up.id where p.merged_into is null
  union all select down.root, p.id from down join people_person p on p.merged_into = down.id
)
select distinct root, id as person_id from down
"""
_MINE = """
create temp table uplift_mine on commit drop as
select u.scheme_id, u.part, u.person_id, u.entered_at, u.closes_at, u.start_order, f.root,
  min(u.arm) over w <> max(u.arm) over w as crossed,
  row_number() over (partition by u.scheme_id, u.part, f.root order by u.entered_at, u.person_id) as nth
from uplift_family f join reports_uplift_person u on u.person_id = f.person_id
where u.shop_id = %(shop)s and u.closes_at < %(until)s
window w as (partition by u.scheme_id, u.part, f.root)
"""
# Joins, not a question a person: of some people all of a shop's may be asked at once.
_OUTCOMES = """
create temp table uplift_touched on commit drop as
with bought as (
  select m.scheme_id, m.part, m.person_id, count(*) as orders, sum(case
    when o.currency <> %(currency)s or o.status = 'returned' or o.payment_status = 'refunded' then 0
    when o.data #>> '{payment,refunded_total}' ~ '^[0-9]{1,15}([.][0-9]{1,9})?$'
      then greatest(o.total - round((o.data #>> '{payment,refunded_total}')::numeric * %(scale)s)::bigint, 0)
    when o.payment_status = 'part_refunded' then least(o.total, coalesce(o.paid_total, o.total))
    else o.total end) as revenue
  from uplift_mine m join uplift_family f on f.root = m.root join orders_order o on o.person_id = f.person_id
  where o.shop_id = %(shop)s and o.mark is null and o.status <> 'cancelled' and o.placed_at > m.entered_at
    and o.placed_at <= m.closes_at and o.id is distinct from m.start_order
  group by m.scheme_id, m.part, m.person_id
), went as (
  select m.scheme_id, m.part, m.person_id,
    bool_or(e.scheme_id = m.scheme_id and e.goal_at <= m.closes_at) is true as goal,
    bool_or(e.scheme_id <> m.scheme_id and e.version_id = any(%(advertising)s) and not e.held_out
      and e.started_at < m.closes_at and coalesce(e.ended_at > m.entered_at, true)) is true as other
  from uplift_mine m join uplift_family f on f.root = m.root join journeys_enrolment e on e.person_id = f.person_id
  group by m.scheme_id, m.part, m.person_id
), became as (
  select m.scheme_id, m.part, m.person_id,
    case when m.crossed then 2 when m.nth > 1 then 3 else 1 end as state,
    coalesce(b.orders, 0) as orders, greatest(coalesce(b.revenue, 0), 0) as revenue,
    coalesce(w.goal, false) as goal, coalesce(w.other, false) as other
  from uplift_mine m left join bought b using (scheme_id, part, person_id) left join went w using (scheme_id, part, person_id)
), changed as (
  update reports_uplift_person u set state = b.state, orders = b.orders, revenue = b.revenue, goal = b.goal, other = b.other,
    corrected = u.corrected or u.state <> 0
  from became b where u.scheme_id = b.scheme_id and u.part = b.part and u.person_id = b.person_id
    and (u.state, u.orders, u.revenue, u.goal, u.other) is distinct from (b.state, b.orders, b.revenue, b.goal, b.other)
  returning u.scheme_id, u.part, u.day
)
select distinct scheme_id, part, day from changed
"""
_EMPTY = """
update reports_uplift_day d set n = 0, again = 0, orders = 0, orders2 = 0, revenue = 0, revenue2 = 0, goals = 0, others = 0,
  crossed = 0, same = 0, corrected = 0
from uplift_touched t where d.scheme_id = t.scheme_id and d.part = t.part and d.day = t.day
"""
_SUM = """
insert into reports_uplift_day (shop_id, scheme_id, part, day, share, days, arm, n, again, orders, orders2, revenue, revenue2,
                                goals, others, crossed, same, corrected)
select %(shop)s, u.scheme_id, u.part, u.day, u.share, u.days, u.arm, count(*) filter (where u.state = 1),
  count(*) filter (where u.state = 1 and u.orders > 0), coalesce(sum(u.orders) filter (where u.state = 1), 0),
  coalesce(sum(u.orders::bigint * u.orders) filter (where u.state = 1), 0),
  coalesce(sum(u.revenue) filter (where u.state = 1), 0),
  coalesce(sum(u.revenue::numeric * u.revenue) filter (where u.state = 1), 0),
  count(*) filter (where u.state = 1 and u.goal), count(*) filter (where u.state = 1 and u.other),
  count(*) filter (where u.state = 2), count(*) filter (where u.state = 3), count(*) filter (where u.corrected)
from uplift_touched t join reports_uplift_person u on u.scheme_id = t.scheme_id and u.part = t.part and u.day = t.day
where u.state <> 0
group by u.scheme_id, u.part, u.day, u.share, u.days, u.arm
on conflict (scheme_id, part, day, share, days, arm) do update set n = excluded.n, again = excluded.again,
  orders = excluded.orders, orders2 = excluded.orders2, revenue = excluded.revenue, revenue2 = excluded.revenue2,
  goals = excluded.goals, others = excluded.others, crossed = excluded.crossed, same = excluded.same,
  corrected = excluded.corrected
"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a version draws: permille held out, the window in days, and whether it advertises."""

    version_id: int
    scheme_id: int
    share: int
    days: int
    advertises: bool


def window_of(scheme: Scheme) -> int:
    """Days in which what a person does counts for this scheme."""
    within = scheme.goal.within if scheme.goal is not None else None
    return WINDOW if within is None else max(1, min(LONGEST, -(-within // timedelta(days=1))))


def drawings(cur: Cursor, shop_id: int) -> list[Drawing]:
    """Of all versions there have been; one that this release can't read any more takes no newcomers, and is left out."""
    out = []
    for (version_id,) in cur.execute("select id from journeys_version where shop_id = %s", (shop_id,)).fetchall():
        try:
            version = compiled(cur, {version_id})[version_id]
        except ValueError:
            continue
        scheme = version.scheme
        advertises = any(letter.purpose == ADVERTISING for _, letter in letters(scheme))
        out.append(Drawing(version_id, version.scheme_id, scheme.hold_out, window_of(scheme), advertises))
    return out


def is_due(cur: Cursor, shop: ShopSettings, now: datetime) -> bool:
    """Whether a day of the shop is over that has not been looked at."""
    row = cur.execute("select day from reports_uplift_mark where shop_id = %s", (shop.id,)).fetchone()
    return row is None or row[0] is None or row[0] < _yesterday(shop, now)


def roll_up(cur: Cursor, shop: ShopSettings, now: datetime) -> bool:
    """Take in all days that are over by now, and look; False when there is nothing to do. Safe to run twice and at once."""
    cur.execute("insert into reports_uplift_mark (shop_id) values (%s) on conflict do nothing", (shop.id,))
    row = cur.execute(
        "select day, seen_at, machine_now() from reports_uplift_mark where shop_id = %s for update", (shop.id,)
    ).fetchone()
    assert row is not None
    last, seen_at, machine = row
    day = _yesterday(shop, now)
    if last is not None and last >= day:
        return False
    made = drawings(cur, shop.id)
    values = _values(shop, made, day, seen_at, machine)
    if any(d.share for d in made):
        entered = cur.execute(_ENTER, values).rowcount
        if seen_at is None or entered:
            cur.execute("analyze reports_uplift_person")
        # what has just been made has no statistics, and without them joins are planned for a handful
        for table, statement in (("stirred", _STIRRED), ("family", _FAMILY), ("mine", _MINE), ("touched", _OUTCOMES)):
            cur.execute(statement, values)
            cur.execute(f"analyze uplift_{table}")
        cur.execute(_EMPTY, values)
        cur.execute(_SUM, values)
        cur.execute("drop table uplift_stirred, uplift_family, uplift_mine, uplift_touched")
        uplift_looks.look(cur, shop.id, day)
    cur.execute("update reports_uplift_mark set day = %s, seen_at = %s where shop_id = %s", (day, machine, shop.id))
    return True


def _yesterday(shop: ShopSettings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(shop.time_zone)).date() - timedelta(days=1)


def _values(
    shop: ShopSettings, made: list[Drawing], day: date, seen_at: datetime | None, machine: datetime
) -> dict[str, Any]:
    holding = [d for d in made if d.share]
    versions, shares, windows = db.columns([(d.version_id, d.share, d.days) for d in holding], 3)
    return {
        "shop": shop.id,
        "zone": shop.time_zone,
        "currency": shop.currency,
        "scale": 10 ** exponent(shop.currency),
        "since": datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC")) if seen_at is None else seen_at - _OVERLAP,
        # before the first run nobody has been counted whom a change could concern
        "changed": machine if seen_at is None else seen_at - _OVERLAP,
        "until": at_local_hour(day + timedelta(days=1), time(0), shop.time_zone),
        "versions": versions,
        "shares": shares,
        "windows": windows,
        "advertising": [d.version_id for d in made if d.advertises],
    }
