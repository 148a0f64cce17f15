"""What came of handing a letter to a mail server, and what a server's answer means for the letter and the address.

Owns the reading of reply codes (RFC 5321, 3463). Must not decide what happens next: the outbox does, from kind, scope
and `suppress`. `reply` is the server's text and may name the address: it is kept with the message and never logged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Kind", "Outcome", "Scope", "from_reply"]

Kind = Literal[
    "accepted",  # the server has it
    "rejected_permanent",  # it never will be taken as it is
    "rejected_temporary",  # try again later
    "not_handed_over",  # certainly not accepted: no connection, or it failed before the end of the data
    "withheld",  # certainly not accepted: we ourselves stopped before the end of the data
    "unknown",  # the end of the data was sent and no answer came
    "auth_refused",  # the server refuses our login: nobody's letter will pass
    "tls_refused",  # no safe connection as demanded: nobody's letter will pass
]
Scope = Literal["recipient", "message", "sender", "channel"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one attempt. `code` 0 when no reply came; `suppress`: the address is dead, write to it no more.

    `retry_after`: seconds that the other side asks us to wait.
    `scope`: whom a refusal concerns: this address, this letter, our own address, or the whole channel.
    """

    kind: Kind
    code: int = 0
    enhanced: str = ""
    reply: str = ""
    scope: Scope = "channel"
    suppress: bool = False
    retry_after: float = 0.0

    @property
    def surely_not_accepted(self) -> bool:
        """Whether sending it again cannot make a second copy."""
        return self.kind not in ("accepted", "unknown")


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# The mailbox doesn't exist, has moved without an address, or is switched off; 5.4.1 is how Microsoft says the first.
_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.1"})
_DEAD_CODES = frozenset({550, 551, 553})  # when the server gives no enhanced code
_FULL = frozenset({"5.2.2", "4.2.2"})
Stage = Literal["mail", "rcpt", "data", "dot"]


def from_reply(stage: Stage, code: int, text: bytes | str) -> Outcome:
    """Judge a reply to MAIL, RCPT, DATA or the final dot.

    A full mailbox is temporary, whatever digit it begins with.
    """
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    match = _ENHANCED.match(words)
    enhanced = match.group(1) if match else ""
    scope = _scope(stage, code, enhanced)
    if 200 <= code < 300:
        return Outcome("accepted", code, enhanced, words)
    full = enhanced in _FULL or (code == 552 and not enhanced and stage == "rcpt")
    if full:
        return Outcome("rejected_temporary", code, enhanced, words, "recipient")
    if 500 <= code < 600:
        dead = enhanced in _DEAD or (stage == "rcpt" and not enhanced and code in _DEAD_CODES)
        return Outcome("rejected_permanent", code, enhanced, words, scope, suppress=dead and scope == "recipient")
    return Outcome("rejected_temporary", code, enhanced, words, scope)


def _scope(stage: Stage, code: int, enhanced: str) -> Scope:
    if code == 421:
        return "channel"
    if stage == "mail":
        return "sender"
    if stage == "rcpt" or enhanced[2:4] in ("1.", "2.") or enhanced in _DEAD:
        # 5.1.7, 5.1.8 speak of the sender's address
        return "sender" if enhanced in ("5.1.7", "5.1.8") else "recipient"
    return "message"
