"""Fifty operators at one queue, each in a hurry: take, take by hand, finish twice, finish what is another's, give back,
undo, leave and come back; while outcomes settle and tasks of those who left go back. Then the books are read.

Owns the deeds and the oracle: no task is ever in two hands, none is lost, each outcome counts once. The oracle reads the
log of events and what each operator was told, nothing that the desk keeps for itself.
"""

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions
from regulars.desk.actions import DeskError, NewTask
from regulars.desk.returning import return_once
from regulars.desk.settle import settle_once
from regulars.events.actions import lock_mailboxes, open_mailboxes
from regulars.staff import actions as staff
from regulars.staff import shifts

__all__ = ["Told", "line", "prepare", "race", "settle_all", "verdict"]

OUTCOMES = ["confirmed", "refused"]
UNDO_FOR = timedelta(seconds=1)
CONNECTIONS, TABS = 20, 4
"""Of all operators together, and of second tabs: a server has so many and no more, as behind its web role."""


@dataclass(slots=True)
class Told:
    """What the operators were told: how often each deed succeeded or was refused, and whose outcomes stand."""

    counts: Counter[str] = field(default_factory=Counter)
    finished: list[tuple[int, int, str]] = field(default_factory=list)
    undone: list[tuple[int, int]] = field(default_factory=list)
    slowest_ms: float = 0.0
    troubles: list[str] = field(default_factory=list)


def prepare(shop_id: int, operators: int, tasks: int) -> tuple[list[int], list[int]]:
    """(accounts, tasks that wait): one task a person, of several kinds."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        accounts = [
            staff.create_account(cur, shop_id, f"racer{n}@bench.test", f"Racer {n}", "operator", SYSTEM)
            for n in range(operators)
        ]
        rows = cur.execute(
            "insert into people_person (shop_id, name, first_name, language) select %s, 'Buyer ' || n, 'Buyer', 'en'"
            " from generate_series(1, %s) n returning id",
            (shop_id, tasks),
        ).fetchall()
        people = [r[0] for r in rows]
        open_mailboxes(cur, shop_id, people)
        lock_mailboxes(cur, people)
        kinds = ("missed", "asked", "message", "promise", "fresh", "retry")
        new = [
            NewTask(
                person_id=person, order_id=None, kind="call", script=None, team="order-desk",
                not_before=now, target_at=None, due_at=now + timedelta(hours=1 + n % 7), outcomes=OUTCOMES,
                call_at_needed=[], why_next=kinds[n % len(kinds)],
            )
            for n, person in enumerate(people)
        ]  # fmt: skip
        return accounts, actions.open_tasks(cur, shop_id, new, now)


class _Shared:
    """Connections that many threads borrow in turn."""

    def __init__(self, count: int) -> None:
        self._free: queue.SimpleQueue[psycopg.Connection[Any]] = queue.SimpleQueue()
        self._all = [db.loop_connection("racer") for _ in range(count)]
        for raw in self._all:
            self._free.put(raw)

    @contextmanager
    def one(self) -> Iterator["psycopg.Connection[Any]"]:
        """One of them, as soon as it is free."""
        raw = self._free.get()
        try:
            yield raw
        finally:
            self._free.put(raw)

    def close(self) -> None:
        """All of them."""
        for raw in self._all:
            raw.close()


class _Operator(threading.Thread):
    """One in a hurry."""

    def __init__(
        self, shop_id: int, account: int, tasks: Sequence[int], seed: int, until: float, desks: _Shared, tabs: _Shared
    ) -> None:
        super().__init__(daemon=True)
        self._desks, self._tabs = desks, tabs
        self.told = Told()
        self._shop, self._actor, self._tasks = shop_id, Actor("staff", account), tasks
        self._dice, self._until = random.Random(seed * 100_003 + account), until
        self._mine: list[int] = []
        self._last: list[tuple[int, str]] = []

    def run(self) -> None:
        """Until the time is over; whatever is no refusal is trouble."""
        while time.monotonic() < self._until:
            deed = self._dice.choices(
                ["next", "claim", "finish", "again", "stale", "release", "undo", "leave", "two"],
                [30, 8, 30, 8, 4, 6, 5, 2, 3],
            )[0]
            with self._desks.one() as raw:
                began = time.monotonic()
                try:
                    getattr(self, f"_{deed}")(raw)
                    self.told.counts[deed] += 1
                except DeskError as error:
                    self.told.counts[f"{deed}: {error.code}"] += 1
                except psycopg.Error as error:
                    self.told.troubles.append(f"{deed}: {type(error).__name__}: {error}")
                self.told.slowest_ms = max(self.told.slowest_ms, (time.monotonic() - began) * 1000)

    def _next(self, raw: Any) -> None:
        with db.transaction_on(raw) as cur:
            found = actions.claim_next(cur, self._shop, self._actor, clock.now_from(cur))
        if found:
            self._mine.append(found.id)

    def _claim(self, raw: Any) -> None:
        self._take(raw, self._dice.choice(self._tasks))

    def _take(self, raw: Any, task: int) -> None:
        with db.transaction_on(raw) as cur:
            actions.claim(cur, self._shop, task, self._actor, clock.now_from(cur))
        self._mine.append(task)

    def _two(self, raw: Any) -> None:
        """A double click: the same task from two tabs at once."""
        task = self._dice.choice(self._tasks)

        def other() -> None:
            with self._tabs.one() as second:
                try:
                    self._take(second, task)
                except DeskError as error:
                    self.told.counts[f"tab: {error.code}"] += 1

        tab = threading.Thread(target=other)
        tab.start()
        try:
            self._take(raw, task)
        finally:
            tab.join()

    def _finish(self, raw: Any) -> None:
        if self._mine:
            self._end(raw, self._mine.pop(self._dice.randrange(len(self._mine))), self._dice.choice(OUTCOMES))

    def _end(self, raw: Any, task: int, outcome: str) -> None:
        counts_at_once = self._dice.random() < 0.5
        with db.transaction_on(raw) as cur:
            cur.execute(
                "select 1 from events_mailbox where person_id = (select person_id from desk_task where id = %s) for update",
                (task,),
            )
            before = cur.execute("select state from desk_task where id = %s", (task,)).fetchone()
            actions.finish(
                cur, self._shop, task, outcome, self._actor, clock.now_from(cur),
                undo_for=None if counts_at_once else UNDO_FOR,
            )  # fmt: skip
        assert before is not None
        if before[0] != "finished":
            self.told.finished.append((task, self._actor.id or 0, outcome))
        self._last.append((task, outcome))

    def _again(self, raw: Any) -> None:
        """The back button: the same form sent once more, or with another outcome."""
        if self._last:
            task, outcome = self._dice.choice(self._last[-5:])
            self._end(raw, task, outcome if self._dice.random() < 0.7 else self._dice.choice(OUTCOMES))

    def _stale(self, raw: Any) -> None:
        """A card opened long ago is saved, whoever has the task by now."""
        self._end(raw, self._dice.choice(self._tasks), self._dice.choice(OUTCOMES))

    def _release(self, raw: Any) -> None:
        if self._mine:
            task = self._mine.pop()
            with db.transaction_on(raw) as cur:
                actions.release(cur, self._shop, task, self._actor, clock.now_from(cur))

    def _undo(self, raw: Any) -> None:
        if self._last:
            task, _ = self._last[-1]
            with db.transaction_on(raw) as cur:
                actions.undo(cur, self._shop, task, self._actor, clock.now_from(cur))
            self.told.undone.append((task, self._actor.id or 0))
            self._mine.append(task)

    def _leave(self, raw: Any) -> None:
        with db.transaction_on(raw) as cur:
            shifts.end(cur, self._shop, self._actor.id or 0, self._actor, clock.now_from(cur))
        if self._dice.random() < 0.5:
            time.sleep(self._dice.random() / 10)
        with db.transaction_on(raw) as cur:
            shifts.begin(cur, self._shop, self._actor.id or 0, clock.now_from(cur))


def race(shop_id: int, accounts: Sequence[int], tasks: Sequence[int], seconds: float, seed: int) -> Told:
    """All at once for so long, beside the loops that settle and give back; what they were told together."""
    until, over = time.monotonic() + seconds, threading.Event()

    def loops() -> None:
        with db.loop_connection("race loops") as raw:
            while not over.is_set():
                if not (return_once(raw) + settle_once(raw)):
                    time.sleep(0.02)

    beside = threading.Thread(target=loops, daemon=True)
    desks, tabs = _Shared(min(CONNECTIONS, len(accounts))), _Shared(TABS)
    operators = [_Operator(shop_id, a, tasks, seed, until, desks, tabs) for a in accounts]
    for thread in (beside, *operators):
        thread.start()
    for operator in operators:
        operator.join()
    over.set()
    beside.join()
    for shared in (desks, tabs):
        shared.close()
    whole = Told()
    for one in operators:
        whole.counts += one.told.counts
        whole.finished += one.told.finished
        whole.undone += one.told.undone
        whole.troubles += one.told.troubles
        whole.slowest_ms = max(whole.slowest_ms, one.told.slowest_ms)
    return whole


def settle_all(raw: "psycopg.Connection[Any]") -> None:
    """The last outcomes take effect, the last tasks go back."""
    time.sleep(UNDO_FOR.total_seconds() + 0.3)
    while settle_once(raw) + return_once(raw):
        pass


def verdict(raw: "psycopg.Connection[Any]", tasks: Sequence[int], told: Told) -> list[str]:
    """What is wrong in the books; nothing, if all is well."""
    wrong = [*told.troubles[:5]]
    with db.open_cursor(raw) as cur:
        states = dict(cur.execute("select id, state from desk_task where id = any(%s)", (list(tasks),)).fetchall())
        rows = cur.execute(
            "select (data->>'task_id')::bigint, kind, coalesce(data->>'by', cause), data->>'outcome' from events_event"
            " where kind in ('task.claimed', 'task.released', 'task.finished') order by id"
        ).fetchall()
    lost = [t for t in tasks if states.get(t) not in ("open", "claimed", "finished")]
    if lost:
        wrong.append(f"{len(lost)} tasks lost")
    undone = set(told.undone)
    hands: dict[int, str | None] = {}
    ended: Counter[tuple[int, str, str]] = Counter()
    for task, kind, who, outcome in rows:
        holder = hands.get(task)
        if kind == "task.claimed":
            if holder is not None:
                wrong.append(f"task {task} in the hands of {holder} was taken by {who}")
            hands[task] = who
        elif kind == "task.released":
            if holder != who and (task, int(who[6:])) not in undone:
                wrong.append(f"task {task} in the hands of {holder} was given back by {who}")
            hands[task] = None
        else:
            if holder not in (None, who):
                wrong.append(f"task {task} in the hands of {holder} was finished by {who}")
            ended[task, who, outcome] += 1
            hands[task] = "over"
    twice = [task for task, n in Counter(t for t, _, _ in ended.elements()).items() if n > 1]
    if twice:
        wrong.append(f"{len(twice)} tasks with more than one outcome")
    stood = {t for t, s in states.items() if s == "finished"}
    if stood != {t for t, _, _ in ended}:
        wrong.append("what is finished and what the log says differ")
    if len(told.finished) - len(told.undone) != len(stood):
        wrong.append(f"{len(told.finished)} finished, {len(told.undone)} undone, but {len(stood)} stand")
    if unheard := {(t, f"staff:{a}", o) for t, a, o in told.finished if (t, a) not in undone} - set(ended):
        wrong.append(f"{len(unheard)} outcomes that were accepted don't count")
    return wrong


def line(told: Told, tasks: int, operators: int, seconds: float, wrong: Sequence[str]) -> str:
    """All in one line."""
    refused = sum(n for name, n in told.counts.items() if ":" in name)
    done = sum(told.counts.values()) - refused
    return (
        f"race desk: {operators} operators, {tasks} tasks, {seconds:g} s: {done} deeds, {refused} refused,"
        f" {len(told.finished) - len(told.undone)} outcomes, slowest {told.slowest_ms:.0f} ms; "
        + ("; ".join(wrong) if wrong else "no task in two hands, none lost, each outcome once")
    )
