"""The backtest on the screen: a run over the shop's own past, its figures and lists, its files, its prices, its refusals."""

import re
from datetime import timedelta
from html import unescape

import pytest

from regulars.journeys import backtest_runs
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

pytestmark = pytest.mark.db

PAGE = "/schemes/of/after-order/backtest/"
TOLD_TWICE = SCHEME.replace("by: [email]}", "by: [sms, email], purpose: advertising}")


def _year(web: WebShop, orders: int = 6) -> list[int]:
    """A shop whose buyers have bought, one after the other; the scheme's second version advertises."""
    web.world.publish(SCHEME)
    persons = []
    for _ in range(orders):
        persons.append(web.buy()[0])
        web.world.later(hours=3)
    web.world.publish(TOLD_TWICE)
    web.world.later(days=3)
    return persons


def _run(web: WebShop, **fields: str) -> str:
    owner = web.clients["owner"]
    asked = {"days": "30", "side": "2", "against": "1", **fields}
    answer = owner.post(f"{PAGE}start", asked)
    assert answer.status_code == 302
    return owner.get(answer["Location"]).content.decode()


def _text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split()).replace("\u00a0", " ")


def test_two_versions_are_played_over_the_past_and_shown_beside_each_other(web: WebShop) -> None:
    persons = _year(web)
    empty = web.clients["owner"].get(PAGE).content.decode()
    assert "See what this scheme would have done" in empty
    page = _run(web)
    assert "version 1" in page and "version 2" in page
    assert "Person by person" in page and "no sales" in page
    assert "No consent" in page  # nobody has agreed to advertising
    assert f"/people/{persons[0]}/" in page
    run = web.world.one("select max(id) from journeys_backtest")
    result = web.world.one("select result from journeys_backtest where id = %s", run)
    before, after = result["sides"]
    assert before["enrolments"] == after["enrolments"] == len(persons)
    assert before["messages"] > after["messages"] and after["refused"]["no_consent"] > 0
    assert web.world.one("select count(*) from outbox_message where purpose = 'advertising'") == 0, "nothing was sent"
    who = web.clients["supervisor"].get(f"/schemes/backtests/{run}/who/?side=1&reason=no_consent").content.decode()
    assert who.count("r-row-link") == after["refused"]["no_consent"]
    lines = web.clients["owner"].get(f"/schemes/backtests/{run}/file?form=csv").content.decode().splitlines()
    assert len(lines) == 1 + sum(n for s in result["sides"] for _k, _f, n in s["effects"])
    assert web.clients["owner"].get(f"/schemes/backtests/{run}/file?form=xlsx").content[:2] == b"PK"


def test_the_same_seed_draws_the_same_and_another_otherwise(web: WebShop) -> None:
    _year(web, 40)
    seen = []
    for seed in ("1", "1", "2"):
        _run(web, seed=seed, against="")
        run = web.world.one("select max(id) from journeys_backtest")
        with web.world.writing() as cur:
            seen.append(sorted(map(str, backtest_runs.rows(cur, run))))
    assert seen[0] == seen[1] != seen[2]


def test_the_result_says_its_seed_and_from_what_was_drawn(web: WebShop) -> None:
    _year(web, 24)
    owner = web.clients["owner"]
    form = owner.get(PAGE).content.decode()
    assert 'name="seed" value="1"' in form and "another seed draws other luck" in form
    page = _text(_run(web, against="", seed=" lucky "))
    assert "with the seed lucky" in page and "This is no forecast of sales." in page
    assert "Of 3 rates 3 are defaults, not measured." in page
    assert re.search(r"Confirm Confirmed 80%, .* 10 min default nothing was measured", page)
    assert re.search(r"Letters opened 35% .* default nothing was measured", page), "none of the letters was opened"
    assert 'name="seed" value="lucky"' in owner.get(PAGE).content.decode(), "the form begins with what was run last"

    for what, outcome in ((12, "confirmed"), (8, "refused"), (3, "no_answer")):
        web.world.rows(
            "update desk_task set state = 'finished', outcome = %s, finished_at = %s where id in"
            " (select id from desk_task where state <> 'finished' order by id limit %s) returning id",
            outcome, web.world.now, what,
        )  # fmt: skip
    web.world.later(hours=1)
    page = _text(_run(web, against=""))
    assert re.search(r"Confirm Confirmed 52%, .* measured on 23 cases", page)
    result = web.world.one("select result from journeys_backtest order by id desc limit 1")
    assert result["sides"][0]["rates"]["confirm"]["n"] == 23 and result["measured"]["least"] == 20


def test_too_few_of_a_kind_are_a_default_and_it_is_said_how_few(web: WebShop) -> None:
    _year(web, 3)
    web.world.rows(
        "update desk_task set state = 'finished', outcome = 'confirmed', finished_at = %s returning id", web.world.now
    )
    web.world.later(hours=1)
    assert re.search(r"default only 3 cases were measured", _text(_run(web, against="")))


def test_a_result_of_an_earlier_release_is_shown_too(web: WebShop) -> None:
    _year(web, 2)
    _run(web)
    web.world.rows("update journeys_backtest set result = result - 'measured' - 'reacts' returning id")
    page = _text(web.clients["owner"].get(PAGE).content.decode())
    assert "What is known, what was drawn" in page and "Letters" not in page


def test_prices_make_a_cost_and_bad_ones_are_answered(web: WebShop) -> None:
    _year(web, 3)
    owner = web.clients["owner"]
    answer = owner.post("/schemes/backtests/prices", {"name": "after-order", "sms": "much"}, follow=True)
    assert "is no price" in answer.content.decode()
    owner.post("/schemes/backtests/prices", {"name": "after-order", "call": "2,50"})
    page = _run(web)
    assert "Cost of messages and calls" in page
    side = web.world.one("select result from journeys_backtest order by id desc limit 1")["sides"][0]
    assert float(side["cost"]) == pytest.approx(2.5 * side["calls"])


def test_a_large_run_is_a_job_that_can_be_called_off(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    _year(web, 2)
    monkeypatch.setattr("regulars.web.schemes.backtest.AT_ONCE", 0)
    page = _run(web)
    run = web.world.one("select max(id) from journeys_backtest")
    assert "about to begin" in page
    again = web.clients["supervisor"].post(f"{PAGE}start", {"days": "30", "side": "1"}, follow=True)
    assert "Another backtest of this shop is running" in again.content.decode()
    web.clients["owner"].post(f"/schemes/backtests/{run}/cancel")
    backtest_runs.make(run)  # the job comes too late
    assert web.world.one("select state from journeys_backtest where id = %s", run) == "cancelled"
    assert "was called off" in web.clients["owner"].get(f"{PAGE}?run={run}").content.decode()


def test_what_cannot_be_run_is_answered(web: WebShop) -> None:
    _year(web, 1)
    owner = web.clients["owner"]
    for fields, said in (
        ({"side": "99"}, "isn’t there any more"),
        ({"side": "draft"}, "isn’t there any more"),
        ({"side": "1", "since": "2030-01-01", "until": "2029-01-01"}, "begin before it ends"),
        ({"side": "x", "days": "9" * 40}, "isn’t there any more"),
    ):
        page = owner.post(f"{PAGE}start", fields, follow=True).content.decode()
        assert said in page, fields
    assert owner.get(f"{PAGE}?run=1").status_code == 404
    assert owner.get("/schemes/backtests/1/who/").status_code == 404


def test_runs_are_forgotten_after_a_month(web: WebShop) -> None:
    _year(web, 1)
    _run(web)
    with web.world.writing() as cur:
        assert backtest_runs.forget_old(cur) == 0
        cur.execute("update journeys_backtest set created_at = created_at - %s", (timedelta(days=31),))
        assert backtest_runs.forget_old(cur) == 1
        assert cur.execute("select count(*) from journeys_backtest_part").fetchone() == (0,)
