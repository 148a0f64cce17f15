"""Do they work? The pages against invented pasts: the sentence, the figures and their lists, the file, and nothing yet."""

import csv
import io
import re

import pytest
from django.test import Client

from regulars.reports import tasks, uplift, uplift_races
from regulars.shop import queries as shops
from tests.apps.uplift_shop import TEXT, Past, fill
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

pytestmark = [pytest.mark.db, pytest.mark.slow]

CLEAR = Past("clear", "Clear effect", "Явный эффект", 4000, 0.5, 0.3, 0.2, 90)
EARLY = Past("early", "Too early", "Рано", 240, 0.2, 0.3, 0.3, 40)
BAD = Past("bad", "Uneven <b>groups", "Неравные", 2000, 0.4, 0.2, 0.2, 60)


@pytest.fixture
def told(web: WebShop) -> WebShop:
    """A shop with three pasts; the third one's groups are not what its scheme says."""
    with web.world.writing() as cur:
        shop = shops.settings_of(cur, web.shop_id)
    for past in (CLEAR, EARLY, BAD):
        drawn = 20 if past is BAD else round(past.share * 100)
        web.world.publish(TEXT.format(name=past.name, en=past.en, ru=past.ru, share=drawn))
        with web.world.writing() as cur:
            fill(cur, web.shop_id, past, web.world.now, shop.currency)
    assert tasks.roll_up_of(web.shop_id)
    assert not tasks.roll_up_of(web.shop_id)
    return web


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_the_page_says_what_is_known_and_no_more(told: WebShop) -> None:
    owner = told.clients["owner"]
    page = text(owner, "/schemes/effect/")
    assert re.search(r"Clear effect clear effect \+\d+% second orders, between \+\d+ and \+\d+%", page)
    assert re.search(r"about \d+, between \d+ and \d+ , ordered again who would not have without it", page)
    assert re.search(r"About [\d,]+ more people needed", page)
    assert "Uneven &lt;b&gt;groups" in page
    assert "Something is wrong with the groups" in page
    assert re.search(r"\d+ are held out, and it should be about 400\.", page)
    assert "all of it above zero" in page
    html = owner.get("/schemes/effect/").content.decode()
    assert "view=text" in html, "an owner is offered a smaller hold-out"
    assert "view=text" not in told.clients["supervisor"].get("/schemes/effect/").content.decode()
    # what is worth knowing is the reader's to say, and nonsense is no trouble
    more = re.search(r"About ([\d,]+) more", page)
    other = re.search(r"About ([\d,]+) more", text(owner, "/schemes/effect/?least=50"))
    assert more is not None
    assert other is None or int(other[1].replace(",", "")) < int(more[1].replace(",", ""))
    assert text(owner, "/schemes/effect/?least=9x&metric=%00")
    assert "revenue a person" in text(owner, "/schemes/effect/?metric=revenue")


def test_each_figure_is_the_length_of_its_list(told: WebShop) -> None:
    owner = told.clients["owner"]
    html = owner.get("/schemes/of/early/effect/").content.decode()
    found = re.findall(r'href="(/schemes/of/early/effect/who/\?[^"]*)">([\d,]+)</a>', html)
    assert len(found) >= 5, found
    for href, n in found:
        path, seen = href.replace("&amp;", "&"), 0
        while path:
            page = owner.get(path).content.decode()
            seen += page.count("r-row-link")
            more = re.search(r'href="\?([^"]*after=[^"]*)"', page)
            path = f"/schemes/of/early/effect/who/?{more[1].replace('&amp;', '&')}" if more else ""
        assert seen == int(n.replace(",", "")), href


def test_the_days_as_a_file(told: WebShop) -> None:
    owner = told.clients["owner"]
    answer = owner.post("/schemes/effect/export", {"form": "csv"}, follow=True)
    body = b"".join(answer) if answer.streaming else answer.content
    if b"Uplift" not in body:
        link = re.search(r'href="(/exports/\d+/file)"', body.decode())
        assert link is not None
        file = owner.get(link[1])
        body = b"".join(file) if file.streaming else file.content
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert {r["Scheme"] for r in rows} == {"clear", "early", "bad"}
    assert {r["What is compared"] for r in rows} >= {"share that ordered", "revenue"}
    last = [r for r in rows if r["Scheme"] == "clear" and r["What is compared"] == "share that ordered"][-1]
    assert float(last["Uplift from, %"].lstrip("'")) > 0


def test_where_there_is_nothing_the_page_says_what_to_do(web: WebShop) -> None:
    owner = web.clients["owner"]
    assert "No scheme has a hold-out" in text(owner, "/schemes/effect/")
    assert "hold_out: 10%" in text(owner, "/schemes/of/after-order/effect/")
    assert "No scheme has a hold-out" in text(web.clients["stranger"], "/schemes/effect/")
    web.world.publish(TEXT.format(name="new", en="New", ru="Новая", share=10))
    assert "Nobody has entered since the hold-out was set" in text(owner, "/schemes/effect/")
    assert "Nobody yet." in text(owner, "/schemes/of/new/effect/who/?what=waiting&after=%00.x")
    assert owner.get("/schemes/of/none/effect/").status_code == 404
    assert "The lot decides" in text(owner, "/schemes/effect/how/")


def test_a_split_test_has_its_card_and_the_whole_shop_its_page(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {"letter": 500, "later": 500}
    for place in (uplift, uplift_races):
        monkeypatch.setattr(place, "splits_of", lambda scheme: {"later": ways} if scheme.hold_out else {})
    owner = web.clients["owner"]
    web.world.publish(TEXT.format(name="try", en="Try", ru="Проба", share=10))
    assert "Nobody’s days are over yet." in text(owner, "/schemes/of/try/effect/")
    with web.world.writing() as cur:
        row = cur.execute("select id from journeys_scheme where name = 'try'").fetchone()
        assert row is not None
        for way, again in (("letter", 300), ("later", 100)):
            cur.execute(
                "insert into reports_uplift_day"
                " (shop_id, scheme_id, part, day, share, days, arm, entered, n, again, orders, orders2)"
                " values (%s, %s, 'later', '2026-02-20', %s, 30, %s, 1000, 1000, %s, %s, %s)",
                (web.shop_id, row[0], uplift.split_code(ways), way, again, again, again),
            )
    page = text(owner, "/schemes/of/try/effect/")
    assert "Split test: Later the figures say “Letter” Letter is ahead of every other way beyond chance." in page
    assert "The scheme asks you to decide." in page
    assert "Letter 50% 1,000 300 30.0%" in page
    assert "Letter 50% 1,000 300 0.3" in text(owner, "/schemes/of/try/effect/?metric=orders")
    assert "The shop has no hold-out" in text(owner, "/schemes/effect/shop/")
    assert "Nobody yet." in text(owner, "/schemes/effect/shop/who/")


SPLIT = """\
scheme: test-it
title: {en: Test it, ru: Проверим}
per: person
starts: person.became_customer
steps:
  which: {split: {soon: 50%, late: 50%}}
  soon: {wait: 1d, then: end}
  late: {wait: 5d, then: end}
"""


def test_a_person_decides_a_split_test_on_its_card_and_lets_the_lot_decide_again(web: WebShop) -> None:
    owner, supervisor = web.clients["owner"], web.clients["supervisor"]
    web.world.publish(SPLIT)
    decide, back = "/schemes/of/test-it/effect/decide", "/schemes/of/test-it/effect/back"
    page = owner.get("/schemes/of/test-it/effect/").content.decode()
    assert decide in page
    assert back not in page

    def told(client: Client, path: str, **fields: str) -> str:
        answer = client.post(path, {"step": "which", **fields}, follow=True)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))

    def won() -> list[tuple[str, str]]:
        return web.world.rows("select step, target from journeys_winner")

    # before the figures say so it must be meant; and nonsense decides nothing
    assert "Tick that you decide all the same." in told(owner, decide, way="late")
    assert "Choose a way first." in told(owner, decide, way="none\x00")
    assert "no such split test" in told(owner, decide, way="late", sure="on", step="soon")
    assert won() == []
    page = told(supervisor, decide, way="late", sure="on")
    assert re.search(r"Decided for “ ?Late ?” since .*: everybody new goes that way", page), page
    assert won() == [("which", "late")]
    people = [web.world.person() for _ in range(6)]
    for person in people:
        web.world.happens("person.became_customer", person)
    web.world.conduct()
    assert {step for (step,) in web.world.rows("select step from journeys_enrolment e join journeys_scheme s"
            " on s.id = e.scheme_id where s.name = 'test-it'")} == {"late"}  # fmt: skip
    assert "The lot decides again" in told(owner, back)
    assert "Nothing was decided." in told(owner, back)
    assert won() == []
    assert {"split.decided", "split.taken_back"} <= {a for (a,) in web.world.rows("select action from base_audit")}


def test_a_hold_out_that_keeps_nothing_back_is_no_proof(told: WebShop) -> None:
    owner = told.clients["owner"]
    assert "nothing is kept back" not in text(owner, "/schemes/effect/")
    quiet = TEXT.replace("      purpose: advertising\n", "")
    assert quiet != TEXT
    told.world.publish(quiet.format(name="clear", en="Clear effect", ru="Явный эффект", share=50))
    assert "clear effect" in text(owner, "/schemes/of/clear/effect/"), "what an earlier version kept back counts"
    told.world.publish(quiet.format(name="idle", en="Idle", ru="Праздная", share=10))
    page = text(owner, "/schemes/of/idle/effect/")
    assert "Both groups get the same" in page and "whatever differs between the groups is chance" in page
