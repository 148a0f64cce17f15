"""Snapshots are read strictly: what a lenient parser would guess is refused, with its place and its reason."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base import strict_json
from regulars.base.errors import BadItem
from regulars.catalog.snapshot import decode_product
from regulars.events.item import decode_event
from regulars.orders.snapshot import decode_order
from regulars.people.snapshot import decode_person

ORDER: dict[str, Any] = {
    "id": "1001",
    "placed_at": "2026-03-02T10:15:00+10:00",
    "updated_at": "2026-03-02T10:15:00+10:00",
    "currency": "RUB",
    "total": "4990.00",
    "lines": [{"sku": "PAN-24", "name": "Сковорода 24", "quantity": 1, "price": "2990.00", "gift_wrap": True}],
}


def body(**changes: Any) -> bytes:
    return json.dumps(ORDER | changes, ensure_ascii=False).encode()


def refusal(raw: bytes) -> BadItem:
    with pytest.raises(BadItem) as caught:
        decode_order(raw)
    return caught.value


def test_the_least_order_is_read_exactly() -> None:
    order = decode_order(body())
    assert (order.number, order.total, order.status, order.payment.status) == ("1001", 499000, None, None)
    assert order.placed_at.utcoffset() == timedelta(hours=10)
    [line] = order.lines
    assert (line.quantity, line.price, line.rest) == (Decimal(1), Decimal("2990.00"), {"gift_wrap": True})


def test_amounts_are_taken_as_text_or_number_and_never_as_float() -> None:
    assert decode_order(body().replace(b'"4990.00"', b"4990.10")).total == 499010
    assert decode_order(body(currency="JPY", total="4990")).total == 4990
    assert decode_order(body(currency="KWD", total="0.125")).total == 125


def test_unknown_fields_are_kept() -> None:
    assert decode_order(body(x_shelf={"a": [1, None]})).rest == {"x_shelf": {"a": [1, None]}}


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        (b"{", "not_json", ""),
        (b"[]", "wrong_type", ""),
        (b"\xff\xfe{}", "not_utf8", ""),
        (b"[" * 100_000, "too_deep", ""),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "too_deep", ""),
        (body(total="NaN"), "not_an_amount", "/total"),
        (body().replace(b'"4990.00"', b"NaN"), "bad_number", "/total"),
        (body().replace(b'"4990.00"', b"-Infinity"), "bad_number", "/total"),
        (body().replace(b'"4990.00"', b"1e999"), "bad_number", "/total"),
        (body().replace(b'"4990.00"', b"-0"), "bad_number", "/total"),
        (body().replace(b'"4990.00"', b"-0.00"), "bad_number", "/total"),
        (body().replace(b'"4990.00"', b"9" * 5000), "bad_number", "/total"),
        (body().replace(b"PAN-24", b"\\u0000"), "bad_text", "/lines/0/sku"),
        (body().replace(b"PAN-24", b"\\ud800"), "bad_text", "/lines/0/sku"),
        (body().replace(b'"id"', b'"id": "7", "id"'), "duplicate_key", "/id"),
        (body().replace(b'"sku"', b'"sku" : "a\\"b", "sku"'), "duplicate_key", "/lines/0/sku"),
        (body(placed_at="2026-03-02T10:15:00"), "no_offset", "/placed_at"),
        (body(placed_at="yesterday"), "not_a_time", "/placed_at"),
        (body(placed_at="0001-01-01T00:00:00+14:00"), "out_of_range", "/placed_at"),
        (body(total="-1.00"), "negative", "/total"),
        (body(total="0.001"), "not_an_amount", "/total"),
        (body(total="1" + "0" * 18), "not_an_amount", "/total"),
        (body(currency="QQQ"), "unknown_currency", "/currency"),
        (body(status="lost"), "unknown_value", "/status"),
        (body(id="x" * 201), "too_long", "/id"),
        (body(id=""), "empty", "/id"),
        (body(id=1001), "wrong_type", "/id"),
        (body(lines={}), "wrong_type", "/lines"),
        (body(lines=[{"sku": "a", "quantity": 0, "price": "1"}]), "negative", "/lines/0/quantity"),
        (body(lines=[{"sku": "a", "quantity": "NaN", "price": "1"}]), "not_a_number", "/lines/0/quantity"),
        (body(lines=[{"quantity": 1, "price": "1"}]), "missing", "/lines/0/name"),
        (body(buyer={"consents": {"email": True}}), "unknown_value", "/buyer/consents/email"),
        (body(payment={"pay_url": "javascript:alert(1)"}), "unknown_value", "/payment/pay_url"),
    ],
)
def test_poison_is_refused_with_its_place(raw: bytes, code: str, pointer: str) -> None:
    found = refusal(raw)
    assert (found.code, found.pointer) == (code, pointer)
    assert found.detail


def test_every_fault_is_told_at_once() -> None:
    found = refusal(b'{"currency": "RUB", "lines": [{}]}')
    assert {p.pointer for p in found.problems} >= {"/id", "/placed_at", "/updated_at", "/total", "/lines/0/quantity"}


def test_the_other_items_of_the_contract_are_read_too() -> None:
    assert decode_person(b'{"id": "c-1", "consents": {"sms.advertising": false}}').consents == {
        "sms.advertising": False
    }
    assert decode_product(b'{"sku": "A", "stock": "1.5"}').stock == Decimal("1.5")
    event = decode_event(b'{"id": "e1", "kind": "x.visit", "occurred_at": "2026-03-02T10:00:00Z", "data": {"n": 1}}')
    assert event.data == {"n": 1}
    with pytest.raises(BadItem):
        decode_event(b'{"id": "e1", "kind": "order.paid", "occurred_at": "2026-03-02T10:00:00Z"}')


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(plain, st.booleans())
def test_whatever_json_can_say_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    try:
        raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    if b"\\u0000" in raw:
        with pytest.raises(BadItem):
            strict_json.decode(raw)
    else:
        assert strict_json.decode(raw) == value


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), plain, min_size=1),
    st.data(),
)
def test_a_key_that_stands_twice_is_never_missed(value: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    twice = data.draw(plain)
    space = data.draw(st.sampled_from(["", " ", "\n\t"]))
    inner = json.dumps(value, ensure_ascii=False)[1:-1]
    raw = (
        "{"
        + json.dumps(key, ensure_ascii=False)
        + space
        + ":"
        + json.dumps(twice, ensure_ascii=False)
        + ","
        + inner
        + "}"
    )
    with pytest.raises(BadItem):
        strict_json.decode(raw.encode())


def test_a_batch_is_an_array_or_lines() -> None:
    assert strict_json.split_batch(b' [{"a": 1}, 2]') == [b'{"a": 1}', b"2"]
    assert strict_json.split_batch(b'{"a": 1}\r\n\n{"b"\n') == [b'{"a": 1}', b'{"b"']
    with pytest.raises(BadItem):
        strict_json.split_batch(b"[1, 2", 10)
    with pytest.raises(BadItem):
        strict_json.split_batch(b"[1, 2, 3]", 2)
