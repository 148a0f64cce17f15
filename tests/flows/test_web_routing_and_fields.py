"""Who gets what and who sees what: rules that are checked, previewed and hold; fields by role on every page and in files."""

import json
import re

from django.test import Client

from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.desk import routing
from regulars.shop import actions as shop_actions
from regulars.shop import queries as shops
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def test_rules_are_checked_previewed_saved_with_versions_and_hold(web: WebShop) -> None:
    boss = web.clients["supervisor"]
    person, order = web.buy()
    assert "nothing holds yet" in boss.get("/settings/routing/").content.decode()
    bad = boss.post("/settings/routing/save", {"text": "if person.langauge == 'en' then care", "base": "0"})
    text = bad.content.decode()
    assert bad.status_code == 422 and "Line 1" in text and "Did you mean person.language?" in text
    rules = "always if person.language == 'en' then care\nif not person.is_customer then acquisition\n"
    checked = boss.post("/settings/routing/save", {"text": rules, "base": "0", "do": "check"}).content.decode()
    assert "All lines can be read." in checked and "<b>Care</b>" in checked and "line 1" in checked
    assert web.world.one("select count(*) from desk_routing") == 0, "a check saves nothing"
    assert boss.post("/settings/routing/save", {"text": rules, "base": "0"}).status_code == 302
    late = boss.post("/settings/routing/save", {"text": rules, "base": "0"})
    assert late.status_code == 422 and "Somebody has saved version 1" in late.content.decode()
    with web.world.writing() as cur:
        works = [routing.Work("missed_call", person, "order-desk"), routing.Work("scheme", person, "order-desk", order)]
        assert routing.route(cur, web.shop_id, works, web.world.now) == ["care", "care"]
        cur.execute("update people_person set language = 'ru' where id = %s", (person,))
        assert routing.route(cur, web.shop_id, works, web.world.now) == ["acquisition", "order-desk"]
    _, other = web.buy()
    assert web.world.one("select team from desk_task where order_id = %s", other) == "care", "a scheme's call, too"


def _rule(web: WebShop, **levels: str) -> None:
    whole = {f"{role}_{name}": "shown" for role in ("operator", "supervisor") for name in
             ("phone", "email", "address", "sums", "notes", "colleagues")}  # fmt: skip
    saved = web.clients["owner"].post(
        "/settings/fields/save", {**whole, **{f"operator_{k}": v for k, v in levels.items()}}
    )
    assert saved.status_code == 302
    shops.forget()


def test_each_level_of_a_telephone_holds_on_every_page(web: WebShop) -> None:
    person, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    digits = str(
        web.world.one("select value from people_contact_point where person_id = %s and kind = 'phone'", person)
    )

    def seen() -> list[bool]:
        paths = (f"/tasks/{task}/", f"/people/{person}/", "/people/", f"/orders/{order}/")
        return [digits in operator.get(path).content.decode() for path in paths]

    assert seen() == [False] * 4, "by default masked until he holds the card"
    _rule(web, phone="shown")
    assert seen() == [True, True, False, False], "lists mask it to all"
    _rule(web, phone="masked", email="masked")
    with web.world.writing() as cur:
        desk.claim(cur, web.shop_id, task, Actor("staff", web.accounts["operator"]), web.world.now)
    assert seen() == [False] * 4
    asked = operator.post(f"/people/{person}/").content.decode()
    assert digits not in asked and "Show the contacts" not in asked
    _rule(web, phone="held", email="held")
    assert seen() == [True, False, False, False]
    assert digits in operator.post(f"/people/{person}/").content.decode()
    assert digits in web.clients["supervisor"].get(f"/people/{person}/").content.decode()
    _rule(web, phone="hidden", email="hidden")
    assert "···" not in operator.get(f"/people/{person}/").content.decode()


def test_somebody_nameless_is_called_by_what_is_seen_of_his_telephone(web: WebShop) -> None:
    person, order = web.buy()
    web.task_of(order)
    with web.world.writing() as cur:
        cur.execute("update people_person set name = '', first_name = '' where id = %s", (person,))
    operator = web.clients["operator"]
    paths = (f"/people/{person}/", "/people/", "/tasks/all/", "/tasks/queue", "/orders/")

    def masked() -> list[bool]:
        return ["···" in operator.get(path).content.decode() for path in paths]

    assert masked() == [True] * 5
    assert re.search(r"<title>[^<]*···", operator.get(f"/people/{person}/").content.decode())
    _rule(web, phone="hidden", email="hidden")
    assert masked() == [False] * 5


def test_sums_notes_and_other_teams_work_are_hidden_from_whom_the_owner_hides_them(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    assert "4,990" in operator.get(f"/orders/{order}/").content.decode()
    with web.world.writing() as cur:
        cur.execute("update orders_order set note = 'ring twice' where id = %s", (order,))
    assert "ring twice" in operator.get(f"/tasks/{task}/").content.decode()
    _rule(web, sums="hidden", notes="hidden", colleagues="hidden")
    assert "4,990" not in operator.get(f"/orders/{order}/").content.decode()
    assert "4,990" not in operator.get("/orders/").content.decode()
    assert "ring twice" not in operator.get(f"/tasks/{task}/").content.decode()
    assert "no files are made" in operator.post("/orders/export", {"form": "csv"}, follow=True).content.decode()
    assert operator.get(f"/tasks/{task}/").status_code == 200, "no teams: all are his"
    with web.world.writing() as cur:
        cur.execute(
            "update staff_membership set teams = '[\"care\"]' where account_id = %s", (web.accounts["operator"],)
        )
    assert operator.get(f"/tasks/{task}/").status_code == 404
    assert f"/tasks/{task}/" not in operator.get("/tasks/all/?team=order-desk").content.decode()
    assert "4,990" in web.clients["supervisor"].get(f"/orders/{order}/").content.decode()


def _teams(web: WebShop, *teams: str) -> None:
    with web.world.writing() as cur:
        cur.execute(
            "update staff_membership set teams = %s::jsonb where account_id = %s",
            (json.dumps(teams), web.accounts["operator"]),
        )


def test_by_default_other_teams_work_is_seen_and_taken_but_never_given(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    _teams(web, "care")
    assert f'id="t-{task}"' not in operator.get("/tasks/queue").content.decode()
    assert f'id="t-{task}"' in operator.get("/tasks/queue?all=1").content.decode()
    assert "?all=1" in operator.get("/tasks/").content.decode()
    operator.post("/tasks/next")
    assert web.world.one("select state from desk_task where id = %s", task) == "open", "next is of his own teams"
    assert operator.post(f"/tasks/{task}/claim").headers["location"] == f"/tasks/{task}/"


def test_where_other_teams_work_is_hidden_it_is_nowhere(web: WebShop) -> None:
    """One rule for the queue, the card and every deed on it, the list, its search, and the links that lead there."""
    person, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    number = web.world.one("select number from orders_order where id = %s", order)
    _rule(web, colleagues="hidden")
    _teams(web, "care", "repeat-sales")
    for path in ("/tasks/queue", "/tasks/queue?all=1", "/tasks/?all=1", "/tasks/all/", f"/tasks/all/?q={number}",
                 "/tasks/all/?team=order-desk", f"/orders/{order}/", f"/people/{person}/", "/promises/"):  # fmt: skip
        page = operator.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert f"/tasks/{task}/" not in text and f'id="t-{task}"' not in text, path
    assert "?all=1" not in operator.get("/tasks/").content.decode()
    for deed in ("claim", "release", "finish", "undo", "pause", "resume", "pause/undo", "draft", "look", "answer", "offer",
                 "dial"):  # fmt: skip
        sent = operator.post(f"/tasks/{task}/{deed}", {"outcome": "refused", "note": "x", "sku": "PAN-24"})
        assert sent.status_code == 404, deed
    assert operator.get(f"/tasks/{task}/").status_code == 404
    assert operator.get(f"/tasks/{task}/dialled").status_code == 404
    assert operator.get(f"/promises/new?task={task}").status_code == 404
    with web.world.writing() as cur:
        desk.claim(cur, web.shop_id, task, Actor("staff", web.accounts["supervisor"]), web.world.now)
    assert "has taken this task" not in operator.get(f"/tasks/queue?card={task}").content.decode()
    operator.post("/tasks/next")
    assert (
        web.world.one("select count(*) from desk_task where claimed_by = %s", f"staff:{web.accounts['operator']}") == 0
    )
    assert web.clients["supervisor"].get(f"/tasks/{task}/").status_code == 200


def test_of_several_teams_all_are_seen_and_what_is_in_his_hands_stays_his(web: WebShop) -> None:
    _, first = web.buy()
    _, second = web.buy()
    one, two, operator = web.task_of(first), web.task_of(second), web.clients["operator"]
    with web.world.writing() as cur:
        cur.execute("update desk_task set team = 'repeat-sales' where id = %s", (two,))
    _rule(web, colleagues="hidden")
    _teams(web, "care", "repeat-sales", "order-desk")
    listed = operator.get("/tasks/all/").content.decode()
    assert f"/tasks/{one}/" in listed and f"/tasks/{two}/" in listed
    assert f"/tasks/{one}/" not in operator.get("/tasks/all/?team=repeat-sales").content.decode()
    assert operator.post(f"/tasks/{one}/claim").status_code == 302
    _teams(web, "care")
    assert operator.get(f"/tasks/{one}/").status_code == 200, "in his hands"
    assert operator.post(f"/tasks/{one}/finish", {"outcome": "refused", "then": "stop"}).status_code == 302
    assert operator.post(f"/tasks/{one}/undo").status_code == 302
    assert operator.get(f"/tasks/{two}/").status_code == 404


def test_a_key_of_the_shop_sees_all_teams_and_asks_for_one(web: WebShop) -> None:
    _, order = web.buy()
    task = web.task_of(order)
    _rule(web, colleagues="hidden")
    with web.world.writing() as cur:
        key = shop_actions.create_key(cur, web.shop_id, "test", ["all"], SYSTEM)
    api = {"authorization": f"Bearer {key}"}
    all_of_them = Client().get("/api/v1/tasks", headers=api).json()
    assert [t["id"] for t in all_of_them["items"]] == [str(task)]
    assert Client().get("/api/v1/tasks?team=care", headers=api).json()["items"] == []


def test_notes_that_are_hidden_are_in_no_history(web: WebShop) -> None:
    person, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    web.clients["supervisor"].post(f"/tasks/{task}/finish", {"outcome": "refused", "note": "was rude", "then": "stop"})
    web.settle()
    assert "was rude" in operator.get(f"/people/{person}/").content.decode()
    _rule(web, notes="hidden")
    assert "was rude" not in operator.get(f"/people/{person}/").content.decode()
    assert "was rude" not in operator.get(f"/orders/{order}/").content.decode()


def test_warnings_are_set_by_the_owner(web: WebShop) -> None:
    good = {
        "escalate_share": "50", "late_every_hours": "3", "forecast_margin_minutes": "5", "services_see_contacts": "yes",
    }  # fmt: skip
    assert web.clients["owner"].post("/settings/telling/save", good).status_code == 302
    with web.world.writing() as cur:
        shop = shops.own_settings(cur, web.shop_id)
    assert (shop.escalate_share, shop.late_every.total_seconds(), shop.services_see_contacts) == (50, 10800, True)
    assert web.clients["owner"].post("/settings/telling/save", {**good, "escalate_share": "0"}).status_code == 422
