"""What a stack under measurement must be able to do, and how each test is run on it, alike for all.

A stack starts, takes orders, mails them, waits, dies and is weighed; how is its own affair. Figures are taken from
the client's clock and from the sink alone. The rivals stand in `redis_stacks.py`, Regulars in `regulars_stack.py`.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bench import load, orders
from bench.processes import pss_mib
from bench.sink import Received, Sink

Figures = dict[str, float]
WARM_UP = 200  # orders mailed before the clock runs: connections open, code warm


class Stack(ABC):
    """One product under measurement, with the sink it mails to. Times in seconds, memory in MiB, rates a second."""

    name: ClassVar[str]

    def __init__(self, sink: Sink, work: Path) -> None:
        """`work` is a folder of its own for data and logs."""
        self.sink, self.work = sink, work

    @abstractmethod
    def start(self) -> None:
        """From nothing to taking orders. What mails them may still be down."""

    @abstractmethod
    def start_worker(self) -> None:
        """Whatever mails the orders is up and ready; nothing to do when it already is."""

    @abstractmethod
    def stop_worker(self) -> None:
        """End what `start_worker` started, in order; nothing to do for a stack that is one whole."""

    @abstractmethod
    def kill_worker_now(self) -> None:
        """kill -9 of every process that mails, without a warning."""

    @abstractmethod
    def stop(self) -> None:
        """End everything that was started."""

    @abstractmethod
    def reset(self) -> None:
        """Forget every order and every job."""

    @abstractmethod
    def single(self, order: dict[str, Any], due: float | None = None) -> load.Request:
        """The request that hands in one order; with `due` (unix seconds) its letter is wanted then."""

    @abstractmethod
    def batch(self, many: Sequence[dict[str, Any]], due: float | None = None) -> load.Request:
        """The request that hands in many orders at once."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Where orders are taken, on 127.0.0.1."""

    @abstractmethod
    def pids(self) -> Sequence[int]:
        """The roots of its process trees, without the sink."""

    def make_orders(self, count: int) -> list[dict[str, Any]]:
        """Fresh orders."""
        return orders.make(count)

    def pick_due(self, lead_s: float) -> float:
        """An instant at least `lead_s` away (unix seconds) at which this stack can be told to mail."""
        return float(int(time.time() + lead_s) + 1)

    def hand_in(self, requests: Sequence[load.Request], connections: int) -> load.Load:
        """Send the requests; every one must be answered 202."""
        return load.run(self.port, requests, connections).require(202)

    def post_single(self, count: int, connections: int) -> Figures:
        """Orders one a request."""
        return _intake(count, self.hand_in([self.single(each) for each in self.make_orders(count)], connections))

    def post_batch(self, count: int, size: int, connections: int) -> Figures:
        """Orders `size` a request."""
        return _intake(count, self.hand_in(self._batches(count, size), connections))

    def blast(self, count: int, connections: int = 16, limit_s: float = 120) -> Figures:
        """Orders one a request, to their letters at the sink: the rate from the first request to the last letter."""
        self.start_worker()
        self._warm_up()
        self.sink.reset()
        handed = self.hand_in([self.single(each) for each in self.make_orders(count)], connections)
        got = self.sink.wait_for(count, limit_s=limit_s, quiet_s=30)
        return {
            "letters_per_s": got.letters / ((got.last or time.time()) - handed.started),
            "first_letter_s": (got.first or time.time()) - handed.started,
            "missing": count - got.recipients,
            "doubled": got.doubled,
        }

    def due_at_instant(self, count: int, lead_s: float) -> Figures:
        """Orders handed in ahead whose letters are all wanted at one instant: how late the last one is."""
        self.start_worker()
        self._warm_up()
        self.sink.reset()
        due = self.pick_due(lead_s)
        self.hand_in(self._batches(count, 100, due), 16)
        if time.time() > due:
            raise load.LoadFailed(f"{count} orders were not in before they were due; give a longer lead")
        time.sleep(max(0.0, due - time.time()))
        got = self.sink.wait_for(count, limit_s=180, quiet_s=60)
        return {
            "last_s": _all_after(due, count, got),
            "first_s": (got.first or time.time()) - due,
            "early": sum(1 for moment in self.sink.times() if moment < due),
            "missing": count - got.recipients,
            "doubled": got.doubled,
        }

    def kill_worker(self, count: int, after: int = 500, limit_s: float = 90) -> Figures:
        """Orders queued, the worker killed once `after` letters are out, started again at once."""
        self.sink.reset()
        self.stop_worker()
        self.hand_in(self._batches(count, 100), 16)
        self.start_worker()
        _until(lambda: self.sink.received().letters >= after, 60, f"{after} letters before the kill")
        self.kill_worker_now()
        killed_at = self.sink.received().letters
        again = time.time()
        self.start_worker()
        self.sink.wait_for(count, limit_s=limit_s)
        time.sleep(2)  # a double comes after the last first letter, if it comes
        return {"killed_at": killed_at, **_after_kill(count, self.sink.received(), again)}

    def memory(self, waiting: int, lead_s: float = 3600) -> Figures:
        """Everything's memory when idle, and with `waiting` orders whose letters are an hour away."""
        self.start_worker()
        self._warm_up()
        time.sleep(2)
        idle = self.rss()
        self.hand_in(self._batches(waiting, 100, self.pick_due(lead_s)), 16)
        self.settle()
        return {"idle_mib": idle, "waiting_mib": self.rss()}

    def shown(self) -> str:
        """What was switched on and what it left behind, as the stack's own store shows it; '' where that says nothing."""
        return ""

    def settle(self) -> None:
        """Until what was handed in is where it will wait; by default a fixed pause."""
        time.sleep(5)

    def rss(self) -> float:
        """Memory of all processes with their children, shared pages counted once, in MiB."""
        return pss_mib(self.pids())

    def _batches(self, count: int, size: int, due: float | None = None) -> list[load.Request]:
        made = self.make_orders(count)
        return [self.batch(made[at : at + size], due) for at in range(0, count, size)]

    def _warm_up(self) -> None:
        self.sink.reset()
        self.hand_in(self._batches(WARM_UP, 100), 2)
        self.sink.wait_for(WARM_UP, limit_s=60)


def _intake(count: int, handed: load.Load) -> Figures:
    return {
        "orders_per_s": count / handed.seconds,
        "p50_ms": handed.percentile_ms(0.50),
        "p99_ms": handed.percentile_ms(0.99),
    }


def _after_kill(count: int, got: Received, again: float) -> Figures:
    return {
        "missing": count - got.recipients,
        "doubled": got.doubled,
        "last_s": _all_after(again, count, got),
    }


def _all_after(begun: float, count: int, got: Received) -> float:
    """Seconds until every order had its letter; when some have none, as long as was waited: it is at least that."""
    ended = got.last if got.recipients >= count else None
    return (time.time() if ended is None else ended) - begun


def _until(true: Callable[[], bool], limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > deadline:
            raise load.LoadFailed(f"{what}: not within {limit_s:g} s")
        time.sleep(0.02)
