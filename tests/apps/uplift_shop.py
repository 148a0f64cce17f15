"""Invented pasts of schemes with a hold-out, made in a few statements: whoever entered when, and what he bought."""

from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["TEXT", "Past", "fill"]

TEXT = """\
scheme: {name}
title: {{en: "{en}", ru: "{ru}"}}
per: order
starts: order.placed
goal: {{event: order.placed, of: person, within: 30d}}
hold_out: {share}%
steps:
  later:
    wait: 5d
  letter:
    send:
      purpose: advertising
      by: [email]
      subject: {{en: "Back?", ru: "Снова?"}}
      text: {{en: "Come", ru: "Приходите"}}
"""


@dataclass(frozen=True)
class Past:
    """`people` who entered evenly over `days` before `until`, of whom `share` held out; of each group so many ordered again."""

    name: str
    en: str
    ru: str
    people: int
    share: float
    given: float
    held: float
    days: int


_FILL = """
with who as (
  insert into people_person (shop_id, name, created_at) select %(shop)s, 'Buyer ' || i, %(until)s
  from generate_series(1, %(people)s) i returning id
), drawn as (
  select id, row_number() over (order by id) as i, random() < %(share)s as held, random() as luck, random() as when_,
    random() as much from who
), entered as (
  select *, %(until)s::timestamptz - %(days)s * interval '1 day' * (1 - i::float8 / %(people)s) as at from drawn
), enrolled as (
  insert into journeys_enrolment (shop_id, person_id, scheme_id, version_id, started_at, held_out, status, ended_at)
  select %(shop)s, id, %(scheme)s, %(version)s, at, held, 2, at + interval '6 days' from entered
), kept as (
  insert into journeys_hold_out (shop_id, scheme_id, person_id, held) select %(shop)s, %(scheme)s, id, held from entered
)
insert into orders_order (shop_id, source, external_id, number, person_id, placed_at, placed_offset, version_at, total, live,
                          status, payment_status, currency)
select %(shop)s, 'api', %(name)s || id, %(name)s || i, id, at + when_ * interval '29 days', 0, at + when_ * interval '29 days',
  (1000 + 400000 * much * much)::bigint, true, 'delivered', 'paid', %(currency)s
from entered where luck < case when held then %(rate_held)s else %(rate_given)s end
  and at + when_ * interval '29 days' < %(until)s
"""


def fill(cur: Cursor, shop_id: int, past: Past, until: datetime, currency: str, seed: float = 0.5) -> None:
    """Make it for a scheme that is published by that name."""
    row = cur.execute(
        "select s.id, s.live_version_id from journeys_scheme s where s.shop_id = %s and s.name = %s",
        (shop_id, past.name),
    ).fetchone()
    assert row is not None
    cur.execute("select setseed(%s)", (seed,))
    values = {
        "shop": shop_id, "until": until, "people": past.people, "share": past.share, "days": float(past.days),
        "scheme": row[0], "version": row[1], "name": past.name, "currency": currency, "rate_held": past.held,
        "rate_given": past.given,
    }  # fmt: skip
    cur.execute(_FILL, values)
    cur.execute("analyze people_person, journeys_enrolment, orders_order")
