"""The sender: claims what is due, has it handed over, recorded, and takes back what dead senders left.

Owns the loop, the lease and the threads; the two transactions are claim.py's and recorder.py's. It survives the
database and the mail server; whatever it can't mend ends the process, which its parent starts anew.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from regulars.base import clock, db, process
from regulars.base.environment import is_this_machine
from regulars.base.process import RENEW_SECONDS, Lease
from regulars.base.wake import Listener
from regulars.outbox.channels.email.server import EmailServer, parse_email_url
from regulars.outbox.channels.telegram.hands import TelegramHand
from regulars.outbox.claim import Round, Way, claim_round, next_due, release
from regulars.outbox.connections import connect
from regulars.outbox.handover import Hands
from regulars.outbox.recorder import Recorder
from regulars.outbox.recover import ROLE, recover

__all__ = ["Sender", "SenderFailed", "SendingRefused", "Setup"]

RECOVER_SECONDS = 2.0
KEEPER_SECONDS = 1.0
BUSY_SECONDS = 0.02
POLL_SECONDS = 1.0
PAUSED_SECONDS = 1.0
RECONNECT_SECONDS = 0.2
DRAIN_SECONDS = 6.0
CLAIM = 200
AHEAD = 512
PROBE = 8

log = logging.getLogger(__name__)


class SendingRefused(RuntimeError):
    """A playground's EMAIL_URL must point to this machine (smtp://127.0.0.1:PORT): nothing may leave it."""


class SenderFailed(RuntimeError):
    """A part of the sender ended unexpectedly; the process has to begin anew."""


@dataclass(frozen=True, slots=True)
class Setup:
    """`email_url` None: letters stay in the letterbox; `telegram` None: those for messengers do, else where its API is.

    `public_url`: base of links, without a slash at its end.
    """

    email_url: str | None
    public_url: str
    keys: tuple[bytes, ...]
    telegram: str | None = None


class Sender:
    """One a process; `run` blocks until `stop` is set."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._server: EmailServer | None = parse_email_url(setup.email_url) if setup.email_url else None
        carried = {"email"} if self._server else {"email", "sms", "telegram"}
        wired = frozenset({"telegram"} if setup.telegram else ())
        self._way = Way(self._server is None, wired.union(carried), setup.public_url, setup.keys, wired)
        self._recorder = Recorder(self._server.connections if self._server else 0)
        self._hands = Hands(self._server, self._recorder, self._make_sure, AHEAD) if self._server else None
        self._telegram = (
            TelegramHand(setup.telegram, self._recorder, self._make_sure, AHEAD) if setup.telegram else None
        )
        self._lease: Lease | None = None
        self._ended = threading.Event()
        self._failed = threading.Event()
        self._renew_now = threading.Event()
        self._renewed = threading.Condition()
        self._broken_claim: tuple[Lease, int] | None = None

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop, then finish what is on the wire and give the rest back.

        Raises SendingRefused, SenderFailed.
        """
        keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        listener = Listener("sender wake")
        raw = self._connect(stop)
        if raw is None:
            return
        self._refuse_leaving(raw)
        keeper.start()
        self._recorder.start()
        if self._hands is not None:
            self._hands.start()
        if self._telegram is not None:
            self._telegram.start()
        try:
            while not stop.is_set():
                if self._failed.is_set() or self._recorder.failed.is_set():
                    raise SenderFailed("the sender's keeper or recorder failed")
                raw = self._turn(raw, listener, stop)
                if raw is None:
                    return
        finally:
            self._finish(raw, keeper, listener)

    def _turn(
        self, raw: "psycopg.Connection[Any]", listener: Listener, stop: threading.Event
    ) -> "psycopg.Connection[Any] | None":
        """One round, and the sleep after it; the connection to go on with, None when told to stop meanwhile."""
        try:
            found = self._round(raw)
            if found is None:
                self._pause(self._hands.breaker.wait() if self._hands else 0.0, stop)
            elif found.paused:
                stop.wait(PAUSED_SECONDS)
            elif found.due == 0:
                self._sleep(raw, listener)
            elif found.left == found.due:
                stop.wait(BUSY_SECONDS)
        except psycopg.Error as error:
            log.info("outbox: sender waits for the database, %s", type(error).__name__)
            raw.close()
            return self._connect(stop)
        return raw

    def _pause(self, breaker: float, stop: threading.Event) -> None:
        stop.wait(max(BUSY_SECONDS / 4, min(breaker, POLL_SECONDS)))

    def _round(self, raw: "psycopg.Connection[Any]") -> Round | None:
        """Claim one group if there is room for it; None when it is not the time to claim."""
        if self._broken_claim is not None:
            release(raw, *self._broken_claim)
            self._broken_claim = None
        lease, limit = self._lease, CLAIM
        if lease is None or not lease.holds():
            return None
        if self._hands is not None:
            if self._hands.breaker.wait() > 0 or self._hands.queue.qsize() > AHEAD - CLAIM:
                return None
            if self._recorder.pending() > 4 * AHEAD:
                return None
            limit = PROBE if self._hands.breaker.doubtful else CLAIM
        if self._telegram is not None and self._telegram.queue.qsize() > AHEAD - CLAIM:
            return None
        claim = lease.next_claim()
        self._broken_claim = (lease, claim)
        found = claim_round(raw, lease, claim, self._way, limit)
        self._broken_claim = None
        for item in found.handovers:
            hands = self._telegram if item.channel == "telegram" else self._hands
            assert hands is not None  # else the letterbox has kept it
            hands.queue.put(item)
        return found

    def _sleep(self, raw: "psycopg.Connection[Any]", listener: Listener) -> None:
        """Until the next message is due, somebody wakes us, or a moment has passed."""
        due = next_due(raw)
        with db.transaction_on(raw) as cur:
            state = clock.read(cur)
        # Due, yet not claimed: another sender has it in hand.
        listener.wait(max(BUSY_SECONDS, clock.wake_after(due, state.business(), state.speed, POLL_SECONDS)))

    def _connect(self, stop: threading.Event) -> "psycopg.Connection[Any] | None":
        while not stop.is_set():
            if self._recorder.failed.is_set() or self._failed.is_set():
                raise SenderFailed("the sender's keeper or recorder failed")
            try:
                return connect("sender")
            except psycopg.OperationalError:
                stop.wait(RECONNECT_SECONDS)
        return None

    def _refuse_leaving(self, raw: "psycopg.Connection[Any]") -> None:
        with db.transaction_on(raw) as cur:
            playground = clock.read(cur).playground
        if playground and self._server is not None and not self._server.local:
            raise SendingRefused(SendingRefused.__doc__)
        if playground and self._setup.telegram and not is_this_machine(self._setup.telegram):
            # a playground's messages to chats stay in the letterbox; beside a mail server of this machine there is none
            carried = self._way.carried if self._way.letterbox else self._way.carried - {"telegram"}
            self._telegram, self._way = None, replace(self._way, carried=carried, wired=frozenset())

    def _finish(self, raw: "psycopg.Connection[Any] | None", keeper: threading.Thread, listener: Listener) -> None:
        if self._hands is not None:
            self._hands.stop(DRAIN_SECONDS)
        if self._telegram is not None:
            self._telegram.stop(DRAIN_SECONDS)
        self._recorder.close()
        self._recorder.join(2)
        self._ended.set()
        self._renew_now.set()
        keeper.join(2)
        listener.close()
        if raw is not None:
            raw.close()

    # -- the lease ---------------------------------------------------------------------------------------------------
    def _make_sure(self, seconds: float) -> None:
        """Have the lease renewed now, waiting at most so long."""
        with self._renewed:
            self._renew_now.set()
            self._renewed.wait(seconds)

    def _keep(self) -> None:
        """The keeper's thread: enters this process, renews its lease, takes back what the dead left."""
        raw: psycopg.Connection[Any] | None = None
        recovered = 0.0
        try:
            while not self._ended.is_set():
                try:
                    raw = raw or connect("sender keeper")
                    self._keep_lease(raw)
                    if time.monotonic() - recovered >= RECOVER_SECONDS:
                        back = recover(raw)
                        recovered = time.monotonic()
                        if back:
                            log.warning("outbox: %s messages taken back from dead senders", back)
                except psycopg.Error as error:
                    log.info("outbox: keeper waits for the database, %s", type(error).__name__)
                    if raw is not None:
                        raw.close()
                    raw = None
                    self._renew_now.clear()
                self._renew_now.wait(KEEPER_SECONDS)
            if raw is not None and self._lease is not None:
                process.retire(raw, self._lease)
                raw.close()
        except psycopg.Error:
            return
        except BaseException:
            self._failed.set()
            raise

    def _keep_lease(self, raw: "psycopg.Connection[Any]") -> None:
        lease = self._lease
        if lease is not None and lease.lost and self._recorder.pending() == 0:
            lease = None
        if lease is None:
            self._lease = process.register(raw, ROLE)
        elif not lease.lost and (self._renew_now.is_set() or lease.age() >= RENEW_SECONDS):
            self._renew(raw, lease)
        self._renew_now.clear()
        with self._renewed:
            self._renewed.notify_all()

    def _renew(self, raw: "psycopg.Connection[Any]", lease: Lease) -> None:
        if not lease.renew(raw):
            log.warning("outbox: this sender was frozen or cut off too long and begins anew")
