"""The first steps: a new shop's owner is led through them, may leave and come back, and sees an order answered."""

import pytest
from django.http import HttpResponse

from regulars.base.actor import SYSTEM
from regulars.intake import normaliser
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

SHOP = {
    "own_name": "Вера", "own_email": "vera@stove.test", "name": "Печь и дом", "country": "RU",
    "time_zone": "Europe/Moscow", "currency": "RUB", "language": "ru", "week": "six",
}  # fmt: skip
BUYER = {"name": "Вера", "email": "vera@stove.test", "phone": "+79141234567"}


@pytest.fixture(name="new")
def new_fixture(web: WebShop) -> WebShop:
    """The shop as its first start leaves it: nothing set, no scheme."""
    with web.world.writing() as cur:
        shops.set_settings(cur, web.shop_id, {"first_steps": "shop"}, SYSTEM)
        cur.execute("update journeys_scheme set live_version_id = null")
    shop_queries.forget()
    return web


def text(answer: HttpResponse) -> str:
    return answer.content.decode().replace("\u00a0", " ")


def step(web: WebShop) -> str:
    return str(web.world.one("select settings->>'first_steps' from shop_shop where id = %s", web.shop_id))


def engine(web: WebShop) -> None:
    """What the engine and the sender do."""
    while normaliser.run_once(web.world.raw):
        pass
    web.world.conduct()
    web.outbox.gate()


def test_the_owner_of_a_new_shop_is_led_there_and_nobody_else(new: WebShop) -> None:
    assert new.clients["owner"].get("/")["Location"] == "/welcome/"
    assert new.clients["owner"].get("/welcome/")["Location"] == "/welcome/shop/"
    assert new.clients["operator"].get("/")["Location"] == "/tasks/"
    assert new.clients["stranger"].get("/")["Location"] == "/tasks/", "a shop that is set up is not asked"


def test_the_shop_is_described_and_the_next_step_waits(new: WebShop) -> None:
    owner = new.clients["owner"]
    assert owner.post("/welcome/shop/save", SHOP)["Location"] == "/welcome/orders/"
    row = new.world.rows("select name, time_zone, currency, languages from shop_shop where id = %s", new.shop_id)
    assert row == [("Печь и дом", "Europe/Moscow", "RUB", ["ru", "en"])]
    hours = new.world.one("select hours from shop_calendar where shop_id = %s and key = 'main'", new.shop_id)
    assert hours["zone"] == "Europe/Moscow" and hours["hours"]["sat"] == ["09:00-18:00"] and "sun" not in hours["hours"]
    account = new.world.rows("select name, email from staff_account where id = %s", new.accounts["owner"])
    assert account == [("Вера", "vera@stove.test")]
    assert owner.get("/")["Location"] == "/welcome/" and owner.get("/welcome/")["Location"] == "/welcome/orders/"


def test_gone_through_once_more_it_moves_nothing_unseen(new: WebShop) -> None:
    owner = new.clients["owner"]
    owner.post("/welcome/shop/save", SHOP)
    owner.post("/welcome/scheme/on")
    new.world.later(hours=2, minutes=30)  # 17:30 in Moscow: the call's hour goes on the next morning
    owner.post("/welcome/scheme/try", BUYER)
    engine(new)
    due = new.world.one("select due_at from desk_task")
    shown = text(owner.post("/welcome/shop/save", {**SHOP, "week": "daily", "name": "Другой"}))
    assert "1 open task gets another deadline" in shown and 'value="Другой"' in shown
    assert new.world.one("select due_at from desk_task") == due
    assert new.world.one("select name from shop_shop where id = %s", new.shop_id) == "Печь и дом"
    assert owner.post("/welcome/shop/save", {**SHOP, "week": "daily", "sure": "yes"}).status_code == 302
    assert new.world.one("select due_at from desk_task") < due


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"name": ""}, "left empty"),
        ({"own_email": "owner@localhost"}, "not an e-mail"),
        ({"own_email": "operator@staff.test"}, "Another account"),
        ({"time_zone": "Nowhere"}, "of the list"),
        ({"week": "never"}, "of the list"),
    ],
)
def test_what_is_wrong_is_said_and_kept(new: WebShop, bad: dict[str, str], words: str) -> None:
    answer = new.clients["owner"].post("/welcome/shop/save", {**SHOP, **bad})
    assert answer.status_code == 422 and words in text(answer) and 'value="Вера"' in text(answer)
    assert step(new) == "shop" and new.world.one("select name from shop_shop where id = %s", new.shop_id) == "Test shop"


def test_it_is_left_for_later_and_asks_no_more(new: WebShop) -> None:
    owner = new.clients["owner"]
    assert owner.post("/welcome/leave", {"do": "later"})["Location"] == "/tasks/"
    assert owner.get("/")["Location"] == "/tasks/"
    assert owner.get("/welcome/", follow=True).status_code == 200


def test_each_way_gives_what_the_shop_needs_once(new: WebShop) -> None:
    owner = new.clients["owner"]
    for way in ("woocommerce", "generic", "api", "file", "test", "nonsense"):
        assert owner.get(f"/welcome/orders/?way={way}").status_code == 200
    made = text(owner.post("/welcome/orders/open", {"way": "woocommerce"}))
    assert 'value="http://testserver/in/' in made and 'value="whsec_' in made and "Webhooks" in made
    key = text(owner.post("/welcome/orders/open", {"way": "api"}))
    assert 'value="rg_' in key and "http://testserver/api/v1/orders/1001" in key
    assert new.world.rows("select kind, active from intake_feed") == [("woocommerce", True)]
    assert new.world.one("select scopes from shop_api_key") == ["intake", "read"]
    assert "Open feeds: 1, keys: 1." in text(owner.get("/welcome/shop/"))


def test_a_test_order_is_answered_step_by_step(new: WebShop) -> None:
    owner = new.clients["owner"]
    owner.post("/welcome/shop/save", SHOP)
    assert "Switch the scheme on" in text(owner.get("/welcome/scheme/"))
    assert owner.post("/welcome/scheme/on").status_code == 302
    assert new.world.one("select count(*) from journeys_scheme where live_version_id is not null") == 1
    assert "Waiting for the first order" in text(owner.get("/welcome/scheme/"))

    bad = owner.post("/welcome/scheme/try", {**BUYER, "phone": "12"})
    assert bad.status_code == 422 and 'value="12"' in text(bad)
    where = owner.post("/welcome/scheme/try", BUYER)["Location"]
    number = where.rpartition("=")[2]
    poll = f"/welcome/scheme/steps/?order={number}"
    first = text(owner.get(poll))
    assert "being read" in first and f"order={number}" in first and "every 1s" in first
    engine(new)
    done = text(owner.get(poll))
    assert f"Order {number} has arrived" in done and "Вера" in done and "every 1s" not in done
    assert f"The letter is out: We have your order {number}" in done and "in the letterbox" in done
    assert "A call is waiting at the desk, by 16:00" in done and "aim at 15:15" in done, "Monday 15:00 in Moscow"
    assert "vera@stove.test" not in done, "addresses are masked"
    order = new.world.one("select id from orders_order where external_id = %s and source = 'trial'", number)
    assert new.world.rows("select state from outbox_message where order_id = %s", order) == [("sent",)]
    assert new.world.rows("select kind, state from desk_task where order_id = %s", order) == [("call", "open")]
    assert owner.post("/welcome/leave", {"do": "done"})["Location"] == "/tasks/"
    assert owner.get("/")["Location"] == "/tasks/" and step(new) == ""


def test_a_letter_that_cannot_go_says_why(new: WebShop) -> None:
    owner = new.clients["owner"]
    owner.post("/welcome/scheme/on")
    where = owner.post("/welcome/scheme/try", BUYER)["Location"]
    with new.world.writing() as cur:
        cur.execute(
            "insert into people_suppression (shop_id, kind, value, reason, scope, at)"
            " values (%s, 'email', 'vera@stove.test', 'bounce', 'all', %s)",
            (new.shop_id, new.world.now),
        )
    engine(new)
    shown = text(owner.get(where))
    assert "The letter did not go" in shown and "takes no mail" in shown and "A call is waiting" in shown


def test_at_night_it_says_when_the_call_is(new: WebShop) -> None:
    new.world.later(hours=14)
    owner = new.clients["owner"]
    owner.post("/welcome/scheme/on")
    where = owner.post("/welcome/scheme/try", BUYER)["Location"]
    engine(new)
    assert "Nobody works now: it is first thing at 09:00" in text(owner.get(where))


def test_switching_on_twice_publishes_once(new: WebShop) -> None:
    owner = new.clients["owner"]
    before = new.world.one("select count(*) from journeys_version")
    for _ in range(2):
        assert owner.post("/welcome/scheme/on").status_code == 302
    assert new.world.one("select count(*) from journeys_version") == before + 1
    assert new.world.one("select live_version_id is not null from journeys_scheme where name = 'after-order'")


def test_a_stranger_sees_nothing_of_an_order(new: WebShop) -> None:
    owner = new.clients["owner"]
    owner.post("/welcome/scheme/on")
    where = owner.post("/welcome/scheme/try", BUYER)["Location"]
    engine(new)
    shown = text(new.clients["stranger"].get(where))
    assert "has arrived" not in shown
