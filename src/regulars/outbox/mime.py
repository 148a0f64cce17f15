"""A letter as bytes: headers and parts, written by hand because the standard writer takes two milliseconds a letter.

Owns addresses, header encoding and the order of headers; held equal to the standard parser by round-trip tests. Must
not let anything that breaks a line into a header: such a value is refused, never cleaned. The same arguments give the
same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

__all__ = ["AddressRefused", "HeaderRefused", "Mailbox", "message_id", "parse_mailbox", "write_letter"]

_QUOTED_TO_ONE = 12
"""A body of which less than this part is beyond ASCII goes quoted-printable."""


class AddressRefused(ValueError):
    """That is not one mailbox that mail can be sent to; `code` says why, without the address."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class HeaderRefused(ValueError):
    """A header value would break its line or is not what the header may hold; names the header, not the value."""

    def __init__(self, header: str, why: str) -> None:
        super().__init__(f"header {header}: {why}")
        self.header = header


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address, its domain in ASCII, and the name shown beside it. Made by `parse_mailbox`, which checks it."""

    address: str
    name: str = ""

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it: letters outside ASCII before the @."""
        return not self.address.isascii()


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_BREAKS = re.compile(r"[\r\n\x00]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_UNQUOTED_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\- ]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,128}@[A-Za-z0-9.\-]{1,120}>")
_URL = re.compile(r"https?://[\x21\x23-\x3b\x3d\x3f-\x7e]{1,900}")
_EXTRA = re.compile(r"X-[A-Za-z0-9-]{1,60}")


def parse_mailbox(address: str, name: str = "") -> Mailbox:
    """Check one address and give its mailbox; an international domain becomes punycode. Raises AddressRefused."""
    if _BREAKS.search(address):
        raise AddressRefused("line_break", "an address cannot hold a line break")
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain:
        raise AddressRefused("no_at", "an address needs a name, @ and a domain")
    if not _LOCAL.fullmatch(local):
        raise AddressRefused("local_part", "the part before @ holds a character that an address cannot have there")
    host = _ascii_domain(domain)
    if len(local.encode("utf-8", "replace")) > 64 or len(local) + 1 + len(host) > 254:
        raise AddressRefused("too_long", "the address is longer than mail allows")
    return Mailbox(f"{local}@{host}", name)


def _ascii_domain(domain: str) -> str:
    host = domain[:300].lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise AddressRefused("domain", "the domain holds a character that no domain may have") from None
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("domain", "the part after @ is no domain")
    return host


def message_id(message: int | str, shop_token: str, domain: str) -> str:
    """The stable Message-ID of a message, in angle brackets: the same at every attempt. Raises HeaderRefused."""
    return _checked_id(f"<{message}.{shop_token}@{domain}>")


def _checked_id(value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise HeaderRefused("Message-ID", "not of the form <words@domain>")
    return value


# -- header values -----------------------------------------------------------------------------------------------------
def _text(header: str, value: str) -> str:
    """Unstructured text: as it is when it is short and printable, folded at spaces, or in encoded words."""
    if _BREAKS.search(value):
        raise HeaderRefused(header, "a line break is not allowed")
    value = value.strip(" \t")
    if _PLAIN.fullmatch(value) and "=?" not in value:
        if len(value) <= 70:
            return value
        folded = _fold(value)
        if folded is not None:
            return folded
    return _encoded_words(value)


def _fold(value: str) -> str | None:
    """Break before single spaces so that lines stay under 78; None when a word or a run of spaces is in the way."""
    if "  " in value:
        return None
    lines, line = [], ""
    for word in value.split(" "):
        if len(word) > 70:
            return None
        if line and len(line) + 1 + len(word) > 74:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def _encoded_words(value: str) -> str:
    """RFC 2047, base64, no character cut in two, at most 75 columns a word."""
    words, word = [], b""
    for character in value:
        piece = character.encode("utf-8", "replace")
        if len(word) + len(piece) > 45:
            words.append(word)
            word = b""
        word += piece
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def _mailbox(header: str, mailbox: Mailbox) -> str:
    if _BREAKS.search(mailbox.address) or not re.fullmatch(r"[^\s<>,;:\"()\[\]\\@]+@[A-Za-z0-9.-]+", mailbox.address):
        raise HeaderRefused(header, "not one checked address")
    if _BREAKS.search(mailbox.name):
        raise HeaderRefused(header, "a line break is not allowed")
    name = mailbox.name.strip(" \t")
    if not name:
        return mailbox.address
    if _UNQUOTED_NAME.fullmatch(name) and "  " not in name and "=?" not in name and len(name) <= 60:
        return f"{name} <{mailbox.address}>"
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) <= 60:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{mailbox.address}>'
    return f"{_encoded_words(name)}\r\n <{mailbox.address}>"


def _link(header: str, url: str) -> str:
    if not _URL.fullmatch(url):
        raise HeaderRefused(header, "not a web address")
    return f"<{url}>"


# -- the letter --------------------------------------------------------------------------------------------------------
def write_letter(
    *,
    sender: Mailbox,
    to: Mailbox,
    subject: str,
    text: str,
    html: str = "",
    date: datetime,
    message_id: str,
    reply_to: Mailbox | None = None,
    answers: Sequence[str] = (),
    language: str = "",
    unsubscribe: str | None = None,
    automatic: bool = True,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """The letter as it goes over the wire, CRLF lines, to exactly one mailbox.

    `answers`: Message-IDs of what it answers, oldest first; those that no header may hold are left out.
    `unsubscribe`: the one-click address (RFC 8058), for advertising; `automatic` adds Auto-Submitted, so that
    out-of-office replies stay silent (RFC 3834); `extra`: X- headers of printable ASCII. Raises HeaderRefused.
    """
    if date.tzinfo is None:
        raise HeaderRefused("Date", "a moment without an offset")
    headers = [
        f"From: {_mailbox('From', sender)}",
        f"To: {_mailbox('To', to)}",
        f"Subject: {_text('Subject', subject)}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {_checked_id(message_id)}",
    ]
    if reply_to is not None:
        headers.append(f"Reply-To: {_mailbox('Reply-To', reply_to)}")
    headers += _threading(answers)
    if unsubscribe is not None:
        headers.append(f"List-Unsubscribe: {_link('List-Unsubscribe', unsubscribe)}")
        headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if automatic:
        headers.append("Auto-Submitted: auto-generated")
    if language:
        headers.append(f"Content-Language: {_token('Content-Language', language)}")
    for name, value in (extra or {}).items():
        if not _EXTRA.fullmatch(name) or not _PLAIN.fullmatch(value) or len(value) > 900:
            raise HeaderRefused(name if _EXTRA.fullmatch(name) else "extra", "only X- headers of printable ASCII")
        headers.append(f"{name}: {value}")
    headers.append("MIME-Version: 1.0")
    head = "\r\n".join(headers).encode()
    if not html:
        return head + b"\r\n" + _part("plain", text)
    # "=_" stands neither in base64 nor in quoted-printable, so no part can hold the boundary; taken from the id, so that
    # bytes repeat exactly
    boundary = b"=_" + hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest().encode()
    return b"".join(
        (
            head,
            b'\r\nContent-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n--' + boundary + b"\r\n",
            _part("plain", text),
            b"--" + boundary + b"\r\n",
            _part("html", html),
            b"--" + boundary + b"--\r\n",
        )
    )


_FOREIGN_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{3,200}>")
_MOST_REFERENCES = 12


def _threading(answers: Sequence[str]) -> list[str]:
    """In-Reply-To and References: ids are others' words, so each must have the form of one."""
    ids = [one for one in dict.fromkeys(answers) if _FOREIGN_ID.fullmatch(one)]
    if not ids:
        return []
    shown = [ids[0], *ids[1:][-_MOST_REFERENCES:]]
    return [f"In-Reply-To: {ids[-1]}", "References: " + "\r\n ".join(shown)]


def _token(header: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,35}", value):
        raise HeaderRefused(header, "not a language tag")
    return value


def _part(kind: str, body: str) -> bytes:
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    raw = body.encode("utf-8", "replace")
    # The shorter one: quoted-printable triples each byte of Cyrillic, base64 adds a third to everything.
    if "\n" in body and (len(raw) - len(body)) * _QUOTED_TO_ONE < len(raw):
        coding, lines = "quoted-printable", [_quoted(line) for line in body.split("\n")]
    else:
        coded = binascii.b2a_base64(raw.replace(b"\n", b"\r\n"), newline=False)
        coding, lines = "base64", [coded[at : at + 76] for at in range(0, len(coded), 76)]
    wrapped = b"\r\n".join(lines)
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode()
        + wrapped
        + b"\r\n"
    )


@lru_cache(maxsize=4096)
def _quoted(line: str) -> bytes:
    """One line in quoted-printable; most lines of a letter stand in the next one too."""
    coded = binascii.b2a_qp(line.encode("utf-8", "replace"), istext=True).replace(b"=\n", b"=\r\n")
    # RFC 2049, 3: a dot that begins a line is better written so, since some relays lose it; it also need not be doubled
    # on the wire. A line that is full (76) keeps it.
    return b"=2E" + coded[1:] if coded.startswith(b".") and len(coded.partition(b"\r\n")[0]) <= 74 else coded
