"""The hands: threads with a kept connection each, that give letters to the mail server and report what became of them.

Owns the asking, right before a letter's last line, whether this process still holds the message; and the breaker that
keeps everybody from hammering at a server that is away.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial

from regulars.base.process import RENEW_SECONDS
from regulars.outbox.channels.email.outcome import Outcome
from regulars.outbox.channels.email.server import EmailServer
from regulars.outbox.channels.email.smtp import SmtpClient
from regulars.outbox.claim import Handover
from regulars.outbox.recorder import Recorder, Result

__all__ = ["Breaker", "Hands"]

log = logging.getLogger(__name__)


class Breaker:
    """Open (nobody tries) for a while after failures in a row that say: the server is away, or refuses us all."""

    FAILURES = 3
    SECONDS = (0.5, 1, 2, 5, 10, 30)

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._failures = self._opened = 0
        self._until = 0.0

    def wait(self) -> float:
        """Seconds for which it is still open, 0 when closed."""
        return max(0.0, self._until - time.monotonic())

    @property
    def doubtful(self) -> bool:
        """Whether the last tries failed: then only a few should be made."""
        return self._failures > 0

    def saw(self, outcome: Outcome) -> None:
        """Take note of an attempt."""
        with self._guard:
            if outcome.kind in ("not_handed_over", "auth_refused", "tls_refused"):
                self._failures += 1
                if self._failures >= self.FAILURES and self.wait() == 0:
                    self._until = time.monotonic() + self.SECONDS[min(self._opened, len(self.SECONDS) - 1)]
                    self._opened += 1
            elif outcome.kind != "withheld":
                self._failures = self._opened = 0


class Hands:
    """`server.connections` threads over one bounded queue. `renew` is asked to make sure of the lease."""

    def __init__(self, server: EmailServer, recorder: Recorder, renew: Callable[[float], None], ahead: int) -> None:
        self.queue: queue.Queue[Handover | None] = queue.Queue(ahead)
        self.breaker = Breaker()
        self._server, self._recorder, self._renew = server, recorder, renew
        self._threads = [
            threading.Thread(target=self._run, name=f"smtp-{n}", daemon=True) for n in range(server.connections)
        ]

    def start(self) -> None:
        """Set them to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Let each finish the letter on the wire, for so long; what is still in the queue goes back."""
        until = time.monotonic() + seconds
        while True:
            try:
                item = self.queue.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                self._recorder.put(Result(item, Outcome("withheld"), attempted=False))
        for _ in self._threads:
            self.queue.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        client = SmtpClient(self._server)
        while True:
            try:
                item = self.queue.get(timeout=self._server.idle)
            except queue.Empty:
                client.quit()
                item = self.queue.get()
            if item is None:
                client.quit()
                return
            self._one(client, item)

    def _one(self, client: SmtpClient, item: Handover) -> None:
        self._recorder.make_room()
        if not item.lease.holds():
            self._recorder.put(Result(item, Outcome("withheld"), attempted=False))
            return
        if self.breaker.wait() > 0:
            self._recorder.put(Result(item, Outcome("not_handed_over"), attempted=False))
            return
        try:
            outcome = client.hand_over(item.sender, item.address, item.raw, partial(self._may_go, item))
        except ValueError:
            outcome = Outcome("rejected_permanent", reply="the letter cannot go over the wire", scope="message")
        except Exception as error:  # we can't tell where it was: its fate is unknown
            log.exception("outbox: message %s failed on the wire", item.id)
            client.close()
            outcome = Outcome("unknown", reply=type(error).__name__)
        self.breaker.saw(outcome)
        self._recorder.put(Result(item, outcome, attempted=outcome.kind != "withheld"))

    def _may_go(self, item: Handover) -> bool:
        """The last question before the letter: is it still ours, and is it written down that it goes?"""
        if item.lease.age() > RENEW_SECONDS + 1:
            self._renew(2.0)
        if not item.lease.holds():
            return False
        return item.purpose != "advertising" or self._recorder.mark(item)
