"""Who goes first when the cap lets only some advertising pass, and what a scheme may spend: over a real database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from regulars.base.actor import SYSTEM
from regulars.outbox import budgets
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.apps.outbox_world import Outbox, send_at_once
from tests.apps.world import World

pytestmark = pytest.mark.db

SCHEME = """
scheme: {name}
per: person
starts: {starts}
{head}
steps:
  pause: {{wait: {wait}}}
  offer:
    send: {{by: [email], purpose: advertising, subject: {{en: "Offer"}}, text: {{en: "An offer"}}}}
"""


@pytest.fixture
def outbox(world: World) -> Iterator[Outbox]:
    with world.writing() as cur:
        shops.set_settings(cur, world.shop_id, {"cap_count": 1, "cap_days": 30}, SYSTEM)
    yield Outbox(world)
    shop_queries.forget()


def publish(world: World, name: str, starts: str, wait: str = "0s", head: str = "") -> None:
    world.publish(SCHEME.format(name=name, starts=starts, wait=wait, head=head))


def willing(outbox: Outbox) -> int:
    person = outbox.world.person()
    outbox.agree(person)
    return person


def fates(outbox: Outbox) -> dict[str, tuple[str, str | None]]:
    return {s: (state, why) for s, state, why in outbox.world.rows("select scheme, state, reason from outbox_message")}


def test_of_two_that_are_due_at_once_the_higher_goes_and_the_other_is_told_who_went(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "digest", "cart.abandoned")
    publish(world, "birthday", "cart.abandoned", head="priority: 8")
    person = willing(outbox)
    world.happens("cart.abandoned", person)
    world.conduct()
    outbox.gate()
    assert fates(outbox) == {"birthday": ("sent", None), "digest": ("refused", "cap")}
    why = world.one("select why from outbox_message where scheme = 'digest'")
    assert why["params"] == {"sent": 1, "limit": 1, "days": 30, "schemes": "birthday"}


def test_even_when_the_round_takes_only_the_lower_one(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "digest", "cart.abandoned")
    person = willing(outbox)
    world.happens("cart.abandoned", person)
    world.conduct()
    publish(world, "birthday", "cart.abandoned", head="priority: 8")
    world.later(seconds=30)
    world.happens("cart.abandoned", person)
    world.conduct()
    outbox.gate(limit=1)  # the digest's is older
    assert fates(outbox)["digest"] == ("queued", "priority")
    outbox.gate()
    world.later(minutes=2)
    outbox.gate()
    assert fates(outbox) == {"birthday": ("sent", None), "digest": ("refused", "cap")}


def test_a_lower_one_leaves_the_room_to_a_higher_one_that_is_due_within_its_own_patience(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "birthday", "cart.abandoned", wait="3h", head="priority: 8")
    publish(world, "digest", "cart.abandoned")
    publish(world, "later", "page.viewed")
    first, second = willing(outbox), willing(outbox)
    for person in (first, second):
        world.happens("cart.abandoned", person)
    world.conduct()
    outbox.gate()
    assert fates(outbox) == {"digest": ("queued", "priority")}
    params = world.one("select why -> 'params' from outbox_message where scheme = 'digest' and person_id = %s", first)
    assert params["scheme"] == "birthday"
    with world.writing() as cur:  # the second no longer wants the higher one's: the lower one has its turn
        cur.execute("update journeys_enrolment set status = 2 where person_id = %s and step = 'pause'", (second,))
    world.later(hours=3, minutes=1)
    world.conduct()
    outbox.gate()
    rows = world.rows("select person_id, scheme, state, reason from outbox_message order by person_id, scheme")
    assert rows == [
        (first, "birthday", "sent", None),
        (first, "digest", "refused", "cap"),
        (second, "digest", "sent", None),
    ]


def test_one_that_is_due_too_late_or_where_there_is_room_for_both_holds_nobody_back(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "birthday", "cart.abandoned", wait="5h", head="priority: 8")
    publish(world, "digest", "cart.abandoned")
    world.happens("cart.abandoned", willing(outbox))
    world.conduct()
    outbox.gate()
    assert fates(outbox) == {"digest": ("sent", None)}
    with world.writing() as cur:
        shops.set_settings(cur, world.shop_id, {"cap_count": 2}, SYSTEM)
    publish(world, "birthday", "page.viewed", wait="1h", head="priority: 8")
    publish(world, "digest", "page.viewed", head="again: always")
    world.happens("page.viewed", willing(outbox))
    world.conduct()
    outbox.gate()
    assert set(world.rows("select state from outbox_message where scheme = 'digest'")) == {("sent",)}


def test_a_budget_is_spent_to_the_last_message_and_begins_anew(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "digest", "cart.abandoned", head="budget: {messages: 3, every: month}")
    for _ in range(5):
        world.happens("cart.abandoned", willing(outbox))
    world.conduct()
    outbox.gate()
    states = sorted(world.rows("select state, reason from outbox_message"))
    assert states == [("refused", "budget_spent")] * 2 + [("sent", None)] * 3
    begins = world.now.date().replace(day=1)
    with world.writing() as cur:
        assert budgets.used(cur, world.shop_id, "digest", "month", begins) == 3
    params = world.rows("select why -> 'params' from outbox_message where state = 'refused' limit 1")[0][0]
    assert params == {"used": 3, "limit": 3, "every": "month"}
    world.at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    world.happens("cart.abandoned", willing(outbox))
    world.conduct()
    outbox.gate()
    assert world.one("select count(*) from outbox_message where state = 'sent'") == 4


def test_what_is_tried_again_is_counted_once(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "digest", "cart.abandoned", head="budget: {messages: 1, every: day}")
    world.happens("cart.abandoned", willing(outbox))
    world.conduct()
    outbox.gate()
    with world.writing() as cur:  # as after a failure that passes
        cur.execute("update outbox_message set state = 'queued', sent_at = null, closed_at = null")
    outbox.gate()
    assert fates(outbox) == {"digest": ("sent", None)}
    assert world.rows("select used from outbox_budget") == [(1,)]


def test_two_senders_at_once_never_overshoot(outbox: Outbox) -> None:
    world = outbox.world
    publish(world, "digest", "cart.abandoned", head="budget: {messages: 25, every: week}")
    for _ in range(60):
        world.happens("cart.abandoned", willing(outbox))
    world.conduct()
    send_at_once(3)
    assert dict(world.rows("select state, count(*) from outbox_message group by 1")) == {"sent": 25, "refused": 35}
    assert world.rows("select used, begins from outbox_budget") == [(25, date(2026, 3, 2))]
