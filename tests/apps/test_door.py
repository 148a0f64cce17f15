"""The door over real transactions: what is acknowledged lies on disk, what is refused says where and why."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.intake import actions, queries
from regulars.shop import actions as shops
from tests.apps.door_client import ORDER, DoorClient


@pytest.fixture
def door(database: str) -> Iterator[DoorClient]:
    yield DoorClient()
    db.close()


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_an_acknowledged_order_lies_on_disk_byte_for_byte_and_awaits_the_normaliser(door: DoorClient) -> None:
    body = encoded(ORDER) + b"  "
    answer = door.call("PUT", "/api/v1/orders/1001", body)
    assert answer.status == 202
    delivery = int(answer.json["delivery"].rpartition("/")[2])
    assert answer.headers["Location"] == answer.json["delivery"] == f"/api/v1/deliveries/{delivery}"
    rows = door.sql("select id, shop_id, source, kind, item_key, batch, live, body, actor from intake_delivery")
    assert [r[:7] for r in rows] == [(delivery, door.shop_id, "api", "orders", "1001", False, None)]
    assert bytes(rows[0][7]) == body
    assert rows[0][8].startswith("key:")
    assert door.sql("select delivery_id, shop_id from intake_pending") == [(delivery, door.shop_id)]


def test_what_is_not_the_doors_goes_to_django_untouched(door: DoorClient) -> None:
    for method, path in [
        ("GET", "/"),
        ("GET", "/api/v1/orders/1001"),
        ("PUT", "/api/v1/orders/10/01"),
        ("PUT", "/api/v1/orders/"),
        ("PUT", "/api/v1/carts/7"),
        ("GET", "/api/v1/events"),
        ("POST", "/api/v1/tasks/7:claim"),
    ]:
        assert door.call(method, path, b"x", key="").status == 299, (method, path)


def test_without_a_good_key_nothing_is_read_or_kept(door: DoorClient) -> None:
    with db.transact() as cur:
        reader = shops.create_key(cur, door.shop_id, "reader", ["read"], SYSTEM)
    assert door.put(ORDER, key="").status == 401
    assert door.put(ORDER, key="").headers["WWW-Authenticate"].startswith("Bearer")
    assert door.put(ORDER, key="rg_wrong").status == 401
    refused = door.put(ORDER, key=reader)
    assert (refused.status, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert door.sql("select 1 from intake_delivery") == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"placed_at": "2026-03-02T10:15:00"}, "/placed_at"),
        ({"placed_at": None}, "/placed_at"),
        ({"currency": "roubles"}, "/currency"),
        ({"total": "much"}, "/total"),
        ({"total": "-1"}, "/total"),
        ({"status": "gone"}, "/status"),
        ({"lines": None}, "/lines"),
        ({"lines": [{"sku": "A", "quantity": 0, "price": "1"}]}, "/lines/0/quantity"),
        ({"id": 7}, "/id"),
        ({"id": "7"}, "/id"),
        ({"note": "\u0000"}, "/note"),
        ({"note": "\ud800"}, "/note"),
    ],
)
def test_a_bad_field_is_named_by_its_pointer(door: DoorClient, change: dict[str, Any], pointer: str) -> None:
    answer = door.call("PUT", "/api/v1/orders/1001", encoded(ORDER | change))
    assert answer.status == 422
    assert pointer in answer.pointers
    assert door.sql("select 1 from intake_delivery") == []


def test_all_missing_fields_are_told_at_once(door: DoorClient) -> None:
    answer = door.call("PUT", "/api/v1/orders/1001", b"{}")
    assert set(answer.pointers) == {"/id", "/placed_at", "/updated_at", "/currency", "/total", "/lines"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"id": NaN}', b"id=1"])
def test_what_is_no_json_is_a_400_or_422_never_a_fault_of_ours(door: DoorClient, body: bytes) -> None:
    assert door.call("PUT", "/api/v1/orders/1001", body).status in (400, 422)


def test_sizes_are_judged_before_reading_and_while_reading(door: DoorClient) -> None:
    told = door.call("PUT", "/api/v1/orders/1001", b"", content_length=str((1 << 20) + 1))
    assert told.status == 413
    untold = door.call("PUT", "/api/v1/orders/1001", b" " * ((1 << 20) + 1), chunked=True)
    assert untold.status == 413
    assert door.call("PUT", "/api/v1/orders/1001", encoded(ORDER), chunked=True).status == 202
    assert door.call("PUT", "/api/v1/orders/1001", encoded(ORDER), content_length="9999").status == 400
    assert door.call("PUT", "/api/v1/orders/1001", encoded(ORDER), content_length="-5").status == 400


def test_compressed_bodies_are_refused(door: DoorClient) -> None:
    assert door.put(ORDER, content_encoding="gzip").status == 415


def test_ids_with_a_colon_come_by_batch_only(door: DoorClient) -> None:
    odd = ORDER | {"id": "a:b"}
    assert door.put(odd).status == 422
    assert door.call("POST", "/api/v1/orders:batch", encoded([odd])).json["accepted"] == 1


def test_ids_may_be_cyrillic(door: DoorClient) -> None:
    assert door.put(ORDER | {"id": "Ж-12 é"}).status == 202


def test_a_batch_says_what_was_rejected_and_keeps_the_whole_body(door: DoorClient) -> None:
    items = [ORDER, ORDER | {"id": "2", "placed_at": "yesterday"}, ORDER | {"id": "3"}, 7]
    answer = door.call("POST", "/api/v1/orders:batch", encoded(items))
    assert (answer.status, answer.json["accepted"]) == (202, 2)
    assert [(r["index"], r["pointer"]) for r in answer.json["rejected"]] == [(1, "/placed_at"), (3, "")]
    assert [(b, bytes(x)) for b, x in door.sql("select batch, body from intake_delivery")] == [(True, encoded(items))]


def test_a_batch_may_be_a_json_value_a_line(door: DoorClient) -> None:
    lines = b"\n".join(encoded(ORDER | {"id": str(n)}) for n in range(3)) + b"\nnot json\n"
    answer = door.call("POST", "/api/v1/orders:batch", lines, content_type="application/x-ndjson")
    assert (answer.json["accepted"], [r["index"] for r in answer.json["rejected"]]) == (3, [3])


def test_more_than_a_thousand_items_are_too_many(door: DoorClient) -> None:
    small = encoded([{"sku": str(n)} for n in range(1001)])
    assert door.call("POST", "/api/v1/products:batch", small).status == 413
    assert door.call("POST", "/api/v1/products:batch", encoded([{"sku": "1"}] * 1000)).json["accepted"] == 1000
    assert door.call("GET", "/api/v1/products:batch").status == 405


def test_events_come_one_by_one_or_many(door: DoorClient) -> None:
    event = {"id": "e1", "kind": "x.seen", "occurred_at": "2026-03-02T10:15:00Z", "person": {"email": "a@example.test"}}
    assert door.call("POST", "/api/v1/events", encoded(event)).status == 202
    assert door.call("POST", "/api/v1/events", encoded(event | {"kind": "order.paid"})).status == 422
    many = door.call("POST", "/api/v1/events", encoded([event, event | {"kind": "nonsense"}]))
    assert (many.json["accepted"], many.json["rejected"][0]["pointer"]) == (1, "/kind")


def test_an_idempotency_key_repeats_the_first_answer_and_refuses_another_body(door: DoorClient) -> None:
    first = door.put(ORDER, idempotency_key="k")
    again = door.put(ORDER, idempotency_key="k")
    assert (first.status, again.status, first.body) == (202, 202, again.body)
    assert door.put(ORDER | {"total": "1.00"}, idempotency_key="k").status == 422
    assert len(door.sql("select 1 from intake_delivery")) == 1


def test_sixteen_at_once_under_one_idempotency_key_are_one_delivery(door: DoorClient) -> None:
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(door.put(ORDER, idempotency_key="k").body)) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert len(set(answers)) == 1
    assert len(door.sql("select 1 from intake_delivery")) == 1


def test_prefer_wait_answers_with_the_result_once_it_is_taken_in(door: DoorClient) -> None:
    assert door.put(ORDER, prefer="wait=0").status == 202
    late = door.put(ORDER, prefer="respond-async, wait=1")
    assert (late.status, late.json["taken"], late.headers["Preference-Applied"]) == (202, False, "wait")

    def take() -> None:
        raw = db.loop_connection("test")
        while not raw.execute(
            "update intake_delivery set taken_at = machine_now(), result = '{\"taken\": 1}'"
            " where item_key = 'w' returning 1"
        ).fetchall():
            pass
        raw.close()

    taker = threading.Thread(target=take)
    taker.start()
    soon = door.put(ORDER | {"id": "w"}, prefer="wait=9")
    taker.join()
    assert (soon.json["taken"], soon.json["result"]) == (True, {"taken": 1})


def test_unknown_and_closed_feeds_are_404(door: DoorClient) -> None:
    path = door.feed("generic", [base64.b64encode(b"s" * 24).decode()])
    assert door.call("GET", path).status == 405
    assert door.call("POST", path, b"{}").status == 401
    assert door.call("POST", "/in/guess", b"{}").status == 404
    with db.transact() as cur:
        [feed] = queries.feeds(cur, door.shop_id)
        assert actions.close_feed(cur, door.shop_id, feed.id, SYSTEM)
    from regulars.intake import keys

    keys.forget()
    assert door.call("POST", path, b"{}").status == 404


def test_secrets_of_feeds_are_not_readable_in_the_database(door: DoorClient) -> None:
    door.feed("woocommerce", ["open sesame"])
    assert "open sesame" not in str(door.sql("select * from intake_feed"))


def test_a_quarantined_item_is_mended_and_replayed_once(door: DoorClient) -> None:
    with db.transact() as cur:
        cur.execute(
            "insert into intake_quarantine"
            " (shop_id, delivery_id, source, kind, item_key, code, pointer, detail, body, at)"
            " select %s, 1, 'api', 'orders', '1', 'bad', '/total', 'is odd', 'x'::bytea, machine_now()"
            " from generate_series(1, 3)",
            (door.shop_id,),
        )
        now = cur.execute("select machine_now()").fetchone()[0]  # type: ignore[index]
        first, second, third = queries.quarantine(cur, door.shop_id)
        assert (first.pointer, first.excerpt, first.size) == ("/total", "x", 1)
        assert actions.replay(cur, door.shop_id + 1, first.id, SYSTEM, now) is None
        delivery = actions.replay(cur, door.shop_id, first.id, SYSTEM, now, body=b"mended")
        assert delivery is not None
        assert actions.replay(cur, door.shop_id, first.id, SYSTEM, now) is None
        assert actions.replay(cur, door.shop_id, second.id, SYSTEM, now) is not None
        assert actions.dismiss(cur, door.shop_id, third.id, SYSTEM, now)
        assert not actions.dismiss(cur, door.shop_id, third.id, SYSTEM, now)
        assert queries.quarantine(cur, door.shop_id) == []
        closed = {q.id: (q.state, q.replay_delivery_id) for q in queries.quarantine(cur, door.shop_id, state=None)}
        assert closed[first.id] == ("mended", delivery)
        assert closed[third.id] == ("dismissed", None)
    assert [bytes(b) for (b,) in door.sql("select body from intake_delivery order by id")] == [b"mended", b"x"]
    assert len(door.sql("select 1 from intake_pending")) == 2
