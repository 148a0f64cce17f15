"""A step that tells another system: signed, once, the same at each attempt, and never where it may not go."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from regulars.base.actor import SYSTEM
from regulars.journeys import checking
from regulars.outbox.command_loop import CommandLoop
from regulars.shop import signing
from tests.apps.outbox_world import until
from tests.apps.world import World
from tests.sinks.called import Called, called

pytestmark = pytest.mark.db

TEXT = """
scheme: tells
per: order
starts: order.placed
steps:
  tell:
    webhook: {url: "URL", body: {number: order.number, who: person.name}, secret: crm}
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Called]:
    with called(tmp_path) as found:
        yield found


def turn(world: World, *states: str) -> tuple[str, dict]:
    """Run the loop of commands until ours is in one of these states."""
    from regulars.base import db

    loop, raw = CommandLoop(), db.loop_connection("commands")
    try:

        def settled() -> bool:
            loop.turn(raw)
            return world.one("select state from outbox_command") in states

        until(settled, 30)
    finally:
        loop.end(raw)
        raw.close()
    ((state, payload),) = world.rows("select state, payload from outbox_command")
    return state, payload


def test_it_is_told_signed_and_says_the_same_again(world: World, other: Called) -> None:
    other.behave(hook=[503, 200])
    with world.writing() as cur:
        secret = signing.make_secret(cur, world.shop_id, "crm", SYSTEM)
    world.publish(TEXT.replace("URL", f"{other.url}/hook"))
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.happens("order.placed", person)
    world.conduct()
    state, payload = turn(world, "done")
    assert state == "done" and "body" not in payload and payload["secret"] == "crm"
    first, again = other.told()
    assert first["body"] == again["body"] and first["headers"]["webhook-id"] == again["headers"]["webhook-id"]
    told = Webhook(secret).verify(again["body"], again["headers"])
    assert told == {
        "number": world.one("select number from orders_order"),
        "who": world.one("select name from people_person"),
    }
    assert secret not in json.dumps(payload)


def test_without_its_secret_nothing_is_told_until_somebody_makes_it(world: World, other: Called) -> None:
    world.publish(TEXT.replace("URL", f"{other.url}/hook"))
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    state, payload = turn(world, "failed")
    assert state == "failed" and payload["body"]["who"] and other.told() == []


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://127.0.0.1/x", ["url_unsafe"]),
        ("https://localhost/x", ["url_unsafe"]),
        ("https://169.254.169.254/latest", ["url_unsafe"]),
        ("https://[::ffff:10.0.0.1]/x", ["url_unsafe"]),
        ("https://2130706433/x", ["url_unsafe"]),
        ("https://example.com:8443/x", ["url_unsafe"]),
        ("https://example.com/x", []),
    ],
)
def test_where_nobody_may_go_is_said_when_it_is_written(world: World, url: str, codes: list[str]) -> None:
    text = TEXT.replace("URL", url).replace(", secret: crm", "")
    with world.writing() as cur:
        cur.execute("update base_clock set playground = false")
        from regulars.base import clock

        clock.forget()
        reading = checking.read_for_shop(cur, world.shop_id, text)
        cur.execute("update base_clock set playground = true")
        clock.forget()
    assert [p.code for p in reading.problems] == codes
