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


def _own(world: World, *keys: str) -> None:
    with world.writing() as cur:
        for key in keys:
            content = {"subject": {"en": "New", "ru": "Новое"}, "text": {"en": "New", "ru": "Новое"}}
            cur.execute(
                "insert into outbox_template (shop_id, key, version, content) values (%s, %s, 1, %s)",
                (world.shop_id, key, Jsonb(content)),
            )


def _sends(name: str, *keys: str) -> str:
    steps = "".join(f"  s{n}: {{send: {key}}}\n" for n, key in enumerate(keys))
    return f"# a remark\nscheme: {name}\nper: order\nstarts: order.placed\nsteps:\n{steps}"


def test_a_template_that_no_live_scheme_sends_any_more_is_told(world: World) -> None:
    def told(text: str, *beside: str) -> list[tuple[int, str | None, str, str]]:
        with world.writing() as cur:
            found = read_for_shop(cur, world.shop_id, text, beside=beside).problems
        assert all(p.severity == "warning" and p.mend_en and p.mend_ru for p in found)
        return [(p.line, p.step, p.code, str(p.params.get("found") or p.params["names"])) for p in found]

    assert told(_sends("one", "paid")) == [], "a letter that comes with the product is nobody's"
    _own(world, "hello", "late-news", "later", "promise-call-late", "paid")
    assert told(_sends("one", "hello", "late-news", "later", "paid")) == []
    assert told(_sends("one", "hello", "later")) == [(2, None, "templates_unsent", "late-news, paid")]
    world.publish(_sends("one", "hello", "late-news", "later", "paid"))
    assert told(_sends("one", "hello", "later", "paid")) == [(2, None, "template_dead", "late-news")]
    # another scheme that sends it, live or checked beside it, keeps it alive
    two = _sends("two", "late-news")
    assert told(_sends("one", "hello", "later", "paid"), two) == []
    world.publish(two)
    assert told(_sends("one", "hello", "later", "paid")) == []
    world.publish(_sends("one", "hello", "later", "paid"))
    assert told(_sends("two", "paid")) == [(2, None, "template_dead", "late-news")]
    # what lost its scheme is still told of afterwards, with any scheme
    published = world.publish(_sends("two", "paid"))
    assert [p.code for p in published.warnings] == ["template_dead"]
    assert told(_sends("three", "hello")) == [(2, None, "templates_unsent", "late-news")]
    # what the text itself tells a buyer beside a call counts too
    call = (
        "  c:\n    call: {script: confirm-order}\n    tell: {template: late-news}\n    outcomes: {yes: end, no: end}\n"
    )
    assert "templates_unsent" not in {code for *_, code, _ in told(_sends("three", "hello") + call)}


def _advertises(name: str, starts: str, wait: str) -> str:
    offer = "{send: {subject: {en: New}, text: {en: New}, purpose: advertising}}"
    return f"scheme: {name}\nper: order\nstarts: {starts}\nsteps:\n  pause: {{wait: {wait}}}\n  offer: {offer}\n"


def test_two_live_schemes_that_advertise_to_the_same_people_are_told_of_one_another(world: World) -> None:
    one, two = _advertises("one", "order.delivered", "14d"), _advertises("two", "order.delivered", "14d")

    def told(text: str, *beside: str) -> list[tuple[int, str]]:
        with world.writing() as cur:
            found = read_for_shop(cur, world.shop_id, text, beside=beside).problems
        return [(p.line, p.params["others"]) for p in found if p.code == "advertising_beside"]

    assert told(one) == [] and told(one, two) == [(6, "two (offer)")], (
        "checked together they count as if they were live"
    )
    assert world.publish(one).warnings == ()
    assert told(one) == []
    (warning,) = world.publish(two).warnings
    assert (warning.line, warning.step, warning.code) == (6, "offer", "advertising_beside")
    assert "no more than 2 in 30 days" in warning.mend_en and "не больше 2" in warning.mend_ru
    assert told(one) == [(6, "two (offer)")], "the first is told of it as well from now on"
    assert told(one, _advertises("two", "order.delivered", "20d")) == [], "as it is checked beside, not as it is live"
    world.publish(_advertises("two", "order.delivered", "20d"))
    assert told(one) == []
