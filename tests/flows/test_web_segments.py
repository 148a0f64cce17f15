"""Segments on the screen: written with a live count, kept, found among, exported, removed and put back."""

import csv
import io
import re
from html import unescape

import pytest

from regulars.segments import keeping
from regulars.segments.filling import Filler
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


@pytest.fixture
def shop(web: WebShop) -> WebShop:
    for _ in range(3):
        web.buy()
    return web


def fill(web: WebShop) -> None:
    web.world.wait_for_older()
    filler = Filler()
    while filler.turn(web.world.raw):
        pass


def look(web: WebShop, condition: str) -> str:
    return web.clients["supervisor"].post("/segments/look", {"condition": condition}).content.decode()


def test_a_condition_is_counted_as_it_is_written_and_its_errors_stand_at_their_place(shop):
    assert "3 people now" in look(shop, "happened('order.placed')")
    assert "It holds for nobody now" in look(shop, "happened('x.never')")
    wrong = look(shop, "happened('order.placed')\nand count('order.plced') > 1")
    assert "Did you mean “order.placed”?" in wrong and "<mark>order.plced</mark>" in wrong and ">2</span>" in wrong
    assert "stand here as you write" in look(shop, "  ")
    assert "<script>" not in look(shop, "person.name == '<script>'") + look(shop, "<script>")
    email = shop.world.one("select value from people_contact_point where kind = 'email' order by id limit 1")
    assert email not in look(shop, "happened('order.placed')")  # masked, as in every list


def test_a_segment_from_its_writing_to_its_removal(shop):
    owner = shop.clients["owner"]
    assert "No segment yet" in owner.get("/segments/").content.decode()
    written = {"name": "buyers", "title_en": "Buyers", "condition": "happened('order.placed')"}
    page = owner.post("/segments/new/", written, follow=True)
    assert "Everybody is being asked" in page.content.decode()
    fill(shop)
    path = page.redirect_chain[-1][0]
    listed = owner.get(path).content.decode()
    assert listed.count("data-open") == 3 and "Everybody is being asked" not in listed
    name = shop.world.one("select name from people_person order by id limit 1")
    assert owner.get(path, {"q": name}).content.decode().count("data-open") == 1
    assert "Nobody of that name" in owner.get(path, {"q": "Zzyzx"}).content.decode()
    made = owner.post(f"{path}export", {"form": "csv"}, follow=True)
    rows = list(
        csv.reader(
            io.StringIO(b"".join(made).decode("utf-8-sig") if made.streaming else made.content.decode("utf-8-sig")),
            delimiter=";",
        )
    )
    assert len(rows) == 4
    again = owner.post("/segments/new/", written)
    assert again.status_code == 422 and "Another segment has this name" in again.content.decode()
    owner.post(f"{path}edit/", {"title_en": "Few", "condition": "count('order.placed') > 1"})
    fill(shop)
    assert "Nobody is in it now" in owner.get(path).content.decode()
    person = shop.world.one("select id from people_person order by id limit 1")
    shop.world.happens("order.placed", person)
    keeping.keep_once(shop.world.raw)
    assert "+1" in owner.get("/segments/").content.decode()
    removed = owner.post(f"{path}remove", follow=True).content.decode()
    assert "was removed" in removed and f"{path}put-back" in removed
    fill(shop)
    assert shop.world.one("select count(*) from segments_member") == 0
    owner.post(f"{path}put-back")
    fill(shop)
    assert owner.get(path).content.decode().count("data-open") == 1


def _file(made) -> list[list[str]]:
    text = (b"".join(made) if made.streaming else made.content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_people_are_found_in_a_segment_as_in_the_list_and_the_file_holds_those(shop):
    owner = shop.clients["owner"]
    (anna, boris, clara) = (row[0] for row in shop.world.rows("select id from people_person order by id limit 3"))
    stranger = shop.world.person()
    with shop.world.writing() as cur:
        for person, name in (
            (anna, "Anna Petrova"),
            (boris, "Boris Petrov"),
            (clara, "Clara"),
            (stranger, "Anna Else"),
        ):
            cur.execute("update people_person set name = %s where id = %s", (name, person))
        cur.execute("update people_person set customer_since = %s where id = %s", (shop.world.now, boris))
        cur.execute("""update people_person set address = '{"city": "Тверь"}' where id = any(%s)""", ([anna, boris],))
        cur.execute(
            "insert into people_identity (shop_id, person_id, source, external_id) values (%s, %s, 'api', 'c-7')",
            (shop.shop_id, clara),
        )
    owner.post("/segments/new/", {"name": "buyers", "condition": "happened('order.placed')"})
    fill(shop)
    path = f"/segments/{shop.world.one('select id from segments_segment')}/"
    phone = shop.world.one("select value from people_contact_point where kind = 'phone' and person_id = %s", boris)
    email = shop.world.one("select value from people_contact_point where kind = 'email' and person_id = %s", clara)
    for asked, found in (
        ({"q": "anna"}, {anna}),
        ({"q": "petr"}, {anna, boris}),
        ({"q": phone}, {boris}),
        ({"q": f"{phone[:2]} ({phone[2:5]}) {phone[5:]}"}, {boris}),
        ({"q": email}, {clara}),
        ({"q": "c-7"}, {clara}),
        ({"q": "Else"}, set()),
        ({"kind": "customer"}, {boris}),
        ({"city": "тверь"}, {anna, boris}),
        ({"q": "petr", "kind": "lead"}, {anna}),
        ({"q": "Clara", "kind": "customer"}, set()),
    ):
        page = owner.get(path, asked).content.decode()
        assert set(map(int, re.findall(r'href="/people/(\d+)/" data-open', page))) == found, asked
        assert (f"Found: {len(found)}" in page) is bool(found)
        filter_ = re.search(r'name="filter" value="([^"]*)"', page)
        if found:
            assert filter_, "the list can be exported as it is found"
            rows = _file(owner.post(f"{path}export", {"form": "csv", "filter": unescape(filter_[1])}, follow=True))
            assert len(rows) == 1 + len(found), asked
    nothing = owner.get(path, {"q": "Clara", "kind": "customer"}).content.decode()
    assert "Nothing matches all of these conditions" in nothing and "without it: 1" in nothing
    nobody = owner.post(f"{path}export", {"form": "csv", "filter": "q=Else&segment=1"}, follow=True)
    assert nobody.redirect_chain[-1][0] == f"{path}?q=Else", "back to the list as it was asked for"
    assert "There is nothing to export" in nobody.content.decode()
    assert len(_file(owner.post(f"{path}export", {"form": "csv"}, follow=True))) == 4


def test_those_found_in_a_segment_go_on_page_by_page(shop, monkeypatch):
    monkeypatch.setattr("regulars.web.paging.PAGE", 2)
    owner = shop.clients["owner"]
    owner.post("/segments/new/", {"name": "buyers", "condition": "happened('order.placed')"})
    fill(shop)
    path = f"/segments/{shop.world.one('select id from segments_segment')}/"
    page = owner.get(path, {"kind": "lead"}).content.decode()
    (rest,) = re.findall(r'href="\?([^"]*after=[^"]*)"', page)
    second = owner.get(f"{path}?{unescape(rest)}").content.decode()
    found = re.findall(r'href="/people/(\d+)/" data-open', page + second)
    assert len(found) == len(set(found)) == 3 and "Found: 3" in second


def test_a_segment_that_a_live_scheme_waits_for_stays(shop):
    owner = shop.clients["owner"]
    owner.post("/segments/new/", {"name": "sleeping", "condition": "not happened('order.placed', 60d)"})
    shop.world.publish(
        "scheme: wake\ntitle: Wake them\nper: person\n"
        "starts: {event: segment.entered, where: \"event.segment == 'sleeping'\"}\nsteps:\n  think:\n    wait: 5d\n"
    )
    id_ = shop.world.one("select id from segments_segment")
    assert "Wake them" in owner.get("/segments/").content.decode()
    stays = owner.post(f"/segments/{id_}/remove", follow=True).content.decode()
    assert "It stays: these schemes wait for it: Wake them." in stays
    assert shop.world.one("select removed_at from segments_segment") is None


def test_the_page_of_a_person_names_his_segments_and_those_that_he_left_lately(shop):
    owner = shop.clients["owner"]
    person = shop.world.one("select min(id) from people_person")
    page = f"/people/{person}/"
    assert 'id="segments"' not in owner.get(page).content.decode()
    for name, title, condition in (
        ("buyers", "Buyers", "happened('order.placed')"),
        ("fresh", "Fresh", "happened('order.placed', 10d)"),
        ("never", "Never", "happened('x.never')"),
    ):
        owner.post("/segments/new/", {"name": name, "title_en": title, "condition": condition})
    fill(shop)
    ids = dict(shop.world.rows("select name, id from segments_segment"))
    shop.world.later(days=11)
    keeping.keep_once(shop.world.raw)
    said = owner.get(page).content.decode().partition('id="segments"')[2].partition("</section>")[0]
    assert f'<a href="/segments/{ids["buyers"]}/">Buyers</a>' in said and f'href="/segments/{ids["fresh"]}/"' in said
    assert said.index("since ") < said.index("Fresh") < said.index("left ") and "Never" not in said
    # who may not open segments reads their names
    read = shop.clients["operator"].get(page).content.decode().partition('id="segments"')[2].partition("</section>")[0]
    assert "Buyers" in read and "/segments/" not in read
    # back again, it is left no longer; after a month nobody speaks of it
    shop.world.happens("order.placed", person)
    keeping.keep_once(shop.world.raw)
    assert "left " not in owner.get(page).content.decode().partition('id="segments"')[2].partition("</section>")[0]
    shop.world.later(days=11)
    keeping.keep_once(shop.world.raw)
    shop.world.later(days=31)
    assert "Fresh" not in owner.get(page).content.decode().partition('id="segments"')[2].partition("</section>")[0]
