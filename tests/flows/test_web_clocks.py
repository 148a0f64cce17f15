"""How soon each kind of task is due, the states in which a clock stands, and whose day counts: set by the owner."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.core.delays import Elapsed, NextMorning, Working, WorkingDays
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

PATH = "/settings/clocks/"
FORM = {
    "target_call": "10", "limit_call": "45", "team_call": "care",
    "target_missed_call": "5", "limit_missed_call": "30", "team_missed_call": "order-desk",
    "target_message": "30", "limit_message": "240", "team_message": "order-desk",
    "target_promise": "15", "limit_promise": "60", "team_promise": "order-desk",
    "target_case": "60", "limit_case": "240", "team_case": "care",
    "unknown_zone": "shop",
}  # fmt: skip


def _shop(web: WebShop) -> ShopSettings:
    with web.world.writing() as cur:
        return shops.own_settings(cur, web.shop_id)


def _text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\u00a0", " ")


def test_targets_and_limits_are_saved_and_calls_made_by_hand_follow_them(web: WebShop) -> None:
    owner = web.clients["owner"]
    assert owner.post(PATH + "save", FORM).status_code == 302
    assert _shop(web).clocks["call"] == (timedelta(minutes=10), timedelta(minutes=45), "care")
    assert 'value="45"' in _text(owner.get(PATH))
    person = web.world.person(zone="UTC")
    order = web.world.order(person)
    owner.post("/orders/bulk", {"do": "call", "team": "order-desk", "id": str(order)})
    found = web.world.rows("select target_at, due_at from desk_task where order_id = %s", order)
    assert found == [(web.world.now + timedelta(minutes=10), web.world.now + timedelta(minutes=45))]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"limit_call": "5"}, "can’t be nearer than the target"),
        ({"target_case": "soon"}, "A whole number"),
        ({"target_case": "0"}, "A whole number"),
        ({"team_case": "nobody"}, ""),
        ({"unknown_zone": "moon"}, ""),
    ],
)
def test_figures_that_make_no_sense_are_refused_and_kept(web: WebShop, wrong: dict[str, str], words: str) -> None:
    answer = web.clients["owner"].post(PATH + "save", {**FORM, **wrong})
    assert answer.status_code == 422 and words in _text(answer)
    assert _shop(web).clocks["call"][0] == timedelta(minutes=15)


def _states(web: WebShop) -> list[tuple[str, dict[str, str], object]]:
    return [(s.key, dict(s.title), s.longest) for s in _shop(web).waiting_states]


def test_waiting_states_are_changed_added_and_taken_out_and_keep_their_keys(web: WebShop) -> None:
    owner = web.clients["owner"]
    form = {
        "key": ["supplier", "buyer", "colleague", ""],
        "title_en_0": "waits for the factory", "title_ru_0": "ждём завод", "length_0": "3", "unit_0": "days",
        "title_en_1": "waits for the buyer", "length_1": "1", "unit_1": "days", "drop_1": "yes",
        "title_en_2": "waits for a colleague", "length_2": "2", "unit_2": "hours",
        "title_en_3": "Waits for the bank!", "length_3": "90", "unit_3": "hours",
    }  # fmt: skip
    assert owner.post(PATH + "states", form).status_code == 422, "ninety hours are too many"
    assert owner.post(PATH + "states", {**form, "length_3": "8"}).status_code == 302
    assert _states(web) == [
        ("supplier", {"en": "waits for the factory", "ru": "ждём завод"}, WorkingDays(3)),
        ("colleague", {"en": "waits for a colleague"}, Working(timedelta(hours=2))),
        ("waits-for-the-bank", {"en": "Waits for the bank!"}, Working(timedelta(hours=8))),
    ]
    task = web.task_of(web.buy()[1])
    assert "Waits for the bank!" in _text(owner.get(f"/tasks/{task}/"))
    assert owner.post(f"/tasks/{task}/pause", {"state": "buyer"}).status_code == 422
    empty = {"key": ["supplier", ""], "length_0": "1", "unit_0": "days"}
    assert owner.post(PATH + "states", empty).status_code == 422, "a state without a name"
    gone = {"key": ["supplier"], "title_en_0": "x", "length_0": "1", "unit_0": "days", "drop_0": "yes"}
    assert owner.post(PATH + "states", gone).status_code == 302
    assert _states(web) == []
    assert "pause-states" not in _text(owner.get(f"/tasks/{task}/"))


def test_whoever_lives_nobody_knows_where_is_called_by_the_shops_rule(web: WebShop) -> None:
    with web.world.writing() as cur:
        cur.execute("update shop_shop set country = 'RU', time_zone = 'Europe/Moscow' where id = %s", (web.shop_id,))
        hours = '{"zone": "Europe/Moscow", "hours": {"mon": ["09:00-21:00"], "tue": ["09:00-21:00"]}}'
        cur.execute("update shop_calendar set hours = %s::jsonb where shop_id = %s", (hours, web.shop_id))
    shops.forget()
    begins = "select not_before from desk_task where order_id = %s"
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)  # Monday, three in the afternoon in Moscow
    assert web.world.one(begins, web.buy()[1]) == noon
    page = _text(web.clients["owner"].get(PATH))
    assert "from 10:00 to 12:00 by the shop’s clock" in page, "nine in Kaliningrad, nine in the evening in Kamchatka"
    web.clients["owner"].post(PATH + "save", {**FORM, "unknown_zone": "country"})
    shops.forget()
    assert web.world.one(begins, web.buy()[1]) == datetime(2026, 3, 3, 7, tzinfo=UTC), "ten o'clock on Tuesday"
    assert web.world.one(begins, web.buy(zone="Europe/Moscow")[1]) == noon, "whose zone is known is called by it"


def test_a_supervisor_reads_the_clocks_and_changes_nothing(web: WebShop) -> None:
    page = _text(web.clients["supervisor"].get(PATH))
    assert "Only an owner changes this." in page
    assert web.clients["supervisor"].post(PATH + "states", {"key": [""]}).status_code == 403


def _plan(web: WebShop) -> list[object]:
    return list(_shop(web).retries)


def test_the_plan_for_calls_in_vain_is_changed_shortened_and_emptied(web: WebShop) -> None:
    owner, save = web.clients["owner"], PATH + "retries"
    usual = [Elapsed(timedelta(minutes=15)), Elapsed(timedelta(hours=2)), NextMorning()]
    assert _plan(web) == usual
    form = {
        "retry_0": "10", "retry_unit_0": "minutes", "retry_unit_1": "morning", "retry_2": "2", "retry_unit_2": "days",
        "retry_3": "9", "retry_unit_3": "",
    }  # fmt: skip
    wrong = owner.post(save, {**form, "retry_2": "often"})
    assert wrong.status_code == 422 and 'value="often"' in _text(wrong) and "A whole number" in _text(wrong)
    assert owner.post(save, {**form, "retry_unit_2": "moons"}).status_code == 422
    assert _plan(web) == usual
    assert owner.post(save, form).status_code == 302
    assert _plan(web) == [Elapsed(timedelta(minutes=10)), NextMorning(), Elapsed(timedelta(days=2))]
    assert 'value="2"' in _text(owner.get(PATH))
    assert owner.post(save, {"retry_unit_0": ""}).status_code == 302
    assert _plan(web) == [], "whoever does not answer is let be"


def test_the_card_of_a_call_made_by_hand_says_when_it_is_tried_again(web: WebShop) -> None:
    owner = web.clients["owner"]
    order = web.world.order(web.world.person(zone="UTC"))
    owner.post("/orders/bulk", {"do": "call", "team": "order-desk", "id": str(order)})
    card = _text(owner.get(f"/tasks/{web.task_of(order)}/"))
    assert "again at 12:15" in card
    assert "exact time" in card, "the hour of an agreed call is asked for"
    owner.post(PATH + "retries", {"retry_unit_0": ""})
    assert "again at" not in _text(owner.get(f"/tasks/{web.task_of(order)}/"))
