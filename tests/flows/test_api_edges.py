"""The API where things are odd: ids that hold '/', bodies too large, merged persons, a database that is away."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from regulars.base.actor import SYSTEM
from regulars.people import actions as people
from tests.apps.intake_world import order, take_in
from tests.flows.api_shop import ApiShop


def test_what_came_by_batch_under_an_odd_id_can_be_read(api: ApiShop) -> None:
    names = ["a/7", "a:8", "a/timeline"]
    sent = api.call("POST", "/orders:batch", [order(api.world, name) for name in names], scope="intake")
    assert sent.json()["accepted"] == len(names)
    take_in(api.world)
    assert [api.get(f"/orders/{name}")["id"] for name in names] == names


def test_a_person_under_an_odd_number_can_be_read_with_his_timeline(api: ApiShop) -> None:
    sent = api.call("POST", "/people:batch", [{"id": "c/7", "email": "odd@example.test"}], scope="intake")
    assert sent.json()["accepted"] == 1
    take_in(api.world)
    assert api.get("/people/c/7")["emails"] == ["odd@example.test"]
    assert "items" in api.get("/people/c/7/timeline")
    assert api.get("/people/c/7/why")["known"] is False


@pytest.mark.parametrize(
    ("path", "pointer"), [("/orders/a/7", "/id"), ("/people/a/7", "/id"), ("/products/a/7", "/sku")]
)
def test_putting_an_id_with_a_slash_says_that_it_comes_by_batch(api: ApiShop, path: str, pointer: str) -> None:
    answer = api.call("PUT", path, {}, scope="intake")
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, "batch_only")]
    assert api.call("PUT", path, {}, scope=None).status_code == 401


def test_filters_know_a_person_by_the_shops_own_number(api: ApiShop) -> None:
    api.buys()
    ours = api.get("/orders/1001")["person"]
    (theirs,) = api.get(f"/people/{ours}")["external"]
    for path in ("/messages", "/enrolments"):
        assert api.get(f"{path}?person={theirs}")["items"] == api.get(f"{path}?person={ours}")["items"] != []
        assert api.get(f"{path}?person=nobody")["items"] == []
        assert api.get(f"{path}?person={ours}", scope="stranger")["items"] == []


def test_what_a_merged_person_is_in_is_found_under_whom_he_became(api: ApiShop) -> None:
    api.buys()
    merged = api.get("/orders/1001")["person"]
    before = {path: api.get(f"{path}?person={merged}")["items"] for path in ("/messages", "/enrolments")}
    kept = api.world.person()
    with api.world.writing() as cur:
        people.merge(cur, api.shop_id, kept, int(merged), SYSTEM, api.world.now)
    assert {path: api.get(f"{path}?person={kept}")["items"] for path in before} == before
    assert all(before.values())


def test_a_body_that_is_too_large_is_413_and_changes_nothing(api: ApiShop) -> None:
    api.buys()
    (task,) = api.get("/tasks?order=1001")["items"]
    large = json.dumps({"outcome": "confirmed", "note": "x" * (3 << 20)}).encode()
    for method, path in (("POST", f"/tasks/{task['id']}:finish"), ("PUT", "/schemes/after-order")):
        answer = api.call(method, path, large)
        assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert api.get(f"/tasks/{task['id']}")["state"] == "open"


def test_while_the_database_is_away_the_api_says_ask_again(api: ApiShop) -> None:
    with _away():
        answer = api.call("GET", "/orders")
        ready = api.call("GET", "/health/ready", scope=None)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"]
    assert ready.status_code == 503
    assert api.call("GET", "/orders").status_code == 200


@contextmanager
def _away() -> Iterator[None]:
    """Django's connections go to a port where nobody listens."""
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.close_pool()
    connection.settings_dict["PORT"] = "1"
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["PORT"] = port
