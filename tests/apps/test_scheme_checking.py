"""Checking a scheme with what this shop knows: its own past, its cap, the letters that it has."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from regulars.base.actor import SYSTEM
from regulars.journeys.checking import read_for_shop
from regulars.segments import actions as segments
from tests.apps.world import World

SCHEME = """\
scheme: after
per: order
starts: order.placed
steps:
  paid: {wait_for: {event: order.delivered, up_to: 1d}, then: news, on_timeout: end}
  news: {send: {template: news, purpose: advertising}}
  later: {wait: 3d}
  more: {send: {template: news, purpose: advertising}}
  later-still: {wait: 3d}
  most: {send: {template: news, purpose: advertising}}
  sure: {if: order.payment.status == 'payed', yes: once, no: end}
  once: {send: news}
"""


def _told(world: World) -> set[tuple[int, str]]:
    with world.writing() as cur:
        return {(p.line, p.code) for p in read_for_shop(cur, world.shop_id, SCHEME).problems}


def test_a_shop_learns_from_its_own_past_cap_and_letters(world: World) -> None:
    with world.writing() as cur:
        cur.execute(
            "insert into outbox_template (shop_id, key, version, content) values (%s, 'news', 1, %s)",
            (world.shop_id, Jsonb({"purpose": "advertising", "subject": {"en": "New"}, "text": {"en": "New"}})),
        )
    before = _told(world)
    assert {(10, "over_cap"), (12, "advertising_as_service"), (6, "template_language"), (11, "value_never")} <= before
    assert (5, "wait_before_usual") not in before, "nothing is known of how long it takes"
    person = world.person()
    for n in range(40):
        order = world.order(person, placed_at=world.now - timedelta(days=40 + n))
        with world.writing() as cur:
            cur.execute("update orders_order set delivered_at = placed_at + interval '3 days' where id = %s", (order,))
    assert _told(world) - before == {(5, "wait_before_usual")}


def test_a_segment_that_is_not_there_is_named_with_the_one_that_was_meant(world: World) -> None:
    with world.writing() as cur:
        segments.make(cur, world.shop_id, "sleepers", {"en": "Sleepers"}, "person.is_customer", SYSTEM, world.now)
        text = """\
scheme: wake
per: person
starts: {enters: sleeper}
steps:
  wake: {send: {template: wake, purpose: advertising}}
"""
        told = [p for p in read_for_shop(cur, world.shop_id, text).problems if p.code == "segment_unknown"]
        assert [(p.line, p.did_you_mean) for p in told] == [(3, "sleepers")]
        right = read_for_shop(cur, world.shop_id, text.replace("sleeper}", "sleepers}"))
        assert "segment_unknown" not in {p.code for p in right.problems}
