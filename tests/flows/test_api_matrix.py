"""Every operation of the API × every key × own and other shop; and nothing that is read changes anything.

A route without a row here fails: whoever adds one says who may.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.api_shop import SCHEME, SCOPES, ApiShop

ANYBODY = frozenset({None, *SCOPES, "stranger"})


def _keys(scope: str) -> frozenset[str | None]:
    return frozenset({"all", scope})


READ, DESK, ADMIN, INTAKE = _keys("read"), _keys("desk"), _keys("admin"), _keys("intake")

# (method, path of the document) → who may; whether it names an object of one shop
ROWS: dict[tuple[str, str], tuple[frozenset[str | None], bool]] = {
    ("get", "/orders/{id}"): (READ, True),
    ("put", "/orders/{id}"): (INTAKE, False),
    ("post", "/orders/{id}/changes"): (DESK, True),
    ("get", "/orders"): (READ, False),
    ("post", "/orders:batch"): (INTAKE, False),
    ("get", "/people"): (READ, False),
    ("get", "/people/{id}"): (READ, True),
    ("put", "/people/{id}"): (INTAKE, False),
    ("post", "/people:batch"): (INTAKE, False),
    ("get", "/people/{id}/timeline"): (READ, True),
    ("get", "/people/{id}/why"): (READ, True),
    ("get", "/products"): (READ, False),
    ("get", "/products/{sku}"): (READ, True),
    ("put", "/products/{sku}"): (INTAKE, False),
    ("post", "/products:batch"): (INTAKE, False),
    ("post", "/events"): (INTAKE, False),
    ("get", "/deliveries/{delivery_id}"): (READ | INTAKE, True),
    ("get", "/quarantine"): (READ, False),
    ("post", "/quarantine/{quarantine_id}:replay"): (ADMIN, True),
    ("post", "/quarantine/{quarantine_id}:dismiss"): (ADMIN, True),
    ("get", "/tasks"): (DESK, False),
    ("get", "/tasks/{task_id}"): (DESK, True),
    ("post", "/tasks/{task_id}:claim"): (DESK, True),
    ("post", "/tasks/{task_id}:release"): (DESK, True),
    ("post", "/tasks/{task_id}:finish"): (DESK, True),
    ("post", "/tasks/{task_id}:pause"): (DESK, True),
    ("post", "/tasks/{task_id}:resume"): (DESK, True),
    ("get", "/messages"): (READ, False),
    ("get", "/messages/{message_id}"): (READ, True),
    ("get", "/talks"): (READ, False),
    ("get", "/promises"): (READ, False),
    ("get", "/enrolments"): (READ, False),
    ("post", "/enrolments/{enrolment_id}:retry"): (ADMIN, True),
    ("post", "/enrolments/{enrolment_id}:end"): (ADMIN, True),
    ("get", "/schemes"): (READ, False),
    ("get", "/schemes/{name}"): (READ, True),
    ("post", "/schemes:check"): (READ, False),
    ("put", "/schemes/{name}"): (ADMIN, False),
    ("get", "/segments"): (READ, False),
    ("post", "/segments:check"): (READ, False),
    ("get", "/segments/{segment}"): (READ, True),
    ("get", "/segments/{segment}/people"): (READ, True),
    ("delete", "/segments/{segment}"): (ADMIN, True),
    ("put", "/segments/{segment}"): (ADMIN, False),
    ("get", "/health/live"): (ANYBODY, False),
    ("get", "/health/ready"): (ANYBODY, False),
    ("get", "/metrics"): (READ, False),
}
BODIES: dict[tuple[str, str], Any] = {
    ("post", "/tasks/{task_id}:pause"): {"state": "supplier"},
    ("post", "/orders/{id}/changes"): {"note": "Ring twice"},
    ("post", "/tasks/{task_id}:finish"): {"outcome": "confirmed"},
    ("post", "/schemes:check"): {"text": SCHEME},
    ("put", "/schemes/{name}"): {"text": SCHEME},
    ("post", "/segments:check"): {"condition": "happened('order.placed')"},
    ("put", "/segments/{segment}"): {"condition": "happened('order.placed')"},
}


def _document(api: ApiShop) -> dict[str, Any]:
    found = api.client.get("/api/v1/openapi.json")
    assert found.status_code == 200
    return dict(found.json())


def _objects(api: ApiShop) -> dict[str, Callable[[], str]]:
    """A fresh object of this shop for each parameter."""
    api.buys()
    api.stocks()
    one = api.world.one

    def newest(table: str) -> Callable[[], str]:
        return lambda: str(one(f"select max(id) from {table} where shop_id = %s", api.shop_id))

    return {
        "sku": lambda: "PAN-24",
        "delivery_id": newest("intake_delivery"),
        "quarantine_id": lambda: str(api.broken()),
        "task_id": newest("desk_task"),
        "message_id": newest("outbox_message"),
        "enrolment_id": lambda: str(api.set_aside()),
        "name": lambda: "after-order",
        "segment": api.segments,
        "orders": lambda: "1001",
        "people": newest("people_person"),
    }


def _filled(path: str, objects: dict[str, Callable[[], str]]) -> str:
    kind = path.split("/")[1]
    for name, make in objects.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", make())
    return path.replace("{id}", objects[kind]()) if "{id}" in path else path


def test_each_operation_has_its_row_and_each_row_an_operation(api: ApiShop) -> None:
    paths = _document(api)["paths"]
    found = {(method, path.removeprefix("/api/v1")) for path, methods in paths.items() for method in methods}
    assert found == set(ROWS)


def test_every_key_may_what_its_row_says_and_no_other_shop_sees_anything(api: ApiShop) -> None:
    objects = _objects(api)
    wrong = []
    for (method, path), (who, owned) in ROWS.items():
        body = BODIES.get((method, path), {} if method != "get" else None)
        for scope in (None, *SCOPES, "stranger"):
            status = api.call(method.upper(), _filled(path, objects), body, scope=scope).status_code
            if who == ANYBODY:
                right = status in (200, 503)
            elif scope is None:
                right = status == 401
            elif scope == "stranger":
                right = status == 404 if owned else status not in (401, 403, 404, 500)
            elif scope in who:
                right = status not in (401, 403, 404, 405, 500)
            else:
                right = status == 403
            if not right:
                wrong.append((method, path, scope, status))
    assert not wrong


def test_another_shops_lists_are_empty(api: ApiShop) -> None:
    api.buys()
    api.broken()
    api.writes()
    api.stocks()
    api.segments()
    for (method, path), (who, _) in ROWS.items():
        if method == "get" and "{" not in path and who != ANYBODY and path != "/metrics":
            assert api.get(path, scope="all")["items"], path
            assert api.get(path, scope="stranger")["items"] == [], path


def _digest(api: ApiShop) -> dict[str, Any]:
    tables = [
        r[0]
        for r in api.world.rows(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " and relname not like 'base\\_audit%%' order by 1"
        )
    ]
    return {
        t: api.world.one(
            f"select md5(string_agg(md5(j), '' order by md5(j))) from"
            f" (select (to_jsonb(x) - 'last_used_at')::text as j from {t} x) x"
        )
        for t in tables
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_is_read_changes_nothing_but_the_audit_and_when_a_key_was_used(api: ApiShop, method: str) -> None:
    objects = _objects(api)
    api.broken()
    paths = [_filled(p, objects) for _, p in ROWS]
    before = _digest(api)
    for path in paths:
        api.call(method, path, scope="all")
    assert _digest(api) == before


def test_all_that_is_refused_is_a_problem_document(api: ApiShop) -> None:
    calls = [
        ("GET", "/nothing", "all", 404),
        ("GET", "/orders/none", "all", 404),
        ("DELETE", "/orders/none", "all", 405),
        ("POST", "/orders", "all", 405),
        ("GET", "/orders", None, 401),
        ("GET", "/orders", "intake", 403),
        ("GET", "/orders?limit=0", "all", 422),
        ("GET", "/messages?state=odd", "all", 422),
        ("GET", "/orders/%00", "all", 422),
        ("GET", "/tasks/99999999999999999999", "all", 404),
    ]
    for method, path, scope, status in calls:
        response = api.call(method, path, scope=scope)
        assert (path, response.status_code) == (path, status)
        assert response["Content-Type"] == "application/problem+json", path
        assert json.loads(response.content)["status"] == status
    assert api.call("GET", "/orders", scope=None)["WWW-Authenticate"].startswith("Bearer")
    assert api.call("DELETE", "/orders", scope="all")["Allow"]
    with api.world.writing() as cur:
        cur.execute("update shop_api_key set revoked_at = machine_now() where name = 'read'")
    assert api.call("GET", "/orders", scope="read").status_code == 401


def test_a_fault_of_ours_says_nothing_about_itself(api: ApiShop) -> None:
    with api.world.writing() as cur:
        cur.execute("alter table orders_order rename to hidden")
    response = api.call("GET", "/orders/1001")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert b"hidden" not in response.content
    assert b"Traceback" not in response.content


def test_the_document_is_openapi_3_1_and_names_its_errors(api: ApiShop) -> None:
    document = _document(api)
    assert document["openapi"].startswith("3.1")
    assert {n for n, s in document["components"]["securitySchemes"].items() if s["scheme"] == "bearer"} == {
        "AdminKey",
        "DeskKey",
        "IntakeKey",
        "IntakeOrReadKey",
        "ReadKey",
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if (method, path.removeprefix("/api/v1")) in ROWS and "health" not in path:
                assert "application/problem+json" in operation["responses"]["401"]["content"], path


def test_the_reference_page_needs_nothing_from_elsewhere(api: ApiShop) -> None:
    page = api.client.get("/api/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "PUT /api/v1/orders/{id}" in text
    assert "<script" not in text
    assert "style=" not in text
    assert "://" not in text.replace("https://json-schema.org", "")


def test_health_and_metrics(api: ApiShop) -> None:
    assert api.client.get("/api/v1/health/live").json() == {"status": "ok", "checks": {}}
    ready = api.client.get("/api/v1/health/ready").json()
    assert ready["checks"]["database"] and ready["checks"]["migrations"]
    api.buys()
    text = api.call("GET", "/metrics", scope="read").content.decode()
    assert "regulars_tasks_waiting 1" in text.splitlines()
    assert "@" not in text
