"""The sender's loop over commands: claim with a lease, call outside any transaction, record what became of it.

Owns back-off, the breaker of each target, and what dead senders left behind. What is on the wire when a process dies is
done again if its kind is repeatable, under the same idempotency key; else its fate is unknown and a person judges.
"""

import contextlib
import logging
import queue
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import calling, clock, db, process
from regulars.base.calling import FateUnknown, NotHandedOver
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.base.ssrf import Forbidden
from regulars.events.actions import lock_mailboxes
from regulars.outbox.commands import Job, Outcome, State, handler, job_of, repeatable_kinds
from regulars.outbox.connections import connect

__all__ = ["PAUSES", "ROLE", "TRIES", "CommandLoop", "next_command"]

ROLE = "commands"
HANDS = 4
PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds (machine time) after each failed attempt; the last is repeated."""
TRIES = 30
"""After so many, about a day, it has failed and waits for a person."""
BREAKER_FAILURES = 3
BREAKER_SECONDS = (5, 15, 60, 300, 900)
DENIED_SECONDS = 900
RECOVER_SECONDS = 2.0
BUSY_SECONDS = 0.02
RECONNECT_SECONDS = 0.2

log = logging.getLogger(__name__)

_CLAIM = """
select c.id, c.shop_id, c.kind, c.key, c.target, c.payload, c.person_id, c.order_id, c.task_id, c.actor, c.tries,
  c.maybe_taken, coalesce(t.failures, 0), c.good_until < %(now)s
from outbox_command c left join outbox_target t on t.shop_id = c.shop_id and t.target = c.target
where c.state = 'queued' and c.not_before <= %(now)s and (c.retry_at is null or c.retry_at <= machine_now())
  and (t.paused_until is null or t.paused_until <= machine_now())
  and not exists (select 1 from outbox_command e where e.order_id = c.order_id and e.id < c.id
                  and e.target = c.target and e.state in ('queued', 'sending'))
order by c.not_before, c.id limit %(limit)s for update of c skip locked
"""
_MARK = """
update outbox_command set state = 'sending', process_id = %s, claim = %s, tries = tries + 1 where id = any(%s)
"""
_ORPHANS = """
select distinct c.process_id from outbox_command c where c.state = 'sending'
and not exists (select 1 from base_process p where p.id = c.process_id)
"""
_BACK = """
update outbox_command set state = 'queued', process_id = null, claim = null, maybe_taken = true,
  answer = '{"code": "sender_died"}'
where id in (select id from outbox_command where state = 'sending' and process_id = any(%s) and kind = any(%s)
  for update skip locked)
"""
_FATE = """
update outbox_command set state = 'unknown', process_id = null, claim = null, maybe_taken = true, closed_at = %s,
  answer = '{"code": "sender_died"}'
where id = %s and state = 'sending' and process_id = any(%s)
returning id, shop_id, kind, key, target, payload, person_id, order_id, task_id, actor, tries, maybe_taken
"""
_EMPTY = """
select p.id from base_process p where p.id = any(%s)
and not exists (select 1 from outbox_command c where c.state = 'sending' and c.process_id = p.id)
"""
_RECORD = """
update outbox_command set state = %(state)s, answer = %(answer)s::jsonb, process_id = null, claim = null,
  maybe_taken = maybe_taken or %(maybe)s, closed_at = %(closed_at)s,
  retry_at = machine_now() + make_interval(secs => %(wait)s)
where id = %(id)s and state = 'sending' and process_id = %(process)s and claim = %(claim)s returning id
"""
_FAILED_TARGET = """
insert into outbox_target (shop_id, target, failures, trouble) values (%s, %s, 1, %s)
on conflict (shop_id, target) do update set failures = outbox_target.failures + 1, trouble = excluded.trouble
returning failures
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A command that this holder has. `judged`: its end, where no attempt is needed to know it."""

    job: Job
    lease: process.Lease
    claim: int
    judged: Outcome | None = None


class CommandLoop:
    """`turn` is called by a loop of the sender role; the calls themselves are made by a few threads of its own."""

    def __init__(self) -> None:
        self._lease: process.Lease | None = None
        self._recovered = 0.0
        self._queue: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._busy = 0
        self._guard = threading.Lock()
        self._hands: list[threading.Thread] = []
        self._ended = threading.Event()

    def turn(self, raw: "psycopg.Connection[Any]") -> int:
        """Keep the lease, take back what the dead left, hand out what is due; how many commands."""
        lease = self._keep_lease(raw)
        if lease is None:
            return 0
        if time.monotonic() - self._recovered >= RECOVER_SECONDS:
            self._recovered = time.monotonic()
            recover(raw)
        free = HANDS - self._busy
        if free <= 0:
            time.sleep(BUSY_SECONDS)
            return 1
        found = claim_round(raw, lease, free)
        self._start_hands()
        for claimed in found:
            with self._guard:
                self._busy += 1
            self._queue.put(claimed)
        return len(found)

    def end(self, raw: "psycopg.Connection[Any]") -> None:
        """Told to stop: let what is on the wire come to its end, then leave in good order."""
        self._ended.set()
        for _ in self._hands:
            self._queue.put(None)
        until = time.monotonic() + 6
        for hand in self._hands:
            hand.join(max(0.0, until - time.monotonic()))
        if self._lease is not None:
            process.retire(raw, self._lease)

    def _keep_lease(self, raw: "psycopg.Connection[Any]") -> process.Lease | None:
        lease = self._lease
        if lease is not None and not lease.lost and lease.age() >= process.RENEW_SECONDS:
            lease.renew(raw)
        if lease is None or (lease.lost and self._busy == 0):
            lease = self._lease = process.register(raw, ROLE)
        return lease if lease.holds() else None

    def _start_hands(self) -> None:
        if not self._hands:
            self._hands = [threading.Thread(target=self._run, name=f"command-{n}", daemon=True) for n in range(HANDS)]
            for hand in self._hands:
                hand.start()

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                return
            try:
                if item.lease.holds():
                    self._one(item)
            except Exception:
                log.exception("command %s: not recorded; it is taken back when this lease ends", item.job.id)
            finally:
                with self._guard:
                    self._busy -= 1

    def _one(self, item: Claimed) -> None:
        outcome = item.judged
        if outcome is None:
            hit("commands.before_call")
            outcome = attempt(item.job)
            hit("commands.after_call")
        while True:  # until it is written: the database may be away meanwhile
            try:
                with contextlib.closing(connect("command")) as raw:
                    record(raw, item, outcome)
                return
            except psycopg.OperationalError:
                if self._ended.wait(RECONNECT_SECONDS):
                    return


def claim_round(raw: "psycopg.Connection[Any]", lease: process.Lease, limit: int) -> list[Claimed]:
    """Claim what is due: at most one for a target that failed lately."""
    claim = lease.next_claim()
    with db.transaction_on(raw) as cur:
        state = clock.read(cur)
        found: list[Claimed] = []
        doubtful: set[tuple[int, str]] = set()
        for *fields, failures, is_late in cur.execute(_CLAIM, {"now": state.business(), "limit": limit}).fetchall():
            job = job_of(fields, calling.reach(state.playground))
            if failures:
                if (job.shop_id, job.target) in doubtful:
                    continue
                doubtful.add((job.shop_id, job.target))
            found.append(_claimed(cur, job, lease, claim, is_late=bool(is_late) and not job.maybe_taken))
        if found:
            cur.execute(_MARK, (lease.id, claim, [c.job.id for c in found]))
            hit("commands.claimed")
    return found


def _claimed(cur: Cursor, job: Job, lease: process.Lease, claim: int, *, is_late: bool) -> Claimed:
    if is_late:
        return Claimed(job, lease, claim, Outcome("late", "late"))
    how = handler(job.kind)
    settings = how.load(cur, job) if how is not None else None
    if settings is None:
        return Claimed(job, lease, claim, Outcome("refused", "no_target"))
    return Claimed(replace(job, settings=settings), lease, claim)


def attempt(job: Job) -> Outcome:
    """One attempt by the handler of its kind; whatever goes wrong becomes an outcome."""
    found = handler(job.kind)
    assert found is not None
    try:
        return found.call(job)
    except Forbidden as error:
        if job.reach == "machine":
            return Outcome("kept", "playground")
        return Outcome("refused", f"address_{error.code}")
    except NotHandedOver as error:
        return Outcome("retry", "unreachable", str(error))
    except FateUnknown as error:
        return Outcome("unknown", "no_answer", str(error))
    except Exception as error:  # we can't tell where it was
        log.exception("command %s (%s) failed", job.id, job.kind)
        return Outcome("unknown", "error", type(error).__name__)


def record(raw: "psycopg.Connection[Any]", item: Claimed, outcome: Outcome) -> bool:
    """Write down what became of an attempt, if the claim is still ours; whether it was."""
    job = item.job
    how = handler(job.kind)
    closed = _closed(job, outcome, how is None or how.repeatable)
    pause = outcome.after if outcome.after is not None else PAUSES[min(job.tries, len(PAUSES) - 1)]
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        if job.person_id is not None:
            lock_mailboxes(cur, [job.person_id])
        values = {
            "state": closed or "queued", "answer": db.dumps(outcome.answer()), "maybe": outcome.kind == "unknown",
            "closed_at": now if closed else None, "wait": pause, "id": job.id, "process": item.lease.id,
            "claim": item.claim,
        }  # fmt: skip
        if cur.execute(_RECORD, values).fetchone() is None:
            return False
        if item.judged is None:
            _judge_target(cur, job, outcome)
        if closed and how is not None:
            how.settled(cur, job, closed, outcome, now)
        hit("commands.before_record_commit")
    hit("commands.after_record_commit")
    return True


def _closed(job: Job, outcome: Outcome, repeatable: bool) -> State | None:
    """The state in which this attempt closes the command; None when another follows."""
    match outcome.kind:
        case "done":
            return "done"
        case "kept":
            return "kept"
        case "refused" | "late":
            return "failed"
        case "unknown" if not repeatable or job.tries + 1 >= TRIES:
            return "unknown"
        case _:
            return "failed" if job.tries + 1 >= TRIES else None


def _judge_target(cur: Cursor, job: Job, outcome: Outcome) -> None:
    """The breaker: who fails three times in a row, or doesn't let us in, is left alone for a while."""
    if outcome.kind in ("done", "refused", "kept", "late"):
        cur.execute("delete from outbox_target where shop_id = %s and target = %s", (job.shop_id, job.target))
        return
    row = cur.execute(_FAILED_TARGET, (job.shop_id, job.target, outcome.code or outcome.kind)).fetchone()
    assert row is not None
    over = row[0] - BREAKER_FAILURES
    if outcome.kind == "denied":
        seconds = outcome.after or DENIED_SECONDS
    elif over >= 0:
        seconds = outcome.after or BREAKER_SECONDS[min(over, len(BREAKER_SECONDS) - 1)]
    else:
        return
    cur.execute(
        "update outbox_target set paused_until = machine_now() + make_interval(secs => %s)"
        " where shop_id = %s and target = %s",
        (seconds, job.shop_id, job.target),
    )


def recover(raw: "psycopg.Connection[Any]") -> int:
    """Take back what dead holders held; how many commands."""
    with db.transaction_on(raw) as cur:
        holders = process.dead(cur, ROLE) + [r[0] for r in cur.execute(_ORPHANS)]
        if not holders:
            return 0
        back = cur.execute(_BACK, (holders, repeatable_kinds())).rowcount
        left = cur.execute(
            "select id, person_id from outbox_command where state = 'sending' and process_id = any(%s)", (holders,)
        ).fetchall()
    for id_, person_id in left:
        with db.transaction_on(raw) as cur:
            back += _fate_unknown(cur, id_, person_id, holders)
    with db.transaction_on(raw) as cur:
        process.bury(cur, [r[0] for r in cur.execute(_EMPTY, (holders,))])
    return back


def _fate_unknown(cur: Cursor, id_: int, person_id: int | None, holders: list[int]) -> int:
    """One that may not be repeated, of a dead holder: a person judges."""
    lock_mailboxes(cur, [person_id] if person_id is not None else [])
    now = clock.now_from(cur)
    row = cur.execute(_FATE, (now, id_, holders)).fetchone()
    if row is None:
        return 0
    job = job_of(row, "machine")
    how = handler(job.kind)
    if how is not None:
        how.settled(cur, job, "unknown", Outcome("unknown", "sender_died"), now)
    return 1


def next_command(cur: Cursor) -> datetime | None:
    """Business time before which no further command begins to be due; what waits by machine time is polled."""
    now = clock.now_from(cur)
    row = cur.execute(
        "select min(not_before) from outbox_command where state = 'queued' and not_before > %s", (now,)
    ).fetchone()
    return row[0] if row else None
