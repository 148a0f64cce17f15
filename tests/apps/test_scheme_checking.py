"""Checking a scheme with what this shop knows: its own past, its cap, the letters that it has."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from regulars.base.actor import SYSTEM
from regulars.journeys.checking import read_for_shop
from regulars.segments import actions
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


def test_a_segment_that_is_not_there_is_told_with_what_was_meant(world: World) -> None:
    text = "scheme: hello\nper: person\nstarts: {enters: sleepng}\nsteps:\n  hi: {wait: 1d}\n"
    with world.writing() as cur:
        (unknown,) = read_for_shop(cur, world.shop_id, text).errors
        titles = {"en": "Sleeping", "ru": "Спящие"}
        actions.make(cur, world.shop_id, "sleeping", titles, "orders() == 1", SYSTEM, world.now)
        (meant,) = read_for_shop(cur, world.shop_id, text).errors
        told = read_for_shop(cur, world.shop_id, text.replace("sleepng", "sleeping")).errors
    assert (unknown.code, unknown.line, unknown.did_you_mean) == ("segment_unknown", 3, None)
    assert meant.did_you_mean == "sleeping" and told == ()
