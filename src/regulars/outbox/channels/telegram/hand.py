"""Handing a stored call to Telegram, and knowing as well as one can what became of it.

Owns what its refusals mean for the message and the address. A text in several parts goes part by part.
"""

from collections.abc import Callable
from typing import Any

from regulars.outbox.channels.email.outcome import Outcome
from regulars.outbox.chat import read_call
from regulars.vendors.telegram import Telegram, TelegramError, Unsure

__all__ = ["hand_over", "params_of"]

_GONE = ("chat not found", "user is deactivated", "user not found", "bot can't initiate", "peer_id_invalid")


def params_of(stored: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of `sendMessage`, in their order; buttons hang on the last."""
    calls: list[dict[str, Any]] = [
        {"chat_id": stored["chat_id"], "text": text, "link_preview_options": {"is_disabled": True}}
        for text in stored["parts"]
    ]
    if stored.get("buttons"):
        rows = [[{"text": label, "url": url}] for label, url in stored["buttons"]]
        calls[-1]["reply_markup"] = {"inline_keyboard": rows}
    elif stored.get("ask_contact"):
        key = {"text": stored["ask_contact"], "request_contact": True}
        calls[-1]["reply_markup"] = {"keyboard": [[key]], "resize_keyboard": True, "one_time_keyboard": True}
    return calls


def hand_over(bot: Telegram, raw: bytes, may_go: Callable[[], bool]) -> Outcome:
    """Send it. `may_go` is asked right before the first part."""
    calls = params_of(read_call(raw))
    if not may_go():
        return Outcome("withheld", scope="message")
    for said, params in enumerate(calls):
        try:
            bot.call("sendMessage", **params)
        except Unsure as unsure:
            return Outcome("unknown", reply=str(unsure))
        except TelegramError as error:
            # Of a text that went in part nobody can say that it did not go.
            return Outcome("unknown", error.code, reply=str(error)) if said else _refused(error)
    return Outcome("accepted", 200, reply="ok")


def _refused(error: TelegramError) -> Outcome:
    words = error.description.lower()
    if error.code == 0:
        return Outcome("not_handed_over", reply=str(error))
    if error.is_login:
        return Outcome("auth_refused", error.code, reply=str(error))
    if error.code == 403 or (error.code == 400 and any(one in words for one in _GONE)):
        return Outcome("rejected_permanent", error.code, reply=str(error), scope="recipient", suppress=True)
    if error.code == 429 or error.code >= 500:
        return Outcome(
            "rejected_temporary", error.code, reply=str(error), scope="channel", retry_after=max(1.0, error.retry_after)
        )
    return Outcome("rejected_permanent", error.code, reply=str(error), scope="message")
