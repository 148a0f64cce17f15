"""Points and codes over a real database: given once, exact to the point, closed to change, gone when their day is over."""

from datetime import timedelta

import psycopg
import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.facts import Subject
from regulars.loyalty import actions, expiring, facts, queries
from regulars.people import actions as people
from tests.apps.world import World

pytestmark = pytest.mark.db

TEXT = """
scheme: gifts
per: order
starts: order.placed
steps:
  gift:
    points: {give: 500, valid: 90d}
  coupon:
    code: {percent: 10, valid: 30d}
  rich:
    if: points.balance >= 500 and code.percent == 10 and code.valid_until > now
    yes: letter
    no: end
  letter:
    send: {by: [email], subject: {en: "{{ points.balance }}", ru: "{{ points.balance }}"},
           text: {en: "{{ code.value }} {{ code.gives }}", ru: "{{ code.value }} {{ code.gives }}"}}
"""


def points(key: str, person: int, n: int, world: World, days: int | None = None) -> actions.NewPoints:
    until = None if days is None else world.now + timedelta(days=days)
    return actions.NewPoints(
        key=key, person_id=person, points=n, earned_at=world.now, valid_until=until, cause="test"
    )  # fmt: skip


def balance(world: World, person: int) -> queries.Account:
    with world.writing() as cur:
        return queries.accounts(cur, world.shop_id, [person], world.now)[person]


def test_what_is_given_is_known_to_the_next_step_in_the_same_claim(world: World) -> None:
    world.publish(TEXT)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    assert world.conduct() == 1
    assert world.rows("select step from outbox_message") == [("letter",)]
    assert world.rows("select points, source, target from loyalty_entry") == [(500, "shop", "available")]
    ((code, percent, uses, until),) = world.rows("select code, percent, uses_left, valid_until from loyalty_code")
    assert len(code) == 10 and set(code) <= set(actions.LETTERS) and (percent, uses) == (10, 1)
    assert until.isoformat() == "2026-04-01T23:59:59+00:00"
    told = world.rows("select kind, data from events_event where kind in ('points.earned', 'code.issued') order by id")
    assert [k for k, _ in told] == ["points.earned", "code.issued"] and code not in str(told)
    assert [
        r[0] for r in world.rows("select distinct r->>'code' from journeys_decision, jsonb_array_elements(reasons) r")
    ]
    assert code not in str(world.rows("select reasons, effects from journeys_decision"))


def test_the_same_deed_gives_once(world: World) -> None:
    person = world.person()
    with world.writing() as cur:
        for _ in range(2):
            actions.give_points(
                cur, world.shop_id, [points("a", person, 5, world), points("b", person, 7, world)], world.now
            )
    assert balance(world, person).balance == 12
    assert world.one("select count(*) from events_event where kind = 'points.earned'") == 2


@pytest.mark.parametrize(
    "deed", ["update loyalty_entry set points = 1", "delete from loyalty_entry", "truncate loyalty_entry"]
)
def test_the_ledger_is_closed_to_change(world: World, deed: str) -> None:
    person = world.person()
    with world.writing() as cur:
        actions.give_points(cur, world.shop_id, [points("a", person, 5, world)], world.now)
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), world.writing() as cur:
        cur.execute(deed)
    assert balance(world, person).balance == 5


def test_points_go_when_their_day_is_over_and_the_balance_is_the_sum_of_its_transfers(world: World) -> None:
    person = world.person()
    with world.writing() as cur:
        given = [points("a", person, 100, world, 10), points("b", person, 30, world, 20), points("c", person, 7, world)]
        actions.give_points(cur, world.shop_id, given, world.now)
        assert expiring.next_expiry(cur) == world.now + timedelta(days=10, microseconds=1)
    found = balance(world, person)
    assert (found.balance, found.earned, found.expiring, found.expires_at) == (
        137,
        7,
        100,
        world.now + timedelta(days=10),
    )
    world.later(days=10, seconds=1)
    assert balance(world, person).balance == 37  # at once, before anybody has written it down
    raw = db.loop_connection("test")
    assert expiring.expire_once(raw) == 1 and expiring.expire_once(raw) == 0
    raw.close()
    assert world.rows("select points, source, target from loyalty_entry where key like 'expire:%%'") == [
        (100, "available", "expired")
    ]
    assert world.rows("select data->>'points' from events_event where kind = 'points.expired'") == [("100",)]
    ledger = world.one(
        "select sum(case when target = 'available' then points when source = 'available' then -points end) from loyalty_entry"
    )
    assert ledger == balance(world, person).balance == 37
    assert balance(world, person).expiring == 30


def test_a_merge_joins_accounts_and_codes(world: World) -> None:
    keep, other = world.person(), world.person()
    code = actions.NewCode(
        key="c", person_id=other, gives="amount", percent=None, amount=50000, currency="RUB", issued_at=world.now,
        valid_until=world.now + timedelta(days=3), cause="test",
    )  # fmt: skip
    with world.writing() as cur:
        actions.give_points(cur, world.shop_id, [points("a", keep, 5, world), points("b", other, 6, world)], world.now)
        actions.issue_codes(cur, world.shop_id, [code], world.now)
        people.merge(cur, world.shop_id, keep, other, SYSTEM, world.now)
        subjects = [Subject(keep, None, "ru"), Subject(other, None, "en")]
        names: frozenset[str] = frozenset()
        both = facts.load_points(cur, world.shop_id, subjects, names, world.now)
        codes = facts.load_codes(cur, world.shop_id, subjects, names, world.now)
        over = facts.load_codes(cur, world.shop_id, subjects, names, world.now + timedelta(days=4))
    assert [p and p["balance"] for p in both] == [11, 11] and over == [None, None]
    assert [c and (c["gives"], c["amount"]["minor"]) for c in codes] == [("500\u00a0₽", 50000), ("₽500", 50000)]
