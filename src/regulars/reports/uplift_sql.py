"""The statements of the roll-up (uplift.py), each for all of a shop's schemes at once. Their parameters are made there."""

__all__ = [
    "EMPTY",
    "ENTER",
    "FAMILY",
    "MINE",
    "NOT_OF_SHOP",
    "OF_SCHEMES",
    "OF_SHOP",
    "OF_SPLITS",
    "OUTCOMES",
    "STIRRED",
    "SUM",
]

# The first entry of each person, if it was one into a version that holds out: whoever came before there was a hold-out
# was never drawn. The scheme's own draw counts, not the shop's: an enrolment is kept back by either.
OF_SCHEMES = """
  select distinct on (e.scheme_id, e.person_id) e.scheme_id, '' as part, e.person_id,
    case when h.held then 'held' else 'given' end as arm, v.share, v.days, e.started_at as at, e.order_id
  from journeys_enrolment e
  join unnest(%(versions)s::bigint[], %(shares)s::int[], %(windows)s::int[]) v(id, share, days) on v.id = e.version_id
  join journeys_hold_out h on h.shop_id = e.shop_id and h.scheme_id = e.scheme_id and h.person_id = e.person_id
  where e.shop_id = %(shop)s and e.id >= id_at(%(since)s) and not exists (
    select 1 from journeys_enrolment p where p.person_id = e.person_id and p.scheme_id = e.scheme_id and p.id < e.id)
  order by e.scheme_id, e.person_id, e.id
"""
# Whom the shop itself keeps back gets nothing of any scheme: he is no measure of one, on either side of its draw.
NOT_OF_SHOP = " where not exists (select 1 from people_hold_out s where s.person_id = found.person_id and s.held)"
OF_SHOP = """
  select %(whole_shop)s::bigint as scheme_id, '' as part, person_id, case when held then 'held' else 'given' end as arm,
    %(shop_share)s::int as share, %(window)s::int as days, at, null::bigint as order_id
  from people_hold_out where shop_id = %(shop)s and at >= %(since_day)s and %(shop_share)s > 0
"""
# A split test draws at its step, and the decision record says when; the way first gone is the person's for good.
OF_SPLITS = """
  select distinct on (e.scheme_id, x.step, e.person_id) e.scheme_id, x.step as part, e.person_id, x.way as arm,
    v.code as share, v.days, d.at, e.order_id
  from journeys_decision d join journeys_enrolment e on e.id = d.enrolment_id
  cross join lateral jsonb_each_text(e.data->'splits') x(step, way)
  join unnest(%(split_versions)s::bigint[], %(split_steps)s::text[], %(split_codes)s::int[], %(split_windows)s::int[])
    v(id, step, code, days) on v.id = e.version_id and v.step = x.step
  where d.shop_id = %(shop)s and d.id >= id_at(%(since)s) and not e.held_out and exists (
    select 1 from jsonb_array_elements(d.reasons) r where r->>'code' = 'split' and r->>'step' = x.step)
  order by e.scheme_id, x.step, e.person_id, d.id
"""
ENTER = """
with wanted as ({source}), fresh as (
  insert into reports_uplift_person
    (shop_id, scheme_id, part, person_id, arm, share, days, entered_at, closes_at, start_order, day)
  select %(shop)s, scheme_id, part, person_id, arm, share, days, at, at + make_interval(days => days), order_id,
    ((at + make_interval(days => days)) at time zone %(zone)s)::date
  from wanted found{but}
  on conflict do nothing
  returning scheme_id, part, share, days, arm, entered_at
)
insert into reports_uplift_day (shop_id, scheme_id, part, day, share, days, arm, entered)
select %(shop)s, scheme_id, part, (entered_at at time zone %(zone)s)::date, share, days, arm, count(*) from fresh
group by scheme_id, part, (entered_at at time zone %(zone)s)::date, share, days, arm
on conflict (scheme_id, part, day, share, days, arm) do update set entered = reports_uplift_day.entered + excluded.entered
"""
# Whose outcome may be another than it was: the window has closed, an order has changed, or two records became one or two.
STIRRED = """
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
FAMILY = """
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
MINE = """
create temp table uplift_mine on commit drop as
select u.scheme_id, u.part, u.person_id, u.entered_at, u.closes_at, u.start_order, f.root,
  min(u.arm) over w <> max(u.arm) over w as crossed,
  row_number() over (partition by u.scheme_id, u.part, f.root order by u.entered_at, u.person_id) as nth
from uplift_family f join reports_uplift_person u on u.person_id = f.person_id
where u.shop_id = %(shop)s and u.closes_at < %(until)s
window w as (partition by u.scheme_id, u.part, f.root)
"""
# Joins, not a question a person: of some people all of a shop's may be asked at once.
OUTCOMES = """
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
    bool_or(m.scheme_id <> 0 and e.scheme_id <> m.scheme_id and e.version_id = any(%(advertising)s) and not e.held_out
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
EMPTY = """
update reports_uplift_day d set n = 0, again = 0, orders = 0, orders2 = 0, revenue = 0, revenue2 = 0, goals = 0, others = 0,
  crossed = 0, same = 0, corrected = 0
from uplift_touched t where d.scheme_id = t.scheme_id and d.part = t.part and d.day = t.day
"""
SUM = """
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
