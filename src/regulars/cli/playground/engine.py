"""The product's own loops run by hand, one after the other, while a playground is filled and nothing else is running.

What they do is the same that the engine and the sender do; only the clock waits for them, so that weeks take seconds.
Letters stay in the letterbox, whatever EMAIL_URL says.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings

from regulars.base import clock, db, due, process
from regulars.base.environment import LOCAL_URL
from regulars.base.secrets import split_keys
from regulars.desk import escalation, phoned, returning, unconfirmed
from regulars.desk.telling import Carrier
from regulars.effects import danger
from regulars.intake import normaliser
from regulars.journeys import conductor
from regulars.loyalty import expiring
from regulars.outbox.claim import Way, claim_round
from regulars.outbox.recover import ROLE
from regulars.people import doubles

__all__ = ["Engine"]

CLAIM = 200
MOST_ROUNDS = 10_000
_EACH_ROUND = {"deliveries", "persons", "messages"}


class Engine:
    """For one connection; `close` when done."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._raw = raw
        self._lease = process.register(raw, ROLE)
        base = settings.REGULARS_PUBLIC_URL or LOCAL_URL
        self._way = Way(True, frozenset({"email", "sms", "telegram"}), base, split_keys(settings.SECRET_KEY))
        carrier = Carrier(None, base, split_keys(settings.SECRET_KEY))
        # In the order in which one leads to the next, so that a single look afterwards mostly finds nothing left.
        self._work: dict[str, Callable[[], object]] = {
            "deliveries": lambda: normaliser.run_once(raw),
            "persons": lambda: conductor.run_once(raw),
            "messages": self._send,
            "promises": lambda: danger.watch_once(raw),
            "calls": lambda: phoned.watch_once(raw),
            "limits": lambda: escalation.escalate_once(raw),
            "changes": lambda: unconfirmed.check_once(raw),
            "shifts": lambda: returning.return_once(raw),
            "tellings": lambda: carrier.turn(raw),
            "points": lambda: expiring.expire_once(raw),
            "doubles": lambda: doubles.look_once(raw),
        }

    def settle(self) -> datetime | None:
        """Do all that is due; when the next thing falls due.

        Raises RuntimeError when something due is never done.
        """
        for _ in range(MOST_ROUNDS):
            with db.open_cursor(self._raw) as cur:
                busy, following = due.look(cur, clock.read(cur).business())
            if not busy:
                return following
            if "deliveries" in busy:
                self._work["deliveries"]()
            for name in ("persons", "messages", "persons"):
                self._work[name]()
            for name, work in self._work.items():
                if name in busy and name not in _EACH_ROUND:
                    work()
        raise RuntimeError(f"the playground is never done with {', '.join(busy)}")

    def break_promises(self) -> None:
        """Mark what has missed its time by now."""
        danger.watch_once(self._raw)

    def _send(self) -> None:
        if self._lease.age() > process.RENEW_SECONDS:
            self._lease.renew(self._raw)
        claim_round(self._raw, self._lease, self._lease.next_claim(), self._way, CLAIM)

    def close(self) -> None:
        """Leave in good order."""
        process.retire(self._raw, self._lease)
