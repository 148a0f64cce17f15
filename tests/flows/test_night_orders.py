"""Orders of a night: first thing on the next working morning, in the order in which they came, and each buyer told when."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.desk import queries
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

SCHEME = """\
scheme: after-order
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    tell:
      by: [email]
      subject: {en: "We have your order {{ order.number }}"}
      text: {en: "We will call you by {{ promise.due | time }}."}
      late: drop after 6h
    outcomes: {confirmed: end}
"""
ZONES = ("Europe/Moscow", "Europe/Kaliningrad", "Asia/Kamchatka", "Asia/Novosibirsk", None)
ANNA = Actor("staff", 1)


def _at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """By Moscow's clock, in March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


@pytest.fixture
def moscow(web: WebShop) -> WebShop:
    """The shop is in Moscow and works from Monday to Friday, 9 to 18; Tuesday the 3rd is a day off."""
    with web.world.writing() as cur:
        cur.execute("update shop_shop set time_zone = 'Europe/Moscow', country = 'RU' where id = %s", (web.shop_id,))
        week = {key: ["09:00-18:00"] for key in ("mon", "tue", "wed", "thu", "fri")}
        hours: dict[str, Any] = {"zone": "Europe/Moscow", "hours": week, "days_off": ["2026-03-03"], "extra": {}}
        shops.set_hours(cur, web.shop_id, "main", hours, SYSTEM)
    shop_queries.forget()
    web.world.publish(SCHEME)
    return web


def _night(web: WebShop, *, all_at_once: bool) -> list[tuple[int, str | None]]:
    """Thirty orders between Monday evening and Tuesday's end: (order, zone) as they came; people by chance, old and new."""
    chance = random.Random(30)
    moments = sorted(chance.sample(range(20 * 60, 44 * 60), 30))
    people = [(web.world.person(zone=zone), zone) for zone in ZONES for _ in range(6)]
    chance.shuffle(people)
    placed = []
    for minute, (person, zone) in zip(moments, people, strict=True):
        web.world.at(_at(0) + timedelta(minutes=minute))
        order = web.world.order(person)
        web.world.happens("order.placed", person, order)
        if not all_at_once:
            web.world.conduct()
        placed.append((order, zone))
    web.world.conduct()
    return placed


@pytest.mark.parametrize("all_at_once", [False, True], ids=["as they came", "after the engine stood still all night"])
def test_thirty_orders_of_a_night_are_called_in_the_order_in_which_they_came(
    moscow: WebShop, all_at_once: bool
) -> None:
    web = moscow
    placed = _night(web, all_at_once=all_at_once)
    rows = web.world.rows(
        "select order_id, id, not_before, target_at, due_at from desk_task where shop_id = %s", web.shop_id
    )
    found = {r[0]: r for r in rows}
    assert len(found) == 30
    opens = {None: _at(9, day=4), "Europe/Moscow": _at(9, day=4), "Asia/Kamchatka": _at(9, day=4),
             "Asia/Novosibirsk": _at(9, day=4), "Europe/Kaliningrad": _at(10, day=4)}  # fmt: skip
    for order, zone in placed:
        begins = opens[zone]
        assert found[order][2:] == (begins, begins + timedelta(minutes=15), begins + timedelta(hours=1)), zone
    web.world.at(_at(9, day=4))
    assert _called(web) == [o for o, zone in placed if zone != "Europe/Kaliningrad"], "six sleep an hour longer"
    web.world.at(_at(10, day=4))
    assert _called(web) == [o for o, zone in placed if zone == "Europe/Kaliningrad"]


def _called(web: WebShop) -> list[int]:
    """The orders as an operator gets them one after another."""
    called = []
    while True:
        with web.world.writing() as cur:
            taken = desk.claim_next(cur, web.shop_id, ANNA, web.world.now)
            if taken is None:
                return called
            desk.finish(cur, web.shop_id, taken.id, "confirmed", ANNA, web.world.now)
        assert taken.order_id is not None
        called.append(taken.order_id)


def test_each_buyer_of_the_night_is_told_by_when_and_the_promise_stands(moscow: WebShop) -> None:
    web = moscow
    placed = _night(web, all_at_once=False)
    promised = dict(web.world.rows("select order_id, due_at from promises_promise where kind = 'call'"))
    assert promised == {o: _at(11 if zone == "Europe/Kaliningrad" else 10, day=4) for o, zone in placed}
    assert web.world.one("select count(*) from outbox_message where step = 'confirm'") == 30
    with web.world.writing() as cur:
        limits = {t.order_id: t.due_at for t in queries.tasks(cur, web.shop_id, now=web.world.now, hidden=True)}
    assert limits == promised
