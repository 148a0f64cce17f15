"""'Why did he (not) get it?', also of those who got nothing; and what flows through a scheme."""

import re
from datetime import timedelta
from html import unescape

from regulars.journeys import moving, refusals
from regulars.journeys.tasks import forget_refusals
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

PICKY = """\
scheme: picky
title: {en: For the dear ones, ru: Для дорогих}
per: person
starts: {event: order.placed, where: "person.language == 'en' and order.total != 5"}
steps:
  hello: {send: {by: [email], subject: {en: Hi, ru: Привет}, text: {en: Hi, ru: Привет}}}
  rest: {wait: 30d}
"""


def _why(web: WebShop, person: int, scheme: str, step: str = "") -> str:
    found = web.clients["operator"].get(f"/people/{person}/why/?scheme={scheme}&step={step}")
    assert found.status_code == 200
    return unescape(found.content.decode())


def test_every_step_is_told_and_whether_he_came_to_one(web: WebShop) -> None:
    person, _order = web.buy()
    text = _why(web, person, "after-order", "thanks")
    assert "He has not come to this step" in text and "A task for the team" in text
    assert "He came to this step" in _why(web, person, "after-order", "confirm")


def test_who_got_nothing_is_told_why(web: WebShop) -> None:
    never = web.world.person()
    assert "nothing that starts it has happened to him" in _why(web, never, "after-order")
    web.world.happens("order.placed", never, web.world.order(never), live=False)
    assert "came in as history" in _why(web, never, "after-order")

    early, _order = web.buy()
    web.world.later(minutes=1)
    web.world.publish(PICKY)
    assert "the scheme was not there yet" in _why(web, early, "picky")

    poor = web.world.person()
    web.world.rows("update people_person set language = 'ru' where id = %s returning id", poor)
    web.world.happens("order.placed", poor, web.world.order(poor))
    web.world.conduct()
    text = _why(web, poor, "picky")
    assert "the condition of the start was not met" in text and "person.language = ru" in text
    assert "order.total</code> is not known" in text
    rich, _order = web.buy()
    web.world.happens("order.placed", rich, web.world.order(rich))
    web.world.conduct()
    assert "he was on his way in it already" in _why(web, rich, "picky")
    assert web.world.rows("select code, count(*) from journeys_refusal group by 1 order by 1") == [
        ("active", 1), ("where", 1),
    ]  # fmt: skip

    lead = web.clients["supervisor"]
    lead.post("/schemes/of/picky/pause", {"newcomers": "refuse"})
    late, _order = web.buy()
    assert "while the scheme was paused" in _why(web, late, "picky")
    lead.post("/schemes/of/picky/resume")
    lead.post("/schemes/of/picky/pause", {"newcomers": "wait"})
    waits, _order = web.buy()
    assert "the scheme is paused since" in _why(web, waits, "picky")


def test_why_somebody_was_not_let_in_is_kept_for_its_term(web: WebShop) -> None:
    web.world.publish(PICKY)
    poor = web.world.person()
    web.world.rows("update people_person set language = 'ru' where id = %s returning id", poor)
    for _ in range(3):
        web.world.happens("order.placed", poor, web.world.order(poor))
    web.world.conduct()
    count = "select count(*) from journeys_refusal"
    assert web.world.one(count) == 3
    forget_refusals(0)
    assert web.world.one(count) == 3
    past = int((refusals.KEPT_FOR + timedelta(days=1)).total_seconds() * 1000) << 20
    newest = "(select max(id) from journeys_refusal)"
    web.world.rows(f"update journeys_refusal set id = id - %s where id < {newest} returning id", past)
    with web.world.writing() as cur:
        assert refusals.forget_old(cur, 1) == 1
    forget_refusals(0)
    assert web.world.one(count) == 1
    assert "the condition of the start was not met" in _why(web, poor, "picky")


def test_the_question_is_asked_from_the_schemes_page_too(web: WebShop) -> None:
    person, _order = web.buy()
    name = web.world.one("select name from people_person where id = %s", person)
    found = web.clients["operator"].get(f"/schemes/of/after-order/why/?q={name}").content.decode()
    assert f"/people/{person}/why/?scheme=after-order" in found
    assert "/schemes/of/after-order/why/" in web.clients["operator"].get("/schemes/of/after-order/").content.decode()


def test_the_flow_shows_who_entered_and_where_people_leave(web: WebShop) -> None:
    client = web.clients["operator"]
    assert "Nobody has entered in these days." in client.get("/schemes/of/after-order/flow/").content.decode()
    for _n in range(3):
        _person, order = web.buy()
    web.world.happens("order.cancelled", _person, order)
    web.world.conduct()
    text = client.get("/schemes/of/after-order/flow/").content.decode()
    assert '<polyline class="began"' in text and "left: it was stopped by an event" in text
    assert "The last 90 days, all versions together" in text and "Version by version" not in text


def test_the_flow_is_of_the_period_that_is_asked_for(web: WebShop) -> None:
    client, path = web.clients["operator"], "/schemes/of/after-order/flow/"
    web.buy()
    web.world.later(days=40)
    web.world.publish(SCHEME.replace("within: 1h", "within: 2h"))
    web.buy()
    for period, entered, said in (
        ("30", 1, "The last 30 days"),
        ("90", 2, "The last 90 days"),
        ("365", 2, "The last 12 months"),
        ("live", 1, "Since version 2 was published"),
        ("7000", 2, "The last 90 days"),
    ):
        page = client.get(f"{path}?period={period}").content.decode()
        assert said in page and f'entered <b class="num">{entered}</b>' in page, period
        shown = period if period != "7000" else "90"
        assert f'href="?period={shown}" aria-current="page"' in page
        assert page.count('text-anchor="end">') >= 1 and 'text-anchor=""' not in page
    web.world.later(days=400)
    assert "Nobody has entered in these days." in client.get(f"{path}?period=30").content.decode()


def test_the_flow_tells_those_who_entered_a_version_from_those_who_were_moved(web: WebShop) -> None:
    for _n in range(3):
        web.buy()
    wider = SCHEME.replace("refused: end", "refused: end\n      later: end")
    form = {
        "text": wider,
        "name": "after-order",
        "base": "1",
        "do": "publish",
        "inside": "move",
        "rule.1.confirm": "to.confirm",
    }
    assert web.clients["owner"].post("/schemes/publish", form).status_code == 302
    while moving.work_once(web.world.raw):
        pass
    web.buy()
    page = web.clients["operator"].get("/schemes/of/after-order/flow/").content.decode()
    table = page[page.index('<caption class="r-skip">Version by version') :]
    row = table[table.index("version 2") : table.index("</tr>", table.index("version 2"))]
    assert re.findall(r">([^<]+)</td>", row) == ["4", "3", "4", "—"]
    assert "version 1" not in table[: table.index("</table>")], "whoever was moved no longer counts there"
