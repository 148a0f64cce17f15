"""What the head of a scheme says to its reader, in both languages: what begins it, who comes again."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import translation

from regulars.core.language_page import TRIGGERS
from regulars.core.read import read_scheme
from regulars.core.shape import VERBS
from regulars.core.vocabulary import EVENT_KINDS
from regulars.journeys import clock_filling
from regulars.web import words
from regulars.web.say import Say
from regulars.web.schemes import problems, starting
from tests.flows.test_web_scheme_picture import fields
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

TEXT = """
scheme: greeting
per: {per}
starts: {starts}
{more}
steps:
  hello: {{send: {{template: hello, purpose: advertising}}}}
"""


def said(language: str, starts: str, per: str = "person", more: str = "") -> tuple[str, str]:
    scheme = read_scheme(TEXT.format(per=per, starts=starts, more=more)).scheme
    assert scheme is not None
    with translation.override(language):
        words = "; ".join(starting.trigger(t, language) for t in scheme.starts)
        return words.replace("\u00a0", " "), starting.again(scheme).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("starts", "per", "english", "russian"),
    [
        (
            '{date: person.birthday, before: 7d, at: "10:00 local"}',
            "person",
            "7 days before the birthday, 10:00 at the buyer’s",
            "За 7 дней до дня рождения, в 10:00 у покупателя",
        ),
        ("{date: person.birthday}", "person", "On the birthday", "В день рождения"),
        ("{date: person.customer_since, every: year}", "person", "On the day of the first paid order, every year",
         "В день первого оплаченного заказа, каждый год"),
        ("{date: order.window.from, before: 2h}", "order", "2 h before the delivery window opens",
         "За 2 ч до начала окна доставки"),
        ("{since: order.placed, for: 90d}", "person", "90 days since the last time: an order was placed",
         "90 дней с последнего раза: оформлен заказ"),
        ("[{enters: big-spenders}, {leaves: sleepers}]", "person",
         "Entry into the segment “Big spenders”; Exit from the segment “Sleepers”",
         "Вошёл в сегмент «Big spenders»; Вышел из сегмента «Sleepers»"),
    ],
)  # fmt: skip
def test_what_begins_it(starts: str, per: str, english: str, russian: str) -> None:
    assert said("en", starts, per)[0] == english
    assert said("ru", starts, per)[0] == russian


def test_who_comes_again() -> None:
    assert said("en", "{date: person.birthday}")[1] == "Once a year at most."
    assert said("ru", "lead.created", more="again: always")[1] == "Снова сразу после окончания."
    assert said("en", "lead.created", more="again: after 30d")[1] == "Again 30 days after the end of the last time."
    assert said("en", "lead.created")[1] == ""


PAGE = """
scheme: birthday
per: person
starts: {date: person.birthday, before: 7d, at: "10:00 local"}
priority: 8
budget: {messages: 1000, every: month}
steps:
  hello:
    send: {by: [email], purpose: advertising, subject: {en: Hello, ru: Привет}, text: {en: Soon, ru: Скоро}}
"""


def test_the_page_says_what_begins_it_what_is_spent_and_how_far_it_is_filled(web: WebShop) -> None:
    web.world.publish(PAGE)
    owner = web.clients["owner"]
    table = owner.get("/schemes/of/birthday/?view=table").content.decode().replace("\u00a0", " ")
    assert "7 days before the birthday, 10:00 at the buyer’s" in table
    assert "Once a year at most." in table and "Priority 8 of 9." in table
    assert "Advertising this month: 0 of 1,000." in table
    assert "are being looked through" in table
    web.world.wait_for_older()
    while clock_filling.fill_once(web.world.raw):
        pass
    for view in ("map", "table"):
        page = owner.get(f"/schemes/of/birthday/?view={view}").content.decode()
        assert "are being looked through" not in page and "Advertising this month" in page, view
    assert "7 days before the birthday" in owner.get("/schemes/").content.decode().replace("\u00a0", " ")


MONEY = PAGE.replace("{messages: 1000, every: month}", "{cost: 50 EUR, every: month}").replace(
    "by: [email],", "by: [email, sms],"
)


def test_a_start_by_a_day_that_stands_alone_is_one_row_of_the_form(web: WebShop) -> None:
    web.world.publish(PAGE)
    owner = web.clients["owner"]
    form = fields(owner.get("/schemes/of/birthday/?view=map&do=head").content.decode())
    assert form["f.starts.0.value"].startswith("{date: person.birthday, before: 7d") and "f.starts.2.value" not in form
    changed = form | {"f.starts.0.value": form["f.starts.0.value"].replace("7d", "3d")}
    answer = owner.post("/schemes/change", {"name": "birthday", "change": "head", **changed})
    assert answer.status_code == 302
    text = web.world.one("select text from journeys_draft where name = 'birthday'")
    assert text == PAGE.replace("before: 7d", "before: 3d")


def test_a_budget_by_cost_is_set_by_the_form_compared_and_its_use_is_told(web: WebShop) -> None:
    web.world.publish(PAGE)
    owner = web.clients["owner"]
    at = "/schemes/of/birthday/"
    owner.post("/schemes/backtests/prices", {"name": "birthday", "email": "0.0125", "sms": "3.50"})
    form = fields(owner.get(f"{at}?view=map&do=head").content.decode())
    assert form["f.budget.messages"] == "1000" and form["f.budget.cost"] == ""
    changed = form | {"f.budget.messages": "", "f.budget.cost": "50"}
    refused = owner.post("/schemes/change", {"name": "birthday", "change": "head", **changed})
    assert refused.status_code == 422 and "The sum 50 has no currency" in refused.content.decode()
    changed["f.budget.cost"] = "50 EUR"
    assert owner.post("/schemes/change", {"name": "birthday", "change": "head", **changed}).status_code == 302
    with web.world.writing() as cur:
        row = cur.execute("select text from journeys_draft where name = 'birthday'").fetchone()
    assert row is not None and "budget: {cost: 50 EUR, every: month}" in row[0]
    compared = owner.get(f"{at}?view=changes").content.decode()
    assert "budget of advertising, money at most" in compared and "50 EUR" in compared
    web.world.publish(MONEY)
    with web.world.writing() as cur:
        cur.execute(
            "insert into outbox_budget (shop_id, scheme, every, begins, used, cost, currency)"
            " values (%s, 'birthday', 'month', %s, 7, 35125, 'EUR')",
            (web.shop_id, web.world.now.date().replace(day=1)),
        )
    page = owner.get(f"{at}?view=table").content.decode().replace("\u00a0", " ")
    assert "Advertising this month: €3.5125 of €50." in page
    owner.post("/language", {"language": "ru", "next": "/"})
    page = owner.get(f"{at}?view=table").content.decode().replace("\u00a0", " ")
    assert "Реклама в этом месяце: 3,5125 € из 50 €." in page


def test_why_names_the_money_that_is_spent_and_allowed_in_both_languages() -> None:
    params = {"used": "4998.5", "limit": "5000", "price": "3.5", "currency": "RUB", "every": "month"}
    told = {}
    for language in ("en", "ru"):
        with translation.override(language):
            say = Say(language, "UTC", "RUB", datetime(2026, 3, 2, tzinfo=UTC))
            told[language] = words.reason("budget_spent", params, say).replace("\u00a0", " ")
            assert words.reason("budget_spent", {"used": 3, "limit": 3, "every": "day"}, say)
    assert told == {
        "en": "the scheme’s budget has no room for it: ₽4,998.50 of ₽5,000 are spent, and it costs ₽3.50",
        "ru": "в бюджете схемы на него не хватает: израсходовано 4 998,50 ₽ из 5 000 ₽, а стоит оно 3,50 ₽",
    }


@pytest.mark.parametrize(("language", "says"), [("ru", "Язык схем"), ("en", "The language of schemes")])
def test_the_language_has_its_page_with_a_place_for_each_verb(web: WebShop, language: str, says: str) -> None:
    owner = web.clients["owner"]
    owner.post("/language", {"language": language, "next": "/"})
    page = owner.get("/schemes/language/").content.decode()
    assert says in page
    for verb in (*VERBS, *TRIGGERS):
        assert f'<h3 id="{verb}">' in page and f'href="#{verb}"' in page
    for word in ("product.categories", "order.placed", "days: product.satisfaction_days"):
        assert word in page.replace('<span class="y-k">', "").replace("</span>", "")
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places)), "an address leads to one place"
    assert {*EVENT_KINDS, "fact-order.total", "key-hold_out", "function-count", "durations", "facts"} <= set(places)
    hashes = re.findall(r'<a class="r-hash" href="#([^"]+)"', page)
    assert set(hashes) <= set(places) and {*VERBS, *TRIGGERS, *EVENT_KINDS, "fact-order.total", "key-stops"} <= set(
        hashes
    )
    assert "/schemes/language/" in owner.get("/schemes/edit/?name=after-order").content.decode()


BROKEN = """\
scheme: broken
per: order
starts: {event: order.plaiced}
stops: [order.cancelled]
hold_out: 90%
steps:
  hello: {send: {template: hello, by: [pigeon]}}
  then:
    title: {en: Wait}
    wait: 2 fortnights
  ask-it:
    if: order.totl > 5
    yes: end
    no: nowhere
  call-it:
    call: {scrpt: confirm, team: order-desk}
"""


def _about(text: str, language: str = "en") -> dict[int, tuple[str, str]]:
    """By line, the place that is linked and what it is called there."""
    rows = problems.shown(read_scheme(text).problems, text, language)
    return {row["line"]: (row["about"]["at"], row["about"]["word"]) for row in rows if row["about"]}


def test_a_problem_leads_to_the_place_in_the_language_that_tells_of_it(web: WebShop) -> None:
    places = set(re.findall(r' id="([^"]+)"', web.clients["owner"].get("/schemes/language/").content.decode()))
    shape = _about(BROKEN)
    assert shape[16] == ("call", "call")
    sense = _about(BROKEN.replace("scrpt", "script").replace("hold_out: 90%", "hold_out: 5%"))
    assert sense[3] == ("order.placed", "order.placed")
    assert sense[7] == ("send", "send")
    assert sense[10] == ("durations", "Durations")
    assert sense[14] == ("if", "if")
    assert _about(BROKEN.replace("scrpt", "script"), "ru")[10] == ("durations", "Промежутки времени")
    late = "scheme: x\nper: person\nstarts:\n  - date: person.birthday\n    before: 3h\nsteps:\n  a: {wait: 1d}\n"
    assert _about(late)[5] == ("date", "date")
    assert _about("scheme: x\nper: sometimes\nstarts: order.placed\nsteps:\n  a: {wait: 1d}\n")[2] == ("key-per", "per")
    for found in (shape, sense):
        assert {at for at, _word in found.values()} <= places
    assert _about("a: [") == {}, "what is no YAML is no matter of the language"
    page = web.clients["owner"].post("/schemes/publish", {"text": BROKEN, "name": "", "base": "0", "do": "check"})
    assert '/schemes/language/#call"' in page.content.decode()


@pytest.mark.parametrize("page", ["flow", "versions", "backtest", "effect", "compare"])
def test_every_page_of_a_scheme_has_its_state_and_the_drafts_changes(web: WebShop, page: str) -> None:
    owner, path = web.clients["owner"], f"/schemes/of/after-order/{page}/"
    if page == "compare":
        web.world.publish(SCHEME.replace("within: 1h", "within: 3h"))
    text = owner.get(path).content.decode()
    assert "running, version" in text and 'data-view="changes"' in text
    assert re.search(r'view=changes" hidden', text), "there is no draft yet"
    slower = SCHEME.replace("within: 1h", "within: 2h")
    owner.post("/schemes/draft", {"text": slower, "name": "after-order", "base": "1"})
    text = owner.get(path).content.decode()
    assert re.search(r'view=changes" data-view="changes">Changes<span class="badge" data-changes>1<', text)
    assert "draft, from version 1" in text
    if page == "effect":
        assert "On the way" in text
    owner.post("/schemes/of/after-order/pause", {"newcomers": "wait"})
    assert '<span class="badge soon">' in owner.get(path).content.decode()
    badge = r'<span class="badge soon">.*?paused</span>'
    for other in ("/schemes/", "/schemes/of/after-order/?view=changes"):
        assert re.search(badge, owner.get(other).content.decode(), re.S), other
    colleague = web.clients["supervisor"].get(path).content.decode()
    assert "paused" in colleague and 'data-view="changes"' not in colleague
