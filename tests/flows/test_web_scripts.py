"""The owner edits what operators say: saved as versions, tried on a real order, had back; and cards say it at once."""

import html
import re

from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

PATH = "/settings/scripts/of/script/confirm-order/"
TEXT = """\
title: {en: Ours, ru: Наш}
lines:
  - step: greet
    say: {en: "Dear {{ person.first_name }}!", ru: "Дорогая {{ person.first_name | case: 'dative' }}!"}
  - step: pay
    when: unpaid
    say: {en: "Not paid yet.", ru: "Ещё не оплачено."}
  - step: paid
    when: paid
    say: {en: "All is paid.", ru: "Всё оплачено."}
"""


def page(web: WebShop, path: str, who: str = "owner") -> str:
    return html.unescape(web.clients[who].get(path).content.decode()).replace("\u00a0", " ")


def card(web: WebShop, order: int) -> str:
    return page(web, f"/tasks/{web.task_of(order)}/", "operator")


def save(web: WebShop, text: str, base: int, path: str = PATH) -> int:
    return int(web.clients["owner"].post(path + "save", {"text": text, "base": str(base)}).status_code)


def test_a_saved_script_is_on_the_next_card_with_the_steps_of_its_situation(web: WebShop) -> None:
    _, order = web.buy()
    assert "You placed an order with us" in card(web, order)
    assert save(web, TEXT, 0) == 302
    shown = card(web, order)
    assert "Script: Ours" in shown and "Dear <mark>" in shown
    assert "Not paid yet." in shown and "All is paid." not in shown
    with web.world.writing() as cur:
        cur.execute("update orders_order set payment_status = 'paid' where id = %s", (order,))
    shown = card(web, order)
    assert "All is paid." in shown and "Not paid yet." not in shown


def test_a_text_with_an_error_is_refused_with_its_line_and_kept(web: WebShop) -> None:
    wrong = TEXT.replace("person.first_name }}", "person.first_nam }}")
    refused = web.clients["owner"].post(PATH + "save", {"text": wrong, "base": "0"})
    text = html.unescape(refused.content.decode()).replace("\u00a0", " ")
    assert refused.status_code == 422
    assert (
        "line 4" in text and "Nobody knows “person.first_nam”." in text and "Did you mean “person.first_name”?" in text
    )
    assert "Dear {{ person.first_nam }}" in text
    assert web.world.one("select count(*) from outbox_spoken") == 0


def test_versions_are_taken_again_and_the_ready_one_too_and_that_is_undone(web: WebShop) -> None:
    _, order = web.buy()
    owner = web.clients["owner"]
    save(web, TEXT, 0)
    save(web, TEXT.replace("Dear", "Dearest"), 1)
    assert "Dearest" in card(web, order)
    owner.post(PATH + "restore", {"version": "1"})
    assert "Dear <mark>" in card(web, order)
    owner.post(PATH + "restore", {"version": "ready"})
    assert "You placed an order with us" in card(web, order)
    toast = page(web, PATH)
    undo = re.findall(r'action="([^"]+restore\?version=\d+)"', toast)
    assert owner.post(undo[-1]).status_code == 302, "the toast of the last deed"
    assert "Dear <mark>" in card(web, order)
    assert web.world.one("select max(version) from outbox_spoken") == 5
    assert owner.post(PATH + "restore", {"version": "77"}).status_code == 404


def test_two_owners_never_overwrite_each_other_unseen(web: WebShop) -> None:
    assert save(web, TEXT, 0) == 302
    late = web.clients["owner"].post(PATH + "save", {"text": TEXT.replace("Dear", "Late"), "base": "0"})
    assert late.status_code == 409 and "Late" in late.content.decode()
    assert "Somebody has saved another version meanwhile" in late.content.decode()
    assert web.world.one("select count(*) from outbox_spoken") == 1


def test_the_preview_is_on_a_real_order_in_either_language_and_saves_nothing(web: WebShop) -> None:
    person, order = web.buy()
    with web.world.writing() as cur:
        cur.execute("update people_person set first_name = 'Любовь' where id = %s", (person,))
    number = web.world.one("select number from orders_order where id = %s", order)
    sent = {"text": TEXT, "order": number, "language": "ru"}
    shown = web.clients["supervisor"].post(PATH + "preview", sent).content.decode().replace("\u00a0", " ")
    assert "Дорогая <mark>Любови</mark>!" in shown and f"order {number}" in shown
    assert web.world.one("select count(*) from outbox_spoken") == 0
    nobody = web.clients["owner"].post(PATH + "preview", {**sent, "order": "none"}).content.decode()
    assert "no such order" in nobody


def test_questions_and_phrases_are_edited_likewise_and_a_question_may_be_for_some_products(web: WebShop) -> None:
    web.goods({"sku": "A", "category": "Pans"}, {"sku": "B", "category": "Lids"})
    _, order = web.buy()
    web.lines(order, "A")
    questions = """\
- question: {en: Which oil?, ru: Какое масло?}
  answer: {en: Any., ru: Любое.}
  category: Pans
- question: {en: Which lid?, ru: Какая крышка?}
  answer: {en: "Ours, {{ shop.return_days }} {{ shop.return_days | plural: 'day','days' }}.", ru: Наша.}
  products: [B]
- question: {en: For all?, ru: Для всех?}
  answer: {en: "Within {{ shop.return_days }} {{ shop.return_days | plural: 'day','days' }}.", ru: Да.}
"""
    assert save(web, questions, 0, "/settings/scripts/of/questions/all/") == 302
    assert save(web, '- {en: "Shall I put it down?", ru: "Записываю?"}', 0, "/settings/scripts/of/closing/all/") == 302
    shown = card(web, order)
    assert "Which oil?" in shown and "For all?" in shown and "Which lid?" not in shown
    assert "Shall I put it down?" in shown
    assert 'Within <mark class="gap">' in shown
    about = {"return_days": "14", "windows": "10-14, 14:30-18"}
    assert web.clients["owner"].post("/settings/scripts/about", about).status_code == 302
    shown = card(web, order)
    assert "Within <mark>14</mark> <mark>days</mark>" in shown
    assert "Tue 10–14" in shown and "Tue 14:30–18" in shown


def test_what_is_wrong_about_the_shop_is_said_and_kept(web: WebShop) -> None:
    answer = web.clients["owner"].post("/settings/scripts/about", {"price": "x", "windows": "18-10"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "A window looks like" in text and 'value="18-10"' in text


def test_a_new_script_is_made_under_a_name_that_schemes_use(web: WebShop) -> None:
    owner = web.clients["owner"]
    made = owner.post("/settings/scripts/new", {"title": "Wholesale buyers"})
    assert made["Location"] == "/settings/scripts/of/script/wholesale-buyers/"
    assert "wholesale-buyers" in page(web, "/settings/scripts/")
    for title in ("Wholesale buyers", "Опт", "", "confirm order"):
        assert owner.post("/settings/scripts/new", {"title": title}).status_code == 422, title
    assert web.clients["supervisor"].post("/settings/scripts/new", {"title": "x"}).status_code == 403


def test_an_address_says_what_is_odd_about_it(web: WebShop) -> None:
    person, order = web.buy()
    with web.world.writing() as cur:
        cur.execute(
            """update people_person set address = '{"country": "RU", "city": "Хабаровск", "street": "Серышева",
            "postcode": "125009"}' where id = %s""",
            (person,),
        )
    shown = card(web, order)
    assert "No house number in “Серышева”" in shown
    assert "Postcode 125009 is of “Москва”, the address says “Хабаровск”" in shown


def test_a_chosen_window_is_read_as_two_times(web: WebShop) -> None:
    from regulars.web.desk.windows import chosen

    assert chosen("2026-03-03T10:00/2026-03-03T14:00") == {
        "window_from": "2026-03-03T10:00",
        "window_to": "2026-03-03T14:00",
    }
    for nonsense in ("", "x/y", "2026-03-03T14:00/2026-03-03T10:00", "2026-03-03T10:00Z/2026-03-03T14:00Z", "/"):
        assert chosen(nonsense) == {"window_from": "", "window_to": ""}
