"""What somebody on the desk has typed to one buyer, as bytes: no template, the same words in any channel.

Owns the content of such a message, {"answer": {"to", "text", …}}, and how it is threaded under the mail that it answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.outbox.chat import call
from regulars.outbox.mime import Mailbox, message_id, parse_mailbox, write_letter
from regulars.shop.settings import ShopSettings

__all__ = ["WrittenAnswer", "address_of", "answer_content", "is_answer", "reply_subject", "write"]

_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|ответ|отв|на|пересл?|ha)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_HEADERS = {"X-Regulars-Purpose": "service"}


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """Subject ('' where the channel has none) and bytes."""

    subject: str
    raw: bytes


def answer_content(
    to: str,
    text: str,
    *,
    subject: str = "",
    answers: Sequence[str] = (),
    ask_contact: str = "",
    automatic: bool = False,
) -> dict[str, Any]:
    """The message's content. `answers`: Message-IDs of the mails before it, the one answered last."""
    found: dict[str, Any] = {"to": to, "text": text}
    given = {"subject": subject, "answers": list(answers), "ask_contact": ask_contact, "automatic": automatic}
    return {"answer": {**found, **{k: v for k, v in given.items() if v}}}


def is_answer(content: Mapping[str, Any]) -> bool:
    """Whether a message holds words that somebody typed."""
    return "answer" in content


def address_of(content: Mapping[str, Any]) -> str | None:
    """Where it must go; None for messages that go wherever the person is reached."""
    to = content.get("answer", {}).get("to")
    return to if isinstance(to, str) else None


def reply_subject(subject: str) -> str:
    """'Re: …', once, whatever marks it had."""
    return f"Re: {_PREFIX.sub('', subject).strip()}".strip() if subject.strip() else ""


def write(
    content: Mapping[str, Any],
    channel: str,
    address: str,
    *,
    sender: Mailbox,
    to_name: str,
    message: int,
    shop: ShopSettings,
    now: datetime,
) -> WrittenAnswer:
    """The bytes of an answer. Raises AddressRefused, HeaderRefused."""
    said = content["answer"]
    if channel != "email":
        return WrittenAnswer("", call(address, said["text"], ask_contact=said.get("ask_contact", "")))
    subject = said.get("subject") or shop.name
    raw = write_letter(
        sender=sender,
        to=parse_mailbox(address, to_name),
        subject=subject,
        text=f"{said['text'].strip()}\n\n-- \n{_signature(shop)}",
        date=now,
        message_id=message_id(message, shop.slug, sender.address.rpartition("@")[2]),
        answers=said.get("answers", ()),
        automatic=bool(said.get("automatic")),
        extra=_HEADERS,
    )
    return WrittenAnswer(subject, raw)


def _signature(shop: ShopSettings) -> str:
    return "\n".join(line for line in (shop.name, shop.phone) if line)
