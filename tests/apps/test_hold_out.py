"""The hold-out of the whole shop: drawn once, kept for ever, honoured by every scheme and at the gate."""

from collections.abc import Iterator

import pytest

from regulars.base.actor import SYSTEM
from regulars.core.entry import is_held_by_shop, is_held_out
from regulars.people import actions as people
from regulars.people import hold_out
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

pytestmark = pytest.mark.db

SCHEME = """
scheme: offers
per: order
starts: order.placed
steps:
  thanks:
    send: {by: [email], subject: {en: "Thanks"}, text: {en: "Thank you"}}
  offer:
    send: {by: [email], purpose: advertising, subject: {en: "Offer"}, text: {en: "An offer"}}
"""


@pytest.fixture
def outbox(world: World) -> Iterator[Outbox]:
    yield Outbox(world)
    shop_queries.forget()


def share(world: World, percent: int) -> None:
    with world.writing() as cur:
        shops.set_settings(cur, world.shop_id, {"hold_out_percent": percent}, SYSTEM)


def drawn(world: World) -> dict[int, bool]:
    return dict(world.rows("select person_id, held from people_hold_out"))


def test_without_a_hold_out_nobody_is_drawn(outbox: Outbox) -> None:
    world = outbox.world
    world.publish(SCHEME)
    person = world.person()
    outbox.agree(person)
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    outbox.gate()
    assert drawn(world) == {}
    assert world.one("select count(*) from outbox_message where state = 'sent'") == 2


def test_half_of_the_people_get_service_only_and_the_record_says_why(outbox: Outbox) -> None:
    world = outbox.world
    share(world, 50)
    world.publish(SCHEME)
    persons = [world.person() for _ in range(30)]
    for person in persons:
        outbox.agree(person)
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    outbox.gate()
    held = {p for p in persons if is_held_by_shop(p, 500)}
    assert 5 <= len(held) <= 25 and drawn(world) == {p: p in held for p in persons}
    sent = world.rows("select person_id, step from outbox_message where state = 'sent'")
    assert {p for p, step in sent if step == "thanks"} == set(persons)
    assert {p for p, step in sent if step == "offer"} == set(persons) - held
    flags = set(world.rows("select person_id = any(%s), held_out, held_by_shop from journeys_enrolment", list(held)))
    assert flags == {(True, False, True), (False, False, False)}
    reasons = world.rows("select person_id, reasons from journeys_decision where happening = 'start'")
    codes = {p for p, found in reasons if any(r["code"] == "held_out_shop" for r in found)}
    assert codes == held


def test_what_was_queued_before_is_refused_at_the_gate_and_the_draw_stays(outbox: Outbox) -> None:
    world = outbox.world
    persons = [world.person() for _ in range(12)]
    for person in persons:
        outbox.agree(person)
    ids = {p: outbox.queue(p, "advertising") for p in persons}
    share(world, 50)
    outbox.gate()
    before = drawn(world)
    assert {p: outbox.state(i) for p, i in ids.items()} == {
        p: ("refused", "held_out_shop") if held else ("sent", None) for p, held in before.items()
    }
    share(world, 0)
    free = outbox.queue(next(p for p, held in before.items() if held), "advertising")
    outbox.gate()
    assert outbox.state(free) == ("sent", None)
    share(world, 1)
    again = [outbox.queue(p, "advertising") for p in persons]
    outbox.gate()
    assert drawn(world) == before
    assert {outbox.state(i)[1] for i, p in zip(again, persons, strict=True) if before[p]} == {"held_out_shop"}


def test_of_a_merge_the_one_who_answers_is_asked(world: World) -> None:
    keep, other = world.person(), world.person()
    with world.writing() as cur:
        people.merge(cur, world.shop_id, keep, other, SYSTEM, world.now)
        found = hold_out.kept_back(cur, world.shop_id, {other}, 500, world.now)
    assert found == ({other} if is_held_by_shop(keep, 500) else set())
    assert set(drawn(world)) == {keep}


def test_the_draw_is_independent_of_every_scheme() -> None:
    people_ = range(40_000)
    both = sum(is_held_by_shop(p, 200) and is_held_out("offers", p, 200) for p in people_)
    assert abs(both / len(people_) - 0.04) < 0.005
