"""The buyer's pages: a GET shows, a POST acts once, and a link that opens nothing tells nothing."""

import re

import pytest
from django.test import Client

from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from regulars.public import page
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

CANARY = ("Buyer1", "Buyer 1", "buyer1@example.test", "+7914")


def _reader(web: WebShop) -> tuple[int, int, int, int]:
    """Person, order, message, question."""
    person, order = web.buy()
    web.outbox.gate()
    return person, order, web.message_of(order), web.ask(person, order)


def _answer(web: WebShop, question: int) -> tuple[object, ...]:
    return web.world.rows("select answer, comment from feedback_question where id = %s", question)[0]


def test_the_click_in_the_letter_opens_the_page_with_the_answer_chosen_and_counts_nothing(web: WebShop) -> None:
    _, _, message, question = _reader(web)
    path = web.link(ANSWER, web.shop_id, question, message)
    shown = Client().get(path + "?answer=no").content.decode()
    assert re.search(r'value="no" id="no" required checked', shown)
    assert not re.search(r'value="yes" id="yes" required checked', shown)
    assert _answer(web, question) == (None, "")


def test_an_answer_counts_once_and_the_first_one_stays(web: WebShop) -> None:
    _, _, message, question = _reader(web)
    path = web.link(ANSWER, web.shop_id, question, message)
    first = Client().post(path, {"answer": "no", "bad": "The handle is loose", "help": "exchange", "good": "ignored"})
    assert first.status_code == 200 and "your answer has arrived" in first.content.decode()
    assert _answer(web, question) == ("no", "Exchange it\nThe handle is loose")
    again = Client().post(path, {"answer": "yes"})
    assert "We have your answer already" in again.content.decode()
    assert "We have your answer already" in Client().get(path).content.decode()
    assert _answer(web, question)[0] == "no"
    assert len(web.outbox.events("answer.given")) == 1


@pytest.mark.parametrize("sent", [{}, {"answer": "perhaps"}, {"answer": "yes", "good": "x" * 5000}])
def test_an_answer_that_is_none_is_refused_and_what_was_typed_stays(web: WebShop, sent: dict[str, str]) -> None:
    _, _, message, question = _reader(web)
    refused = Client().post(web.link(ANSWER, web.shop_id, question, message), {**sent, "bad": "half a sentence"})
    assert refused.status_code == 422
    assert (
        "half a sentence" in refused.content.decode() and 'aria-describedby="answer-error"' in refused.content.decode()
    )
    assert _answer(web, question)[0] is None


def test_unsubscribing_stops_advertising_to_that_address_and_is_kept_with_its_proof(web: WebShop) -> None:
    person, order, message, _ = _reader(web)
    web.outbox.agree(person)
    path = web.link(UNSUBSCRIBE, web.shop_id, person, message)
    assert Client().get(path).status_code == 200
    before = web.outbox.queue(person, "advertising")
    assert Client().post(path).status_code == 200
    web.outbox.gate()
    assert web.outbox.state(before) == ("refused", "unsubscribed")
    ((given, proof),) = web.world.rows(
        "select given, proof from people_consent where person_id = %s order by id desc limit 1", person
    )
    assert not given and proof["source"] == "unsubscribe_page" and proof["ip"] == "127.0.0.1"
    service = web.outbox.queue(person, order_id=order)
    web.outbox.gate()
    assert web.outbox.state(service)[0] == "sent"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_one_click_needs_no_cookie_no_token_and_no_second_step(web: WebShop, kind: str) -> None:
    person, _, message, _ = _reader(web)
    web.outbox.agree(person)
    body = "List-Unsubscribe=One-Click"
    if kind.startswith("multipart"):
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    client = Client(enforce_csrf_checks=True)
    path = web.link(UNSUBSCRIBE, web.shop_id, person, message)
    for _ in range(3):
        done = client.post(path, body, content_type=kind)
        assert done.status_code == 200 and not done.cookies
    assert web.world.one("select count(*) from people_consent where person_id = %s and not given", person) == 1
    assert web.world.one("select count(*) from people_suppression where scope = 'advertising'") == 1
    proof = web.world.one("select proof from people_consent where person_id = %s and not given", person)
    assert proof["source"] == "one_click"


def test_preferences_take_one_channel_and_give_it_back(web: WebShop) -> None:
    person, _, _, _ = _reader(web)
    path = web.link(PREFERENCES, web.shop_id, person)
    assert 'value="email">' in Client().get(path).content.decode()

    def allowed() -> tuple[str, str | None]:
        letter = web.outbox.queue(person, "advertising")
        web.outbox.gate()
        return web.outbox.state(letter)

    assert allowed() == ("refused", "no_consent")
    saved = Client().post(path, {"channel": "email"}).content.decode()
    assert 'value="email" checked' in saved and 'value="sms">' in saved
    assert allowed()[0] == "sent"
    Client().post(path, {"do": "stop", "channel": "email"})
    assert allowed() == ("refused", "unsubscribed")
    Client().post(path, {"channel": "email"})
    assert allowed()[0] == "sent"
    said = web.world.rows("select channel, given from people_consent where person_id = %s order by id", person)
    assert said == [("email", True), ("email", False), ("email", True)]


def test_a_bounced_address_is_not_freed_by_a_wish_for_advertising(web: WebShop) -> None:
    person, _, _, _ = _reader(web)
    address = web.world.one("select value from people_contact_point where person_id = %s and kind = 'email'", person)
    with web.world.writing() as cur:
        cur.execute(
            "insert into people_suppression (shop_id, kind, value, reason, scope, at)"
            " values (%s, 'email', %s, 'bounce', 'all', %s)",
            (web.shop_id, address, web.world.now),
        )
    Client().post(web.link(PREFERENCES, web.shop_id, person), {"channel": "email"})
    assert web.world.one("select count(*) from people_suppression where scope = 'all'") == 1


def test_a_link_that_is_forged_cut_too_old_revoked_or_for_another_page_opens_the_same_page(web: WebShop) -> None:
    person, _, message, question = _reader(web)
    good = web.link(UNSUBSCRIBE, web.shop_id, person, message)
    token = good.rpartition("/")[2]
    bad = [
        "/u/" + token[:-1],
        "/u/" + ("A" if token[0] != "A" else "B") + token[1:],
        "/p/" + token,
        "/a/" + token,
        "/u/x",
        web.link(UNSUBSCRIBE, web.shop_id, person, message, days=-1),
        web.link(UNSUBSCRIBE, web.shop_id, person, message, epoch=1),
        web.link(UNSUBSCRIBE, web.other_shop, person, message),
        web.link(UNSUBSCRIBE, web.shop_id, 999, message),
        web.link(ANSWER, web.other_shop, question, message),
    ]
    for method in ("get", "post"):
        answers = [getattr(Client(), method)(path) for path in bad]
        assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    assert web.world.one("select count(*) from people_consent") == 0
    assert Client().get(good).status_code == 200


def test_guessing_is_slowed_down_and_a_good_link_still_opens(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _, message, _ = _reader(web)
    monkeypatch.setattr(page, "BAD_LINKS_A_MINUTE", 3)
    monkeypatch.setattr(page, "POSTS_AN_HOUR", 2)
    assert [Client().get("/u/guess").status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    path = web.link(UNSUBSCRIBE, web.shop_id, person, message)
    assert Client().get(path).status_code == 200
    posts = [Client().post(path) for _ in range(3)]
    assert [p.status_code for p in posts] == [200, 200, 429] and posts[2]["Retry-After"]


def test_pages_name_nobody_leak_nothing_and_set_no_cookie(web: WebShop) -> None:
    person, _, message, question = _reader(web)
    for path in (
        web.link(UNSUBSCRIBE, web.shop_id, person, message),
        web.link(PREFERENCES, web.shop_id, person),
        web.link(ANSWER, web.shop_id, question, message) + "?answer=yes",
        "/u/nothing",
    ):
        shown = Client().get(path)
        text = shown.content.decode()
        assert not [c for c in CANARY if c in text]
        assert not shown.cookies
        assert shown["Referrer-Policy"] == "no-referrer"
        assert shown["Cache-Control"] == "no-store"
        assert shown["X-Robots-Tag"].startswith("noindex")
        assert "default-src 'self'" in shown["Content-Security-Policy"]
        assert "<script" not in text and " style=" not in text


def test_the_page_speaks_the_readers_language_and_can_be_switched(web: WebShop) -> None:
    person, _, message, question = _reader(web)
    with web.world.writing() as cur:
        cur.execute("update people_person set language = 'ru' where id = %s", (person,))
    path = web.link(ANSWER, web.shop_id, question, message)
    russian = Client().get(path + "?answer=no", headers={"accept-language": "en"})
    assert 'lang="ru"' in russian.content.decode() and "Всё ли" in russian.content.decode()
    assert russian["Content-Language"] == "ru"
    assert "?answer=no&amp;lang=en" in russian.content.decode()
    english = Client().get(path + "?answer=no&lang=en").content.decode()
    assert 'lang="en"' in english and "Is everything all right?" in english


@pytest.mark.parametrize("method", ["head", "options", "put", "delete", "patch"])
def test_no_other_method_acts(web: WebShop, method: str) -> None:
    person, _, message, question = _reader(web)
    for path in (
        web.link(UNSUBSCRIBE, web.shop_id, person, message),
        web.link(PREFERENCES, web.shop_id, person),
        web.link(ANSWER, web.shop_id, question, message) + "?answer=yes",
    ):
        found = getattr(Client(), method)(path)
        assert found.status_code == (200 if method == "head" else 405)
    assert _answer(web, question)[0] is None
    assert web.world.one("select count(*) from people_consent") == 0
