"""What stands in a stored letter: headers, plain text, HTML.

Owns reading the bytes for the screen. The HTML is foreign here: it goes into a sandboxed frame, nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

from regulars.outbox.chat import text_of

__all__ = ["Letter", "read"]

HEADERS = (
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "X-Regulars-Purpose",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter for reading; `html` '' when it has none."""

    headers: Sequence[tuple[str, str]]
    text: str
    html: str


def read(raw: bytes, channel: str | None) -> Letter:
    """The letter in these bytes; of channels other than mail the bytes are the text."""
    if channel == "telegram":
        return Letter((), text_of(raw), "")
    if channel != "email":
        return Letter((), raw.decode(errors="replace"), "")
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Letter(
        _headers(raw),
        _part(message, "plain"),
        _part(message, "html"),
    )


def _headers(raw: bytes) -> list[tuple[str, str]]:
    # The modern parser leaves a space between two encoded words of a long name; this way reads as mail programs do.
    plain = message_from_bytes(raw, policy=policy.compat32)
    return [(name, str(make_header(decode_header(str(plain[name]))))) for name in HEADERS if plain[name] is not None]


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
