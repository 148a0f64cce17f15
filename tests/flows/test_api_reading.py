"""Reading by the API: orders, people, messages, promises, and why a message went."""

import json
from datetime import datetime

import pytest

from tests.flows.api_shop import ApiShop


def test_an_order_reads_as_it_was_put(api: ApiShop) -> None:
    api.buys(
        placed_at="2026-03-02T20:15:00+10:00",
        updated_at="2026-03-02T20:15:00+10:00",
        note="call first",
        lines=[{"sku": "PAN-24", "name": "Сковорода 24", "quantity": 2, "price": "2990.00"}],
        payment={"method": "card", "status": "unpaid", "pay_url": "https://shop.example/pay/1001"},
    )
    found = api.get("/orders/1001", scope="read")
    assert (found["id"], found["total"], found["currency"]) == ("1001", "4990.00", "RUB")
    assert found["placed_at"] == "2026-03-02T20:15:00+10:00"
    assert found["lines"] == [
        {"sku": "PAN-24", "name": "Сковорода 24", "quantity": "2", "price": "2990.00", "dropped": False}
    ]
    assert found["payment"]["pay_url"] == "https://shop.example/pay/1001"
    assert isinstance(found["person"], str)
    assert found["note"] == "call first"


def test_an_order_of_another_source_is_told_apart(api: ApiShop) -> None:
    api.buys()
    assert api.get("/orders/1001?source=api")["source"] == "api"
    assert api.call("GET", "/orders/1001?source=woo").status_code == 404


def test_pages_hold_every_order_once(api: ApiShop) -> None:
    for n in range(5):
        api.buys(f"o{n}")
    seen, cursor = [], ""
    while True:
        page = api.get(f"/orders?limit=2{cursor}")
        assert len(page["items"]) <= 2
        seen += [o["id"] for o in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == [f"o{n}" for n in range(5)]
    assert len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "%00", "WyJhIiwiYiJd"])
@pytest.mark.parametrize(
    "path", ["/orders", "/people", "/messages", "/promises", "/enrolments", "/quarantine", "/tasks"]
)
def test_a_cursor_that_no_list_gave_is_named(api: ApiShop, path: str, cursor: str) -> None:
    response = api.call("GET", f"{path}?cursor={cursor}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/cursor"


def test_a_person_is_found_by_mail_and_by_the_shops_own_number(api: ApiShop) -> None:
    api.buys(buyer={"id": "c-77", "name": "Андрей", "email": "A@Example.test", "phone": "+79141234567"})
    (found,) = api.get("/people?email=a@example.test")["items"]
    assert found["external"] == ["c-77"]
    assert found["emails"] == ["a@example.test"]
    assert [p["id"] for p in api.get("/people?phone=%2B79141234567")["items"]] == [found["id"]]
    assert api.get(f"/people/{found['id']}") == found
    assert api.get("/people/c-77") == found
    assert api.get("/people?email=b@example.test") == {"items": [], "next": None}


def test_each_look_at_a_person_is_in_the_audit(api: ApiShop) -> None:
    api.buys()
    person = api.get("/orders/1001")["person"]
    api.get(f"/people/{person}", scope="read")
    row = api.world.rows(
        "select actor_kind, action, object_id from base_audit where object_kind = 'person' order by id desc limit 1"
    )
    assert row == [("key", "person.viewed", int(person))]


def test_the_timeline_names_the_shops_order_and_is_newest_first(api: ApiShop) -> None:
    api.buys()
    person = api.get("/orders/1001")["person"]
    events = api.get(f"/people/{person}/timeline")["items"]
    kinds = [e["kind"] for e in events]
    assert {"order.placed", "task.opened"} <= set(kinds)
    assert [int(e["id"]) for e in events] == sorted((int(e["id"]) for e in events), reverse=True)
    assert {e["order"] for e in events if e["kind"] == "order.placed"} == {"1001"}


def test_a_letter_and_its_promise_can_be_read(api: ApiShop) -> None:
    api.buys()
    (promise,) = api.get("/promises?order=1001")["items"]
    assert (promise["kind"], promise["state"], promise["warned_at"]) == ("call", "intended", None)
    assert datetime.fromisoformat(promise["due_at"]).tzinfo is not None
    api.outbox.gate()
    (message,) = api.get("/messages?order=1001")["items"]
    assert message["purpose"] == "service"
    whole = api.get(f"/messages/{message['id']}")
    assert whole["headers"]["Subject"] == "We have your order 1001"
    assert "we will call you by" in whole["text"]
    assert "<" in whole["html"]
    assert api.get("/messages?order=nothing") == {"items": [], "next": None}


def test_why_a_message_went_comes_from_the_records(api: ApiShop) -> None:
    api.buys()
    api.outbox.gate()
    (message,) = api.get("/messages?order=1001")["items"]
    why = api.get(f"/people/{message['person']}/why?message={message['id']}")
    assert why["known"] is True
    assert {"name": "still_wanted", "result": "passed", "code": ""} in why["checks"]
    sentences = [s for d in why["decisions"] for s in d["reasons"]]
    assert any("order.placed" in s for s in sentences)
    russian = api.get(f"/people/{message['person']}/why?message={message['id']}&language=ru")
    assert any("Началось" in s for d in russian["decisions"] for s in d["reasons"])


def test_why_is_unknown_when_the_record_is_gone(api: ApiShop) -> None:
    person = api.world.person()
    message = api.outbox.queue(person)
    assert api.get(f"/people/{person}/why?message={message}")["known"] is False


def test_another_persons_message_is_not_explained(api: ApiShop) -> None:
    message = api.outbox.queue(api.world.person())
    assert api.call("GET", f"/people/{api.world.person()}/why?message={message}").status_code == 404


def test_a_delivery_says_what_became_of_it(api: ApiShop) -> None:
    api.buys()
    taken = api.call("PUT", "/orders/1001", json.loads(json.dumps({"id": "1001"})), scope="intake")
    assert taken.status_code == 422
    first = api.world.one("select min(id) from intake_delivery")
    found = api.get(f"/deliveries/{first}")
    assert found["taken_at"] is not None
    assert found["kind"] == "orders"


def test_enrolments_say_who_stands_where(api: ApiShop) -> None:
    api.buys()
    (found,) = api.get("/enrolments?order=1001&scheme=after-order")["items"]
    assert (found["step"], found["state"], found["version"]) == ("confirm", "active", 1)
    assert api.get("/enrolments?step=nowhere")["items"] == []


def test_talks_of_a_person_with_what_was_said(api: ApiShop) -> None:
    api.buys()
    api.writes()
    (talk,) = api.get("/talks", scope="read")["items"]
    assert (talk["channel"], talk["order"]) == ("email", "1001")
    assert [(m["inward"], m["text"], m["automatic"]) for m in talk["messages"]] == [(True, "Where is it?", False)]
    assert api.get(f"/talks?person={talk['person']}", scope="read")["items"] == [talk]
    assert api.get("/talks?person=nobody", scope="read")["items"] == []
