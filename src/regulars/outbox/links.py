"""Addresses of the buyer's public pages, as letters carry them: signed, for one purpose, with an end.

Owns the purposes and the paths; the pages themselves are public/'s, which reads the tokens by the same names. A link
holds ids, nothing that names a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.base.tokens import sign

__all__ = ["ANSWER", "PREFERENCES", "UNSUBSCRIBE", "Links"]

UNSUBSCRIBE = "unsubscribe"
"""Path /u/TOKEN; subject (shop, person, message)."""
PREFERENCES = "preferences"
"""Path /p/TOKEN; subject (shop, person)."""
ANSWER = "answer"
"""Path /a/TOKEN?answer=WORD; subject (shop, question, message)."""

# An unsubscription must work as long as somebody may still open the letter.
_TERMS = {UNSUBSCRIBE: timedelta(days=730), PREFERENCES: timedelta(days=365), ANSWER: timedelta(days=90)}
NAMES = frozenset({"link.unsubscribe", "link.preferences", "link.yes", "link.no", "link.pay"})
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
