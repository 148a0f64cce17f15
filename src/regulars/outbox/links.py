"""Addresses of the buyer's public pages, as letters carry them: signed, for one purpose, with an end.

Owns the purposes and the paths; the pages themselves are public/'s, which reads the tokens by the same names. A link
holds ids, nothing that names a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.base.tokens import sign

__all__ = ["ANSWER", "CHAT", "PREFERENCES", "UNSUBSCRIBE", "Links", "start_word"]

UNSUBSCRIBE = "unsubscribe"
"""Path /u/TOKEN; subject (shop, person, message)."""
PREFERENCES = "preferences"
"""Path /p/TOKEN; subject (shop, person)."""
ANSWER = "answer"
"""Path /a/TOKEN?answer=WORD; subject (shop, question, message)."""

CHAT = "chat"
"""Opens the shop's bot: `?start=o-TOKEN`; subject (person) or (person, order). A bot takes 64 characters at most."""

# An unsubscription must work as long as somebody may still open the letter.
_TERMS = {
    UNSUBSCRIBE: timedelta(days=730),
    PREFERENCES: timedelta(days=365),
    ANSWER: timedelta(days=90),
    CHAT: timedelta(days=365),
}
NAMES = frozenset({"link.unsubscribe", "link.preferences", "link.yes", "link.no", "link.pay", "link.telegram"})
"""The fields `link.*` that a letter can have in this version."""


@dataclass(frozen=True, slots=True)
class Links:
    """`base`: the public address, no slash at its end; `keys`: secret keys, the first signs; `at`: machine time."""

    base: str
    keys: Sequence[bytes]
    at: datetime

    def _page(self, path: str, purpose: str, ids: tuple[int, ...], epoch: int) -> str:
        return f"{self.base}/{path}/{sign(purpose, ids, self.at + _TERMS[purpose], epoch, self.keys)}"

    def unsubscribe(self, shop_id: int, person_id: int, message_id: int, epoch: int) -> str:
        """Shows by GET, acts by POST, also as RFC 8058's one click."""
        return self._page("u", UNSUBSCRIBE, (shop_id, person_id, message_id), epoch)

    def chat(self, bot: str, person_id: int, order_id: int | None, epoch: int) -> str:
        """Opens the chat with the shop's bot, which then knows whose chat it is, and about which order."""
        word = start_word(person_id, order_id, epoch, self.at, self.keys)
        return f"https://t.me/{bot}?start={word}"

    def facts(
        self,
        wanted: frozenset[str],
        shop_id: int,
        person_id: int,
        message_id: int,
        epoch: int,
        question_id: int | None,
        pay_url: str | None,
    ) -> dict[str, Any]:
        """The `link.*` facts among `wanted`; what can't be made is absent."""
        out: dict[str, Any] = {}
        if "link.unsubscribe" in wanted:
            out["unsubscribe"] = self.unsubscribe(shop_id, person_id, message_id, epoch)
        if "link.preferences" in wanted:
            out["preferences"] = self._page("p", PREFERENCES, (shop_id, person_id), epoch)
        if question_id is not None and ("link.yes" in wanted or "link.no" in wanted):
            page = self._page("a", ANSWER, (shop_id, question_id, message_id), epoch)
            out["yes"], out["no"] = f"{page}?answer=yes", f"{page}?answer=no"
        if pay_url and "link.pay" in wanted:
            out["pay"] = pay_url
        return out


def start_word(person_id: int, order_id: int | None, epoch: int, at: datetime, keys: Sequence[bytes]) -> str:
    """What a link into the bot carries: `o-` and the token, within the 64 characters that a bot is given."""
    subject = (person_id,) if order_id is None else (person_id, order_id)
    return "o-" + sign(CHAT, subject, at + _TERMS[CHAT], epoch, keys)
