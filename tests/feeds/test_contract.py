"""What every feed promises, whatever the vendor: forged is refused, poison is kept and told, nothing ever breaks."""

import gzip
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

import regulars.feeds
from regulars.base import db
from regulars.base.errors import BadItem
from regulars.intake import feed_registry
from regulars.intake.feed_registry import Accept, Answer, Delivered, Feed, Ignored, Item, Refuse, Request
from regulars.intake.normaliser import run_once
from tests.apps.door_client import DoorClient
from tests.feeds.senders import SENDERS, Sender

regulars.feeds.register_all()
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KINDS = feed_registry.kinds()
POISON = {
    "nan": b'{"id": NaN}',
    "infinity": b'{"id": 1e999}',
    "minus zero": b'{"id": -0}',
    "nul": b'{"id": "\\u0000"}',
    "lone surrogate": b'{"id": "\\ud800"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "long number": b'{"id": ' + b"9" * 5000 + b"}",
    "double key": b'{"id": 1, "id": 2}',
    "cp1251": '{"id": "Заказ"}'.encode("cp1251"),
    "utf-16": '{"id": "1"}'.encode("utf-16"),
    "gzip bomb": gzip.compress(b"0" * 10_000_000),
    "xml bomb": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>',
    "empty": b"",
    "number": b"7",
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
}


POSTED = [kind for kind in KINDS if kind not in SENDERS or SENDERS[kind].is_posted]


@pytest.fixture(params=POSTED)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sender(kind: str) -> Sender:
    assert kind in SENDERS, f"give the feed {kind} a sender in tests/feeds/senders.py"
    return SENDERS[kind]


def feed_of(kind: str) -> Feed:
    found = feed_registry.feed(kind)
    assert found is not None
    return found


def test_every_folder_is_a_feed_with_its_readme_and_fixtures() -> None:
    folders = [p for p in Path(regulars.feeds.__file__).parent.iterdir() if (p / "__init__.py").is_file()]
    assert sorted(p.name for p in folders) == KINDS
    for folder in folders:
        assert (folder / "README.md").is_file()
        assert any((folder / "fixtures").iterdir())


def test_two_secrets_are_live_at_once(kind: str, sender: Sender) -> None:
    feed = feed_of(kind)
    for secret in (sender.secret, sender.other_secret):
        body = sender.sent(NOW, secret)
        request = Request("POST", sender.sign(secret, body, NOW, ""), "", body)
        assert isinstance(feed.check(request, [sender.other_secret, sender.secret], NOW), Accept)
        assert isinstance(feed.check(request, [], NOW), Refuse)
    body = sender.sent(NOW)
    request = Request("POST", sender.sign(sender.secret, body, NOW, ""), "", body)
    assert isinstance(feed.check(request, [sender.other_secret], NOW), Refuse)


def test_each_changed_byte_is_refused_where_all_of_them_are_signed(kind: str, sender: Sender) -> None:
    feed, body = feed_of(kind), sender.sent(NOW)
    headers = sender.sign(sender.secret, body, NOW, "")
    for at in range(len(body)) if sender.covers_all else ():
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        verdict = feed.check(Request("POST", headers, "", changed), [sender.secret], NOW)
        assert isinstance(verdict, Refuse), changed
    for changed in (body[:-1], body + b" ", b"") if sender.covers_all else ():
        assert isinstance(feed.check(Request("POST", headers, "", changed), [sender.secret], NOW), Refuse)


@given(signature=st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_signature_of_any_form_breaks_the_check(signature: str) -> None:
    for kind, sender in SENDERS.items():
        body = sender.sent(NOW)
        headers = sender.sign(sender.secret, body, NOW, "")
        for name in headers:
            verdict = feed_of(kind).check(Request("POST", headers | {name: signature}, "", body), [sender.secret], NOW)
            assert isinstance(verdict, Refuse | Accept)


def test_an_old_signature_is_refused_where_the_vendor_signs_a_time(kind: str, sender: Sender) -> None:
    body = sender.sent(NOW)
    request = Request("POST", sender.sign(sender.secret, body, NOW, ""), "", body)
    for minutes in (6, -6):
        verdict = feed_of(kind).check(request, [sender.secret], NOW + timedelta(minutes=minutes))
        assert isinstance(verdict, Refuse if sender.timed else Accept)


@pytest.mark.parametrize("poison", POISON)
def test_poison_is_told_apart_with_a_reason_and_at_once(kind: str, sender: Sender, poison: str) -> None:
    is_poison(kind, sender, POISON[poison])


def test_so_is_a_vendors_own_poison(kind: str, sender: Sender) -> None:
    for body in poison_of(sender):
        is_poison(kind, sender, sender.pack(sender.secret, body, NOW))


def poison_of(sender: Sender) -> list[bytes]:
    return [*(POISON.values() if sender.takes_any_body else ()), *sender.poison.values()]


def parsed(kind: str, sender: Sender, body: bytes) -> list[Item | Ignored | BadItem]:
    """As the normaliser reads it: with the kind of body that the vendor names."""
    said = sender.sign(sender.secret, body, NOW, "")
    return feed_registry.parse(kind, Delivered({n: v for n, v in said.items() if n == "content-type"}, body))


def is_poison(kind: str, sender: Sender, body: bytes) -> None:
    started = time.monotonic()
    found = parsed(kind, sender, body)
    assert time.monotonic() - started < 1
    assert found
    for one in found:
        assert isinstance(one, BadItem | Ignored)
        if isinstance(one, BadItem):
            assert one.code
            assert one.detail


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["2026-03-02T10:15:00", "9.99"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_good_body_with_any_field_turned_odd_never_raises(data: st.DataObject) -> None:
    for kind, sender in SENDERS.items():
        body = sender.read(sender.order)
        spoil(data, body)
        found = parsed(kind, sender, sender.pack(sender.secret, sender.write(body), NOW))
        assert all(isinstance(one, Item | Ignored | BadItem) for one in found)


def spoil(data: st.DataObject, body: Any) -> None:
    """Replace a value somewhere in it."""
    while True:
        places = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        inner = body[place]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            body = inner
            continue
        body[place] = data.draw(json_values)
        return


@pytest.fixture
def door(database: str) -> Iterator[DoorClient]:
    yield DoorClient()
    db.close()


def door_time(door: DoorClient) -> datetime:
    """The machine's clock, by which the door judges a signature's age."""
    at: datetime = door.sql("select machine_now()")[0][0]
    return at


def send(door: DoorClient, sender: Sender, path: str, body: bytes, **changed: str) -> int:
    """Send a body as it is, signed as the vendor does."""
    at = door_time(door)
    signed = sender.sign(sender.secret, body, at, f"{conf.REGULARS_PUBLIC_URL or ''}{path}")
    headers: dict[str, Any] = {name.replace("-", "_"): value for name, value in signed.items()}
    return door.call("POST", path, body, key="", **(headers | changed)).status


def test_through_the_door_all_of_it_is_kept_as_bytes_and_the_good_one_after_it_passes(
    door: DoorClient, kind: str, sender: Sender
) -> None:
    path, at = door.feed(kind, [sender.secret]), door_time(door)
    wanted = feed_of(kind).acknowledge().status
    poison = [sender.pack(sender.secret, body, at) for body in poison_of(sender)]
    for body in [*poison, sender.sent(at)]:
        started = time.monotonic()
        assert send(door, sender, path, body) == wanted
        assert time.monotonic() - started < 5
    kept = [bytes(body) for (body,) in door.sql("select body from intake_delivery order by id")]
    assert kept == [*poison, sender.sent(at)]
    with db.loop_connection("test") as raw:
        while run_once(raw):
            pass
    assert len(door.sql(f"select 1 from {sender.table}")) == 1
    assert door.sql("select 1 from intake_pending") == []
    told = door.sql("select code, detail, body from intake_quarantine")
    assert all(code not in ("", "internal") and detail for code, detail, _ in told)
    assert {bytes(body) for *_, body in told} == set(poison)


def test_the_very_same_delivery_twice_is_acknowledged_twice_and_kept_once_where_it_has_a_name(
    door: DoorClient, kind: str, sender: Sender
) -> None:
    path, body = door.feed(kind, [sender.secret]), sender.sent(door_time(door))
    assert send(door, sender, path, body) == send(door, sender, path, body) < 300
    named = feed_of(kind).identity(Request("POST", sender.sign(sender.secret, body, NOW, ""), "", body))
    assert len(door.sql("select 1 from intake_delivery")) == (1 if named else 2)
    assert door.sql("select 1 from intake_quarantine") == []


def test_a_forged_delivery_leaves_no_trace(door: DoorClient, kind: str, sender: Sender) -> None:
    path = door.feed(kind, [sender.other_secret])
    assert send(door, sender, path, sender.sent(door_time(door))) == 401
    assert door.sql("select 1 from intake_delivery") == []


def test_what_is_appended_to_an_address_is_taken_only_by_feeds_that_ask_for_it(
    door: DoorClient, kind: str, sender: Sender
) -> None:
    path, at = door.feed(kind, [sender.secret]), door_time(door)
    takes = getattr(feed_of(kind), "TAKES_BELOW", False)
    assert send(door, sender, f"{path}/events/call", sender.sent(at)) == (200 if takes else 404)
    for below in ("/", "/../x", "/a//b", "/a/b/c/d/e", "/%2e%2e", "/A", "/" + "a" * 41):
        expected = feed_of(kind).acknowledge().status if below == "/" else 404
        assert send(door, sender, path + below, sender.sent(at)) == expected, below
    assert door.call("PUT", path, b"", key="").status == 405


def test_the_same_name_with_another_body_is_shown_to_a_person(door: DoorClient) -> None:
    sender = SENDERS["generic"]
    path = door.feed("generic", [sender.secret])
    at = door.sql("select machine_now()")[0][0]
    for body in (sender.order, sender.order.replace(b"4990", b"1990")):
        signature = Webhook(sender.secret).sign("same", at, body.decode())
        headers: dict[str, Any] = {"webhook_id": "same", "webhook_signature": signature}
        stamp = str(int(at.timestamp()))
        assert door.call("POST", path, body, key="", webhook_timestamp=stamp, **headers).status == 202
    assert door.sql("select code, item_key from intake_quarantine") == [("conflict", "same")]
    assert len(door.sql("select 1 from intake_pending")) == 1


def test_an_answer_of_the_check_is_given_and_nothing_kept(door: DoorClient) -> None:
    path = door.feed("woocommerce", ["x"])
    ping = door.call("POST", path, b"webhook_id=7", key="", content_type="application/x-www-form-urlencoded")
    assert ping.status == 200
    assert isinstance(feed_of("woocommerce").check(Request("POST", {}, "", b"webhook_id=7"), ["x"], NOW), Answer)
    assert door.call("POST", path, b"webhook_id=7&x=1", key="").status == 401
    assert door.sql("select 1 from intake_delivery") == []
