"""Shifts on the screens: here, on a break, away, leaving; what was begun; the roster; and the order of calls that leads edit."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from regulars.base.actor import SYSTEM
from regulars.desk import pauses
from regulars.desk.returning import return_once
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _give_back(web: WebShop) -> None:
    while return_once(web.world.raw):
        pass


def _state(web: WebShop, role: str = "operator") -> list[tuple[Any, ...]]:
    return web.world.rows("select state, reason from staff_shift where account_id = %s order by id", web.accounts[role])


def _text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_an_operator_comes_takes_a_break_and_leaves(web: WebShop) -> None:
    operator = web.clients["operator"]
    assert "Not on shift" in _text(operator, "/tasks/") and "I’m here" in _text(operator, "/tasks/")
    assert operator.post("/tasks/shift/begin").status_code == 302
    page = _text(operator, "/tasks/")
    assert "On shift" in page and "since 12:00" in page and "End the shift" in page
    operator.post("/tasks/shift/break", {"minutes": "30", "reason": "lunch"})
    page = _text(operator, "/tasks/")
    assert "A break until 12:30." in page and "I’m back" in page and _state(web) == [("break", "lunch")]
    refused = operator.post("/tasks/next", follow=True).content.decode()
    assert "You are on a break, so nothing is given to you." in refused
    operator.post("/tasks/shift/begin")
    assert _state(web) == [("on", "")]
    operator.post("/tasks/shift/end")
    assert _state(web) == [("ended", "")] and "Not on shift" in _text(operator, "/tasks/")


def test_a_break_of_any_other_length_is_the_shortest(web: WebShop) -> None:
    operator = web.clients["operator"]
    operator.post("/tasks/shift/begin")
    operator.post("/tasks/shift/break", {"minutes": "９９", "reason": "<b>"})
    assert web.world.one("select break_until from staff_shift") == web.world.now + timedelta(minutes=10)
    assert _state(web) == [("break", "")]


def test_whoever_leaves_in_mid_work_leaves_what_he_wrote_to_the_next(web: WebShop) -> None:
    _, order = web.buy()
    task, operator, supervisor = web.task_of(order), web.clients["operator"], web.clients["supervisor"]
    operator.post(f"/tasks/{task}/claim")
    operator.post(f"/tasks/{task}/draft", {"outcome": "refused", "note": "finds it <dear>"})
    assert "Begun by" not in _text(supervisor, f"/tasks/{task}/"), "while he has it, it is his"
    operator.post("/tasks/shift/end")
    _give_back(web)
    version = re.search(r'data-version="(\w+)"', _text(supervisor, "/tasks/"))
    assert version is not None and f'id="t-{task}"' in _text(supervisor, "/tasks/")
    supervisor.post(f"/tasks/{task}/claim")
    card = _text(supervisor, f"/tasks/{task}/")
    assert "Begun by Operator" in card and "finds it &lt;dear&gt;" in card and "Put it into my note" in card
    told = web.world.rows("select account_id, kind, subject from staff_notice where kind = 'task_returned'")
    assert told == [(web.accounts["supervisor"], "task_returned", f"task:{task}")]
    supervisor.post(f"/tasks/{task}/finish", {"outcome": "confirmed"})
    web.settle()
    assert web.world.one("select count(*) from desk_draft") == 0


def test_a_silent_desk_gives_its_tasks_back_and_says_so_when_it_wakes(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    with web.world.writing() as cur:
        cur.execute("update staff_shift set seen_at = seen_at - interval '11 minutes'")
    assert operator.post("/tasks/shift/beat").status_code == 204
    _give_back(web)
    assert _state(web) == [("on", "")], "a sign of life came just in time"
    with web.world.writing() as cur:
        cur.execute("update staff_shift set seen_at = seen_at - interval '11 minutes'")
    _give_back(web)
    page = _text(operator, "/tasks/")
    assert "You are taken for away." in page and f'id="take-{task}"' in page
    assert "You are taken for away" in operator.post("/tasks/next", follow=True).content.decode()
    # ten minutes offline, then save: nobody has it, so the outcome counts, and he is here after all
    saved = operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "note": "written offline", "then": "stop"})
    assert saved.status_code == 302 and _state(web) == [("on", "")]
    assert web.world.one("select note from desk_task where id = %s", task) == "written offline"


def test_what_is_saved_from_a_stale_page_after_another_took_the_task_is_refused_and_kept(web: WebShop) -> None:
    _, order = web.buy()
    task, operator, supervisor = web.task_of(order), web.clients["operator"], web.clients["supervisor"]
    operator.post(f"/tasks/{task}/claim")
    with web.world.writing() as cur:
        cur.execute("update staff_shift set seen_at = seen_at - interval '11 minutes'")
    _give_back(web)
    supervisor.post(f"/tasks/{task}/claim")
    late = operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "note": "my long note"})
    assert late.status_code == 409
    assert (
        "This task is taken already (Supervisor)" in late.content.decode() and "my long note" in late.content.decode()
    )
    supervisor.post(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
    again = operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "note": "my long note"})
    assert again.status_code == 409 and "finished already: Refused" in again.content.decode()


def test_pressed_twice_the_next_task_is_one_task(web: WebShop) -> None:
    for _ in range(3):
        web.buy()
    operator = web.clients["operator"]
    first = operator.post("/tasks/next", {"had": "0"})["Location"]
    assert operator.post("/tasks/next", {"had": "0"})["Location"] == first, "the same page pressed again"
    then = operator.post(f"{first}finish", {"outcome": "confirmed"})["Location"]
    assert operator.post(f"{first}finish", {"outcome": "confirmed"})["Location"] == then, "back, and finished again"
    assert web.world.one("select count(*) from desk_task where state = 'claimed'") == 1


def test_with_full_hands_one_is_told_so(web: WebShop) -> None:
    with web.world.writing() as cur:
        cur.execute("""update shop_shop set settings = '{"most_tasks": 1}'::jsonb""")
    _, first = web.buy()
    _, second = web.buy()
    operator = web.clients["operator"]
    operator.post(f"/tasks/{web.task_of(first)}/claim")
    assert "You have as many tasks as you may: 1." in _text(operator, "/tasks/") and "1 of 1" in _text(
        operator, "/tasks/"
    )
    refused = operator.post(f"/tasks/{web.task_of(second)}/claim")
    assert refused.status_code == 409 and "as many tasks as you may" in refused.content.decode()
    page = operator.post("/tasks/next", {"had": "1"}, follow=True).content.decode()
    assert "Finish one first." in page
    web.clients["owner"].post(f"/team/{web.accounts['operator']}/save", {"role": "operator", "most_tasks": "2"})
    assert operator.post(f"/tasks/{web.task_of(second)}/claim").status_code == 302


def test_ones_own_teams_stand_first_and_the_others_are_a_click_away(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    with web.world.writing() as cur:
        cur.execute(
            """update staff_membership set teams = '["care"]' where account_id = %s""", (web.accounts["operator"],)
        )
    page = _text(operator, "/tasks/")
    assert f'id="t-{task}"' not in page and "Nobody of your teams is waiting." in page and "Of my teams" in page
    assert f'id="t-{task}"' in _text(operator, "/tasks/?all=1") and f'id="t-{task}"' in _text(
        operator, "/tasks/queue?all=1"
    )
    assert "Nobody is waiting any more" in operator.post("/tasks/next", {"had": "0"}, follow=True).content.decode()


def test_each_task_says_why_it_stands_where_it_stands(web: WebShop) -> None:
    made = {name: web.task_of(web.buy()[1]) for name in ("missed", "message", "promise", "fresh")}
    with web.world.writing() as cur:
        for name, task in made.items():
            cur.execute("update desk_task set why_next = %s where id = %s", (name, task))
    web.world.later(minutes=4)
    operator = web.clients["operator"]
    page = _text(operator, "/tasks/")
    assert "a lost incoming call always comes first." in page and "A missed call, 4 min ago" in page
    assert "A message, 4 min ago" in page and "A promise is about to break" in page
    assert "Fresh, 4 min ago" in _text(operator, f"/tasks/{made['fresh']}/")
    web.world.later(minutes=50)
    assert "Limit in 6 min" in _text(operator, f"/tasks/{made['fresh']}/") and "Limit in 6 min" in _text(
        operator, "/tasks/"
    )


def test_a_paused_task_stands_apart_and_is_given_to_nobody(web: WebShop) -> None:
    _, order = web.buy()
    with web.world.writing() as cur:
        pauses.pause(cur, web.shop_id, web.task_of(order), "buyer", SYSTEM, web.world.now)
    operator = web.clients["operator"]
    assert "Their clock stands" in _text(operator, "/tasks/")
    assert "Nobody is waiting any more" in operator.post("/tasks/next", {"had": "0"}, follow=True).content.decode()
    assert operator.post(f"/tasks/{web.task_of(order)}/claim").status_code == 302, "by hand it can be taken"


ORDER = "missed,asked,near,message,promise,fresh,retry"
OTHER = "missed,asked,retry,near,message,promise,fresh"


def test_a_lead_changes_the_order_of_calls_sees_who_would_be_next_and_takes_it_back(web: WebShop) -> None:
    fresh, retry = (web.task_of(web.buy()[1]) for _ in range(2))
    with web.world.writing() as cur:
        cur.execute("update desk_task set why_next = 'retry' where id = %s", (retry,))
    lead = web.clients["supervisor"]
    page = _text(lead, "/settings/rank/")
    assert "Whoever’s limit is past or less than 10 minutes away, the nearest first" in page
    assert page.index(f"/tasks/{fresh}/") < page.index(f"/tasks/{retry}/")
    shown = _text(lead, f"/settings/rank/?order={OTHER}&near=25")
    assert "The next ten would then be" in shown and "less than 25 minutes away" in shown and "now no. 2" in shown
    assert shown.index(f"/tasks/{retry}/") < shown.index(f"/tasks/{fresh}/")
    assert "settings/rank/save" not in page and "settings/rank/save" in shown
    saved = lead.post("/settings/rank/save", {"order": OTHER, "near": "25"}, follow=True).content.decode()
    assert "The order of calls is changed" in saved and "/settings/rank/undo" in saved
    assert web.clients["operator"].post("/tasks/next", {"had": "0"})["Location"] == f"/tasks/{retry}/"
    assert "less than 25 minutes away" in _text(web.clients["operator"], "/tasks/")
    lead.post("/settings/rank/undo")
    assert f'name="order" value="{ORDER}"' in _text(lead, "/settings/rank/")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("missed,near,asked,message,promise,fresh,retry", "never loses its rank"),
        ("missed,asked", "each of its rules once"),
        ("", "each of its rules once"),
        ("x" * 500, "each of its rules once"),
    ],
)
def test_an_order_that_may_not_be_is_refused_with_the_reason(web: WebShop, order: str, words: str) -> None:
    lead = web.clients["supervisor"]
    assert words in _text(lead, f"/settings/rank/?order={order}")
    refused = lead.post("/settings/rank/save", {"order": order, "near": "10"})
    assert refused.status_code == 422 and words in refused.content.decode()
    assert web.world.one("select settings ? 'rank' from shop_shop where id = %s", web.shop_id) is False


def test_the_list_offers_no_way_above_a_call_back(web: WebShop) -> None:
    page = _text(web.clients["supervisor"], "/settings/rank/")
    ways = re.findall(r'href="\?order=([^&]+)&amp;near=10#rule-(\w+)"', page)
    offered = {(rule, tuple(order.split("%2C"))) for order, rule in ways}
    assert ("asked", ("asked", "missed", "near", "message", "promise", "fresh", "retry")) in offered
    assert all(order.index("asked") <= 1 for _, order in offered)
    assert page.count("never loses its rank") >= 2, "the two that are barred say why"


def test_limits_of_work_are_set_and_what_is_wrong_is_said(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    good = {"most_tasks": "3", "silent_minutes": "5", "break_minutes": "20"}
    assert lead.post("/settings/rank/limits", good).status_code == 302
    assert web.world.one("select settings from shop_shop where id = %s", web.shop_id) == {
        "most_tasks": 3, "silent_minutes": 5, "break_minutes": 20,
    }  # fmt: skip
    refused = lead.post("/settings/rank/limits", {**good, "most_tasks": "0"})
    assert refused.status_code == 422 and "from 1 to 100" in refused.content.decode()


def test_the_roster_is_written_by_week_and_by_day_and_everybody_sees_his_own(web: WebShop) -> None:
    account, lead = web.accounts["operator"], web.clients["supervisor"]
    assert "Nobody’s shifts are planned yet." in _text(lead, "/team/roster/")
    assert "No shifts are planned for you" in _text(web.clients["operator"], "/team/roster/me/")
    path = f"/team/roster/{account}"
    week = {"week": "2026-03-02"}
    lead.post(
        f"{path}/week", {**week, "mon_from": "9", "mon_to": "18", "tue_from": ["9:00", "14"], "tue_to": ["13", "18"]}
    )
    lead.post(
        f"{path}/days", {**week, "mon_from": "12", "mon_to": "21", "tue_from": ["9", "14"], "tue_to": ["13", "18"]}
    )
    lead.post(f"{path}/off", {"first": "2026-03-09", "last": "2026-03-10", "reason": "holiday", "do": "off"})
    grid = _text(lead, "/team/roster/")
    assert "12–21" in grid and "9–13, 14–18" in grid and grid.count(" own") == 1, (
        "a day as every week is no day of its own"
    )
    after = _text(lead, "/team/roster/?week=2026-03-11")
    assert after.count("holiday") == 2 and "9–18" not in after
    own = _text(web.clients["operator"], "/team/roster/me/")
    assert "12–21" in own and "holiday" in own
    lead.post(f"{path}/off", {"first": "2026-03-09", "last": "2026-03-10", "do": "usual"})
    assert "9–18" in _text(lead, "/team/roster/?week=2026-03-09")
    copied = lead.post("/team/roster/copy", {"week": "2026-03-09"}, follow=True).content.decode()
    assert "Copied for 1 person." in copied and "12–21" in copied


@pytest.mark.parametrize(
    ("deed", "sent", "words"),
    [
        ("week", {"mon_from": "9", "mon_to": "x"}, "is not a time of day"),
        ("days", {"fri_from": ["9", "10"], "fri_to": ["12", "13"]}, "overlaps with"),
        ("off", {"first": "2026-03-09", "last": "2026-03-08"}, "not before the first"),
        ("off", {"first": "", "last": ""}, "A first and a last day"),
        ("off", {"first": "9999-01-01", "last": "9999-01-02"}, "A first and a last day"),
    ],
)
def test_what_is_wrong_in_the_roster_is_said(web: WebShop, deed: str, sent: dict[str, Any], words: str) -> None:
    refused = web.clients["supervisor"].post(f"/team/roster/{web.accounts['operator']}/{deed}", sent)
    assert refused.status_code == 422 and words in refused.content.decode()
    assert web.world.one("select count(*) from staff_planned") == 0


def test_the_roster_shows_who_is_at_work_and_who_should_be(web: WebShop) -> None:
    lead, account = web.clients["supervisor"], web.accounts["operator"]
    lead.post(f"/team/roster/{account}/week", {"mon_from": "9", "mon_to": "18"})
    assert "not here" in _text(lead, "/team/roster/") and "planned from 09:00 to 18:00" in _text(lead, "/team/roster/")
    _, order = web.buy()
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/claim")
    page = _text(lead, "/team/roster/")
    assert "On shift" in page and "1 of 5" in page and "not here" not in page
    ended = lead.post(f"/team/roster/{account}/end", follow=True).content.decode()
    assert "The shift of Operator is over" in ended
    _give_back(web)
    assert web.world.one("select claimed_by from desk_task") is None
    assert web.world.rows("select actor_id, object_id from base_audit where action = 'shift.ended'") == [
        (web.accounts["supervisor"], account)
    ]


def test_whoever_is_let_go_gives_back_what_he_has(web: WebShop) -> None:
    _, order = web.buy()
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/claim")
    web.clients["owner"].post(f"/team/{web.accounts['operator']}/close")
    _give_back(web)
    assert web.world.one("select claimed_by from desk_task") is None
