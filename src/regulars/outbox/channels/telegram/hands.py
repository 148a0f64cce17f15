"""The hand that gives messages to Telegram: one thread a process, at the pace that a bot may keep.

Owns the bots' tokens in memory (looked up again after a while) and standing still when a bot is told to wait. It asks right
before each message whether this process still holds it.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg
from django.conf import settings

from regulars.base import db
from regulars.base.process import RENEW_SECONDS
from regulars.base.secrets import SecretBox, SecretUnreadable, split_keys
from regulars.outbox.channels.email.outcome import Outcome
from regulars.outbox.channels.telegram.hand import hand_over
from regulars.outbox.claim import Handover
from regulars.outbox.connections import connect
from regulars.outbox.recorder import Recorder, Result
from regulars.talks import threads_accounts as accounts
from regulars.vendors.telegram import Telegram

__all__ = ["TelegramHand"]

EVERY_SECONDS = 1 / 25
"""A bot may send some thirty messages a second."""
REMEMBERED_SECONDS = 30.0

log = logging.getLogger(__name__)


class TelegramHand:
    """`base`: where the Bot API is; `renew` is asked to make sure of the lease."""

    def __init__(self, base: str, recorder: Recorder, renew: Callable[[float], None], ahead: int) -> None:
        self.queue: queue.Queue[Handover | None] = queue.Queue(ahead)
        self._base, self._recorder, self._renew = base, recorder, renew
        self._bots: dict[int, tuple[float, Telegram | None]] = {}
        self._still_until: dict[int, float] = {}
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)

    def start(self) -> None:
        """Set it to work."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Let it finish what is on the wire; what is still in the queue goes back."""
        while True:
            try:
                item = self.queue.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                self._recorder.put(Result(item, Outcome("withheld"), attempted=False))
        self.queue.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (item := self.queue.get()) is not None:
            begun = time.monotonic()
            self._one(item)
            time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - begun)))
        for _, bot in self._bots.values():
            if bot is not None:
                bot.close()

    def _one(self, item: Handover) -> None:
        self._recorder.make_room()
        left = self._still_until.get(item.shop_id, 0.0) - time.monotonic()
        if left > 0:
            outcome = Outcome("rejected_temporary", 429, reply="waits as told", scope="channel", retry_after=left)
            self._recorder.put(Result(item, outcome, attempted=False))
            return
        try:
            outcome = self._send(item)
        except psycopg.Error as error:
            outcome = Outcome("not_handed_over", reply=type(error).__name__)
        except Exception as error:  # we can't tell where it was: its fate is unknown
            log.exception("outbox: message %s failed on the way to Telegram", item.id)
            outcome = Outcome("unknown", reply=type(error).__name__)
        if outcome.retry_after:
            self._still_until[item.shop_id] = time.monotonic() + outcome.retry_after
        self._recorder.put(Result(item, outcome, attempted=outcome.kind != "withheld"))

    def _send(self, item: Handover) -> Outcome:
        bot = self._bot(item.shop_id)
        if bot is None:
            return Outcome("auth_refused", reply="this shop has no bot")
        return hand_over(bot, item.raw, partial(self._may_go, item))

    def _may_go(self, item: Handover) -> bool:
        if item.lease.age() > RENEW_SECONDS + 1:
            self._renew(2.0)
        if not item.lease.holds():
            return False
        return item.purpose != "advertising" or self._recorder.mark(item)

    def _bot(self, shop_id: int) -> Telegram | None:
        at, bot = self._bots.get(shop_id, (0.0, None))
        if time.monotonic() - at < REMEMBERED_SECONDS and bot is not None:
            return bot
        token = self._token(shop_id)
        if bot is not None and bot.token != token:
            bot.close()
            bot = None
        if bot is None and token:
            bot = Telegram(token, self._base)
        self._bots[shop_id] = (time.monotonic(), bot if token else None)
        return bot if token else None

    def _token(self, shop_id: int) -> str:
        raw = connect("sender telegram")
        try:
            with db.transaction_on(raw) as cur:
                found = accounts.secret_of(cur, shop_id, "telegram")
        finally:
            raw.close()
        try:
            return SecretBox(split_keys(settings.SECRET_KEY)).decrypt(found.encode()) if found else ""
        except SecretUnreadable:
            return ""
