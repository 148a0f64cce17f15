"""The desk by API: one owner and one outcome a task, told plainly when it can't be."""

import json
import threading
from typing import Any

from tests.flows.api_shop import ApiShop


def _task(api: ApiShop) -> dict[str, Any]:
    (task,) = api.get("/tasks?order=1001", scope="desk")["items"]
    return dict(task)


def test_a_new_order_waits_in_the_queue_with_its_deadlines(api: ApiShop) -> None:
    api.buys()
    task = _task(api)
    assert (task["kind"], task["team"], task["state"], task["order"]) == ("call", "order-desk", "open", "1001")
    assert (task["target_at"], task["due_at"]) == ("2026-03-02T12:15:00Z", "2026-03-02T13:00:00Z")
    assert task["why_next"]
    assert task["scheme"] == "after-order"
    assert api.get("/tasks?team=care", scope="desk")["items"] == []
    assert api.get("/tasks?state=finished", scope="desk")["items"] == []
    assert api.get(f"/tasks/{task['id']}", scope="desk") == task


def test_a_task_is_claimed_given_back_and_finished(api: ApiShop) -> None:
    api.buys()
    id_ = _task(api)["id"]
    claimed = api.call("POST", f"/tasks/{id_}:claim", scope="desk").json()
    assert claimed["state"] == "claimed"
    assert api.call("POST", f"/tasks/{id_}:claim", scope="desk").status_code == 200
    assert api.call("POST", f"/tasks/{id_}:release", scope="desk").json()["state"] == "open"
    done = api.call("POST", f"/tasks/{id_}:finish", {"outcome": "confirmed", "note": "by the door"}, scope="desk")
    assert (done.status_code, done.json()["state"], done.json()["note"]) == (200, "finished", "by the door")
    again = api.call("POST", f"/tasks/{id_}:finish", {"outcome": "confirmed"}, scope="desk")
    assert again.status_code == 200
    other = api.call("POST", f"/tasks/{id_}:finish", {"outcome": "no_answer"}, scope="desk")
    assert (other.status_code, other.json()["code"], other.json()["outcome"]) == (409, "finished", "confirmed")


def test_another_keys_task_is_taken(api: ApiShop) -> None:
    api.buys()
    id_ = _task(api)["id"]
    assert api.call("POST", f"/tasks/{id_}:claim", scope="all").status_code == 200
    refused = api.call("POST", f"/tasks/{id_}:claim", scope="desk")
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert refused["Content-Type"] == "application/problem+json"


def test_a_bad_outcome_names_its_field(api: ApiShop) -> None:
    api.buys()
    path = f"/tasks/{_task(api)['id']}:finish"

    def pointer(body: Any) -> Any:
        response = api.call("POST", path, body, scope="desk")
        assert response.status_code == 422, response.content
        return response.json()["errors"][0]["pointer"]

    assert pointer({"outcome": "gone"}) == "/outcome"
    assert pointer({}) == "/outcome"
    assert pointer({"outcome": "not_today"}) == "/call_at"
    assert pointer({"outcome": "not_today", "call_at": "2026-03-02T11:00:00+00:00"}) == "/call_at"
    assert pointer({"outcome": "not_today", "call_at": "2026-03-03T11:00:00"}) == "/call_at"
    assert pointer({"outcome": "not_today", "call_at": "soon"}) == "/call_at"
    agreed = api.call("POST", path, {"outcome": "not_today", "call_at": "2026-03-03T21:00:00+10:00"}, scope="desk")
    assert agreed.status_code == 200
    assert agreed.json()["call_at"] == "2026-03-03T11:00:00Z"


def test_a_repeat_under_the_same_key_gets_the_first_answer(api: ApiShop) -> None:
    api.buys()
    id_ = _task(api)["id"]
    once = {"Idempotency-Key": "k1"}
    body = {"outcome": "confirmed", "note": "ё"}
    first = api.call("POST", f"/tasks/{id_}:finish", body, scope="desk", headers=once)
    second = api.call("POST", f"/tasks/{id_}:finish", body, scope="desk", headers=once)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    other = api.call("POST", f"/tasks/{id_}:finish", {"outcome": "no_answer"}, scope="desk", headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert len(api.world.rows("select 1 from events_event where kind = 'task.finished'")) == 1


def test_a_refusal_leaves_the_key_free(api: ApiShop) -> None:
    api.buys()
    path = f"/tasks/{_task(api)['id']}:finish"
    once = {"Idempotency-Key": "k2"}
    assert api.call("POST", path, {"outcome": "gone"}, scope="desk", headers=once).status_code == 422
    assert api.call("POST", path, {"outcome": "confirmed"}, scope="desk", headers=once).status_code == 200


def test_of_many_who_claim_at_once_one_gets_the_task(api: ApiShop) -> None:
    api.buys()
    id_ = _task(api)["id"]
    found: list[int] = []

    def claim(scope: str) -> None:
        from django.db import connection

        try:
            found.append(api.call("POST", f"/tasks/{id_}:claim", scope=scope).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(s,)) for s in ("all", "desk") for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(found) == [200] * 4 + [409] * 4
    assert len(api.world.rows("select 1 from events_event where kind = 'task.claimed'")) == 1


def test_the_queue_pages_by_deadline_and_ends_with_what_has_none(api: ApiShop) -> None:
    for n in range(3):
        api.buys(f"o{n}")
    with api.world.writing() as cur:
        cur.execute("update desk_task set due_at = null where id <> (select min(id) from desk_task)")
    seen, cursor = [], ""
    for _ in range(4):
        page = api.get(f"/tasks?limit=1{cursor}", scope="desk")
        seen += [t["id"] for t in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 3


def test_a_note_that_holds_what_no_text_can_hold_is_refused(api: ApiShop) -> None:
    api.buys()
    path = f"/tasks/{_task(api)['id']}:finish"
    for note in ("\\u0000", "\\ud800"):
        body = b'{"outcome": "confirmed", "note": "%s"}' % note.encode()
        assert api.call("POST", path, body, scope="desk").status_code == 422
    assert api.call("POST", path, b"{not json", scope="desk").status_code == 400
    assert json.loads(api.call("POST", path, b"[]", scope="desk").content)["status"] == 422
