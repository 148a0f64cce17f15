"""What each telephony vendor does in its own way: the set-up's knock, parts of forms, addresses, TwiML, secrets in headers."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

import regulars.feeds
from regulars.base import forms
from regulars.base.errors import BadItem
from regulars.base.telephony import local_moment, number, unix_moment
from regulars.feeds.mango import parse as mango
from regulars.feeds.twilio import parse as twilio
from regulars.feeds.uis import parse as uis
from regulars.feeds.zadarma import parse as zadarma
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request
from tests.apps.door_client import DoorClient
from tests.feeds.senders import FIXTURES, SENDERS, documented
from tests.feeds.test_contract import door

__all__ = ["door"]

regulars.feeds.register_all()
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def said(module: Any, body: bytes, **settings: Any) -> dict[str, Any]:
    (item,) = module.parse(Delivered({}, body, settings))
    assert isinstance(item, Item), item
    found: dict[str, Any] = json.loads(item.body)
    return found


def test_zadarmas_knock_is_echoed_and_nothing_else_is(door: DoorClient) -> None:
    path = door.feed("zadarma", ["s"])

    def knock(query: str) -> Any:
        from tests.apps.door_client import Exchange, Scope

        exchange = Exchange()
        door.loop.run(door.front.__rsgi__(Scope("GET", path, {}, query), exchange))
        return exchange.answered

    found = knock("zd_echo=0f4c1a.9")
    assert (found.status, found.body) == (200, b"0f4c1a.9")
    assert found.headers["content-type"].startswith("text/plain")
    for query in ("", "zd_echo=", "zd_echo=%3Cscript%3E", "zd_echo=" + "a" * 300):
        assert knock(query).status == 401, query
    assert door.sql("select 1 from intake_delivery") == []


def test_zadarmas_parts_of_a_form_are_read_by_their_own_boundary() -> None:
    start = documented("zadarma", "answered")[0]
    body = b"".join(
        b'------x1\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v.encode())
        for k, v in forms.pairs(start.encode())
    )
    whole = body + b"------x1--\r\n"
    assert forms.fields(whole) == forms.fields(start.encode())
    assert said(zadarma, whole, time_zone="Europe/Moscow") == said(zadarma, start.encode(), time_zone="Europe/Moscow")
    signed = SENDERS["zadarma"].sign("s", start.encode(), NOW, "")
    headers = {**signed, "content-type": "multipart/form-data; boundary=----x1--"}
    assert isinstance(zadarma.check(Request("POST", headers, "", whole), ["s"], NOW), Accept)


def test_a_changed_field_that_zadarma_signs_is_refused_and_one_that_it_does_not_passes() -> None:
    end = documented("zadarma", "answered")[-1]
    headers = SENDERS["zadarma"].sign("s", end.encode(), NOW, "")

    def verdict(body: str) -> Any:
        return zadarma.check(Request("POST", headers, "", body.encode()), ["s"], NOW)

    assert isinstance(verdict(end), Accept)
    for name in zadarma.SIGNED["NOTIFY_END"]:
        assert isinstance(verdict(end.replace(f"{name}=", f"{name}=1")), Refuse), name
    assert isinstance(verdict(end.replace("duration=83", "duration=84")), Accept)
    assert isinstance(verdict(end.replace("NOTIFY_END", "NOTIFY_OUT_END")), Refuse)


@pytest.mark.parametrize("event", ["NOTIFY_IVR", "SPEECH_RECOGNITION", "SMS"])
def test_what_zadarma_tells_of_other_things_is_answered_and_not_kept(event: str) -> None:
    assert isinstance(zadarma.check(Request("POST", {}, "", f"event={event}".encode()), ["s"], NOW), Answer)


def test_zadarmas_time_is_the_accounts_and_its_prefix_tells_in_from_out() -> None:
    start = documented("zadarma", "answered")[0].encode()
    assert said(zadarma, start, time_zone="Europe/Moscow")["started_at"] == "2026-03-02T12:00:00+00:00"
    assert said(zadarma, start)["started_at"] == "2026-03-02T15:00:00+00:00"
    out = b"event=NOTIFY_OUT_END&pbx_call_id=out_1&internal=101&destination=79161234567&call_start=2026-03-02+12:00:00"
    found = said(zadarma, out + b"&disposition=busy&duration=0")
    assert (found["direction"], found["number"], found["extension"], found["answered"]) == (
        "out", "+79161234567", "101", False,
    )  # fmt: skip


def test_mangos_test_of_the_address_is_answered(door: DoorClient) -> None:
    path = door.feed("mango", ["salt"])
    assert door.call("POST", f"{path}/ping", b"", key="").status == 200
    assert door.call("POST", path, b"", key="").status == 401
    assert door.sql("select 1 from intake_delivery") == []


def test_mangos_form_holds_nothing_unsigned() -> None:
    body = SENDERS["mango"].sent(NOW)
    for more in (b"&json=%7B%7D", b"&x=1", b"&sign=0"):
        assert isinstance(mango.check(Request("POST", {}, "", body + more), ["salt-1"], NOW), Refuse)


def test_a_menu_and_a_queue_of_mangos_answer_nobody() -> None:
    menu = SENDERS["mango"].pack("s", json.dumps(documented("mango", "answered")[1]).encode(), NOW)
    assert said(mango, menu)["state"] == "ringing"
    operator = SENDERS["mango"].pack("s", json.dumps(documented("mango", "answered")[4]).encode(), NOW)
    assert (said(mango, operator)["state"], said(mango, operator)["extension"]) == ("answered", "101")


@pytest.mark.parametrize("text", [True, False])
def test_mangos_numbers_and_times_may_be_text(text: bool) -> None:
    plain = {**documented("mango", "missed")[-1]}
    if text:
        plain = {k: str(v) if isinstance(v, int) else v for k, v in plain.items()}
    found = said(mango, SENDERS["mango"].pack("s", json.dumps(plain).encode(), NOW))
    assert (found["answered"], found["direction"], found["ended_at"]) == (False, "in", "2026-03-02T12:00:31+00:00")


def test_mangos_call_out_names_the_buyer_and_a_call_that_was_passed_on_names_nobody() -> None:
    leg = {
        "entry_id": "e",
        "call_id": "c",
        "timestamp": 1772452800,
        "seq": 1,
        "call_state": "Appeared",
        "location": "abonent",
    }
    out = {**leg, "from": {"extension": "101"}, "to": {"number": "79161234567"}}
    found = said(mango, SENDERS["mango"].pack("s", json.dumps(out).encode(), NOW))
    assert (found["direction"], found["number"], found["extension"]) == ("out", "+79161234567", "101")
    passed_on = {**out, "from": {"extension": "101", "taken_from_call_id": "b"}}
    assert "direction" not in said(mango, SENDERS["mango"].pack("s", json.dumps(passed_on).encode(), NOW))


def test_what_mango_tells_of_other_things_is_left_alone() -> None:
    for plain in ({"entry_id": "e", "dtmf": "1"}, {"command_id": "c", "result": 1000}, {}):
        (found,) = mango.parse(Delivered({}, SENDERS["mango"].pack("s", json.dumps(plain).encode(), NOW)))
        assert isinstance(found, Ignored)


@pytest.mark.parametrize(("headers", "query", "verdict"), [
    ({"x-regulars-secret": "right"}, "", Accept),
    ({}, "secret=right", Accept),
    ({"x-regulars-secret": "wrong"}, "secret=right", Refuse),
    ({}, "secret=", Refuse),
    ({}, "", Refuse),
])  # fmt: skip
def test_uis_is_known_by_the_secret_in_its_header_or_address(headers: dict[str, str], query: str, verdict: Any) -> None:
    assert isinstance(uis.check(Request("POST", headers, query, b"{}"), ["right"], NOW), verdict)


def test_no_empty_secret_lets_uis_in() -> None:
    assert isinstance(uis.check(Request("POST", {}, "", b"{}"), [""], NOW), Refuse)


def test_the_published_template_of_uis_filled_in_is_understood() -> None:
    text = (FIXTURES / "uis" / "template.json").read_text(encoding="utf-8")
    values: dict[str, Any] = {
        "notification_mnemonic": "x", "notification_time": "2026-03-02 15:00:31.000", "call_session_id": 7,
        "contact_phone_number": "79161234567", "virtual_phone_number": "74951112233", "direction": "in",
    }  # fmt: skip
    for event in uis.EVENTS:
        body = text.replace('"incoming"', json.dumps(event))
        while "{{" in body:
            name = body.partition("{{")[2].partition("}}")[0]
            body = body.replace("{{" + name + "}}", json.dumps(values.get(name)))
        assert said(uis, body.encode())["id"] == "7"
    with pytest.raises(BadItem):
        uis.parse(Delivered({}, text.encode()))


def voice(settings: dict[str, Any], body: str | None = None) -> ElementTree.Element:
    request = Request(
        "POST", {}, "", (body or documented("twilio", "answered")[0]).encode(), "", "https://shop.test/in/a?b=1&c=2"
    )
    answer = twilio.reply(request, settings)
    assert answer.content_type.startswith("text/xml")
    return ElementTree.fromstring(answer.body)


def test_twilio_is_told_where_a_call_goes_on() -> None:
    assert list(voice({})) == []
    (redirect,) = voice({"redirect": "https://studio.test/flow?a=1&b=<2>"})
    assert (redirect.tag, redirect.get("method"), redirect.text) == (
        "Redirect",
        "POST",
        "https://studio.test/flow?a=1&b=<2>",
    )
    (dial,) = voice({"dial": "+49 30 12345, nonsense, +493012346"})
    assert [n.text for n in dial] == ["+493012345", "+493012346"]
    assert dial[0].get("statusCallback") == "https://shop.test/in/a?b=1&c=2"
    assert dial[0].get("statusCallbackEvent") == "initiated ringing answered completed"
    for told in documented("twilio", "answered")[1:]:
        assert list(voice({"dial": "+493012345"}, told)) == []


@pytest.mark.parametrize("signed", ["https://shop.test/in/a", "https://shop.test:443/in/a"])
@pytest.mark.parametrize("known", ["https://shop.test/in/a", "https://shop.test:443/in/a"])
def test_twilio_signs_its_address_with_or_without_the_usual_port(signed: str, known: str) -> None:
    body = SENDERS["twilio"].order
    headers = SENDERS["twilio"].sign("t", body, NOW, signed)
    assert isinstance(twilio.check(Request("POST", headers, "", body, "", known), ["t"], NOW), Accept)
    other = Request("POST", headers, "", body, "", known.replace("shop", "evil"))
    assert isinstance(twilio.check(other, ["t"], NOW), Refuse)


def test_the_address_that_twilio_signed_is_the_public_one_and_never_the_requests(
    door: DoorClient, settings: Any
) -> None:
    settings.REGULARS_PUBLIC_URL = "https://desk.shop.test"
    path, body = door.feed("twilio", ["t"], dial="+493012345"), SENDERS["twilio"].order
    for base, wanted in (("https://desk.shop.test", 200), ("https://evil.test", 401)):
        signature = SENDERS["twilio"].sign("t", body, NOW, base + path)["x-twilio-signature"]
        found = door.call(
            "POST", path, body, key="", x_twilio_signature=signature, host="evil.test", x_forwarded_host="evil.test"
        )
        assert found.status == wanted, base
        if wanted == 200:
            assert f"https://desk.shop.test{path}" in found.body.decode()


def test_a_flow_of_twilios_that_took_a_call_has_answered_it_where_the_owner_says_so() -> None:
    over = documented("twilio", "answered")[-2].encode()
    assert "answered" not in said(twilio, over)
    assert said(twilio, over, answered="flow")["answered"] is True


def test_a_call_that_the_desk_asked_twilio_for_is_a_call_to_the_buyer() -> None:
    leg = "CallSid=CA2&ParentCallSid=CA1&From=%2B74951112233&To=%2B79161234567&Direction=outbound-dial&CallStatus=in-progress"
    found = said(twilio, leg.encode(), line="+74951112233")
    assert (found["direction"], found["number"], found["state"], found["id"]) == (
        "out",
        "+79161234567",
        "answered",
        "CA1",
    )


@pytest.mark.parametrize(("value", "wanted"), [
    ("79161234567", "+79161234567"), ("+7 (916) 123-45-67", "+79161234567"), ("anonymous", None), ("sip:101@pbx", None),
    ("101", None), (None, None), (True, None), (79161234567, "+79161234567"), ("1" * 40, None), ("\x00", None),
])  # fmt: skip
def test_numbers_are_read_leniently(value: Any, wanted: str | None) -> None:
    assert number(value) == wanted


@pytest.mark.parametrize("value", [None, True, "x", "1e400", -1, 0, 10**30, "nan", [], "9" * 400])
def test_no_odd_time_raises(value: Any) -> None:
    assert unix_moment(value) is None
    assert local_moment(value, "Europe/Moscow") is None


def test_a_zone_that_is_none_makes_no_time() -> None:
    assert local_moment("2026-03-02 12:00:00", "../etc/passwd") is None
    assert local_moment("2026-03-02 12:00:00", "Nowhere/Else") is None


def test_facts_about_calls_come_by_the_generic_feed_too() -> None:
    from regulars.feeds.generic import parse as generic

    body = json.dumps({"kind": "calls", "data": [{"id": "1", "state": "ringing"}, {"id": "2"}]}).encode()
    assert [item.kind for item in generic.parse(Delivered({}, body)) if isinstance(item, Item)] == ["calls", "calls"]
