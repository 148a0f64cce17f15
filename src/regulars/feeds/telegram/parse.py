"""Updates of a Telegram bot: messages of private chats, the opening of one, a shared telephone, a block.

The secret token in the header is all that Telegram proves itself by; the body is not signed. Polled updates are the same JSON.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request
from regulars.talks.threads_files import safe_name
from regulars.talks.threads_incoming import LONGEST_TEXT, AddressNews, File, InboundMessage, encode

KEPT_HEADERS = ("content-type",)
CHANNEL: Literal["telegram"] = "telegram"
_MOST_DIGITS = 16
_MILLISECONDS = 10**11
"""A moment above this is told in milliseconds, as an emulator does."""
_KINDS = {
    "photo": "photo.jpg", "voice": "voice.ogg", "video": "video.mp4", "video_note": "video.mp4", "audio": "audio.mp3",
    "document": "file", "sticker": "sticker.webp", "animation": "animation.mp4",
}  # fmt: skip


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """`X-Telegram-Bot-Api-Secret-Token` equals a live secret."""
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not given:
        return Refuse("unsigned")
    holds = False
    for secret in secrets:
        holds |= hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace"))
    return Accept() if holds else Refuse("secret")


def acknowledge() -> Answer:
    """A bare 200; anything else is sent again for a day."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: a chat knows a message again by its number, so that a repeat costs nothing."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One update."""
    plain = decode(delivered.body)
    if not isinstance(plain, dict):
        raise BadItem("wrong_type", "", "must be an object")
    if not isinstance(plain.get("update_id"), int):
        raise BadItem("missing", "/update_id", "is no number")
    message = plain.get("message")
    if isinstance(message, dict):
        return [_message(message)]
    member = plain.get("my_chat_member")
    if isinstance(member, dict):
        return [_member(member)]
    return [Ignored("not_needed")]


def _of(plain: Any, name: str) -> Mapping[str, Any]:
    found = plain.get(name) if isinstance(plain, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < abs(value) < 10**_MOST_DIGITS:
        return None
    return value


def _text(value: Any, longest: int) -> str:
    return value.replace("\x00", "")[:longest] if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _message(message: Mapping[str, Any]) -> Item | Ignored | BadItem:
    chat, sender = _of(message, "chat"), _of(message, "from")
    chat_id, number = _number(chat.get("id")), _number(message.get("message_id"))
    if chat_id is None or number is None:
        return BadItem("missing", "/message", "names neither a chat nor itself")
    if chat.get("type", "private") != "private":
        return Ignored("group")
    if sender.get("is_bot") is True:
        return Ignored("bot")
    text = _text(message.get("text"), LONGEST_TEXT) or _text(message.get("caption"), LONGEST_TEXT)
    start, auto = _start(text)
    phone = _own_phone(message, sender)
    if phone and not text:
        auto = "contact"
    files = _files(message)
    if not text and not files and not auto:
        return Ignored("nothing_said")
    reply = _number(_of(message, "reply_to_message").get("message_id"))
    said = InboundMessage(
        channel=CHANNEL,
        key=f"{chat_id}:{number}",
        address=str(chat_id),
        at=_moment(message.get("date")),
        text="" if auto == "start" else text,
        name=_name(sender) or _name(chat),
        language=_text(sender.get("language_code"), 10),
        message_id=str(number),
        answers=(str(reply),) if reply else (),
        auto=auto,
        start=start,
        phone=phone,
        files=files,
    )
    return Item("messages", encode(said))


def _start(text: str) -> tuple[str, str]:
    """What the link that opened the chat carried, and that these are no words."""
    command, _, payload = text.strip().partition(" ")
    if command.partition("@")[0] != "/start":
        return "", ""
    return payload.strip()[:64], "start"


def _own_phone(message: Mapping[str, Any], sender: Mapping[str, Any]) -> str:
    """The telephone of a shared contact, if it is the sender's own and not a card out of his address book."""
    contact = _of(message, "contact")
    mine = _number(sender.get("id"))
    if mine is None or _number(contact.get("user_id")) != mine:
        return ""
    digits = _text(contact.get("phone_number"), 40).strip()
    return digits if digits.startswith("+") or not digits else f"+{digits}"


def _name(who: Mapping[str, Any]) -> str:
    parts = (_text(who.get("first_name"), 100), _text(who.get("last_name"), 100))
    return " ".join(" ".join(part.split()) for part in parts if part.strip())


def _files(message: Mapping[str, Any]) -> tuple[File, ...]:
    """Pictures and files are named; they stay with Telegram, where the buyer sees them, too."""
    found = []
    for kind, usual in _KINDS.items():
        value = message.get(kind)
        one = value[-1] if isinstance(value, list) and value else value
        if isinstance(one, Mapping):
            name = safe_name(_text(one.get("file_name"), 200)) or usual
            size = one.get("file_size")
            shown = size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 1 << 40 else 0
            found.append(File(name=name, type=_text(one.get("mime_type"), 100), size=shown, refused="in_telegram"))
    contact = _of(message, "contact")
    if contact and not _own_phone(message, _of(message, "from")):
        found.append(File(name=_name(contact) or "contact", type="text/vcard", size=0, refused="someone_elses"))
    return tuple(found)


def _member(member: Mapping[str, Any]) -> Item | Ignored | BadItem:
    chat_id = _number(_of(member, "chat").get("id"))
    status = _of(member, "new_chat_member").get("status")
    if chat_id is None:
        return BadItem("missing", "/my_chat_member/chat/id", "names no chat")
    if _of(member, "chat").get("type", "private") != "private" or status not in ("kicked", "left", "member"):
        return Ignored("group")
    news = AddressNews(channel=CHANNEL, what="unblocked" if status == "member" else "blocked", address=str(chat_id))
    return Item("addresses", encode(news))
