"""The second of a message's two transactions: what became of it is recorded, in small groups, as it happens.

Also makes the durable mark before an advertisement's last line. Every change is conditional on the claim: a process
that lost its lease changes nothing. Never waits for a person whom somebody else holds; his result keeps its turn.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.events.actions import NewEvent, record
from regulars.outbox.aftermath import PAUSES, After, after
from regulars.outbox.channels.email.outcome import Outcome
from regulars.outbox.claim import Handover
from regulars.outbox.connections import connect
from regulars.outbox.gate_facts import CHANNEL_KINDS
from regulars.people import actions as people
from regulars.promises import actions as promises

__all__ = ["Recorder", "Result"]

GROUP_SECONDS = 0.01  # since the last group: what is sent and not recorded goes twice if the process is killed
GROUP_LARGEST = 500
UNRECORDED = 64
"""So many letters may be on the wire or not yet recorded (more where there are more connections): at most these go
twice when the process is killed."""
RECONNECT_SECONDS = 0.2
REPLY_KEPT = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt and its outcome. `attempted`: False when nothing went over the wire, so no attempt is entered."""

    item: Handover
    outcome: Outcome
    attempted: bool = True


@dataclass(slots=True)
class _Mark:
    item: Handover
    done: threading.Event = field(default_factory=threading.Event)
    ok: bool = False


class Recorder(threading.Thread):
    """One a process. `failed` is set when it met what it can't mend: then the process must end and begin anew."""

    def __init__(self, connections: int = 0) -> None:
        super().__init__(name="recorder", daemon=True)
        self._unrecorded = max(UNRECORDED, connections + UNRECORDED // 2)
        self._queue: queue.SimpleQueue[Result | _Mark | None] = queue.SimpleQueue()
        self._open = 0
        self._guard = threading.Lock()
        self._room = threading.Semaphore(self._unrecorded)
        self.failed = threading.Event()

    def make_room(self) -> None:
        """Wait until another letter may go: each is followed by exactly one `put`."""
        self._room.acquire()

    def put(self, result: Result) -> None:
        """Have a result recorded, within some 20 ms while the database is there, else when it is back."""
        with self._guard:
            self._open += 1
        self._queue.put(result)

    def mark(self, item: Handover, timeout: float = 15.0) -> bool:
        """Write down, durably, that this advertisement is being handed over. False: it must not be."""
        mark = _Mark(item)
        self._queue.put(mark)
        return mark.done.wait(timeout) and mark.ok

    def pending(self) -> int:
        """Results that are not yet recorded."""
        return self._open

    def close(self) -> None:
        """End after what is in the queue."""
        self._queue.put(None)

    def run(self) -> None:
        """The loop of the thread."""
        raw = _warm()
        waiting: list[Result] = []
        last, ending = 0.0, False
        while not (ending and not waiting):
            marks, fresh, ended = self._collect(bool(waiting), last)
            ending |= ended
            waiting += fresh
            try:
                raw = raw or connect("recorder")
                _make_marks(raw, marks)
                done = record_results(raw, waiting[:GROUP_LARGEST])
            except psycopg.Error as error:
                log.info("outbox: recorder waits for the database, %s", type(error).__name__)
                _close(raw)
                raw = None
                for mark in marks:
                    mark.done.set()
                time.sleep(RECONNECT_SECONDS)
                continue
            except BaseException:
                self.failed.set()
                raise
            last = time.monotonic()
            if done:
                waiting = [r for r in waiting if id(r) not in done]
                with self._guard:
                    self._open -= len(done)
                self._room.release(len(done))
        _close(raw)

    def _collect(self, has_waiting: bool, last: float) -> tuple[list[_Mark], list[Result], bool]:
        """What came, at most a group; a mark is not kept waiting for company."""
        marks: list[_Mark] = []
        fresh: list[Result] = []
        until = last + GROUP_SECONDS
        while len(fresh) < GROUP_LARGEST:
            try:
                if fresh or has_waiting:
                    left = 0.0 if marks else until - time.monotonic()
                    found = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
                else:
                    found = self._queue.get_nowait() if marks else self._queue.get()
            except queue.Empty:
                break
            if found is None:
                return marks, fresh, True
            if isinstance(found, _Mark):
                marks.append(found)
            else:
                fresh.append(found)
                if len(fresh) == self._unrecorded // 2:
                    until = 0.0  # the hands will soon have to wait for us
        return marks, fresh, False


def _warm() -> "psycopg.Connection[Any] | None":
    """A connection before the first result comes, so that this one isn't kept waiting; None while the server is away."""
    try:
        return connect("recorder")
    except psycopg.Error:
        return None


def _close(raw: "psycopg.Connection[Any] | None") -> None:
    if raw is not None:
        raw.close()


# A row that is still ours. The `case` hides the state from the planner, which else runs through the index of all that is
# being sent, and with it through the remains of all that was, instead of looking up the few by id.
_OURS = "m.id = n.i and case when m.state = 'sending' then m.process_id = n.p and m.claim = n.c end"
_MARK = f"""
update outbox_message m set phase = 1 from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as n(i, p, c)
where {_OURS} returning m.id
"""  # noqa: S608


def _make_marks(raw: "psycopg.Connection[Any]", marks: Sequence[_Mark]) -> None:
    if not marks:
        return
    rows = raw.execute(
        _MARK, ([m.item.id for m in marks], [m.item.lease.id for m in marks], [m.item.claim for m in marks])
    ).fetchall()
    ours = {r[0] for r in rows}
    for mark in marks:
        mark.ok = mark.item.id in ours
        mark.done.set()


_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
_RECORD = f"""
with n as materialized (
  select * from unnest(%(ids)s::bigint[], %(processes)s::bigint[], %(claims)s::bigint[], %(states)s::text[],
    %(reasons)s::text[], %(phases)s::smallint[], %(send_after)s::timestamptz[], %(attempted)s::bool[],
    %(outcomes)s::text[], %(codes)s::text[], %(replies)s::text[]) as n(i, p, c, s, r, ph, sa, at, o, co, re)
), done as (
  update outbox_message m set state = s, reason = r, phase = ph, send_after = coalesce(sa, m.send_after),
    sent_at = case when s = 'sent' then %(now)s else m.sent_at end,
    closed_at = case when s = 'queued' then null else %(now)s end,
    process_id = case when s = 'queued' then null else m.process_id end,
    claim = case when s = 'queued' then null else m.claim end
  from n where {_OURS}
  returning m.id, m.shop_id, m.channel
), attempts as (
  insert into outbox_delivery (shop_id, message_id, channel, outcome, code, reply, at)
  select done.shop_id, done.id, done.channel, o, nullif(co, ''), re, %(now)s from done join n on n.i = done.id where n.at
)
select id from done
"""  # noqa: S608
# A refusal while the channel stands still already is no new one; `failures` counts those in a row.
_PAUSE = """
insert into outbox_channel as c (shop_id, kind, paused_until, trouble, failures, since) values (%(shop)s, %(kind)s,
  %(now)s + make_interval(secs => %(first)s), %(trouble)s, 1, %(now)s)
on conflict (shop_id, kind) do update set trouble = excluded.trouble, failures = c.failures + 1,
  since = coalesce(c.since, excluded.since),
  paused_until = %(now)s
    + make_interval(secs => (%(pauses)s::int[])[least(c.failures + 1, array_length(%(pauses)s::int[], 1))])
where c.paused_until is null or c.paused_until <= %(now)s
returning c.failures
"""
_UNPAUSE = """
update outbox_channel set failures = 0, trouble = null, paused_until = null, since = null
where shop_id = any(%s) and kind = any(%s) and failures > 0
"""


def record_results(raw: "psycopg.Connection[Any]", results: Sequence[Result]) -> set[int]:
    """Record what can be recorded now; the `id()`s of those that need no further look.

    Those whose person is held by somebody are left. What is not ours any more is dropped.
    """
    if not results:
        return set()
    # Few statements, since each is a turn at the interpreter, and what waits here goes twice at a kill. No pipeline: between
    # its statements the server doesn't see a frozen client as idle, and would keep his locks.
    with db.transaction_on(raw) as cur:
        persons = sorted({r.item.person_id for r in results})
        held = {row[0] for row in cur.execute(_HOLD, (persons,))}
        mine = [r for r in results if r.item.person_id in held]
        if not mine:
            return set()
        now = clock.now_from(cur)
        judged = [
            (r, after(r.outcome, r.item.id, r.item.purpose, r.item.channel, r.item.by, r.item.tries)) for r in mine
        ]
        ours = _update(cur, judged, now)
        judged = [(r, a) for r, a in judged if r.item.id in ours]
        _consequences(cur, judged, now)
        hit("outbox.before_record_commit")
    hit("outbox.after_record_commit")
    return {id(r) for r in mine}


def _update(cur: Cursor, judged: Sequence[tuple[Result, After]], now: datetime) -> set[int]:
    rows = cur.execute(
        _RECORD,
        {
            "now": now,
            "ids": [r.item.id for r, _ in judged],
            "processes": [r.item.lease.id for r, _ in judged],
            "claims": [r.item.claim for r, _ in judged],
            "states": [a.state for _, a in judged],
            "reasons": [a.reason for _, a in judged],
            "phases": [int(a.repeat or a.state == "unknown") for _, a in judged],
            "send_after": [now + a.wait if a.state == "queued" else None for _, a in judged],
            "attempted": [r.attempted for r, _ in judged],
            "outcomes": [r.outcome.kind for r, _ in judged],
            "codes": [f"{r.outcome.code or ''} {r.outcome.enhanced}".strip() for r, _ in judged],
            "replies": [r.outcome.reply[:REPLY_KEPT] for r, _ in judged],
        },
    )
    return {row[0] for row in rows}


def _consequences(cur: Cursor, judged: Sequence[tuple[Result, After]], now: datetime) -> None:
    """Events, promises, dead addresses, channels that stand still: shop by shop."""
    shops: dict[int, list[tuple[Result, After]]] = {}
    for r, a in judged:
        shops.setdefault(r.item.shop_id, []).append((r, a))
    for shop_id, group in shops.items():
        for r, a in group:
            if a.suppress:
                _suppress(cur, r, now)
        events = [_event(r, a, now) for r, a in group if a.event is not None]
        record(cur, shop_id, events, now)
        never = [r.item.id for r, a in group if a.state == "failed"]
        if never:
            promises.void(cur, shop_id, SYSTEM, now, message_ids=never)
        for kind, trouble in {(r.item.channel, a.pause) for r, a in group if a.pause}:
            _pause(cur, shop_id, kind, str(trouble), now)
    promising = [r.item.id for r, a in judged if a.state == "sent" and r.item.promises]
    if promising:
        promises.told(cur, promising, now)
    recovered = [r.item for r, a in judged if a.state == "sent" and r.item.channel_troubled]
    if recovered:
        cur.execute(_UNPAUSE, (sorted({i.shop_id for i in recovered}), sorted({i.channel for i in recovered})))


def _event(r: Result, a: After, now: datetime) -> NewEvent:
    item = r.item
    data: dict[str, Any] = {
        "message_id": str(item.id),
        "step": item.step,
        "channel": item.channel,
        "purpose": item.purpose,
    }
    if item.template:
        data["template"] = item.template
    if a.state != "sent" and r.outcome.code:
        data["code"] = f"{r.outcome.code} {r.outcome.enhanced}".strip()
    return NewEvent(a.event or "", now, True, item.person_id, item.order_id, data, f"message:{item.id}")


def _suppress(cur: Cursor, r: Result, now: datetime) -> None:
    kind, detail = CHANNEL_KINDS[r.item.channel], f"{r.outcome.code} {r.outcome.enhanced}".strip()
    people.suppress(cur, r.item.shop_id, kind, [r.item.address], "bounce", SYSTEM, now, detail=detail)


def _pause(cur: Cursor, shop_id: int, kind: str, trouble: str, now: datetime) -> None:
    row = cur.execute(
        _PAUSE,
        {"shop": shop_id, "kind": kind, "now": now, "first": PAUSES[0], "pauses": list(PAUSES), "trouble": trouble},
    ).fetchone()
    if row is not None and row[0] == 1:
        log.warning("outbox: channel %s of shop %s stands still: %s", kind, shop_id, trouble)
