"""The runs: named failpoints in turn, kills at random, PostgreSQL stopped at once; a checkpoint now and then.

A run counts only when its failpoint fired or its kill fell, with at least 100 orders in flight.
"""

import json
import random
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.chaos import near
from bench.chaos.house import NOON, House
from bench.chaos.load import Client, order
from bench.chaos.oracles import Verdict, in_flight, judge, undone
from bench.chaos.owner import Owner
from bench.chaos.strikes import ALL, BURST, COMMANDS, MOVES, Run, change, meanwhile, named, names, one_kill, plan

__all__ = ["ALL", "BY_DEFAULT", "MOVES", "kill", "pg"]

LEAST_IN_FLIGHT = 100
BY_DEFAULT = 5
"""So many at random moments beside one at each failpoint, unless it is said how many."""
IMPORTED = 1200
"""More than one batch of an import."""
DRAIN_SECONDS = 60.0
CLOSINGS, CLOSING_SECONDS = 4, 15.0
"""Whoever entered by the text before while everybody was moved is moved by the next closing; who was let go on by hand
stands ten seconds before his step."""
RECOVERY_SECONDS = 10.0
TRIES = 3
"""A failpoint that the other engine or sender was faster to pass by is tried again so often."""
SHORT = 5
"""So many stops of PostgreSQL are the short form, for CI."""
EVERY_RUNS = {ALL: 50, MOVES: 25}
"""A checkpoint after so many kills."""


class Report:
    """What has been counted so far, and the closing line."""

    def __init__(self, name: str, seed: int, kind: str = ALL) -> None:
        self.name, self.seed = name, seed
        self.every = names(kind)
        self.counted = 0
        self.void = 0
        self.points: set[str] = set()
        self.random = 0
        self.moves = 0
        self.slowest = 0.0
        self.verdict = Verdict()
        self.began = time.monotonic()

    @property
    def is_whole(self) -> bool:
        """Whether every failpoint was reached."""
        return self.points >= self.every

    def add(self, run: Run, fell: bool, flying: int) -> None:
        """A kill; it counts only with enough in flight."""
        if not fell or flying < LEAST_IN_FLIGHT:
            self.void += 1
            why = f"{flying} in flight" if fell else "not reached"
            print(f"  not counted: {run.role} {run.point or 'at random'}, {why}", file=sys.stderr, flush=True)
            return
        self.counted += 1
        self.moves += run.moves
        if run.point is None:
            self.random += 1
        else:
            self.points.add(run.point)

    def line(self, client: Client, house: House, owner: Owner | None = None) -> str:
        """One line of figures with the honest claim: with no failure in n trials, fewer than 3/n at 95 %."""
        claim = f"failures < {3 / self.counted:.2%} (95 %)" if self.counted and self.verdict.holds else "FAILED"
        moves = f"; {self.moves} under changes ({owner.line()})" if owner and owner.did else ""
        return (
            f"chaos {self.name}: {self.counted} runs counted ({len(self.points & self.every)} of {len(self.every)} failpoints,"
            f" {self.random} random), {self.void} not counted{moves}; {len(client.placed)} orders,"
            f" {len(house.accepted())} letters; "
            f"{self.verdict.line()} R_max={self.slowest:.1f}s died_by_themselves={len(house.spoilt)}; {claim}; "
            f"seed {self.seed}, {time.monotonic() - self.began:.0f} s"
        )


def kill(runs: int, seed: int, kind: str = ALL, say: bool = True) -> tuple[bool, str]:
    """`runs` kills (0: every failpoint, and some at random); `kind`: ALL, or MOVES: only under changes of a live scheme."""
    chance = random.Random(seed)
    runs = runs or len(named(kind)) + BY_DEFAULT
    planned = plan(runs, chance, kind)
    with House(Path(tempfile.mkdtemp(prefix="regulars-chaos-"))) as house:
        report = Report("kill" if kind == ALL else f"kill {kind}", seed, kind)
        client = Client(house.port, house.key, chance, house.telegram).log_in(house.login)
        owner = Owner(house, client, chance).log_in()
        for n, run in enumerate(planned, start=1):
            for _ in range(TRIES):
                report.add(run, *one_kill(house, client, owner, chance, run))
                if run.point is None or run.point in report.points:
                    break
            if n % EVERY_RUNS[kind] == 0 or n == len(planned):
                _checkpoint(house, client, report, owner)
                if say:
                    print(f"  {n}/{len(planned)} {report.verdict.line()}", file=sys.stderr, flush=True)
                if not report.verdict.holds:
                    break
        if kind == ALL:
            _commands(house, client, report)
            _checkpoint(house, client, report)
        line = report.line(client, house, owner)
        is_complete = runs < len(named(kind)) or report.is_whole
        good = report.verdict.holds and not house.spoilt and is_complete
    return good, line


def _checkpoint(house: House, client: Client, report: Report, owner: Owner | None = None) -> None:
    near.minute_over(house)  # else letters would leave while the oracles look
    near.past(house)
    closing = owner if owner is not None and owner.did else None
    if closing is not None:
        meanwhile(house, closing.close)
    began = time.monotonic()
    left = _drain(house, client)
    report.slowest = max(report.slowest, time.monotonic() - began)
    if closing is not None:
        _all_out(house, closing)
        left = _drain(house, client)
    report.verdict = judge(house, client, left, closing is not None)
    report.verdict.N = house.command(["scheme", "numbers"])
    if left:
        print(f"  undone after {DRAIN_SECONDS:.0f} s: {left}", file=sys.stderr, flush=True)
    # Whatever has not arrived by now never will: an advertisement that a person decides, an order that was cancelled.
    client.flying = []


def _drain(house: House, client: Client) -> dict[str, int]:
    """Until nothing that is due is undone; what still is when that takes too long."""
    until = time.monotonic() + DRAIN_SECONDS
    # Timers go on, so 0 is for a moment; and a call is silent only when it was taken in.
    while (left := undone(house, client)) or house.sql(near.SILENT):
        if time.monotonic() > until:
            break
        house.reap()
        time.sleep(0.1)
    return left


def _all_out(house: House, owner: Owner) -> None:
    """Until nobody is in the scheme that is changed: those who have nothing to wait for any more."""
    for n in range(CLOSINGS):
        if n:
            meanwhile(house, owner.close)
        until = time.monotonic() + CLOSING_SECONDS
        while time.monotonic() < until:
            if not owner.inside():
                return
            house.reap()
            time.sleep(0.1)


def _commands(house: House, client: Client, report: Report) -> None:
    """Kills inside commands: an import and a publishing; done again, they end as if nothing had been."""
    scheme = house.folder / "late.yaml"
    text = (Path(__file__).parent / "schemes" / "advertising.yaml").read_text(encoding="utf-8")
    scheme.write_text(text.replace("scheme: advertising", "scheme: late").replace("order.placed", "order.delivered"))
    imported: list[str] = []
    for point in COMMANDS:
        words = ["scheme", "publish", str(scheme)]
        if point.startswith("import"):
            file = house.folder / f"{point}.ndjson"
            ids = [f"h{point}-{i}" for i in range(IMPORTED)]
            file.write_text("\n".join(json.dumps(order(id_, NOON.isoformat())) for id_ in ids))
            words = ["import", "orders", str(file)]
            imported += ids
        killed, done = house.command(words, point), house.command(words)
        if (killed, done) == (-signal.SIGKILL, 0) and point in house.fired():
            report.counted += 1
            report.points.add(point)
        else:
            report.void += 1
            told = (house.folder / "commands.log").read_text(errors="replace")[-300:]
            print(
                f"  not counted: {' '.join(words[:2])} {point}: {killed}, {done}: {told}", file=sys.stderr, flush=True
            )
    client.placed += imported


def pg(runs: int, seed: int, say: bool = True) -> tuple[bool, str]:
    """PostgreSQL stopped at once `runs` times in mid-load, down 2 s; R: seconds from ready to the next letter.

    5 to 40 s between two stops; in the short form of a few runs, up to 4 s.
    """
    chance = random.Random(seed)
    least, most = (0.0, 4.0) if runs <= SHORT else (5.0, 40.0)
    with House(Path(tempfile.mkdtemp(prefix="regulars-chaos-"))) as house:
        report = Report("pg", seed)
        client = Client(house.port, house.key, chance, house.telegram).log_in(house.login)
        slowest = 0.0
        for n in range(1, runs + 1):
            house.reap()
            client.burst(BURST)
            flying = in_flight(house, client)
            took = _stop_postgres(house, client, chance)
            slowest = max(slowest, took)
            report.counted += flying >= LEAST_IN_FLIGHT
            report.void += flying < LEAST_IN_FLIGHT
            report.random += 1
            if say:
                print(f"  {n}/{runs} R={took:.1f}s", file=sys.stderr, flush=True)
            _load_for(house, client, chance.uniform(least, most))
            if n % 10 == 0:
                _checkpoint(house, client, report)
                if not report.verdict.holds:
                    break
        _checkpoint(house, client, report)
        report.slowest = slowest
        line = report.line(client, house)
        good = report.verdict.holds and not house.spoilt and slowest <= RECOVERY_SECONDS
    return good, line


def _stop_postgres(house: House, client: Client, chance: random.Random) -> float:
    """Stop it while a client goes on writing, start it again after 2 s; seconds from ready to the next letter."""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write, client)
        time.sleep(chance.random() * 0.3)
        house.server.immediate_stop()
        time.sleep(2)
        house.server.start()
        ready = time.monotonic()
        before = len(house.accepted())
        while len(house.accepted()) == before and time.monotonic() - ready < 60:
            house.reap()
            time.sleep(0.02)
        took = time.monotonic() - ready
        writing.result()
    return took


def _write(client: Client) -> None:
    client.burst(40)
    change(client, 10, 3)
    client.work(4)
    client.burst(4)


def _load_for(house: House, client: Client, seconds: float) -> None:
    """A light load meanwhile: a few orders a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        meanwhile(house, lambda: client.burst(4))
        time.sleep(min(0.5, max(0.0, until - time.monotonic())))
