"""A live scheme is changed with people inside: the choice, whom it means, the move while one looks on, and the way back."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.keyboard import Keyboard
from tests.browser.reader import accessible, nameless
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/schemes/of/after-order/"
PEOPLE = 5
WORDS = {
    "en": {"publish": "Publish version", "who": "See who", "keeps": "keeping the place", "moved": "Moved to version",
           "back": "Back to version", "choices": "Back to the choices", "pause": "Pause…",
           "do_pause": "Pause the scheme", "paused": "Paused since", "go_on": "Let it go on",
           "where": "Who stands where", "leaves": "leaves the scheme", "far": "How far the move is"},
    "ru": {"publish": "Опубликовать версию", "who": "Посмотреть, с кем что будет", "keeps": "не теряя места",
           "moved": "Переведено на версию", "back": "Вернуть версию", "choices": "Назад к выбору",
           "pause": "Пауза…", "do_pause": "Поставить на паузу", "paused": "На паузе с", "go_on": "Продолжить",
           "where": "Кто где стоит", "leaves": "выходит из схемы", "far": "Сколько уже переведено"},
}  # fmt: skip
INSIDE = """
with p as (
  insert into people_person (shop_id, name, first_name, language)
  select v.shop_id, 'Anna ' || i, 'Anna', 'en' from journeys_version v, generate_series(1, %s) i returning id, shop_id
), m as (
  insert into events_mailbox (person_id, shop_id, due_at) select id, shop_id, now() + interval '5 days' from p
)
insert into journeys_enrolment (shop_id, person_id, scheme_id, version_id, step, visit, attempt, started_at, entered_at, due_at,
                                data)
select p.shop_id, p.id, v.scheme_id, v.id, 'happy', 1, 1, now(), now(), now() + interval '5 days', '{"visits": {"happy": 1}}'
from p, journeys_version v returning id
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        made.sql(INSIDE, PEOPLE)
        yield made


@told_in("ru")
def test_a_live_scheme_is_changed_and_changed_back_under_its_people(
    shop: Installation, browser: Browser, language: str
) -> None:
    said = WORDS[language]
    page, heard_of = opened(shop, browser, language)
    ((before, text),) = shop.sql("select n, text from journeys_version order by n desc limit 1")
    assert "up_to: 10d" in str(text)
    page.goto(PAGE)
    expect(page.locator("#map [data-step=happy] .g-wait")).to_contain_text(str(PEOPLE))
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    form = {"name": "after-order", "base": str(before), "csrfmiddlewaretoken": token}
    form["text"] = str(text).replace("up_to: 10d", "up_to: 12d")
    assert page.request.post("/schemes/draft", form=form, headers={"Referer": page.url}).ok

    # by itself they finish; once they are to be moved, each step asks where to
    page.goto(PAGE + "?view=changes")
    places = page.locator(".r-places")
    expect(places).to_be_hidden()
    page.locator("#inside-move").check()
    expect(places.locator("tbody tr")).to_have_count(1)
    expect(places.locator("select")).to_have_value("to.happy")
    page.get_by_role("button", name=said["who"]).click()
    expect(page.locator("main tbody tr")).to_have_count(PEOPLE)
    expect(page.locator("main tbody")).to_contain_text(said["keeps"])
    page.get_by_role("link", name=said["choices"]).click()
    expect(page.locator("#inside-move")).to_be_checked()
    page.get_by_role("button", name=said["publish"]).click()

    # the engine moves them, and the page tells it by itself
    expect(page.locator("#live")).to_contain_text(f"{said['moved']} {before + 1}: {PEOPLE}", timeout=15_000)
    there = "select v.n, count(*) from journeys_enrolment e join journeys_version v on v.id = e.version_id group by 1"
    assert shop.sql(there) == [(before + 1, PEOPLE)]

    page.get_by_role("button", name=said["back"]).click()
    expect(page.locator("#inside-move")).to_be_checked()
    page.get_by_role("button", name=said["publish"]).click()
    until(lambda: shop.sql(there) == [(before + 2, PEOPLE)], 15, "they are back on the text of before")
    assert shop.sql("select count(*) from outbox_message") == [(0,)], "nobody got anything by it"

    assert shop.command("scheme", "numbers").returncode == 0, "every number is what a full count gives"

    # one switch stops it, and lets it go on
    page.goto(PAGE)
    page.get_by_text(said["pause"]).click()
    page.get_by_role("button", name=said["do_pause"]).click()
    expect(page.locator("#live")).to_contain_text(said["paused"])
    page.get_by_role("button", name=said["go_on"]).click()
    expect(page.locator("#live")).not_to_contain_text(said["paused"])
    assert heard_of == []
    page.context.close()


@told_in("en")
def test_the_move_is_followed_by_keys_while_one_of_them_is_held_up(
    shop: Installation, browser: Browser, language: str
) -> None:
    """Who stands where is read before anything is chosen; the list says what happens to each; the bar stands before its end
    as long as somebody is busy, and then says by itself what became of all."""
    said = WORDS[language]
    page, heard_of = opened(shop, browser, language)
    ((n, text),) = shop.sql("select n, text from journeys_version order by n desc limit 1")
    page.goto(PAGE)
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    form = {"name": "after-order", "base": str(n), "csrfmiddlewaretoken": token}
    form["text"] = str(text).replace("up_to: 10d", "up_to: 12d")
    assert page.request.post("/schemes/draft", form=form, headers={"Referer": page.url}).ok
    page.goto(PAGE + "?view=changes")
    hand = Keyboard(page)
    standing = page.get_by_role("list", name=said["where"])
    expect(standing.get_by_role("listitem")).to_have_count(1)
    expect(standing).to_contain_text(str(PEOPLE))
    assert accessible(page) == [] and nameless(page) == []

    # moved, but for those at the step, who leave: the list says so of each
    hand.to("[name=inside]", 60)
    hand.press("ArrowDown")
    expect(page.locator("#inside-move")).to_be_checked()
    hand.to(".r-places select", 5)
    hand.press("End")
    expect(page.locator(".r-places select")).to_have_value("leave")
    hand.to("[name=do][value=people]", 5)
    hand.go("Enter")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(PEOPLE)
    for row in rows.all():
        expect(row.locator("td").last).to_have_text(said["leaves"])
    assert accessible(page) == [] and nameless(page) == []
    hand.to("main p a", 60)
    hand.go("Enter")
    hand.to("#inside-move", 60)
    hand.to(".r-places select", 5)
    hand.press("Home", "ArrowDown")
    expect(page.locator(".r-places select")).to_have_value("to.happy")

    # one of them is busy: four are moved, and the bar says so
    busy = "select person_id from events_mailbox where person_id = (select min(person_id) from journeys_enrolment) for update"
    with psycopg.connect(shop.server.superuser_dsn("regulars")) as holder:
        holder.execute(busy)
        hand.to("#publish-form button", 20)
        hand.go("Enter")
        live = page.locator("#live")
        expect(live).to_have_role("status")
        bar = live.get_by_role("progressbar", name=said["far"])
        expect(bar).to_have_js_property("value", PEOPLE - 1, timeout=15_000)
        expect(live).to_contain_text(f"{PEOPLE - 1} of {PEOPLE}" if language == "en" else str(PEOPLE - 1))
        assert accessible(page) == [] and nameless(page, "#live") == []
    expect(live).to_contain_text(f"{said['moved']} {n + 1}: {PEOPLE}", timeout=15_000)
    expect(bar).to_have_count(0)
    assert not hand.pointed()
    assert heard_of == []
    page.context.close()
