"""Steps that do something, and what they do, as the screens show it: map, table, differences, the person's page."""

import html
import re

import pytest

from regulars.base.actor import SYSTEM
from regulars.loyalty import actions as loyalty
from regulars.people import marks
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

pytestmark = pytest.mark.db

TEXT = """
scheme: deeds
title: {en: All deeds, ru: Все действия}
per: order
starts: order.placed
hold_out: 5%
steps:
  test:
    split: {mark: 50%, gift: 50%}
  mark:
    tag: {add: [buyer, vip], remove: fresh}
  keep:
    set: {size: 42, last: order.number, agreed: true}
  window:
    wait: {until: order.window.from, before: 1d, at: "18:00 local"}
    on_timeout: end
  gift:
    points: {give: 500, valid: 90d}
  coupon:
    code: {amount: 500, currency: RUB}
  other:
    enrol: birthdays
  tell:
    webhook: {url: "https://crm.example/hook", secret: crm}
"""
SAID = {
    "en": [
        "split test: 50% / 50%", "people are shared out; a person decides", "Tags: +buyer +vip −fresh",
        "size = 42, last = order.number, agreed = yes", "until: 1 day before the delivery window, 18:00 at the buyer’s",
        "unknown or past", "500 points, good for 90 days", "Code: ₽500, good for 30 days",
        "Begins the scheme “Birthdays”", "Tells another system: crm.example",
    ],
    "ru": [
        "варианты: 50% / 50%", "людей делим на группы; лучший вариант выбирает человек", "Метки: +buyer +vip −fresh",
        "size = 42, last = order.number, agreed = да", "за 1 день до: интервал доставки, в 18:00 у покупателя",
        "неизвестно или прошло", "500 баллов, срок: 90 дней", "Код: 500 ₽, срок: 30 дней", "Начинает схему «Birthdays»",
        "Сообщает другой системе: crm.example",
    ],
}  # fmt: skip


def words(web: WebShop, path: str) -> str:
    """The page's words on one line."""
    found = web.clients["owner"].get(path)
    assert found.status_code == 200, path
    text = html.unescape(re.sub(r"<[^>]+>", " ", found.content.decode())).replace("\xa0", " ")
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_map_table_and_differences_say_what_each_step_does(web: WebShop, language: str) -> None:
    with web.world.writing() as cur:
        cur.execute("update staff_account set language = %s", (language,))
    web.world.publish(TEXT)
    web.world.publish(TEXT.replace("mark: 50%, gift: 50%", "mark: 20%, gift: 80%").replace("give: 500", "give: 700"))
    told = words(web, "/schemes/of/deeds/?view=table&n=1").lower()
    missing = [said for said in SAID[language][1:] if said.lower() not in told]
    assert not missing
    assert SAID[language][0].replace("50% / 50%", "20% / 80%") in words(web, "/schemes/of/deeds/")
    changed = words(web, "/schemes/of/deeds/versions/?n=2")
    share, points = ("доля «mark»", "сколько баллов") if language == "ru" else ("share of “mark”", "how many points")
    assert f"{share} 50% → 20%" in changed and f"{points} 500 → 700" in changed


def test_staff_put_a_tag_on_and_take_it_off_and_both_are_written_down(web: WebShop) -> None:
    person, _ = web.buy()
    operator, path = web.clients["operator"], f"/people/{person}/tag"
    assert operator.post(path, {"tag": " Likes-Tea "}).status_code == 302
    assert operator.post(path, {"tag": "два слова"}).status_code == 302
    assert "likes-tea" in words(web, f"/people/{person}/")
    assert operator.post(path, {"off": "likes-tea"}).status_code == 302
    assert web.world.one("select count(*) from people_tag") == 0
    written = web.world.rows("select action, actor_kind from base_audit where object_kind = 'person' order by id")
    assert [w for w in written if "tag" in w[0]] == [("person.tagged", "staff"), ("person.untagged", "staff")]


def test_the_persons_page_shows_what_he_has(web: WebShop) -> None:
    person, _ = web.buy()
    now = web.world.now
    with web.world.writing() as cur:
        marks.set_fields(cur, web.shop_id, [marks.FieldSet(person, "size", "XL", "staff:1")], now)
        given = loyalty.NewPoints(
            key="a", person_id=person, points=1500, earned_at=now, valid_until=None, cause="staff:1"
        )  # fmt: skip
        loyalty.give_points(cur, web.shop_id, [given], now)
        code = loyalty.NewCode(
            key="c", person_id=person, gives="percent", percent=10, amount=None, currency=None, issued_at=now,
            valid_until=now.replace(month=4), cause="staff:1",
        )  # fmt: skip
        loyalty.issue_codes(cur, web.shop_id, [code], now)
    text = words(web, f"/people/{person}/")
    assert "size XL" in text and "Points 1,500" in text and "good until 2 April 10%" in text
    assert web.world.one("select code from loyalty_code") in text


def test_the_owner_makes_a_secret_sees_it_once_and_deletes_it(web: WebShop) -> None:
    owner = web.clients["owner"]
    made = owner.post("/settings/keys/secrets/new", {"secret_name": "crm"}).content.decode()
    assert re.search(r'value="whsec_[A-Za-z0-9+/=]+"', made)
    assert "whsec_" not in owner.get("/settings/keys/").content.decode()
    assert owner.post("/settings/keys/secrets/new", {"secret_name": "My secret"}).status_code == 422
    assert owner.post("/settings/keys/secrets/crm/drop").status_code == 302
    assert owner.post("/settings/keys/secrets/crm/drop").status_code == 404
    assert str(SYSTEM) not in str(web.world.rows("select actor_kind from base_audit where action like 'signing%%'"))
