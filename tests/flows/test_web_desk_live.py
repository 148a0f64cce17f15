"""What makes the desk live: a refresh that costs nothing when nothing changed, drafts, who looks on, taking back, next."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from bench.desk import listening
from regulars.base import db
from regulars.base.actor import Actor
from regulars.catalog import taking
from regulars.desk import actions, ranking
from regulars.desk.settle import settle_once
from regulars.web.desk import shared
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401
from tests.installation import until


def _version(client: Client, **asked: Any) -> tuple[int, str, str]:
    """A refresh: status, version, text."""
    found = client.get("/tasks/queue", asked)
    text = found.content.decode()
    return found.status_code, text.partition('data-version="')[2].partition('"')[0], text


def _sum(web: WebShop, table: str) -> Any:
    return web.world.one(f"select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {table} t")


def test_a_refresh_is_empty_until_something_changes(web: WebShop) -> None:
    _, order = web.buy()
    task, operator, supervisor = web.task_of(order), web.clients["operator"], web.clients["supervisor"]
    status, version, text = _version(operator)
    assert status == 200 and f'id="t-{task}"' in text
    assert _version(operator, v=version)[:2] == (204, "")
    for change in ("claim", "release"):
        supervisor.post(f"/tasks/{task}/{change}")
        status, newer, text = _version(operator, v=version)
        assert status == 200 and newer != version
        assert (f'id="t-{task}"' in text) == (change == "release")
        version = newer
    _, other = web.buy()
    status, newer, text = _version(operator, v=version)
    assert status == 200 and f'id="t-{web.task_of(other)}"' in text
    web.world.later(minutes=1)
    assert _version(operator, v=newer)[0] == 200, "a clock has moved by a minute"


def test_a_refresh_tells_what_became_of_the_open_card_and_leaves_the_card_alone(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    _, version, _ = _version(operator, card=task)
    web.clients["supervisor"].post(f"/tasks/{task}/claim")
    status, version, text = _version(operator, card=task, v=version)
    assert status == 200 and "Supervisor has taken this task. What you have written is kept." in text
    assert "<textarea" not in text and "<form id" not in text
    web.clients["supervisor"].post(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
    text = _version(operator, card=task, v=version)[2]
    assert "Supervisor has finished this task: Refused." in text


@pytest.mark.parametrize("card", ["x", "-1", "9" * 30, "٣", ""])
def test_a_refresh_for_no_card_is_just_the_queue(web: WebShop, card: str) -> None:
    assert _version(web.clients["operator"], card=card)[0] == 200


def test_refreshes_prolong_no_session_and_are_no_presence(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    before = [
        _sum(web, t) for t in ("django_session", "base_process", "staff_account", "staff_membership", "events_event")
    ]
    for _ in range(3):
        answer = operator.get("/tasks/queue", {"card": task})
        assert answer.status_code == 200 and "sessionid" not in answer.cookies
        looked = operator.post(f"/tasks/{task}/look")
        assert looked.status_code == 204 and "sessionid" not in looked.cookies
    assert before == [
        _sum(web, t) for t in ("django_session", "base_process", "staff_account", "staff_membership", "events_event")
    ]


def test_two_in_one_card_see_each_other_while_they_look(web: WebShop) -> None:
    _, order = web.buy()
    task, operator, supervisor = web.task_of(order), web.clients["operator"], web.clients["supervisor"]
    operator.post(f"/tasks/{task}/look")
    assert "has this card open too" not in operator.get(f"/tasks/{task}/").content.decode(), "oneself is no company"
    _, version, text = _version(supervisor, card=task)
    assert "Operator has this card open too" in text
    assert "Operator has this card open too" in supervisor.get(f"/tasks/{task}/").content.decode()
    with web.world.writing() as cur:
        cur.execute("update desk_look set seen_at = seen_at - interval '26 seconds'")
    status, _, text = _version(supervisor, card=task, v=version)
    assert status == 200 and "has this card open too" not in text
    with web.world.writing() as cur:
        cur.execute("update desk_look set seen_at = seen_at - interval '1 hour'")
    supervisor.post(f"/tasks/{task}/look")
    assert web.world.rows("select actor from desk_look") == [(f"staff:{web.accounts['supervisor']}",)]


def test_what_is_half_written_survives_by_person_and_goes_with_the_outcome(web: WebShop) -> None:
    _, order = web.buy(zone="Asia/Vladivostok")
    task, operator, supervisor = web.task_of(order), web.clients["operator"], web.clients["supervisor"]
    kept = operator.post(
        f"/tasks/{task}/draft",
        {"outcome": "not_today", "note": "asks his wife", "day": "2026-03-04", "slot": "2026-03-04T18:30"},
    ).content.decode()
    assert "draft kept, 12:00" in kept and "Wednesday, 4 March, 18:30 there, 08:30 here." in kept
    supervisor.post(f"/tasks/{task}/draft", {"note": "mine"})
    page = operator.get(f"/tasks/{task}/").content.decode()
    assert "asks his wife" in page and "mine" not in page
    assert 'value="not_today" data-time checked' in page and 'value="2026-03-04" checked' in page
    operator.post(f"/tasks/{task}/finish", {"outcome": "refused", "note": "asks his wife", "then": "stop"})
    web.world.later(seconds=60)
    settle_once(web.world.raw)
    assert web.world.rows("select actor, note from desk_draft") == [(f"staff:{web.accounts['supervisor']}", "mine")]
    page = supervisor.get(f"/tasks/{task}/").content.decode()
    assert "What you wrote" in page and "mine" in page
    late = supervisor.post(f"/tasks/{task}/draft", {"note": "too late"})
    assert late.status_code == 200 and "draft kept" not in late.content.decode()


def _undone(page: str) -> str:
    """What the card's form says of how often its outcome was taken back."""
    return page.partition('name="undone" value="')[2].partition('"')[0]


def test_a_draft_that_comes_after_the_outcome_brings_nothing_back(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    shown = _undone(operator.get(f"/tasks/{task}/").content.decode())
    late = {"outcome": "refused", "note": "", "undone": shown}
    operator.post(f"/tasks/{task}/finish", {"outcome": "refused", "note": "asks for a discount", "then": "stop"})
    assert "draft kept" not in operator.post(f"/tasks/{task}/draft", late).content.decode()
    assert operator.post(f"/tasks/{task}/undo").status_code == 302
    assert "draft kept" not in operator.post(f"/tasks/{task}/draft", late).content.decode(), (
        "written before the outcome"
    )
    page = operator.get(f"/tasks/{task}/").content.decode()
    assert "asks for a discount" in page
    assert _undone(page) != shown
    now = {"note": "asks for a discount, gets it", "undone": _undone(page)}
    assert "draft kept" in operator.post(f"/tasks/{task}/draft", now).content.decode()
    assert "gets it" in operator.get(f"/tasks/{task}/").content.decode()
    operator.post(f"/tasks/{task}/finish", {"outcome": "refused", "note": "no discount", "then": "stop"})
    web.world.later(seconds=60)
    settle_once(web.world.raw)
    operator.post(f"/tasks/{task}/draft", now)
    assert web.world.rows("select note from desk_draft") == []


@pytest.mark.parametrize("counts", [False, True])
def test_a_draft_waits_for_an_outcome_that_is_being_given(web: WebShop, counts: bool) -> None:
    _, order = web.buy()
    task, operator, world = web.task_of(order), web.clients["operator"], web.world
    actor = Actor("staff", web.accounts["operator"])
    shown = _undone(operator.get(f"/tasks/{task}/").content.decode())
    answers: list[str] = []

    def send() -> None:
        late = {"outcome": "refused", "note": "", "undone": shown}
        answers.append(operator.post(f"/tasks/{task}/draft", late).content.decode())
        connections.close_all()

    draft = threading.Thread(target=send)
    with world.writing() as cur:  # as the view does it
        actions.locked(cur, web.shop_id, task)
        actions.keep_draft(cur, web.shop_id, task, actor, world.now, outcome="refused", note="asks for a discount")
        undo_for = None if counts else timedelta(minutes=1)
        actions.finish(
            cur, web.shop_id, task, "refused", actor, world.now, note="asks for a discount", undo_for=undo_for
        )
        draft.start()
        waiting = "select count(*) from pg_locks where not granted"
        until(lambda: cur.execute(waiting).fetchone() == (1,), 10, "the draft waits")
    draft.join(10)
    assert len(answers) == 1 and "draft kept" not in answers[0]
    assert world.rows("select note from desk_draft") == ([] if counts else [("asks for a discount",)])


def test_at_night_and_outside_our_hours_a_moment_is_said_to_be_so(web: WebShop) -> None:
    _, order = web.buy(zone="Asia/Vladivostok")
    task, operator = web.task_of(order), web.clients["operator"]

    def said(moment: str) -> str:
        sent = {"outcome": "not_today", "day": "exact", "call_at": moment}
        return operator.post(f"/tasks/{task}/draft", sent).content.decode()

    assert "Night there." in said("2026-03-04T22:30")
    assert "Over." in said("2026-03-02T10:00")
    assert "Night there." not in said("2026-03-04T18:30")
    assert "Choose a day and an hour" in said("nonsense")


def test_a_wrong_outcome_is_taken_back_and_the_card_is_as_it_was(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    operator.post(f"/tasks/{task}/finish", {"outcome": "refused", "note": "wants it cheaper", "then": "stop"})
    assert web.clients["supervisor"].post(f"/tasks/{task}/undo").status_code == 409
    web.world.later(seconds=59)
    back = operator.post(f"/tasks/{task}/undo")
    assert back["Location"] == f"/tasks/{task}/"
    page = operator.get(f"/tasks/{task}/").content.decode()
    assert "wants it cheaper" in page and 'value="refused" checked' in page
    assert web.world.rows("select state, outcome from desk_task where id = %s", task) == [("claimed", None)]
    operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "then": "stop"})
    web.world.later(seconds=60)
    late = operator.post(f"/tasks/{task}/undo")
    assert (
        late.status_code == 409
        and "It is too late to take it back: “Confirmed” counts already" in late.content.decode()
    )
    settle_once(web.world.raw)
    web.world.conduct()
    assert len(web.outbox.events("task.finished")) == 1


def test_after_an_outcome_the_next_is_taken_unless_one_has_enough(web: WebShop) -> None:
    tasks = [web.task_of(web.buy()[1]) for _ in range(3)]
    operator = web.clients["operator"]
    assert operator.post("/tasks/next")["Location"] == f"/tasks/{tasks[0]}/"
    done = operator.post(f"/tasks/{tasks[0]}/finish", {"outcome": "refused"})
    assert done["Location"] == f"/tasks/{tasks[1]}/?ended=1"
    page = operator.get(done["Location"]).content.decode()
    assert '<h2 tabindex="-1" id="who" autofocus>' in page and f"/tasks/{tasks[0]}/undo" in page
    done = operator.post(f"/tasks/{tasks[1]}/finish", {"outcome": "refused", "then": "stop"})
    assert done["Location"] == "/tasks/?ended=1"
    assert web.world.one("select state from desk_task where id = %s", tasks[2]) == "open"


def test_who_all_press_next_at_once_get_one_each(web: WebShop) -> None:
    names = ("operator", "supervisor", "owner")
    tasks = {web.task_of(web.buy()[1]) for _ in names}
    places: list[str] = []
    start = threading.Barrier(len(names))

    def press(name: str) -> None:
        start.wait()
        places.append(web.clients[name].post("/tasks/next")["Location"])
        db.close()

    threads = [threading.Thread(target=press, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(places) == sorted(f"/tasks/{t}/" for t in tasks)
    nobody = web.clients["owner"].post("/tasks/next")
    assert nobody["Location"] == "/tasks/"
    assert "a colleague was quicker" in web.clients["owner"].get("/tasks/").content.decode()


def test_the_card_says_what_is_in_stock_and_what_could_stand_in(web: WebShop) -> None:
    person, _ = web.buy()
    order = web.world.order(person)
    goods = [
        ("PAN", "Pan", Decimal(0), {"category": "pans", "price": "100", "alternatives": ["NAMED"]}),
        ("NAMED", "Named pan", Decimal(2), {"price": "900"}),
        ("FAR", "Far pan", Decimal(5), {"category": "pans", "price": "500"}),
        ("NEAR", "Near pan", Decimal(5), {"category": "pans", "price": "110"}),
        ("ODD", "Odd pan", Decimal(5), {"category": "pans", "price": "ask us"}),
        ("GONE", "Gone pan", Decimal(0), {"category": "pans", "price": "100"}),
        ("POT", "Pot", Decimal(5), {"category": "pots", "price": "100"}),
        ("LID", "Lid", None, {}),
    ]
    with web.world.writing() as cur:
        for sku, name, stock, data in goods:
            cur.execute(
                "insert into catalog_product (shop_id, sku, name, stock, version_at, data)"
                " values (%s, %s, %s, %s, %s, %s::jsonb)",
                (web.shop_id, sku, name, stock, web.world.now, db.dumps(data)),
            )
        taking.make_keys(cur, web.shop_id, 100)
        for i, (sku, quantity) in enumerate((("PAN", 1), ("POT", 9), ("LID", 1), ("STRANGE", 1))):
            cur.execute(
                "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
                " values (%s, %s, %s, %s, %s, %s, 10)",
                (web.shop_id, order, i, sku, sku.title(), quantity),
            )
    web.world.happens("order.placed", person, order)
    web.world.conduct()
    page = web.clients["operator"].get(f"/tasks/{web.task_of(order)}/").content.decode()
    lines = page.partition('class="r-lines')[2].partition("</section>")[0]
    assert "out of stock" in lines and "only 5 in stock" in lines and lines.count("stock not known") == 2
    offered = [lines.find(f"<b>{name}</b>") for name in ("Named pan", "Near pan", "Far pan")]
    assert -1 not in offered and offered == sorted(offered)
    assert not any(name in lines for name in ("Odd pan", "Gone pan"))
    assert "Not everything is in stock" in page, "the script must not say that it is"


def test_the_desk_says_who_is_next_and_why_and_what_an_outcome_leads_to(web: WebShop) -> None:
    _, order = web.buy()
    operator = web.clients["operator"]
    text = operator.get("/tasks/").content.decode()
    assert "<b>Why next:</b> the oldest of the fresh ones." in text
    assert "First call by 12:15" in text and "Order of calls" in text
    task = web.task_of(order)
    page = operator.get(f"/tasks/{task}/").content.decode()
    assert "again at 12:15" in page and "a letter goes out" in page and "nothing follows" in page
    web.world.later(minutes=51)
    assert "<b>Why next:</b> its limit is the nearest." in operator.get("/tasks/").content.decode()
    web.world.later(minutes=10)
    text = operator.get("/tasks/").content.decode()
    assert "its limit is past." in text and "1 min late" in text and "The limit was 13:00" in text


def test_nobody_waits_until_the_next_is_due(web: WebShop) -> None:
    _, order = web.buy()
    operator = web.clients["operator"]
    operator.post(
        f"/tasks/{web.task_of(order)}/finish", {"outcome": "not_today", "call_at": "2026-03-03T10:30", "then": "stop"}
    )
    web.world.later(seconds=60)
    settle_once(web.world.raw)
    web.world.conduct()
    text = operator.get("/tasks/").content.decode()
    assert "Nobody is waiting" in text and "The next call is due tomorrow at 10:30." in text
    web.world.at(web.world.now + timedelta(hours=22, minutes=29))
    text = operator.get("/tasks/").content.decode()
    assert "Asked for a call at 10:30" in text and "a call-back that the buyer asked for is never put off." in text


def test_desks_told_of_the_same_news_share_one_reading_and_keep_their_own(
    web: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    reading = ranking.waiting
    monkeypatch.setattr(ranking, "waiting", lambda *a, **k: read.append(1) or reading(*a, **k))
    tasks = [web.task_of(web.buy()[1]) for _ in range(3)]
    operator, supervisor = web.clients["operator"], web.clients["supervisor"]
    operator.post(f"/tasks/{tasks[0]}/claim")
    texts = [_version(operator, news="m1", card=tasks[1])[2], _version(operator, news="m1")[2]]
    assert len(read) == 1
    assert 'class="r-task shown"' in texts[0] or "r-task next shown" in texts[0], "the open card's row is marked"
    assert " shown" not in texts[1], "and only at the desk that has it open"
    assert all(f'id="t-{t}"' in texts[1] for t in tasks)
    other = _version(supervisor, news="m1")[2]
    assert len(read) == 2, "another role sees other fields"
    assert f'id="t-{tasks[0]}"' not in other, "what is with a colleague is his own"
    operator.post(f"/tasks/{tasks[1]}/claim")
    assert "r-task mine" in _version(operator, news="m2")[2] and len(read) == 3
    assert f'id="t-{tasks[1]}"' not in _version(supervisor, news="m2")[2]
    monkeypatch.setattr(shared, "KEPT_SECONDS", 0.0)
    _version(operator, news="m2")
    assert len(read) == 5, "nothing is kept for longer than a second"


def test_of_many_who_ask_at_once_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "KEPT_SECONDS", 60.0)
    kept: shared.Shared[int] = shared.Shared()
    made: list[int] = []
    begin = threading.Barrier(8)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return len(made)

    def ask() -> None:
        begin.wait(5)
        found.append(kept.get("a", make))

    found: list[int] = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert found == [1] * 8
    with pytest.raises(ZeroDivisionError):
        kept.get("b", lambda: 1 // 0)
    assert kept.get("b", make) == 2, "what failed is tried again"
    for n in range(200):
        kept.get(n, make)
    assert len(kept._slots) == shared.MOST


def test_who_has_just_taken_a_task_does_not_see_it_wait_whatever_news_he_has_heard(web: WebShop) -> None:
    task, operator = web.task_of(web.buy()[1]), web.clients["operator"]
    assert f'id="t-{task}"' in _version(operator, news="old")[2]
    operator.post(f"/tasks/{task}/claim")
    text = _version(operator, news="old")[2]
    assert text.count(f'id="t-{task}"') == 1 and "r-task mine" in text


def test_what_one_has_just_finished_waits_no_more_whatever_news_he_has_heard(web: WebShop) -> None:
    task, operator = web.task_of(web.buy()[1]), web.clients["operator"]
    assert f'id="t-{task}"' in _version(operator, news="old")[2]
    operator.post(f"/tasks/{task}/claim")
    operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed", "then": "stop"})
    text = _version(operator, news="old")[2]
    assert f'id="t-{task}"' not in text and f"/tasks/{task}/undo" in text


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, "٣", "-1", "x"])
def test_what_is_no_number_of_ours_is_nobody_s_mistake(web: WebShop, number: str) -> None:
    task, operator = web.task_of(web.buy()[1]), web.clients["operator"]
    assert operator.get("/tasks/queue", {"card": number}).status_code == 200
    assert operator.post(f"/tasks/{task}/draft", {"note": "n", "undone": number}).status_code == 200
    assert operator.post("/tasks/next", {"had": number}).status_code == 302


def test_statements_do_not_creep_into_the_next_task_and_the_queue(web: WebShop) -> None:
    for _ in range(5):
        web.task_of(web.buy()[1])
    operator = web.clients["operator"]

    def fewest(deed: Callable[[], Any]) -> int:
        """Of a few times: the first one fills caches. A playground's clock is read anew each time, a shop's is not."""
        counts = []
        for _ in range(4):
            with listening() as heard:
                deed()
            counts.append(sum(times for times, _, sql in heard if "base_clock" not in sql))
        return min(counts)

    assert 0 < fewest(lambda: operator.post("/tasks/next")) <= 24
    assert 0 < fewest(lambda: operator.get("/tasks/queue")) <= 10
