"""An operator's day: his own figures, each with its list; what was earned, exactly; a lead sees all, nobody else's else."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base.actor import Actor
from regulars.desk import actions as desk
from regulars.reports import operators
from regulars.rules.earnings import earned, sums
from regulars.shop import queries as shop_queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

RULE = {
    "effective_from": "2026-03-01", "per_confirmed": "150", "revenue_share": "1.5", "per_call": "10", "per_case": "0",
    "per_task": "0", "per_promise": "0",
}  # fmt: skip


def finish(web: WebShop, order: int, outcome: str, who: str = "operator", minutes: float = 5) -> int:
    """The order's call is taken and ended by somebody, so many minutes later."""
    task = web.task_of(order)
    actor = Actor("staff", web.accounts[who])
    web.world.later(minutes=minutes)
    with web.world.writing() as cur:
        desk.claim(cur, web.shop_id, task, actor, web.world.now)
        desk.finish(cur, web.shop_id, task, outcome, actor, web.world.now)
    return task


def page(web: WebShop, path: str = "/team/day/", who: str = "operator", **query: Any) -> str:
    answer = web.clients[who].get(path, query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_day_says_how_soon_how_much_and_with_what_outcome(web: WebShop) -> None:
    orders = [web.buy()[1] for _ in range(3)]
    finish(web, orders[0], "confirmed", minutes=5)
    finish(web, orders[1], "no_answer", minutes=5)
    finish(web, orders[2], "refused", minutes=60)
    text = page(web)
    assert re.search(r'half taken within</span><span class="v">10 min<', text)
    assert re.search(r'nine in ten within</span><span class="v">1 h 10 min<', text)
    assert re.search(r'targets met</span><span class="v">66%</span><span class="d">missed: 1<', text)
    assert re.search(r'buyers reached</span><span class="v">2<', text)
    assert re.search(r'confirmed of those reached</span><span class="v">50%</span><span class="d">1<', text)


def test_every_figure_opens_the_list_that_it_counts(web: WebShop) -> None:
    for n, outcome in enumerate(("confirmed", "confirmed", "no_answer", "refused")):
        finish(web, web.buy()[1], outcome, minutes=10 * n)
    web.clients["owner"].post("/settings/motivation/save", RULE)
    text = page(web)
    for part, n in (
        ("first", 4),
        ("target_missed", 2),
        ("limit_missed", 0),
        ("calls", 4),
        ("reached", 3),
        ("confirmed", 2),
    ):
        found = re.search(rf'href="(/team/day/work/\?[^"]*part={part})"', text)
        assert found, part
        shown = web.clients["operator"].get(found[1].replace("&amp;", "&")).content.decode()
        assert len(re.findall(r"r-row-link", shown)) == n, part
    assert "2 March: 2" in page(web, "/team/day/work/", outcome="confirmed")


def test_earnings_are_exact_and_open_their_entries(web: WebShop) -> None:
    web.clients["owner"].post("/settings/motivation/save", RULE)
    first, second = web.buy(total=499000)[1], web.buy(total=333333)[1]
    finish(web, first, "confirmed")
    finish(web, second, "confirmed")
    with web.world.writing() as cur:
        cur.execute("update orders_order set payment_status = 'paid' where id = any(%s)", ([first, second],))
    text = page(web)
    # 2 × 150 and 2 × 10 in the shop's currency, 1.5 % of ₽8,323.33 in the orders': 74.85 + 50.00 (49.999 95 is rounded)
    assert re.search(r"€320, ₽124\.85", text), text
    assert re.search(r'share of revenue</span><span class="v">₽124\.85<', text)
    entries = page(web, "/team/day/work/", earned="revenue")
    assert "₽74.85" in entries and "₽50" in entries and "2, ₽124.85" in entries


def test_a_rule_holds_from_its_day_and_the_old_one_before_it(web: WebShop) -> None:
    web.clients["owner"].post("/settings/motivation/save", {**RULE, "revenue_share": "0"})
    web.clients["owner"].post(
        "/settings/motivation/save",
        {**RULE, "effective_from": "2026-03-03", "per_confirmed": "200", "revenue_share": "0"},
    )
    finish(web, web.buy()[1], "confirmed")
    web.world.later(days=1)
    finish(web, web.buy()[1], "confirmed")
    assert "€160" in page(web, on="2026-03-02") and "€210" in page(web, on="2026-03-03")
    assert "€370" in page(web, span="month")
    text = page(web, "/settings/motivation/", who="supervisor")
    assert text.index("€200 for a confirmed order") < text.index("€150 for a confirmed order")


@pytest.mark.parametrize(
    "changes", [{"per_confirmed": "1.005"}, {"per_call": "-1"}, {"revenue_share": "101"}, {"effective_from": "soon"}]
)
def test_what_is_no_amount_is_refused_beside_its_field(web: WebShop, changes: dict[str, str]) -> None:
    answer = web.clients["owner"].post("/settings/motivation/save", {**RULE, **changes})
    assert answer.status_code == 422 and "r-err" in answer.content.decode()
    assert web.world.one("select count(*) from reports_motivation") == 0


def _talked(web: WebShop, who: str | None, minutes: float, state: str = "ended", days_ago: int = 0) -> None:
    """A telephone call of an operator, or of nobody known."""
    id_ = web.call(state="missed")
    account = web.accounts[who] if who else None
    with web.world.writing() as cur:
        cur.execute(
            "update talks_call set state = %s, account_id = %s, talk_seconds = %s, answered_at = started_at,"
            " started_at = started_at - make_interval(days => %s) where id = %s",
            (state, account, round(minutes * 60), days_ago, id_),
        )


def test_telephone_calls_and_talk_by_operator_open_their_lists(web: WebShop) -> None:
    for minutes in (4, 8):
        _talked(web, "operator", minutes)
    _talked(web, "operator", 0, "missed")
    _talked(web, "operator", 30, days_ago=9)
    _talked(web, "supervisor", 20)
    _talked(web, None, 3)
    own = page(web)
    assert re.search(r'answered calls</span><span class="v">2<.*talked in all</span><span class="v">12 min<', own)
    assert re.search(r'a call on average</span><span class="v">6 min<', own) and "nobody is credited" not in own
    all_of_them = page(web, who="supervisor")
    assert re.search(
        r'answered calls</span><span class="v">4<.*talked in all</span><span class="v">35 min<', all_of_them
    )
    assert "Of them 1 call</a>" in all_of_them and "nobody is credited" in all_of_them
    month = page(web, who="supervisor", span="month", on="2026-03-02")
    lists = [m.replace("&amp;", "&") for m in re.findall(r'href="(/calls/\?state=ended[^"]*)"', all_of_them)]
    whole, operator = lists[0], next(x for x in lists if x.endswith(f"who={web.accounts['operator']}"))
    unknown = next(x for x in lists if x.endswith("who=unknown"))
    for path, n in ((whole, 4), (operator, 2), (unknown, 1)):
        listed = web.clients["supervisor"].get(path).content.decode()
        assert listed.count("r-row-link") == n
    assert "operator not known" in web.clients["supervisor"].get(unknown).content.decode()
    assert "12 min" in month, "by operator, in the same month as today"


def test_each_sees_his_own_and_a_lead_sees_all(web: WebShop) -> None:
    finish(web, web.buy()[1], "confirmed", who="operator")
    finish(web, web.buy()[1], "refused", who="supervisor")
    assert "By operator" not in page(web) and "Refused" not in page(web)
    everybody = page(web, who="supervisor")
    assert "Operator</a>" in everybody and "Supervisor</a>" in everybody and "Refused" in everybody
    own, other = web.accounts["operator"], web.accounts["supervisor"]
    assert web.clients["operator"].get("/team/day/", {"who": other}).status_code == 403
    assert web.clients["operator"].get("/team/day/work/", {"who": other}).status_code == 403
    assert web.clients["operator"].post("/team/day/export", {"filter": f"who={other}"}).status_code == 403
    assert web.clients["supervisor"].get("/team/day/", {"who": own}).status_code == 200
    assert web.clients["supervisor"].get("/team/day/", {"who": web.accounts["stranger"]}).status_code == 404


def test_an_outcome_that_may_be_taken_back_does_not_count_yet(web: WebShop) -> None:
    task = web.task_of(web.buy()[1])
    web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
    assert "Nothing was finished in this time" in page(web)
    web.settle()
    assert "Refused" in page(web)


def test_the_file_holds_the_list(web: WebShop) -> None:
    web.clients["owner"].post("/settings/motivation/save", RULE)
    finish(web, web.buy()[1], "confirmed")
    answer = web.clients["operator"].post("/team/day/export", {"filter": "earned=all", "form": "csv"}, follow=True)
    lines = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [(line["Operator"], line["Earned for"], line["Amount"], line["Currency"]) for line in lines] == [
        ("Operator", "confirmed order", "150.00", "EUR"), ("Operator", "task", "10.00", "EUR"),
    ]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["operator", "supervisor"]), st.sampled_from(["call", "case"]),
            st.sampled_from(["confirmed", "refused", "no_answer"]), st.integers(0, 31 * 24), st.integers(1, 6),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_a_months_figures_are_the_sums_of_its_lists(web: WebShop, done: list[tuple[str, str, str, int, int]]) -> None:
    """Rows as the desk leaves them, several outcomes an order: an order is confirmed once, by whoever was first."""
    world = web.world
    start = world.now.replace(day=1, hour=0)
    with world.writing() as cur:
        cur.execute("delete from desk_task")
        for who, kind, outcome, hours, order in done:
            at = start + timedelta(hours=hours)
            cur.execute(
                "insert into desk_task (shop_id, person_id, order_id, kind, team, state, outcome, not_before, target_at, due_at,"
                " opened_at, claimed_at, finished_by, finished_at) values (%s, 1, %s, %s, 'care', 'finished', %s, %s, %s, %s,"
                " %s, %s, %s, %s)",
                (
                    web.shop_id, order, kind, outcome, at - timedelta(hours=2), at + timedelta(hours=hours % 3 - 1), at, at,
                    at - timedelta(hours=1), f"staff:{web.accounts[who]}", at,
                ),
            )  # fmt: skip
        hours_ = shop_queries.worktimes(cur, web.shop_id)
        whole = operators.work(cur, web.shop_id, start, start + timedelta(days=32))
        by_day = [
            w
            for n in range(32)
            for w in operators.work(cur, web.shop_id, start + timedelta(days=n), start + timedelta(days=n + 1))
        ]
        by_who = [
            w
            for who in ("operator", "supervisor")
            for w in operators.work(cur, web.shop_id, start, start + timedelta(days=32), f"staff:{web.accounts[who]}")
        ]
    assert by_day == whole and sorted(by_who, key=lambda w: (w.finished_at, w.id)) == whole
    first: dict[int, int] = {}
    for w in whole:
        if w.kind == "call" and w.outcome == "confirmed" and w.order_id is not None:
            first.setdefault(w.order_id, w.id)
    assert {w.id for w in whole if w.confirms} == set(first.values())
    found = operators.figures(whole, hours_)
    assert found.target == (sum(w.in_target is True for w in whole), len(whole))
    assert sum(found.outcomes.values()) == found.done == len(whole)
    rule = [operators.Rule(start.date(), "EUR", 100, 0, {"call": 3})]
    assert sums(earned(rule, operators.deeds(whole, "UTC"))).get("EUR", 0) == 100 * len(first) + 3 * found.calls
