"""What the screens show and do: people and their reasons, letters, decisions, the quarantine, schemes, promises."""

import re

import pytest

from regulars.base import clock
from regulars.core.explain import SENTENCES
from regulars.outbox import decide
from regulars.rules import gate
from regulars.web import words
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
    assert text.count("<summary>Why?</summary>") == 2
    assert "sent: nothing stood in its way" in text and "not sent: no consent" in text
    assert "Began by order.placed" in text, "the scheme's own reasons"
    assert re.search(r'class="decided"><span>Consent\?</span>', text)


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


def test_what_could_not_be_taken_in_is_mended_taken_in_again_or_left(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    mended, replayed, left = (web.quarantine() for _ in range(3))
    shown = lead.get(f"/quarantine/{mended}/").content.decode()
    assert "/total" in shown and "is not an amount" in shown and "NaN" in shown
    assert lead.post(f"/quarantine/{mended}/replay", {"mended": "yes", "body": '{"id":\r\n"x1"}'}).status_code == 302
    assert lead.post(f"/quarantine/{replayed}/replay").status_code == 302
    assert lead.post(f"/quarantine/{left}/dismiss").status_code == 302
    states = dict(web.world.rows("select id, state from intake_quarantine"))
    assert states == {mended: "mended", replayed: "replayed", left: "dismissed"}
    bodies = [bytes(b) for (b,) in web.world.rows("select body from intake_delivery order by id desc limit 2")]
    assert bodies == [b'{"id": "x1", "total": "NaN"}', b'{"id":\n"x1"}']
    lead.post(f"/quarantine/{left}/replay")
    assert "closed this one already" in lead.get("/quarantine/").content.decode()
    assert f"/quarantine/{left}/" in lead.get("/quarantine/?state=dismissed").content.decode()


def test_bytes_that_a_form_would_spoil_are_shown_but_not_mended(web: WebShop) -> None:
    item = web.quarantine(body=b"\xff\xfe{broken")
    text = web.clients["supervisor"].get(f"/quarantine/{item}/").content.decode()
    assert "<textarea" not in text and "{broken" in text and "Take it in again as it came" in text


def test_an_enrolment_that_was_set_aside_goes_on_or_ends(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    _, first = web.buy()
    _, second = web.buy()
    goes_on, ends = web.set_aside(first), web.set_aside(second)
    text = lead.get("/schemes/aside/").content.decode()
    assert "the team has no working hours (team: order-desk)" in text
    assert lead.post(f"/schemes/aside/{goes_on}/retry").status_code == 302
    assert lead.post(f"/schemes/aside/{ends}/end").status_code == 302
    states = dict(web.world.rows("select id, status from journeys_enrolment"))
    assert states == {goes_on: 1, ends: 2}
    assert lead.post(f"/schemes/aside/{ends}/end").status_code == 404


def test_a_scheme_is_checked_published_and_shown_with_who_waits_where(web: WebShop) -> None:
    web.buy()
    owner = web.clients["owner"]
    wrong = SCHEME.replace("confirmed: thanks", "confirmed: thank")
    checked = owner.post("/schemes/publish", {"text": wrong, "do": "check"}).content.decode()
    assert "Did you mean &#x27;thanks&#x27;?" in checked and "Line 16" in checked and "confirmed: thank" in checked
    refused = owner.post("/schemes/publish", {"text": wrong, "do": "publish"})
    assert refused.status_code == 422 and web.world.one("select count(*) from journeys_version") == 1
    assert "No problems" in owner.post("/schemes/publish", {"text": SCHEME, "do": "check"}).content.decode()
    assert web.world.one("select count(*) from journeys_version") == 1, "checking publishes nothing"
    done = owner.post("/schemes/publish", {"text": SCHEME.replace("within: 1h", "within: 2h"), "do": "publish"})
    assert done["Location"] == "/schemes/of/after-order/"
    shown = owner.get("/schemes/of/after-order/").content.decode()
    assert "Version 2 of after-order is live." in shown and "within: 2h" in shown and "version 2" in shown
    assert re.search(r"confirm</td><td class=\"end\">1<", shown)
    assert "within: 2h" in owner.get("/schemes/edit/?of=after-order").content.decode()


def test_a_new_shop_is_offered_a_ready_scheme(web: WebShop) -> None:
    stranger = web.clients["stranger"]
    assert "?ready=after-order" in stranger.get("/schemes/").content.decode()
    text = stranger.get("/schemes/edit/?ready=after-order").content.decode()
    assert "scheme: after-order" in text
    assert stranger.get("/schemes/edit/?of=after-order").status_code == 404


def test_promises_are_listed_with_their_state(web: WebShop) -> None:
    _sent(web)
    operator = web.clients["operator"]
    assert "ahead" in operator.get("/promises/?state=open").content.decode()
    assert "Nothing matches" in operator.get("/promises/?state=broken").content.decode()


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
