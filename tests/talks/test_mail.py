"""Mails as bytes: whatever comes is read within bounds or refused with a reason, and never more than that."""

import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regulars.feeds
from regulars.base.errors import BadItem
from regulars.talks.threads_files import LARGEST, MOST_KEPT, safe_name
from regulars.talks.threads_html import to_text
from regulars.talks.threads_incoming import AddressNews, InboundMessage
from regulars.talks.threads_mail import Silent, read_mail

FIXTURE = Path(regulars.feeds.__file__).parent / "imap" / "fixtures" / "reply.eml"
HEAD = b"From: a@example.test\r\nSubject: x\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n"


def said(raw: bytes) -> InboundMessage:
    found = read_mail(raw)
    assert isinstance(found, InboundMessage)
    return found


def test_a_reply_in_koi8_with_a_picture_is_read() -> None:
    found = said(FIXTURE.read_bytes())
    assert (found.address, found.name, found.text) == ("anna@example.test", "Анна Петрова", "Когда приедет?")
    assert found.subject == "Re: Ваш заказ"
    assert found.answers == ("<1882988960952615949.test@example.test>",)
    assert [(f.name, f.type, f.refused) for f in found.files] == [("photo.jpg", "image/jpeg", "")]


def test_a_mail_of_html_alone_is_text() -> None:
    html = (
        "<html><head><style>p{color:red}</style></head><body><p>Когда <b>приедет</b>?</p><script>alert(1)</script>"
        "<ul><li>сковорода</li><li>крышка</li></ul><div style='display:none'>tracking</div>"
        "<blockquote><p>Здравствуйте</p></blockquote></body></html>"
    )
    message = EmailMessage()
    message["From"] = "a@example.test"
    message.set_content(html, subtype="html")
    assert said(message.as_bytes()).text == "Когда приедет?\n\n– сковорода\n– крышка"


def many_deep(depth: int) -> bytes:
    head = HEAD
    body = b""
    for n in range(depth):
        mark = f"b{n}".encode()
        body += b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n"
    return head + body + b"Content-Type: text/plain\r\n\r\nHello\r\n"


@pytest.mark.parametrize("depth", [30, 2_000, 20_000])
def test_a_mail_nested_too_deep_is_taken_without_what_is_in_it(depth: int) -> None:
    started = time.monotonic()
    found = said(many_deep(depth))
    assert time.monotonic() - started < 20
    assert [f.refused for f in found.files] == ["too_deep"]


def test_mails_within_mails_without_end_are_taken_without_what_is_in_them() -> None:
    raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"From: b@example.test\r\n\r\nHello\r\n"
    started = time.monotonic()
    assert [f.refused for f in said(raw).files] == ["too_deep"]
    assert time.monotonic() - started < 20


def test_files_are_bounded_in_number_size_and_kind() -> None:
    message = EmailMessage()
    message["From"] = "a@example.test"
    message.set_content("Look")
    message.add_attachment(b"x" * (LARGEST + 1), maintype="video", subtype="mp4", filename="film.mp4")
    message.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="invoice.pdf.exe")
    message.add_attachment(b"<script>", maintype="text", subtype="html", filename="page.html")
    for n in range(60):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=f"{n}.png")
    files = said(message.as_bytes()).files
    assert [f.refused for f in files[:3]] == ["too_big", "program", "program"]
    assert sum(not f.refused for f in files) == MOST_KEPT - 3
    assert len(files) <= 2 * MOST_KEPT


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\photo.jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("cod\u202egpj.exe", "cod gpj.exe"),
        ("x" * 300 + ".pdf", "x" * 115 + "….pdf"),
        ("...", ""),
    ],
)
def test_a_file_s_name_is_a_name_and_nothing_else(given: str, safe: str) -> None:
    assert safe_name(given) == safe


HEADERS = st.sampled_from(
    ["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Reply-To", "Auto-Submitted"]
)


@given(st.lists(st.tuples(HEADERS, st.text(max_size=60)), max_size=8), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_reading(headers: list[tuple[str, str]], body: bytes) -> None:
    raw = b"".join(f"{n}: {v}\r\n".encode("utf-8", "replace") for n, v in headers) + b"\r\n" + body
    try:
        found = read_mail(raw)
    except (BadItem, Silent):
        return
    assert isinstance(found, InboundMessage | AddressNews)
    if isinstance(found, InboundMessage):
        assert "\x00" not in found.text + found.whole + found.subject + found.name
        (found.text + found.whole + found.subject).encode()


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_html_breaks_the_reading_and_no_tag_is_left(inner: str) -> None:
    assert "<b>" not in to_text(f"<p><b>{inner}</b></p><script>{inner}</script>").replace(inner, "")


@pytest.mark.parametrize(
    "html", ["<div>" * 50_000, "<a href='http://x'>" * 50_000, "<!" * 100_000, "<p>" + "a " * 400_000]
)
def test_no_html_makes_it_slow(html: str) -> None:
    started = time.monotonic()
    to_text(html)
    assert time.monotonic() - started < 20
