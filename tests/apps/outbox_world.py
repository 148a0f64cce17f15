"""A world with messages and a mail server: for tests of the outbox, its gate and its recovery."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from regulars.base import clock, db, process
from regulars.base.actor import SYSTEM
from regulars.outbox import actions, queries
from regulars.outbox.actions import NewMessage
from regulars.outbox.claim import Round, Way, claim_round
from regulars.outbox.recover import ROLE
from regulars.outbox.sender import Sender, Setup
from regulars.promises import actions as promises
from tests.apps.world import World
from tests.sinks.smtp_sink import Sink

KEYS = (b"k" * 48,)
LETTERBOX = Way(True, frozenset({"email", "sms"}), "http://shop.example", KEYS)
BY_MAIL = Way(False, frozenset({"email"}), "http://shop.example", KEYS)
WORDS = {"subject": {"en": "Hello from us"}, "text": {"en": "{{ person | hello }}\n\nall is well."}}


class Outbox:
    """What tests do with messages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop_id = world.shop_id
        self.lease = process.register(world.raw, ROLE)
        self._claims = iter(range(1, 10_000))

    def queue(self, person_id: int, purpose: str = "service", **fields: Any) -> int:
        """One message, due now."""
        values: dict[str, Any] = {
            "by": ("email",),
            "content": {"inline": WORDS},
            "meant_at": self.world.now,
            **fields,
        }
        message = NewMessage(person_id=person_id, purpose=purpose, **values)  # type: ignore[arg-type]
        with self.world.writing() as cur:
            (id_,) = actions.queue_messages(cur, self.shop_id, [message], self.world.now)
        return id_

    def promise(self, message_id: int, person_id: int, due_at: datetime, kind: str = "call", **fields: Any) -> int:
        """The promise that this message is to make."""
        new = promises.NewPromise(
            key=f"test:{message_id}:{kind}", person_id=person_id, kind=kind, due_at=due_at, intended=True,
            message_id=message_id, **fields,
        )  # fmt: skip
        with self.world.writing() as cur:
            (id_,) = promises.make(cur, self.shop_id, [new], SYSTEM, self.world.now)
        return id_

    def agree(self, person_id: int, channel: str = "email", given: bool = True) -> None:
        """The person says yes, or no, to advertising."""
        with self.world.writing() as cur:
            cur.execute(
                "insert into people_consent (shop_id, person_id, channel, purpose, given, at)"
                " values (%s, %s, %s, 'advertising', %s, %s)",
                (self.shop_id, person_id, channel, given, self.world.now),
            )

    def gate(self, way: Way = LETTERBOX, limit: int = 200) -> Round:
        """One round at the gate."""
        return claim_round(self.world.raw, self.lease, next(self._claims), way, limit)

    def state(self, message_id: int) -> tuple[str, str | None]:
        """State and reason."""
        ((state, reason),) = self.world.rows("select state, reason from outbox_message where id = %s", message_id)
        return state, reason

    def detail(self, message_id: int) -> queries.MessageDetail:
        with self.world.writing() as cur:
            found = queries.message(cur, self.shop_id, message_id)
        assert found is not None
        return found

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a kind, oldest first."""
        return [r[0] for r in self.world.rows("select data from events_event where kind = %s order by id", kind)]


@contextlib.contextmanager
def sending(email_url: str | None) -> Iterator[Sender]:
    """A sender at work in threads of this process; stopped cleanly at the end."""
    sender = Sender(Setup(email_url, "http://shop.example", KEYS))
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield sender
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def send_at_once(senders: int) -> None:
    """So many, each with a connection and a lease of its own, claim for the letterbox beside each other, nineteen
    rounds each."""
    barrier = threading.Barrier(senders)

    def send() -> None:
        raw = db.loop_connection("test sender")
        lease = process.register(raw, ROLE)
        barrier.wait()
        for claim in range(1, 20):
            claim_round(raw, lease, claim, LETTERBOX, 7)
        raw.close()

    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def url_of(sink: Sink, options: str = "connections=2&timeout=5") -> str:
    """EMAIL_URL of a sink."""
    return f"smtp://127.0.0.1:{sink.smtp_port}?{options}"


def until(what: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for it; AssertionError when it doesn't come."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def business_now() -> datetime:
    with contextlib.closing(db.loop_connection("test clock")) as raw, db.transaction_on(raw) as cur:
        return clock.now_from(cur)
