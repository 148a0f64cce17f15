"""Our MIME writer, held against the standard parser.

The same names, subjects and texts come out, and nothing breaks a header.
"""

from __future__ import annotations

import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.outbox.mime import AddressRefused, HeaderRefused, Mailbox, message_id, parse_mailbox, write_letter

DATE = datetime(2026, 3, 2, 10, 15, tzinfo=timezone(timedelta(hours=10)))
SHOP = parse_mailbox("shop@example.test", "Тёплый дом")
ID = message_id(123456789, "t1", "example.test")

# Words as people and attackers write them; no line breaks and no lone surrogates, which are other tests.
WORDS = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\r\n\x00"),
        st.sampled_from('"\\<>@,;:()[]=?\t ёЖ🙂\u202e\u200f\u200dé\u0301\x85\u2028\x1c\x0b'),
    ),
    max_size=120,
)


def letter(**given: Any) -> bytes:
    values: dict[str, Any] = {
        "sender": SHOP,
        "to": parse_mailbox("a@example.test", "Марина"),
        "subject": "Ваш заказ 1001 у\u00a0нас",
        "text": "Здравствуйте!\n\n.точка в начале\n",
        "html": "<p>Здравствуйте!</p>",
        "date": DATE,
        "message_id": ID,
    }
    return write_letter(**{**values, **given})


def parsed(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=email.policy.default))


def shown_name(data: bytes, header: str) -> str:
    """The display name by the older of the standard parsers.

    The newer puts a space between two encoded words of a name.
    """
    name, _ = parseaddr(str(message_from_bytes(data)[header]))
    return str(make_header(decode_header(name)))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(cast(EmailMessage, part).get_content())


def test_every_header_stands_where_mail_programs_look_for_it() -> None:
    data = letter(
        reply_to=parse_mailbox("reply+abc@example.test"),
        unsubscribe="https://s.example/u/abc?x=1&y=2",
        language="ru",
        extra={"X-Regulars-Purpose": "advertising"},
    )
    message = parsed(data)
    assert not message.defects
    assert message["Message-ID"] == "<123456789.t1@example.test>"
    assert message["Date"].datetime == DATE
    assert message["Reply-To"].addresses[0].addr_spec == "reply+abc@example.test"
    assert message["List-Unsubscribe"] == "<https://s.example/u/abc?x=1&y=2>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ru"
    assert message["X-Regulars-Purpose"] == "advertising"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_service_letter_carries_no_unsubscribe_header_and_may_be_text_alone() -> None:
    message = parsed(letter(html="", automatic=False))
    assert message["List-Unsubscribe"] is None and message["Auto-Submitted"] is None
    assert message.get_content_type() == "text/plain"
    assert body(message, "plain").replace("\r\n", "\n") == "Здравствуйте!\n\n.точка в начале\n"


@given(subject=WORDS, name=WORDS, to_name=WORDS)
def test_words_in_headers_come_out_as_they_went_in(subject: str, name: str, to_name: str) -> None:
    data = letter(
        subject=subject, sender=parse_mailbox("shop@example.test", name), to=parse_mailbox("a@example.test", to_name)
    )
    message = parsed(data)
    assert message["Subject"] == subject.strip(" \t")
    for header, wanted in (("From", name), ("To", to_name)):
        assert len(message[header].addresses) == 1
        assert shown_name(data, header) == wanted.strip(" \t")
    assert message["From"].addresses[0].addr_spec == "shop@example.test"
    assert message["To"].addresses[0].addr_spec == "a@example.test"


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300),
    html=st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
)
def test_bodies_come_out_as_they_went_in(text: str, html: str) -> None:
    message = parsed(letter(text=text, html=html))

    def lines(found: str) -> str:
        return found.replace("\r\n", "\n").replace("\r", "\n")

    for kind, wanted in (("plain", text), ("html", html)):
        part = message.get_body((kind,))
        assert part is not None
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes) and lines(raw.decode()) == lines(wanted)


@given(WORDS, st.text(max_size=2000))
def test_the_wire_form_holds_for_any_words(subject: str, text: str) -> None:
    data = letter(subject=subject, text=text)
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") and data.endswith(b"\r\n")
    assert data.isascii() and b"\x00" not in data
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert data == letter(subject=subject, text=text)


@pytest.mark.parametrize(
    "line", [".", "..", ".mj-outlook { width: 100%; }", "." + "a" * 73, "." + "a" * 74, "." + "a" * 200]
)
def test_a_dot_that_begins_a_line_is_hidden_where_there_is_room(line: str) -> None:
    data = letter(text=f"one\n{line}\nthree", html="")
    coded = data.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert max(len(each) for each in coded) <= 76
    assert coded[1].startswith(b"=2E" if len(line) <= 74 else b".")
    assert parsed(data).get_content().splitlines()[1] == line


BREAKS = [
    "\r\nBcc: x@evil.test",
    "\nBcc: x@evil.test",
    "\rBcc: x@evil.test",
    "\x00",
    "a\r\n\r\n<html>",
    "\r\n .\r\n",
    "%0a\n",
]


@pytest.mark.parametrize("attack", BREAKS)
@pytest.mark.parametrize(
    "where", ["subject", "sender", "to", "reply_to", "unsubscribe", "message_id", "language", "extra"]
)
def test_a_line_break_is_refused_in_every_header(where: str, attack: str) -> None:
    value: Any = {
        "subject": f"Order {attack}",
        "sender": Mailbox("shop@example.test", f"Shop {attack}"),
        "to": Mailbox(f"a@example.test{attack}"),
        "reply_to": Mailbox("a@example.test", attack),
        "unsubscribe": f"https://s.example/{attack}",
        "message_id": f"<1{attack}@example.test>",
        "language": f"ru{attack}",
        "extra": {"X-Regulars-Purpose": f"service{attack}"},
    }[where]
    with pytest.raises(HeaderRefused) as caught:
        letter(**{where: value})
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x7f"])
def test_other_signs_that_some_programs_take_for_line_ends_are_hidden(sign: str) -> None:
    data = letter(subject=f"a{sign}Bcc: x@evil.test", to=parse_mailbox("a@example.test", f"n{sign}Bcc: x@evil.test"))
    message = parsed(data)
    assert message["Bcc"] is None
    assert sign.encode() not in data.split(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@example.test",
        "a@",
        "a@b",
        "a@b@example.test",
        "a b@example.test",
        "a@exa mple.test",
        "a,b@example.test",
        "a@example.test, b@example.test",
        "<a@example.test>",
        "Ann <a@example.test>",
        "a@[127.0.0.1]",
        '"a b"@example.test',
        "a@-example.test",
        "a@example-.test",
        ".a@example.test",
        "a.@example.test",
        "a..b@example.test",
        "a@example..test",
        "a\r\n@example.test",
        "a@example.test\r\nRCPT TO:<x@evil.test>",
        "a@example.test\x00",
        "a" * 65 + "@example.test",
        "a@" + "b" * 64 + ".test",
        "a@" + "b." * 140 + "test",
        "a@exa_mple.test",
        "a;b@example.test",
        "a(b)@example.test",
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        parse_mailbox(address)
    assert caught.value.code and "evil" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "wire", "utf8"),
    [
        (" a@Example.TEST ", "a@example.test", False),
        ("o'hara+x_y-z@mail.example.test", "o'hara+x_y-z@mail.example.test", False),
        ("Anna@пример.рф", "Anna@xn--e1afmkfd.xn--p1ai", False),
        ("анна@пример.рф", "анна@xn--e1afmkfd.xn--p1ai", True),
    ],
)
def test_an_international_domain_becomes_punycode(address: str, wire: str, utf8: bool) -> None:
    mailbox = parse_mailbox(address)
    assert (mailbox.address, mailbox.needs_smtputf8) == (wire, utf8)


def test_a_name_that_looks_like_an_address_stays_a_name() -> None:
    message = parsed(letter(sender=parse_mailbox("shop@example.test", "bank@bank.example, <x@evil.test>")))
    assert [found.addr_spec for found in message["From"].addresses] == ["shop@example.test"]
    assert message["From"].addresses[0].display_name == "bank@bank.example, <x@evil.test>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "https://a>b", "ftp://x", "", "mailto:a@b.test"])
def test_an_unsubscribe_link_is_a_web_address(url: str) -> None:
    with pytest.raises(HeaderRefused):
        letter(unsubscribe=url)


def test_a_date_without_an_offset_is_refused() -> None:
    with pytest.raises(HeaderRefused):
        letter(date=datetime(2026, 3, 2))  # noqa: DTZ001
    assert parsed(letter(date=datetime(2026, 3, 2, tzinfo=UTC)))["Date"].datetime == datetime(2026, 3, 2, tzinfo=UTC)


def test_a_message_id_is_the_same_at_every_attempt() -> None:
    assert message_id(7, "t1", "example.test") == message_id(7, "t1", "example.test") == "<7.t1@example.test>"
    with pytest.raises(HeaderRefused):
        message_id("7 8", "t1", "example.test")
