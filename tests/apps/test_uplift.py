"""The roll-up behind the proof of effect: against the same sums made slowly, and each lie it must not tell."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from regulars.base.actor import SYSTEM
from regulars.core.read import read_scheme
from regulars.people import actions as people
from regulars.reports import uplift, uplift_races
from regulars.reports.uplift_cards import effects
from regulars.reports.uplift_sums import looks_of, marked_day, sums_of
from regulars.shop import queries as shops
from tests.apps.world import World

pytestmark = pytest.mark.db

TEXT = """
scheme: {name}
title: {{en: Back, ru: Снова}}
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
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def scheme(world: World, share: int = 20, name: str = "back") -> tuple[int, int]:
    """Its id and that of its newest version."""
    world.publish(TEXT.format(name=name, share=share))
    with world.writing() as cur:
        cur.execute("update shop_shop set currency = 'RUB'")
    ((scheme_id, version),) = world.rows(
        "select s.id, v.id from journeys_scheme s join journeys_version v on v.id = s.live_version_id where s.name = %s",
        name,
    )
    return scheme_id, version


def people_of(world: World, n: int) -> list[int]:
    with world.writing() as cur:
        rows = cur.execute(
            "insert into people_person (shop_id, name) select %s, '' from generate_series(1, %s) returning id",
            (world.shop_id, n),
        )
        return [r[0] for r in rows]


def enter(world: World, where: tuple[int, int], entries: Iterable[tuple[int, bool, datetime]]) -> None:
    """As the conductor leaves it: (person, held out, when)."""
    entries = list(entries)
    with world.writing() as cur:
        cur.executemany(
            "insert into journeys_enrolment (shop_id, person_id, scheme_id, version_id, started_at, held_out, status, ended_at)"
            " values (%s, %s, %s, %s, %s, %s, 2, %s)",
            [(world.shop_id, p, *where, at, held, at + timedelta(days=6)) for p, held, at in entries],
        )
        cur.executemany(
            "insert into journeys_hold_out (shop_id, scheme_id, person_id, held) values (%s, %s, %s, %s) on conflict do nothing",
            [(world.shop_id, where[0], p, held) for p, held, _at in entries],
        )


def orders(world: World, bought: Iterable[tuple[int, datetime, int]], **fields: Any) -> list[int]:
    out = []
    values = {"status": "delivered", "payment_status": "paid", "currency": "RUB", "data": "{}", "mark": None, **fields}
    with world.writing() as cur:
        for person, at, total in bought:
            row = cur.execute(
                "insert into orders_order (shop_id, source, external_id, number, person_id, placed_at, placed_offset, version_at,"
                " total, live, status, payment_status, currency, data, mark)"
                " values (%s, 'api', 'x' || next_id(), '', %s, %s, 0, %s, %s, true, %s, %s, %s, %s::jsonb, %s) returning id",
                (world.shop_id, person, at, at, total, *values.values()),
            ).fetchone()
            assert row is not None
            out.append(row[0])
    return out


def changed(world: World, order: int, sql: str, *values: Any) -> None:
    """An order as its next accepted state leaves it."""
    with world.writing() as cur:
        cur.execute(f"update orders_order set {sql} where id = %s", (*values, order))
        cur.execute(
            "insert into orders_version (shop_id, order_id, n, version_at, body) values (%s, %s, 2, %s, '{}')",
            (world.shop_id, order, world.now),
        )


def roll(world: World) -> bool:
    with world.writing() as cur:
        shops.forget()
        return uplift.roll_up(cur, shops.settings_of(cur, world.shop_id), world.now)


def counted(world: World, scheme_id: int, arm: str) -> tuple[int, int, int, int]:
    """People, of whom ordered, orders, revenue."""
    with world.writing() as cur:
        sums = sums_of(cur, world.shop_id).get(scheme_id)
        return (0, 0, 0, 0) if sums is None else tuple(sums.count(w, arm) for w in ("n", "again", "orders", "revenue"))  # type: ignore[return-value]


def test_people_come_in_by_the_engine_itself_and_are_counted_when_their_window_closes(world: World) -> None:
    scheme_id, _ = scheme(world, 50)
    who = [world.person() for _ in range(12)]
    for person in who:
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    held = {r[0] for r in world.rows("select person_id from journeys_hold_out where held")}
    assert 0 < len(held) < 12
    world.later(days=3)
    for person in who[:6]:
        world.happens("order.placed", person, world.order(person, total=1000))
    world.conduct()
    world.later(days=26)
    assert roll(world)
    assert counted(world, scheme_id, "given") == (0, 0, 0, 0), "nobody's thirty days are over"
    with world.writing() as cur:
        assert sums_of(cur, world.shop_id)[scheme_id].count("entered") == 12
    world.later(days=3)
    assert roll(world)
    assert not roll(world), "a day is looked at once"
    for arm, group in (("held", held), ("given", set(who) - held)):
        n = len(group & set(who[:6]))
        assert counted(world, scheme_id, arm) == (len(group), n, n, n * 1000), "the order that began it is not counted"
    with world.writing() as cur:
        goals = sums_of(cur, world.shop_id)[scheme_id].count("goals")
        assert marked_day(cur, world.shop_id) == (world.now - timedelta(days=1)).date()
    assert goals == 6


def test_the_sums_are_those_made_slowly(world: World) -> None:
    """Day by day over two months, with shares that change, cancellations, refunds and other currencies: all by hand again."""
    dice = random.Random(5)
    scheme_id, first = scheme(world, 20)
    _, second = scheme(world, 50)
    who = people_of(world, 300)
    entered = {p: START + timedelta(hours=dice.randrange(24 * 40)) for p in who}
    held = {p: dice.random() < 0.3 for p in who}
    share = {p: 200 if dice.random() < 0.6 else 500 for p in who}
    for p in sorted(who, key=entered.__getitem__):
        enter(world, (scheme_id, first if share[p] == 200 else second), [(p, held[p], entered[p])])
    expected: dict[tuple[date, int, str], list[int]] = defaultdict(lambda: [0] * 6)
    bought: dict[int, tuple[int, int]] = {}
    kinds: list[tuple[dict[str, Any], int]] = [
        ({}, 1), ({}, 1), ({"status": "cancelled"}, -1), ({"mark": "test"}, -1), ({"status": "returned"}, 0),
        ({"payment_status": "refunded"}, 0), ({"currency": "EUR"}, 0),
        ({"payment_status": "part_refunded", "data": '{"payment": {"refunded_total": "2.50"}}'}, 2),
    ]  # fmt: skip
    for p in who:
        for _ in range(dice.choice((0, 0, 1, 1, 3))):
            at, total = START + timedelta(hours=dice.randrange(24 * 80), seconds=7), dice.randrange(1000, 50_000)
            fields, worth = dice.choice(kinds)
            orders(world, [(p, at, total)], **fields)
            if worth >= 0 and entered[p] < at <= entered[p] + timedelta(days=30):
                n, sum_ = bought.get(p, (0, 0))
                bought[p] = n + 1, sum_ + (total - 250 if worth == 2 else total * worth)
    until = START + timedelta(days=61)
    for p in who:
        day = (entered[p] + timedelta(days=30)).date()
        if day < until.date():
            n, sum_ = bought.get(p, (0, 0))
            row = expected[day, share[p], "held" if held[p] else "given"]
            for i, v in enumerate((1, n > 0, n, n * n, sum_, sum_ * sum_)):
                row[i] += v
    # in steps, as days pass: some missed, one twice
    for days in (31, 32, 32.2, 40, 52, 61):
        world.at(START + timedelta(days=days))
        roll(world)
    rows = world.rows(
        "select day, share, arm, n, again, orders, orders2, revenue, revenue2 from reports_uplift_day"
        " where n > 0 and scheme_id = %s",
        scheme_id,
    )
    assert {r[:3]: [int(v) for v in r[3:]] for r in rows} == dict(expected)
    with world.writing() as cur:
        looks = looks_of(cur, world.shop_id, "revenue")[scheme_id]
    assert [x.day for x in looks] == [looks[0].day + timedelta(days=i) for i in range(len(looks))]
    assert looks[-1].day == until.date() - timedelta(days=1)
    seen = {x.day for x in looks if not x.afterwards}
    assert seen <= {(START + timedelta(days=d)).date() - timedelta(days=1) for d in (31, 32, 40, 52, 61)}
    assert looks[-1].day in seen
    assert looks[-1].n_given + looks[-1].n_held == sum(row[0] for row in expected.values())


def test_a_late_refund_corrects_the_sums_but_no_look(world: World) -> None:
    where = scheme(world)
    who = people_of(world, 40)
    enter(world, where, [(p, i % 2 == 0, START) for i, p in enumerate(who)])
    ids = orders(world, [(p, START + timedelta(days=9), 1000) for p in who[:20]])
    world.at(START + timedelta(days=31))
    roll(world)
    with world.writing() as cur:
        (before,) = looks_of(cur, world.shop_id, "revenue")[where[0]]
    assert counted(world, where[0], "held") == (20, 10, 10, 10_000)
    world.at(START + timedelta(days=45))
    changed(world, ids[0], "payment_status = 'refunded'")
    changed(world, ids[2], "status = 'cancelled'")
    roll(world)
    assert counted(world, where[0], "held") == (20, 9, 9, 8_000)
    with world.writing() as cur:
        looks = looks_of(cur, world.shop_id, "revenue")[where[0]]
        assert sums_of(cur, world.shop_id)[where[0]].count("corrected") == 2
    assert looks[0] == before
    assert looks[-1].found.held == pytest.approx(400)


def test_a_person_is_one_however_many_records_he_has(world: World) -> None:
    where = scheme(world)
    who = people_of(world, 44)
    enter(world, where, [(p, i % 2 == 0, START + timedelta(minutes=i)) for i, p in enumerate(who)])
    orders(world, [(who[0], START + timedelta(days=2), 500), (who[2], START + timedelta(days=3), 700)])
    with world.writing() as cur:
        people.merge(cur, world.shop_id, who[2], who[0], SYSTEM, world.now)
    world.at(START + timedelta(days=32))
    roll(world)
    assert counted(world, where[0], "held") == (21, 1, 2, 1200), (
        "two records of one group are one person with both orders"
    )
    with world.writing() as cur:
        people.merge(cur, world.shop_id, who[4], who[5], SYSTEM, world.now)
    world.later(days=1)
    roll(world)
    assert (counted(world, where[0], "held")[0], counted(world, where[0], "given")[0]) == (20, 21)
    with world.writing() as cur:
        assert sums_of(cur, world.shop_id)[where[0]].count("crossed") == 2, "of both groups at once: in neither"
        people.unmerge(cur, world.shop_id, who[5], SYSTEM, world.now)
        people.unmerge(cur, world.shop_id, who[0], SYSTEM, world.now)
    world.later(days=1)
    roll(world)
    assert counted(world, where[0], "held") == (22, 2, 2, 1200)
    assert counted(world, where[0], "given")[0] == 22


def test_who_came_before_there_was_a_hold_out_was_never_drawn(world: World) -> None:
    scheme_id, before = scheme(world, 0)
    old, new = people_of(world, 30), people_of(world, 30)
    enter(world, (scheme_id, before), [(p, False, START) for p in old])
    world.at(START + timedelta(days=1))
    roll(world)
    _, after = scheme(world, 10)
    enter(world, (scheme_id, after), [(p, False, START + timedelta(days=2)) for p in old])
    enter(world, (scheme_id, after), [(p, i < 3, START + timedelta(days=2)) for i, p in enumerate(new)])
    world.at(START + timedelta(days=40))
    roll(world)
    assert counted(world, scheme_id, "given")[0] + counted(world, scheme_id, "held")[0] == 30


def test_alarms(world: World) -> None:
    where, other = scheme(world), scheme(world, 10, "other")
    uneven = scheme(world, 5, "uneven")
    who = people_of(world, 400)
    enter(world, where, [(p, i < 80, START) for i, p in enumerate(who)])
    # half of those with the scheme get another's advertising, none of those held out
    enter(world, other, [(p, False, START + timedelta(days=1)) for p in who[80:240]])
    enter(world, uneven, [(p, i < 80, START + timedelta(days=1)) for i, p in enumerate(people_of(world, 400))])
    world.at(START + timedelta(days=33))
    roll(world)
    with world.writing() as cur:
        sums = sums_of(cur, world.shop_id)
        looks = looks_of(cur, world.shop_id, "again")
    assert (sums[where[0]].alarms().others, sums[where[0]].alarms().sizes) == (True, False)
    assert (sums[uneven[0]].alarms().others, sums[uneven[0]].alarms().sizes) == (False, True)
    assert not looks[where[0]][-1].trusted
    assert sums[where[0]].count("others", "given") == 160


def test_the_hold_out_of_the_whole_shop(world: World) -> None:
    where = scheme(world)
    who = people_of(world, 90)
    enter(world, where, [(p, i % 3 == 0, START) for i, p in enumerate(who)])
    orders(world, [(p, START + timedelta(days=40), 1000) for p in who[:20]])
    world.at(START + timedelta(days=92))
    with world.writing() as cur:
        shops.forget()
        cur.execute(
            "create table if not exists people_hold_out"
            " (person_id bigint primary key, shop_id bigint not null, held boolean not null, at timestamptz not null)"
        )
        cur.execute("truncate people_hold_out")
        cur.executemany(
            "insert into people_hold_out (person_id, shop_id, held, at) values (%s, %s, %s, %s)",
            [(p, world.shop_id, i < 30, START) for i, p in enumerate(who)],
        )
        shop = shops.settings_of(cur, world.shop_id)
        told = SimpleNamespace(id=shop.id, time_zone=shop.time_zone, currency=shop.currency, hold_out=300)
        assert uplift.roll_up(cur, told, world.now)  # type: ignore[arg-type]
        sums = sums_of(cur, world.shop_id)
        of_shop, of_scheme = sums[uplift.WHOLE_SHOP], sums[where[0]]
        assert (of_shop.count("n", "held"), of_shop.count("again", "held")) == (30, 20)
        assert (of_shop.count("n", "given"), of_shop.count("again", "given")) == (60, 0)
        assert not of_shop.alarms()
        assert (of_scheme.count("n", "held"), of_scheme.count("n", "given")) == (20, 40), (
            "the shop’s own are no measure of it"
        )
        (effect, _other) = effects(cur, world.shop_id, shop_share=300)
        assert (effect.scheme_id, effect.verdict, effect.people) == (uplift.WHOLE_SHOP, "against", 90)
        raise psycopg.Rollback  # the table is another app's, and not there yet


def test_a_split_test_is_counted_by_the_way_first_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {"blue": 500, "red": 500}
    for place in (uplift, uplift_races):
        monkeypatch.setattr(place, "splits_of", lambda scheme: {"later": ways})
    where = scheme(world)
    who = people_of(world, 800)
    enter(world, where, [(p, False, START) for p in who])
    with world.writing() as cur:
        cur.execute(
            "update journeys_enrolment set data = jsonb_build_object('splits', jsonb_build_object('later',"
            " case when person_id = any(%s) then 'blue' else 'red' end)) where scheme_id = %s",
            (who[::2], where[0]),
        )
        cur.execute(
            "insert into journeys_decision (shop_id, enrolment_id, person_id, version_id, at, happening, reasons, effects)"
            " select shop_id, id, person_id, version_id, %s, 'timer', %s::jsonb, '[]' from journeys_enrolment"
            " where scheme_id = %s",
            (START + timedelta(days=2), '[{"step": "later", "code": "split", "next": "blue"}]', where[0]),
        )
    orders(world, [(p, START + timedelta(days=1), 500) for p in who])
    orders(world, [(p, START + timedelta(days=9), 500) for p in [*who[:600:2], *who[1:200:2]]])
    world.at(START + timedelta(days=31))
    roll(world)
    with world.writing() as cur:
        text = TEXT.format(name="back", share=20)
        scheme_read = read_scheme(text).scheme
        assert scheme_read is not None
        (test,) = uplift_races.split_tests(cur, world.shop_id, where[0], scheme_read)
        assert test.sums.count("n") == 0, "the days begin at the split"
    world.at(START + timedelta(days=34))
    roll(world)
    with world.writing() as cur:
        (test,) = uplift_races.split_tests(cur, world.shop_id, where[0], scheme_read)
        assert (test.sums.count("n", "blue"), test.sums.count("again", "blue")) == (400, 300)
        assert (test.sums.count("n", "red"), test.sums.count("again", "red")) == (400, 100)
        assert (test.race.standing, test.race.winner, test.is_to_decide) == ("won", "blue", False)
        assert uplift_races.decided(cur, world.shop_id) == [], "the scheme asks its owner"
        assert replace(test, decides="auto").is_to_decide
        assert counted(world, where[0], "given")[0] == 800, "the hold-out is counted beside it"
        monkeypatch.setitem(ways, "blue", 200)
        monkeypatch.setitem(ways, "red", 800)
        cur.execute("update reports_uplift_day set share = %s where part = 'later'", (uplift.split_code(ways),))
        (test,) = uplift_races.split_tests(cur, world.shop_id, where[0], scheme_read)
        assert test.race.standing == "broken", "half and half is not what was to be drawn"
