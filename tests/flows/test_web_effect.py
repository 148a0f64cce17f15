"""Do they work? The pages against invented pasts: the sentence, the figures and their lists, the file, and nothing yet."""

import csv
import io
import re

import pytest
from django.test import Client

from regulars.reports import uplift
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
    with web.world.writing() as cur:
        uplift.roll_up(cur, shop, web.world.now)
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
