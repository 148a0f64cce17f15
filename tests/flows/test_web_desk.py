"""The operator's day on the screens: take, talk, finish; two at one task; call-backs by the buyer's clock."""

import re
from datetime import UTC, datetime

import pytest

from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _task(web: WebShop, task: int) -> tuple[object, ...]:
    return web.world.rows("select state, outcome, note, claimed_by, call_at from desk_task where id = %s", task)[0]


def test_a_task_is_taken_and_finished_and_the_scheme_goes_on(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    assert f"/tasks/{task}/" in operator.get("/tasks/").content.decode()
    assert operator.post(f"/tasks/{task}/claim")["Location"] == f"/tasks/{task}/"
    done = operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "note": "after six\r\nplease"})
    assert done["Location"] == "/tasks/?ended=1"
    me = f"staff:{web.accounts['operator']}"
    assert _task(web, task)[:4] == ("finished", "confirmed", "after six\nplease", me)
    web.world.conduct()
    assert web.world.one("select count(*) from outbox_message where order_id = %s and step = 'thanks'", order) == 0
    text = operator.get(done["Location"]).content.decode()
    assert f"/tasks/{task}/undo" in text and "Confirmed. Counts in a minute" in text
    web.settle()
    assert web.world.one("select count(*) from outbox_message where order_id = %s and step = 'thanks'", order) == 1
    assert f"/tasks/{task}/undo" not in operator.get("/tasks/").content.decode()


def test_of_two_who_want_a_task_one_has_it_and_the_other_is_told(web: WebShop) -> None:
    _, order = web.buy()
    task = web.task_of(order)
    web.clients["operator"].post(f"/tasks/{task}/claim")
    late = web.clients["supervisor"].post(f"/tasks/{task}/claim")
    assert late.status_code == 409 and "This task is taken already (Operator)" in late.content.decode()
    typed = web.clients["supervisor"].post(f"/tasks/{task}/finish", {"outcome": "confirmed", "note": "my long note"})
    assert typed.status_code == 409
    assert _task(web, task)[0] == "claimed"
    web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "refused"})
    again = web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "confirmed"})
    assert again.status_code == 409 and "finished already: Refused" in again.content.decode()
    assert web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "refused"}).status_code == 302, (
        "a double click"
    )
    web.settle()
    assert len(web.outbox.events("task.finished")) == 1


def test_a_task_that_is_given_back_waits_again(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    assert operator.post(f"/tasks/{task}/release").status_code == 302
    assert _task(web, task)[0] == "open"
    assert operator.post(f"/tasks/{task}/release").status_code == 409


def test_a_call_back_is_meant_by_the_buyers_clock(web: WebShop) -> None:
    _, order = web.buy(zone="Asia/Vladivostok")
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    card = operator.get(f"/tasks/{task}/").content.decode()
    assert "22:00 there" in card and "night there, call from 9:00 on" in card
    assert "Day and hour, by the buyer’s clock" in card
    operator.post(f"/tasks/{task}/finish", {"outcome": "not_today", "call_at": "2026-03-04T15:30"})
    assert _task(web, task)[4] == datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
    web.settle()
    again = web.task_of(order)
    assert web.world.one("select not_before from desk_task where id = %s", again) == datetime(
        2026, 3, 4, 5, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"outcome": "not_today"}, "Say when to call again"),
        ({"outcome": "not_today", "call_at": "tomorrow"}, "Say when to call again"),
        ({"outcome": "not_today", "call_at": "2026-03-01T10:00"}, "That time is over"),
        ({"outcome": "not_today", "call_at": "9999-12-31T23:59"}, "more than a year ahead"),
        ({"outcome": "not_today", "day": "2026-03-05", "slot": "2026-03-04T10:00"}, "Say when to call again"),
        ({"outcome": "nonsense"}, "no such outcome"),
        ({}, "Choose an outcome first"),
        ({"outcome": "confirmed", "note": "x" * 4001}, "too long"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(web: WebShop, sent: dict[str, str], words: str) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    refused = operator.post(f"/tasks/{task}/finish", {"note": "half a note", **sent})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert words in text and sent.get("note", "half a note") in text
    assert _task(web, task)[0] == "claimed"


def test_the_script_is_filled_in_and_gaps_are_seen(web: WebShop) -> None:
    person, order = web.buy()
    with web.world.writing() as cur:
        cur.execute(
            "update people_person set language = 'ru', first_name = 'Марина',"
            """ address = '{"city": "Тверь", "street": "Лесная, 4"}' where id = %s""",
            (person,),
        )
        cur.execute("update orders_order set payment_method = 'cod' where id = %s", (order,))
    card = web.clients["operator"].get(f"/tasks/{web.task_of(order)}/").content.decode()
    assert "<mark>Добрый день</mark>, <mark>Марина</mark>! Магазин «<mark>Test shop</mark>»" in card
    assert "<mark>Тверь, Лесная, 4</mark>" in card
    assert "<mark>при получении</mark>" in card
    assert 'Привезти можем <mark class="gap">день</mark>.' in card
    assert "К нему обычно берут" not in card, "there is nothing to offer"
    assert '<mark class="gap">…</mark>' in card
    assert "Confirming an order" in card, "the operator's own language around it"


def test_the_whole_number_is_shown_to_whoever_has_the_task_and_each_look_is_written_down(web: WebShop) -> None:
    person, order = web.buy()
    phone = web.world.one("select value from people_contact_point where person_id = %s and kind = 'phone'", person)
    task, operator = web.task_of(order), web.clients["operator"]
    assert phone not in operator.get(f"/tasks/{task}/").content.decode()
    operator.post(f"/tasks/{task}/claim")
    assert f'href="tel:{phone}"' in operator.get(f"/tasks/{task}/").content.decode()
    looks = web.world.rows(
        "select actor_id, detail from base_audit where action = 'person.viewed' and object_id = %s order by id", person
    )
    me = web.accounts["operator"]
    assert looks == [(me, {"page": "task", "whole": False}), (me, {"page": "task", "whole": True})]


def test_a_task_whose_scheme_has_stopped_says_so(web: WebShop) -> None:
    person, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    web.world.happens("order.cancelled", person, order)
    web.world.conduct()
    assert "The scheme has stopped meanwhile" in operator.get(f"/tasks/{task}/").content.decode()


def test_the_list_of_all_is_searched_and_filtered_and_empty_with_a_way_on(web: WebShop) -> None:
    operator = web.clients["operator"]
    assert "Nobody is waiting" in operator.get("/tasks/").content.decode()
    bought = [web.buy() for _ in range(3)]
    tasks = [web.task_of(order) for _, order in bought]
    number = web.world.one("select external_id from orders_order where id = %s", bought[1][1])
    phone = web.world.one(
        "select value from people_contact_point where person_id = %s and kind = 'phone'", bought[1][0]
    )
    name = web.world.one("select name from people_person where id = %s", bought[1][0])
    for asked in (number, phone, name):
        text = operator.get("/tasks/all/", {"q": asked}).content.decode()
        assert f"/tasks/{tasks[1]}/" in text and f"/tasks/{tasks[0]}/" not in text, asked
    assert "Remove the filter" in operator.get("/tasks/all/", {"q": "no-such"}).content.decode()
    assert f"/tasks/{tasks[0]}/" not in operator.get("/tasks/all/", {"team": "care"}).content.decode()
    operator.post(f"/tasks/{tasks[0]}/finish", {"outcome": "refused", "then": "stop"})
    text = operator.get("/tasks/all/", {"state": "finished"}).content.decode()
    assert f"/tasks/{tasks[0]}/" in text and f"/tasks/{tasks[1]}/" not in text


def test_pages_follow_one_another_without_gap_or_double(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.web import paging

    monkeypatch.setattr(paging, "PAGE", 2)
    for _ in range(5):
        web.buy()
    # the letterbox is no table: its pages are followed in test_web_letterbox.py
    for path, kind in (("/tasks/all/", "tasks"), ("/orders/", "orders"), ("/people/", "people")):
        seen: list[str] = []
        address: str | None = path
        while address:
            text = web.clients["owner"].get(address).content.decode().partition("<table ")[2]
            rows = text.partition("</table>")[0].split("<tr>")[2:]
            seen += [row.partition(f'href="/{kind}/')[2].partition("/")[0] for row in rows]
            following = re.search(r'href="\?([^"]*after=[^"]*)"', text)
            address = f"{path}?{following[1].replace('&amp;', '&')}" if following else None
        assert len(seen) == len(set(seen)) == 5, kind
