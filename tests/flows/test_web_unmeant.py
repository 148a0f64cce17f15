"""Tests and doubles as leads set them: tried before they hold, taken back, refused in words; and found again in the list."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from regulars.orders import twins
from regulars.orders.mark_rules import MarkRules
from regulars.shop import queries as shops
from tests.apps.intake_world import delivered, order
from tests.flows.test_web_lists import _file, _rows
from tests.flows.test_web_marks import BUYER
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

PATH = "/settings/unmeant/"
FORM: dict[str, Any] = {
    "names": "test, Тест",
    "emails": "",
    "phones": "",
    "methods": "bogus",
    "within": "1",
    "unit": "days",
}


def text(answer: HttpResponse) -> str:
    return answer.content.decode().replace("\u00a0", " ")


def arrives(web: WebShop, id_: str, **fields: object) -> int:
    delivered(web.world, order(web.world, id_, **fields))
    return int(web.world.one("select id from orders_order where external_id = %s", id_))


def rules(web: WebShop) -> MarkRules:
    with web.world.writing() as cur:
        return MarkRules.of(shops.own_settings(cur, web.shop_id))


def pointed(web: WebShop) -> list[tuple[Any, ...]]:
    return web.world.rows("select order_id, other_id from orders_twin order by order_id")


# -- the settings ------------------------------------------------------------------------------------------------------
def test_rules_are_tried_on_the_orders_of_late_before_they_hold(web: WebShop) -> None:
    meant = arrives(web, "1001")
    qa = arrives(web, "1002", buyer={"id": "q", "name": "Q A", "email": "qa@shop.example", "phone": "+79140000001"})
    free = arrives(web, "1003", total="0.00")
    lead = web.clients["supervisor"]
    assert "By these rules" not in text(lead.get(PATH))
    assert "None of them fits a rule." in text(lead.post(PATH + "save", {**FORM, "do": "check"}))
    for typed, found in (
        ({"emails": "@Shop.Example"}, {qa}),
        ({"phones": "8 914 000-00-01"}, {qa}),
        ({"names": "пётр, ПЕТРОВ"}, {meant, free}),
        ({"methods": "Card"}, {meant, qa, free}),
        ({"zero": "on"}, {free}),
    ):
        with web.world.writing() as cur:
            cur.execute("update shop_shop set country = 'RU' where id = %s", (web.shop_id,))
        shown = lead.post(PATH + "save", {**FORM, **typed, "do": "check"})
        assert shown.status_code == 200 and "Nothing has changed yet." in text(shown)
        assert {i for i in (meant, qa, free) if f'href="/orders/{i}/"' in text(shown)} == found, typed
        assert text(shown).count("only now") == len(found)
    assert rules(web).emails == () and rules(web).methods == ("test", "bogus", "dummy")


def test_what_is_saved_holds_for_the_next_order_and_is_taken_back(web: WebShop) -> None:
    before = rules(web)
    lead = web.clients["supervisor"]
    saved = lead.post(PATH + "save", {**FORM, "emails": "qa@shop.example", "do": "save"}, follow=True)
    assert "The rules are changed." in text(saved) and "qa@shop.example" in text(saved)
    found = arrives(web, "1001", buyer={"id": "q", "name": "Q A", "email": "qa@shop.example"})
    assert web.world.one("select mark from orders_order where id = %s", found) == "test"
    assert web.world.one("select count(*) from base_audit where action = 'settings.changed'") == 1
    assert "as they were before" in text(lead.post(PATH + "undo", follow=True))
    assert rules(web) == before
    lead.post(PATH + "undo")
    assert rules(web).emails == ("qa@shop.example",), "the undoing is undone the same way"


def test_there_is_nothing_to_take_back_at_first(web: WebShop) -> None:
    assert "There is no change to take back." in text(web.clients["owner"].post(PATH + "undo", follow=True))
    nothing = text(web.clients["owner"].post(PATH + "save", {**FORM, "do": "check"}))
    assert "No order has come in the last 30 days" in nothing


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"names": "Анна, test1"}, "“test1” is not a word of a name"),
        ({"names": "two words"}, "“two words” is not a word of a name"),
        ({"emails": "qa@"}, "“qa@” is neither an address"),
        ({"emails": "shop"}, "“shop” is neither an address"),
        ({"phones": "12"}, "“12” is not a telephone number"),
        ({"methods": "x" * 41}, "too long for a way of paying"),
        ({"names": ", ".join("x" * n for n in range(1, 53))}, "too many: 50 at most"),
        ({"within": "0"}, "from 1 to 30"),
        ({"within": "721", "unit": "hours"}, "from 1 to 720"),
        ({"unit": "years"}, "of the list"),
    ],
)
@pytest.mark.parametrize("do", ["save", "check"])
def test_what_is_wrong_is_said_and_kept(web: WebShop, typed: dict[str, str], words: str, do: str) -> None:
    before = rules(web)
    answer = web.clients["owner"].post(PATH + "save", {**FORM, **typed, "do": do})
    assert answer.status_code == 422 and words in text(answer) and "By these rules" not in text(answer)
    (value,) = [v for k, v in typed.items() if k != "unit"] or [FORM["within"]]
    assert f'value="{value}"' in text(answer)
    assert rules(web) == before


def test_a_rule_that_finds_a_great_part_of_all_is_doubted(web: WebShop) -> None:
    for n in range(5):
        arrives(web, str(n))
    shown = text(web.clients["owner"].post(PATH + "save", {**FORM, "methods": "card", "do": "check"}))
    assert "Every tenth order and more would be a test." in shown


def test_another_span_holds_at_once_both_ways(web: WebShop) -> None:
    first = arrives(web, "1001", buyer=BUYER)
    web.world.later(hours=30)
    second = arrives(web, "1002", buyer=BUYER)
    assert pointed(web) == []
    lead = web.clients["supervisor"]
    wider = {**FORM, "within": "36", "unit": "hours"}
    assert f'href="/orders/{first}/"' in text(lead.post(PATH + "save", {**wider, "do": "check"}))
    assert pointed(web) == []
    lead.post(PATH + "save", {**wider, "do": "save"})
    assert rules(web).within == timedelta(hours=36)
    assert pointed(web) == [(second, first)]
    web.world.later(days=40)
    lead.post(PATH + "save", {**FORM, "within": "45", "unit": "minutes", "do": "save"})
    assert pointed(web) == [], "nor does one from before that points further back"


# -- the list ----------------------------------------------------------------------------------------------------------
def test_the_list_shows_and_finds_what_may_be_twice_until_somebody_decides(web: WebShop) -> None:
    first = arrives(web, "1001", buyer=BUYER)
    arrives(web, "900")
    web.world.later(minutes=6)
    second = arrives(web, "1002", buyer=BUYER)
    operator = web.clients["operator"]
    everything, found = text(operator.get("/orders/")), text(operator.get("/orders/?preset=twice"))
    assert everything.count("like 1001") == 1 and f'class="badge soon" href="/orders/{first}/"' in everything
    assert f'href="/orders/{second}/"' in found and "Found: 1" in found
    operator.post(f"/orders/{second}/meant", {"other": str(first)})
    assert "like 1001" not in text(operator.get("/orders/")) and pointed(web) == []


@pytest.mark.parametrize("deed", ["mark", "cancel", "same"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_pointer_goes_with_either_of_the_two_and_comes_back(web: WebShop, deed: str, which: int) -> None:
    ids = [arrives(web, "1001", buyer=BUYER), arrives(web, "1002", buyer=BUYER)]
    assert pointed(web) == [(ids[1], ids[0])]
    if deed == "cancel":
        at = (web.world.now + timedelta(minutes=1)).isoformat()
        arrives(web, f"100{which + 1}", buyer=BUYER, updated_at=at, status="cancelled")
        assert pointed(web) == []
        return
    web.clients["operator"].post(f"/orders/{ids[which]}/{deed}")
    assert pointed(web) == []
    web.clients["operator"].post(f"/orders/{ids[which]}/restore")
    assert pointed(web) == [(ids[1], ids[0])]


def test_of_three_the_next_one_is_pointed_to(web: WebShop) -> None:
    ids = [arrives(web, str(1001 + n), buyer=BUYER) for n in range(3)]
    (told,) = [other for order_id, other in pointed(web) if order_id == ids[2]]
    web.clients["operator"].post(f"/orders/{told}/mark")
    (left,) = set(ids[:2]) - {told}
    assert (ids[2], left) in pointed(web)


def test_the_earlier_one_may_come_later(web: WebShop) -> None:
    at = web.world.now.isoformat()
    web.world.later(minutes=5)
    second = arrives(web, "1002", buyer=BUYER)
    first = arrives(web, "1001", buyer=BUYER, placed_at=at, updated_at=at)
    assert pointed(web) == [(second, first)]


def test_other_goods_and_another_total_are_another_order(web: WebShop) -> None:
    arrives(web, "1001", buyer=BUYER)
    arrives(web, "1002", buyer=BUYER)
    assert len(pointed(web)) == 1
    other = {"lines": [{"sku": "POT", "name": "Pot", "quantity": 1, "price": "10.00"}], "total": "10.00"}
    arrives(web, "1002", buyer=BUYER, updated_at=(web.world.now + timedelta(minutes=1)).isoformat(), **other)
    assert pointed(web) == []


def test_history_and_tests_are_not_asked_about(web: WebShop) -> None:
    for id_ in ("1", "2"):
        delivered(web.world, order(web.world, id_, buyer=BUYER), live=False)
    for id_ in ("3", "4"):
        arrives(web, id_, buyer={"id": "t", "name": "Test", "email": "t@example.test"})
    assert pointed(web) == []


def test_who_turns_out_to_be_one_has_ordered_twice(web: WebShop) -> None:
    one = arrives(web, "1001", buyer={"id": "a", "name": "Анна Ким", "email": "a@example.test"})
    other = arrives(web, "1002", buyer={"id": "b", "name": "Anna Kim", "email": "b@example.test"})
    assert pointed(web) == []
    who = [web.world.one("select person_id from orders_order where id = %s", i) for i in (one, other)]
    (double,) = web.world.rows(
        "insert into people_double (shop_id, one_id, other_id, score, reasons, state, found_at)"
        " values (%s, %s, %s, 90, '[]', 'open', %s) returning id", web.shop_id, *sorted(who), web.world.now
    )[0]  # fmt: skip
    operator = web.clients["operator"]
    operator.post(f"/people/doubles/{double}/merge", {"keep": str(who[0])})
    assert pointed(web) == [(other, one)]
    operator.post(f"/people/doubles/{double}/undo")
    assert pointed(web) == []


def test_marked_ones_are_found_by_their_mark(web: WebShop) -> None:
    test, meant = arrives(web, "1001"), arrives(web, "1002")
    web.clients["operator"].post(f"/orders/{test}/mark")
    found = text(web.clients["operator"].get("/orders/?mark=test"))
    assert f'href="/orders/{test}/"' in found and f'href="/orders/{meant}/"' not in found
    assert "Test or joke" in found
    nothing = text(web.clients["operator"].get("/orders/?mark=double"))
    assert f'href="/orders/{test}/"' not in nothing and "Double" in nothing


def test_a_file_has_the_mark_and_the_order_that_one_looks_like(web: WebShop) -> None:
    arrives(web, "1001", buyer=BUYER)
    arrives(web, "1002", buyer=BUYER)
    test = arrives(web, "1003")
    owner = web.clients["owner"]
    owner.post(f"/orders/{test}/mark")
    for query, rows in (
        ("", {"1001": ("", ""), "1002": ("", "1001"), "1003": ("test or joke", "")}),
        ("preset=twice", {"1002": ("", "1001")}),
        ("mark=test", {"1003": ("test or joke", "")}),
    ):
        table = _rows(_file(web, "orders", "csv", filter=query))
        assert {r["Order"]: (r["Mark"], r["Looks like order"]) for r in table} == rows


def test_nobody_of_another_shop_is_pointed_to(web: WebShop) -> None:
    arrives(web, "1001", buyer=BUYER)
    second = arrives(web, "1002", buyer=BUYER)
    with web.world.writing() as cur:
        assert twins.pointers(cur, web.other_shop, [second]) == {}
        twins.look_again(cur, web.other_shop, [second])
    assert len(pointed(web)) == 1
