"""The supervisor's board: what will be late and what would help, who is at work, and what is done from there, with undo."""

import re
from datetime import timedelta

from regulars.base.actor import SYSTEM
from regulars.desk import forecasting
from regulars.effects.danger import watch_once
from regulars.staff import shifts
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _begin(web: WebShop, *names: str) -> None:
    with web.world.writing() as cur:
        for name in names:
            shifts.begin(cur, web.shop_id, web.accounts[name], web.world.now)


def _play(web: WebShop) -> None:
    while forecasting.forecast_once(web.world.raw):
        pass


def test_it_says_in_a_sentence_who_will_be_late_and_what_would_help(web: WebShop) -> None:
    boss = web.clients["supervisor"]
    assert "The first forecast appears within a minute." in boss.get("/board/").content.decode()
    _play(web)
    assert "Nobody will be late, as far as can be seen" in boss.get("/board/").content.decode()
    _, order = web.buy()
    web.world.later(minutes=1)
    _play(web)
    page = boss.get("/board/").content.decode()
    assert "1 will be late by 13:00" in page and f'href="/tasks/{web.task_of(order)}/"' in page
    assert "If Operator comes, nobody is late." in page and "Call in Operator" in page
    (path,) = set(re.findall(r'action="(/board/call-in/\d+)"', page))
    assert "is asked to come" in boss.post(path, follow=True).content.decode()
    assert "was asked already" in boss.post(path, follow=True).content.decode()
    assert web.world.rows(
        "select kind, is_urgent from staff_notice where account_id = %s", web.accounts["operator"]
    ) == [("called_in", True)]
    _begin(web, "operator")
    web.world.later(minutes=1)
    _play(web)
    page = boss.get("/board/").content.decode()
    assert "Nobody will be late" in page and "On shift: 1 of 1" in page


def test_a_refresh_is_empty_until_something_changes(web: WebShop) -> None:
    boss = web.clients["supervisor"]
    version = re.findall(r'data-version="(\w+)"', boss.get("/board/").content.decode())[0]
    assert boss.get("/board/live", {"v": version}).status_code == 204
    web.buy()
    assert boss.get("/board/live", {"v": version}).status_code == 200


def test_a_task_is_given_taken_back_and_moved_each_with_undo(web: WebShop) -> None:
    boss, operator = web.clients["supervisor"], web.accounts["operator"]
    _, order = web.buy()
    task = web.task_of(order)
    refused = boss.post(f"/board/tasks/{task}/give", {"to": operator}, follow=True).content.decode()
    assert "not on shift" in refused
    _begin(web, "operator")
    given = boss.post(f"/board/tasks/{task}/give", {"to": operator}, follow=True).content.decode()
    assert "Operator has the task now." in given and f'action="/board/tasks/{task}/back"' in given
    holder = "select state, claimed_by from desk_task where id = %s"
    assert web.world.rows(holder, task) == [("claimed", f"staff:{operator}")]
    assert web.world.one("select kind from staff_notice where account_id = %s", operator) == "task_given"
    back = boss.post(f"/board/tasks/{task}/back", follow=True).content.decode()
    assert f"/board/tasks/{task}/give?to={operator}" in back
    assert web.world.rows(holder, task) == [("open", None)]
    boss.post(f"/board/tasks/{task}/give?to={operator}")
    assert web.world.rows(holder, task) == [("claimed", f"staff:{operator}")], "undone"
    moved = boss.post("/board/move", {"tasks": str(task), "team": "care"}, follow=True).content.decode()
    assert "1 task is with “Care” now." in moved and f"tasks={task}" in moved
    assert web.world.one("select team from desk_task where id = %s", task) == "care"
    boss.post(f"/board/move?team=order-desk&tasks={task}")
    assert web.world.one("select team from desk_task where id = %s", task) == "order-desk"
    assert boss.post("/board/move", {"tasks": str(task), "team": "nobody"}, follow=True).status_code == 200
    deeds = "select action from base_audit where object_kind = 'task' and action like 'task.%%' order by id"
    assert [a for (a,) in web.world.rows(deeds)] == [
        "task.given", "task.taken_back", "task.given", "task.moved", "task.moved",
    ]  # fmt: skip


def test_late_ones_stand_with_their_clock_and_figures_open_their_lists(web: WebShop) -> None:
    _begin(web, "operator")
    _, order = web.buy()
    task = web.task_of(order)
    web.world.later(minutes=70)
    page = web.clients["supervisor"].get("/board/").content.decode()
    late = page.partition("Late now")[2]
    assert f'href="/tasks/{task}/"' in late and "r-clock late" in late
    assert 'href="/tasks/all/?team=order-desk"' in page and 'href="/tasks/all/?state=finished"' in page
    only = web.clients["supervisor"].get("/board/", {"team": "care"}).content.decode()
    assert f'href="/tasks/{task}/"' not in only
    with web.world.writing() as cur:
        shifts.go_on_break(
            cur,
            web.shop_id,
            web.accounts["operator"],
            web.world.now,
            web.world.now + timedelta(minutes=15),
            timedelta(minutes=5),
        )
    assert "break until 13:25" in web.clients["supervisor"].get("/board/").content.decode()
    with web.world.writing() as cur:
        shifts.end(cur, web.shop_id, web.accounts["operator"], SYSTEM, web.world.now)
    assert "Nobody is on shift" in web.clients["supervisor"].get("/board/").content.decode()


def _owed(web: WebShop) -> list[tuple[str, str | None, str]]:
    rows = web.world.rows("select state, reason, due_at from promises_promise order by id")
    return [(state, reason, f"{due:%H:%M}") for state, reason, due in rows]


def _letter(web: WebShop) -> list[tuple[str, str]]:
    return web.world.rows("select content->>'template', state from outbox_message where part = 'new_time' order by id")


def test_a_limit_is_moved_the_buyer_told_and_before_that_all_taken_back(web: WebShop) -> None:
    boss = web.clients["supervisor"]
    _, order = web.buy()
    web.outbox.gate()
    task = web.task_of(order)
    web.world.later(minutes=30)
    path = f"/board/tasks/{task}/limit"
    page = boss.get(path).content.decode()
    assert "The buyer was promised 13:00" in page and 'value="2026-03-02T14:00"' in page
    early = boss.post(path, {"until": "2026-03-02T12:45", "reason": "no_hands"})
    assert early.status_code == 422 and "Choose a later time" in early.content.decode()
    assert boss.post(path, {"until": "2026-03-02T14:00", "reason": "weather"}).status_code == 422
    for typed in ("", "soon", "9999-12-31T23:59", "2026-03-02T14:00+03:00"):
        assert boss.post(path, {"until": typed, "reason": "no_hands"}).status_code == 422
    done = boss.post(path, {"until": "2026-03-02T14:00", "reason": "no_hands"}, follow=True).content.decode()
    assert "The limit is 14:00 now. The buyer is told in a minute." in done
    limit = "select to_char(due_at at time zone 'UTC', 'HH24:MI') from desk_task where id = %s"
    assert web.world.one(limit, task) == "14:00"
    assert _owed(web) == [("void", "moved", "13:00"), ("open", None, "14:00")]
    web.outbox.gate()
    assert _letter(web) == [("promise-call-moved", "queued")], "it may be taken back for a minute"
    (undo,) = re.findall(r'action="(/board/tasks/\d+/limit/undo[^"]*)"', done)
    assert "The limit is as it was." in boss.post(undo.replace("&amp;", "&"), follow=True).content.decode()
    assert web.world.one(limit, task) == "13:00"
    assert _owed(web) == [("open", None, "13:00"), ("void", "withdrawn", "14:00")]
    assert _letter(web) == [("promise-call-moved", "cancelled")]
    boss.post(path, {"until": "2026-03-02T15:00", "reason": "no_hands"})
    web.world.later(minutes=2)
    web.outbox.gate()
    assert _letter(web)[1:] == [("promise-call-moved", "sent")]
    assert "knows the new time already" in boss.post(undo.replace("&amp;", "&"), follow=True).content.decode()
    assert web.world.one(limit, task) == "15:00"
    deeds = "select action, detail->>'reason' from base_audit where action like 'task.ext%%' order by id"
    assert web.world.rows(deeds) == [
        ("task.extended", "no_hands"), ("task.extend_undone", None), ("task.extended", "no_hands"),
    ]  # fmt: skip


def test_a_late_task_gets_a_new_time_too_and_its_promise_stays_broken(web: WebShop) -> None:
    boss = web.clients["supervisor"]
    _, order = web.buy()
    web.outbox.gate()
    task = web.task_of(order)
    web.world.later(minutes=70)
    while watch_once(web.world.raw):
        pass
    assert f'href="/board/tasks/{task}/limit"' in boss.get("/board/").content.decode()
    assert "stays broken" in boss.get(f"/board/tasks/{task}/limit").content.decode()
    boss.post(f"/board/tasks/{task}/limit", {"until": "2026-03-02T14:00", "reason": "no_hands"})
    assert [(state, at) for state, _, at in _owed(web)] == [("broken", "13:00"), ("open", "14:00")]
    assert _letter(web) == [("promise-call-moved", "queued")]
    assert f'href="/tasks/{task}/"' not in boss.get("/board/").content.decode().partition("Late now")[2]


def test_missed_calls_of_today_with_how_soon_they_were_called_back(web: WebShop) -> None:
    boss = web.clients["supervisor"]

    def figure() -> str:
        page = boss.get("/board/").content.decode()
        return page.partition("Missed calls</div>")[2].partition("</section>")[0]

    assert ">0</a>" in figure()
    first, second = web.call("+37120000001"), web.call("+37120000002")
    at = web.world.now - timedelta(minutes=30)
    with web.world.writing() as cur:
        cur.execute(
            "update talks_call set state = 'missed', direction = 'in', started_at = %s, answered_at = null, task_id = null"
            " where id = any(%s)", (at, [first, second]),
        )  # fmt: skip
    assert ">2</a>" in figure() and "nobody called back yet" in figure()
    for missed, minutes in ((first, 4), (second, 9)):
        with web.world.writing() as cur:
            cur.execute(
                "insert into talks_call (shop_id, source, external_id, direction, state, started_at, person_id, live)"
                " select shop_id, source, external_id || '-back', 'out', 'failed', started_at + make_interval(mins => %s),"
                " person_id, true from talks_call where id = %s",
                (minutes, missed),
            )
        assert ("1 called back, within 4 min" if missed == first else "all called back, within 9 min") in figure()
    (path,) = re.findall(r'href="(/calls/[^"]*)"', figure())
    listed = boss.get(path.replace("&amp;", "&")).content.decode()
    assert listed.count("r-row-link") == 2, "the figure is the length of its list"
