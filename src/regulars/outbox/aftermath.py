"""What becomes of a message after an attempt: pure, from the outcome on the wire to the state that is recorded.

Owns the back-offs and the rule for an unknown fate: a service message is repeated from its stored bytes after a long
wait, an advertisement is left for a person to judge.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from regulars.outbox.channels.email.outcome import Outcome

__all__ = ["BACK_OFF", "PAUSES", "RESEND_AFTER", "After", "after"]

BACK_OFF = (60, 300, 900, 3600, 14400)
"""Seconds until the next try after a temporary refusal, by tries; then the last for ever, until lateness ends it."""
RECONNECT = (1, 2, 5, 15, 60)
"""The same where nobody took even the connection."""
RESEND_AFTER = timedelta(minutes=10)
"""A service message whose fate is unknown waits so long before its stored bytes go again."""
RESENDS = 6
"""After so many tries an unknown service message, too, is left to a person."""
PAUSES = (60, 300, 900, 3600)
"""Seconds that a channel stands still after its server refused us, by refusals in a row."""


@dataclass(frozen=True, slots=True)
class After:
    """The next state; with 'queued' the wait before the next try. `repeat`: then the stored bytes go, nothing new.

    `suppress`: the address is dead. `pause`: the whole channel is refused, with the trouble's code.
    """

    state: str
    reason: str | None = None
    wait: timedelta = timedelta(0)
    repeat: bool = False
    event: str | None = None
    suppress: bool = False
    pause: str | None = None


def after(outcome: Outcome, message_id: int, purpose: str, channel: str, by: Sequence[str], tries: int) -> After:
    """`tries`: attempts before this one."""
    match outcome.kind:
        case "accepted":
            return After("sent", event="message.sent")
        case "unknown" if purpose == "advertising" or tries + 1 >= RESENDS:
            return After("unknown", "unknown", event="message.unknown")
        case "unknown":
            return After("queued", "unknown_repeat", RESEND_AFTER, repeat=True)
        case "auth_refused" | "tls_refused":
            return After("queued", outcome.kind, timedelta(seconds=PAUSES[0]), pause=outcome.kind)
        case "rejected_permanent" if outcome.scope in ("sender", "channel"):
            return After("queued", "sender_refused", timedelta(seconds=PAUSES[0]), pause="sender_refused")
        case "rejected_permanent":
            return _refused(outcome, channel, by)
        case "rejected_temporary":
            wait = max(timedelta(seconds=outcome.retry_after), _spread(BACK_OFF, tries, message_id))
            return After("queued", "try_later", wait)
        case "not_handed_over":
            return After("queued", "no_connection", _spread(RECONNECT, tries, message_id))
        case _:
            return After("queued")


def _refused(outcome: Outcome, channel: str, by: Sequence[str]) -> After:
    bounced = outcome.scope == "recipient"
    event = "message.bounced" if bounced else "message.failed"
    if bounced and channel in by and by.index(channel) + 1 < len(by):
        return After("queued", "next_channel", event=event, suppress=outcome.suppress)
    return After("failed", "rejected", event=event, suppress=outcome.suppress)


def _spread(seconds: Sequence[int], tries: int, message_id: int) -> timedelta:
    """A step of the scale, longer by up to a fifth, so that what failed together does not return together."""
    digest = hashlib.blake2b(f"{message_id}.{tries}".encode(), digest_size=2).digest()
    share = int.from_bytes(digest, "big") / 65536
    return timedelta(seconds=seconds[min(tries, len(seconds) - 1)] * (1 + 0.2 * share))
