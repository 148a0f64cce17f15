"""What a scheme's advertising may cost: counted at the prices of its moment, never overshot, alike live and in a backtest."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars.base.actor import SYSTEM
from regulars.core.backtest_rows import Row
from regulars.journeys import actions as journeys
from regulars.journeys import backtest
from regulars.journeys.backtest_prices import set_prices
from regulars.outbox import budgets
from regulars.rules.budgets import amount_text
from regulars.shop import queries as shop_queries
from tests.apps.outbox_world import Outbox, send_at_once
from tests.apps.world import MONDAY_NOON, World
from tests.examples import examples

pytestmark = pytest.mark.db

SCHEME = """
scheme: {name}
per: order
starts: order.placed
{head}
steps:
  offer:
    send: {{by: [sms, email], purpose: advertising, subject: {{en: S, ru: С}}, text: {{en: An offer, ru: Новинки}}}}
"""
MONTH = date(2026, 3, 1)
_names = itertools.count(1)


@pytest.fixture
def outbox(world: World) -> Iterator[Outbox]:
    yield Outbox(world)
    shop_queries.forget()


def prices(world: World, **of: str) -> None:
    with world.writing() as cur:
        set_prices(cur, world.shop_id, {channel: Decimal(price) for channel, price in of.items()}, SYSTEM)


def publish(world: World, head: str, name: str = "digest") -> str:
    text = SCHEME.format(name=name, head=head)
    world.publish(text)
    return text


def buys(outbox: Outbox, channel: str = "sms") -> int:
    """Somebody who wants advertising by that channel alone orders; the person."""
    world = outbox.world
    person = world.person(zone="UTC")
    with world.writing() as cur:
        cur.execute(
            "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
            (world.shop_id, person, f"+4420794{next(world.numbers):05}"),
        )
        if channel == "email":
            cur.execute("delete from people_contact_point where person_id = %s and kind = 'phone'", (person,))
    outbox.agree(person, channel)
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    return person


def fates(world: World) -> list[tuple[str, str | None, str | None]]:
    return world.rows("select state, reason, channel from outbox_message order by id")


def used(world: World, scheme: str = "digest") -> list[tuple[int, int, str | None]]:
    return world.rows("select used, cost, currency from outbox_budget where scheme = %s", scheme)


def test_it_is_spent_exactly_and_what_costs_less_may_still_find_room(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="3.3333", email="0.0001")
    publish(world, "budget: {cost: 10 EUR, every: month}")
    for channel in ("sms", "sms", "sms", "sms", "email", "email"):
        buys(outbox, channel)
        outbox.gate()
    assert [(state, channel) for state, _, channel in fates(world)] == [
        ("sent", "sms"), ("sent", "sms"), ("sent", "sms"), ("refused", None), ("sent", "email"), ("refused", None),
    ]  # fmt: skip
    assert used(world) == [(4, 100_000, "EUR")]
    params = world.rows("select why -> 'params' from outbox_message where state = 'refused' order by id")
    assert params[0][0] == {"used": "9.9999", "limit": "10", "price": "3.3333", "currency": "EUR", "every": "month"}
    assert params[1][0]["used"] == "10" and params[1][0]["price"] == "0.0001"
    with world.writing() as cur:
        assert budgets.used(cur, world.shop_id, "digest", "month", MONTH) == 4
        assert budgets.spent(cur, world.shop_id, "digest", "month", MONTH, "EUR") == 100_000
        assert budgets.spent(cur, world.shop_id, "digest", "month", MONTH, "USD") == 0
    world.later(days=31)
    buys(outbox)
    outbox.gate()
    assert fates(world)[-1] == ("sent", None, "sms")


def test_in_one_round_the_next_knows_what_the_one_before_cost(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    publish(world, "budget: {cost: 5 EUR, every: week}")
    for _ in range(4):
        buys(outbox)
    outbox.gate()
    assert sorted(state for state, *_ in fates(world)) == ["refused", "refused", "sent", "sent"]
    assert used(world) == [(2, 40_000, "EUR")]


def test_both_limits_hold(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    publish(world, "budget: {messages: 3, cost: 5 EUR, every: month}")
    for channel in ("sms", "sms", "sms", "email", "email"):
        buys(outbox, channel)
        outbox.gate()
    assert [state for state, *_ in fates(world)] == ["sent", "sent", "refused", "sent", "refused"]
    params = world.rows("select why -> 'params' from outbox_message where state = 'refused' order by id")
    assert params[0][0]["price"] == "2"
    assert params[1][0] == {"used": 3, "limit": 3, "every": "month"}


def test_a_change_of_prices_leaves_what_was_counted(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    publish(world, "budget: {cost: 6 EUR, every: month}")
    buys(outbox)
    outbox.gate()
    prices(world, sms="4")
    buys(outbox)
    outbox.gate()
    assert used(world) == [(2, 60_000, "EUR")]
    prices(world)
    buys(outbox)  # by now nothing costs anything
    outbox.gate()
    assert [state for state, *_ in fates(world)] == ["sent", "sent", "sent"] and used(world) == [(3, 60_000, "EUR")]


def test_what_is_tried_again_is_paid_once(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    publish(world, "budget: {cost: 2 EUR, every: day}")
    buys(outbox)
    outbox.gate()
    with world.writing() as cur:  # as after a failure that passes
        cur.execute("update outbox_message set state = 'queued', sent_at = null, closed_at = null")
    outbox.gate()
    assert fates(world) == [("sent", None, "sms")] and used(world) == [(1, 20_000, "EUR")]


def test_service_letters_are_outside_of_it(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    text = SCHEME.format(name="digest", head="budget: {cost: 1 EUR, every: day}")
    text += "  thanks: {send: {by: [sms], text: {en: Thank you, ru: Спасибо}}}\n"
    world.publish(text)
    buys(outbox)
    outbox.gate()
    assert world.rows("select step, state from outbox_message order by id") == [
        ("offer", "refused"),
        ("thanks", "sent"),
    ]
    assert used(world) == [(0, 0, None)]


def test_of_another_currency_nothing_goes_and_nothing_is_reckoned_together(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="2")
    publish(world, "budget: {cost: 100 EUR, every: month}")
    buys(outbox)
    outbox.gate()
    world.rows("update shop_shop set currency = 'USD' where id = %s returning 1", world.shop_id)
    shop_queries.forget()
    buys(outbox)
    outbox.gate()
    assert fates(world)[1][:2] == ("refused", "gate_error") and used(world) == [(1, 20_000, "EUR")]
    with pytest.raises(journeys.SchemeRefused):
        publish(world, "budget: {cost: 100 EUR, every: month}  # as before")
    publish(world, "budget: {cost: 100 USD, every: month}")
    buys(outbox)
    outbox.gate()
    assert fates(world)[2][0] == "sent" and used(world) == [(2, 20_000, "USD")]


def test_several_senders_at_once_never_overshoot(outbox: Outbox) -> None:
    world = outbox.world
    prices(world, sms="3.5", email="0.75")
    publish(world, "budget: {cost: 50 EUR, every: week}")
    for n in range(60):
        buys(outbox, "sms" if n % 3 else "email")
    send_at_once(3)
    sent = [35_000 if channel == "sms" else 7_500 for state, _, channel in fates(world) if state == "sent"]
    assert used(world) == [(len(sent), sum(sent), "EUR")] and sum(sent) <= 500_000
    refused = world.rows("select why -> 'params' ->> 'price', state from outbox_message where state <> 'sent'")
    assert len(refused) + len(sent) == 60
    for price, state in refused:  # none that would have found room stayed behind
        assert state == "refused" and sum(sent) + int(Decimal(price) * 10_000) > 500_000


@settings(
    max_examples=examples(12), deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=st.integers(0, 2**64 - 1))
def test_live_and_backtest_spend_it_alike(world: World, seed: int) -> None:
    draw = Random(seed)  # evenly: drawn one by one, small lists and small prices would come in heaps
    outbox = Outbox(world)
    name = f"ads-{next(_names)}"
    begins = MONDAY_NOON + timedelta(days=next(_names) * 10)
    world.at(begins)
    costs = {"sms": draw.randint(0, 40_000), "email": draw.choice([0, draw.randint(1, 10_000)])}
    prices(world, **{channel: amount_text(price) for channel, price in costs.items()})
    limit = f"{draw.randint(50, 800) / 100:.2f}"
    head = draw.choice(["{cost: LIMIT EUR, every: day}", "{messages: 5, cost: LIMIT EUR, every: week}"])
    text = publish(world, f"budget: {head.replace('LIMIT', limit)}", name)
    moments = sorted(
        (
            begins + timedelta(days=draw.randint(0, 1), hours=draw.randint(1, 6), seconds=n),
            draw.choice(["sms", "sms", "email"]),
        )
        for n in range(draw.randint(6, 12))
    )
    for moment, channel in moments:
        world.at(moment)
        buys(outbox, channel)
        outbox.gate()
    with world.writing() as cur:
        journeys.retire(cur, world.shop_id, name, SYSTEM)
    live = world.rows(
        "select person_id, case state when 'sent' then channel end, state, coalesce(reason, '') from outbox_message"
        " where scheme = %s order by id",
        name,
    )
    asked = backtest.Asked(world.shop_id, [backtest.Side(text, "v1")], begins, world.now + timedelta(hours=1))
    with world.writing() as cur:
        backtest.prepare(cur, asked, {})
    rows: list[Row] = []
    backtest.run(world.raw, asked, 1, None, lambda _, some: rows.extend(some))
    past = [(r.person_id, r.detail if r.fate == "sent" else None, r.fate, r.reason) for r in sorted(rows)]
    assert past == live, text
