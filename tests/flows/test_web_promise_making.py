"""A promise that an operator writes down in a talk: watched at once, kept by its task, made once, taken back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars.effects.danger import watch_once
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def write(web: WebShop, order: int, **changes: Any) -> Any:
    body = {
        "order": order,
        "kind": "delivery",
        "day": "2026-03-06",
        "opens": "14:00",
        "closes": "18:00",
        "token": "t1",
        **changes,
    }
    return web.clients["operator"].post("/promises/new", body)


def newest(web: WebShop, *columns: str) -> tuple[Any, ...]:
    return web.world.rows(f"select {', '.join(columns)} from promises_promise order by id desc limit 1")[0]


def test_a_window_is_read_by_the_buyers_clock_and_stands_at_once(web: WebShop) -> None:
    _person, order = web.buy(zone="Asia/Vladivostok")
    answer = write(web, order)
    assert answer.status_code == 302 and answer.headers["Location"] == f"/orders/{order}/"
    assert newest(web, "kind", "state", "window_from", "due_at", "team") == (
        "delivery", "open", datetime(2026, 3, 6, 4, tzinfo=UTC), datetime(2026, 3, 6, 8, tzinfo=UTC), "shop",
    )  # fmt: skip
    page = web.clients["operator"].get(f"/orders/{order}/").content.decode()
    assert "To deliver" in page and "04:00–08:00" in page


def test_pressed_twice_it_is_made_once(web: WebShop) -> None:
    _person, order = web.buy()
    write(web, order)
    write(web, order)
    assert web.world.one("select count(*) from promises_promise where kind = 'delivery'") == 1


def test_a_call_opens_the_task_that_keeps_it(web: WebShop) -> None:
    person, order = web.buy()
    write(web, order, kind="call", opens="", day="2026-03-03", closes="11:00")
    task = web.task_of(order)
    assert web.world.rows("select kind, why_next, due_at from desk_task where id = %s", task) == [
        ("call", "asked", datetime(2026, 3, 3, 11, tzinfo=UTC))
    ]
    assert newest(web, "kind", "task_id", "person_id") == ("call", task, person)
    web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "confirmed", "then": "stop"})
    web.settle()
    assert newest(web, "state") == ("kept",)


def test_taken_back_it_is_void_and_its_task_closed(web: WebShop) -> None:
    _person, order = web.buy()
    write(web, order, kind="answer", opens="", closes="11:00")
    (promise,) = newest(web, "id")
    task = web.task_of(order)
    assert web.clients["operator"].post(f"/promises/{promise}/back").status_code == 302
    assert newest(web, "state", "reason") == ("void", "withdrawn")
    assert web.world.one("select state from desk_task where id = %s", task) == "closed"


def test_what_a_scheme_has_promised_is_not_taken_back_by_hand(web: WebShop) -> None:
    web.buy()
    (promise,) = newest(web, "id")
    web.clients["owner"].post(f"/promises/{promise}/back")
    assert newest(web, "state")[0] in ("intended", "open")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"day": "2026-02-01"}, "That time is over"),
        ({"day": "2029-02-01"}, "more than a year ahead"),
        ({"day": "never"}, "Choose a day"),
        ({"closes": ""}, "A time of day is needed"),
        ({"opens": "19:00"}, "begins after its end"),
        ({"kind": "moon"}, "Choose one of the list"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(
    web: WebShop, changes: dict[str, str], problem: str
) -> None:
    _person, order = web.buy()
    answer = write(web, order, **changes)
    assert answer.status_code == 422 and problem in answer.content.decode()
    assert web.world.one("select count(*) from promises_promise where kind <> 'call'") == 0


def test_the_card_of_a_promise_at_risk_says_what_was_promised_and_what_the_buyer_knows(web: WebShop) -> None:
    _person, order = web.buy()
    web.outbox.gate()
    web.world.later(minutes=50)
    watch_once(web.world.raw)
    web.outbox.gate()
    page = web.clients["operator"].get(f"/tasks/{web.task_of(order)}/").content.decode()
    assert "A promised call may be late" in page and "The buyer was warned" in page and "To the call itself" in page
    assert "Done, the promise is kept" in page and "The new time" in page


def test_the_rules_of_being_at_risk_move_what_is_open(web: WebShop) -> None:
    _person, _order = web.buy()
    web.outbox.gate()
    (before, due) = newest(web, "warn_at", "due_at")
    body = {
        "share_call": "50", "least_call": "5", "share_ship": "20", "least_ship": "60", "least_delivery": "120",
        "share_answer": "20", "least_answer": "3", "promise_team": "care", "window_promises": "on",
    }  # fmt: skip
    assert web.clients["owner"].post("/settings/promises/save", body).status_code == 302
    (after,) = newest(web, "warn_at")
    assert (due - before).total_seconds() == 12 * 60 and (due - after).total_seconds() == 30 * 60
    assert web.clients["owner"].post("/settings/promises/save", {**body, "least_call": "0"}).status_code == 422
