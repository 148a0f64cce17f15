"""What the screens show and do: people and their reasons, letters, decisions, the quarantine, schemes, promises."""

import re

import pytest

from regulars.base import clock
from regulars.core.explain import SENTENCES
from regulars.outbox import decide
from regulars.rules import gate
from regulars.web import words
from regulars.web.say import mask_phone
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401


def _sent(web: WebShop) -> tuple[int, int, int]:
    person, order = web.buy()
    web.outbox.gate()
    return person, order, web.message_of(order)


def test_a_message_that_went_and_one_that_did_not_both_say_why(web: WebShop) -> None:
    person, order, _ = _sent(web)
    web.outbox.queue(person, "advertising", order_id=order)
    web.outbox.gate()
    text = web.clients["operator"].get(f"/people/{person}/").content.decode()
    assert text.count('class="r-whybox"') == 2
    assert "“Hello from us”" in text, "what never left is called as its scheme writes it"
    assert "Sent: nothing stood in its way" in text and "Not sent: no consent" in text
    assert "Began by “An order was placed”" in text, "the scheme's own reasons"
    assert "He is told that he will be called by" in text and not re.search(r"\d{4}-\d\d-\d\d \d\d:", text), (
        "as elsewhere"
    )
    decided = re.findall(r'(?s)<li class="stop">.*?<span>([^<]*)</span><span><b>([^<]*)</b>', text)
    assert decided == [("Consent?", "no consent")], "one check decided, and it says what it found"
    after = text.split('<li class="stop">')[1]
    assert "not asked: it was stopped before" in after, "what came later was not asked"


def test_reasons_whose_record_is_gone_are_said_to_be_unknown(web: WebShop) -> None:
    _, _, message = _sent(web)
    with web.world.writing() as cur:
        cur.execute("update outbox_message set why = '{}', enrolment_id = null where id = %s", (message,))
    assert "There is no record of the reasons" in web.clients["operator"].get(f"/letters/{message}/").content.decode()


def test_contacts_are_masked_in_lists_and_shown_to_an_operator_only_when_he_asks(web: WebShop) -> None:
    person, _, _ = _sent(web)
    operator = web.clients["operator"]
    phone, email = (
        web.world.one("select value from people_contact_point where person_id = %s and kind = %s", person, kind)
        for kind in ("phone", "email")
    )
    for path in ("/people/", f"/people/{person}/", "/people/?q=buyer"):
        text = operator.get(path).content.decode()
        assert phone not in text and email not in text, path
        assert "b···@example.test" in text
    asked = operator.post(f"/people/{person}/").content.decode()
    assert f'href="tel:{phone}"' in asked and email in asked
    whole = web.world.rows("select detail from base_audit where action = 'person.viewed' order by id desc limit 1")
    assert whole == [({"page": "person", "whole": True},)]
    assert phone in web.clients["supervisor"].get(f"/people/{person}/").content.decode()
    assert f'/people/{person}/"' in operator.get("/people/", {"q": phone}).content.decode()


def test_an_order_is_found_by_number_and_shows_all_that_belongs_to_it(web: WebShop) -> None:
    _, order, message = _sent(web)
    number = web.world.one("select number from orders_order where id = %s", order)
    operator = web.clients["operator"]
    assert f'/orders/{order}/"' in operator.get("/orders/", {"q": number}).content.decode()
    assert "Nothing matches" in operator.get("/orders/", {"q": "no such number"}).content.decode()
    text = operator.get(f"/orders/{order}/").content.decode()
    for part in (f"/tasks/{web.task_of(order)}/", f"/letters/{message}/", "to call", "after-order", "₽4,990"):
        assert part in text, part


def test_a_letter_is_shown_as_text_with_headers_and_in_a_sandbox(web: WebShop) -> None:
    person, _, message = _sent(web)
    with web.world.writing() as cur:
        name = "Наталья Вознесенская-Крыжановская-Длинная"
        cur.execute("update people_person set name = %s where id = %s", (name, person))
    again = web.outbox.queue(person)
    web.outbox.gate()
    text = web.clients["operator"].get(f"/letters/{again}/").content.decode()
    assert "Hello from us" in text and "all is well." in text
    assert f"{name} &lt;" in text, "a long name is read as mail programs read it"
    assert f'sandbox="" loading="lazy" src="/letters/{again}/html"' in text
    frame = web.clients["operator"].get(f"/letters/{message}/html")
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "allow-" not in policy
    assert "X-Frame-Options" not in frame


@pytest.mark.parametrize(("verdict", "state"), [("was_sent", "sent"), ("send_again", "queued"), ("leave", "failed")])
def test_a_message_of_unknown_fate_waits_for_a_word(web: WebShop, verdict: str, state: str) -> None:
    _, order, _ = _sent(web)
    message, lead = web.unknown(order), web.clients["supervisor"]
    listed = lead.get("/letters/waiting/").content.decode()
    assert f"/letters/{message}/resolve" in listed
    assert lead.post(f"/letters/{message}/resolve", {"verdict": verdict}).status_code == 302
    assert web.outbox.state(message)[0] == state
    lead.post(f"/letters/{message}/resolve", {"verdict": "leave"})
    assert web.outbox.state(message)[0] == state, "a second word changes nothing"
    assert "decided on this message already" in lead.get("/letters/waiting/").content.decode()
    assert lead.post(f"/letters/{message}/resolve", {"verdict": "nonsense"}).status_code == 404


@pytest.mark.parametrize("send", ["yes", "no"])
def test_a_late_message_that_is_held_waits_for_a_word(web: WebShop, send: str) -> None:
    person, _, _ = _sent(web)
    held = web.outbox.queue(person, late={"action": "wait", "after_seconds": 60})
    web.world.later(hours=2)
    web.outbox.gate()
    assert web.outbox.state(held) == ("queued", "late_held")
    lead = web.clients["supervisor"]
    assert f"/letters/{held}/release" in lead.get("/letters/waiting/").content.decode()
    assert lead.post(f"/letters/{held}/release", {"send": send}).status_code == 302
    web.outbox.gate()
    assert web.outbox.state(held)[0] == {"yes": "sent", "no": "refused"}[send]


def test_promises_are_listed_with_their_state(web: WebShop) -> None:
    _sent(web)
    operator = web.clients["operator"]
    assert "ahead" in operator.get("/promises/?state=open").content.decode()
    assert "No promise was broken" in operator.get("/promises/?state=broken").content.decode()


def test_times_are_business_times_and_a_playground_says_so(web: WebShop) -> None:
    text = web.clients["operator"].get("/tasks/").content.decode()
    assert "Nothing leaves this computer" in text
    assert "12:00, 2\u00a0March" in text
    with web.world.writing() as cur:
        cur.execute("update base_clock set playground = false")
    clock.forget()
    assert "Nothing leaves this computer" not in web.clients["operator"].get("/tasks/").content.decode()


def test_every_list_of_an_empty_shop_says_what_to_do_next(web: WebShop) -> None:
    for path in (
        "tasks",
        "orders",
        "people",
        "letters",
        "letters/waiting",
        "promises",
        "quarantine",
        "schemes",
        "schemes/aside",
    ):
        text = web.clients["stranger"].get(f"/{path}/").content.decode()
        assert 'class="r-empty"' in text, path


@pytest.mark.parametrize("after", ["x", "MTIzfDEy", "Zm9v", "\u0000", "A" * 500, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_bad_mark_or_filter_is_no_error(web: WebShop, after: str) -> None:
    for path in ("tasks", "orders", "people", "letters", "promises", "quarantine"):
        query = {"after": after, "state": "nonsense", "q": "\u0000%'\"", "order": "\u0000"}
        assert web.clients["owner"].get(f"/{path}/", query).status_code == 200, path


def test_every_code_that_a_screen_may_meet_has_words() -> None:
    reasons = {v for k, v in vars(gate).items() if k.isupper() and isinstance(v, str) and k not in _NOT_REASONS}
    reasons |= {decide.CHANNEL_PAUSED, decide.NO_CHANNEL, decide.REJECTED, decide.RENDER_ERROR}
    assert sorted(reasons - set(words._REASONS)) == []
    assert sorted(set(gate.CHECKS) - set(words.CHECKS)) == []
    assert SENTENCES


_NOT_REASONS = {
    "SERVICE", "ADVERTISING", "SEND", "WAIT", "REFUSE", "HARD_BOUNCE", "COMPLAINT", "ASKED", "FAILED", "UNKNOWN", "SENT",
}  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ("+7\u00a0914\u00a0123-45-67", "+7 ··· 45-67"),
        ("+44\u00a07700\u00a0900\u00a00004", "+44 ··· 0004"),
        ("+1\u00a0202-555-0106", "+1 ··· 0106"),
        ("+79141234567", "+7 ··· 34567"),
        ("12345678", "···"),
    ],
)
def test_of_a_masked_telephone_the_country_and_the_last_digits_are_left(shown: str, masked: str) -> None:
    assert mask_phone(shown) == masked
