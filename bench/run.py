"""Interleaved rounds over the stacks: `python bench/run.py --stacks celery,bullmq,regulars --rounds 3`.

Each round runs every stack once, so that a busy minute of the machine strikes all alike. Bounded in count and time;
ends every process that it started, on a signal too.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType

if not __package__:  # run as a file: the package's parent is then not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import install
from bench.load import LoadFailed
from bench.processes import NotReady
from bench.redis_stacks import BullmqStack, CeleryStack
from bench.regulars_stack import RegularsStack
from bench.sink import OWN, Sink
from bench.stacks import Figures, Stack
from bench.table import Run, render, summarise

STACKS = ("celery", "bullmq", "regulars")
TESTS: dict[str, Callable[[Stack, float], Figures]] = {
    "intake": lambda stack, scale: stack.post_single(_scaled(4000, scale), 32),
    "batch": lambda stack, scale: stack.post_batch(_scaled(15_000, scale), 100, 16),
    "letter": lambda stack, scale: stack.blast(_scaled(4000, scale)),
    "instant": lambda stack, scale: stack.due_at_instant(_scaled(10_000, scale), 30),
    "kill": lambda stack, scale: stack.kill_worker(_scaled(6000, scale)),
    "memory": lambda stack, scale: stack.memory(_scaled(50_000, scale)),
}


def _scaled(count: int, scale: float) -> int:
    # Not under a thousand: the kill waits for 500 letters, and a percentile of less says nothing.
    return max(1000, round(count * scale))


def build(name: str, sink: Sink, work: Path, fsync: str) -> Stack:
    """A stack by its name, not yet started."""
    if name == "regulars":
        return RegularsStack(sink, work)
    return {"celery": CeleryStack, "bullmq": BullmqStack}[name](sink, work, fsync)


def measure(stack: Stack, tests: Sequence[str], number: int, scale: float, busy: bool) -> Iterator[Run]:
    """Start the stack, run the tests on it, each on an empty one, and end it."""
    started = False
    try:
        for test in tests:
            begun = time.monotonic()
            try:
                if started:
                    stack.reset()
                else:
                    stack.start()
                    started = True
                if busy:
                    stack.start_worker()
                figures = TESTS[test](stack, scale)
                run = Run(number, stack.name, test, figures, shown=stack.shown())
            except (LoadFailed, NotReady, OSError, subprocess.SubprocessError) as error:
                run = Run(number, stack.name, test, failed=f"{type(error).__name__}: {error}")
                if not started:
                    stack.stop()  # the next test starts from nothing again
            told = run.failed or ", ".join(f"{name} {value:.4g}" for name, value in run.figures.items())
            told += f" [{run.shown}]" if run.shown else ""
            print(f"round {number} {stack.name} {test} ({time.monotonic() - begun:.0f} s): {told}", file=sys.stderr)
            yield run
    finally:
        stack.stop()


def machine() -> str:
    """The machine and the programs that the figures hold for, in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    programs = [f"Python {platform.python_version()}", _version("redis-server", 2), _version("node", 0)]
    about = [f"{os.cpu_count()} x {cpu}", f"{memory:.0f} GiB", f"Linux {platform.release()}", *filter(None, programs)]
    return ", ".join(about)


def _version(name: str, word: int) -> str:
    if shutil.which(name) is None:
        return ""
    said = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return f"{name} {said[word].removeprefix('v=').removeprefix('v')}"


def settings(options: argparse.Namespace) -> str:
    """What was switched on, in one line."""
    mailing = "mailing while orders come in" if options.busy else "their workers down while intake is measured"
    return (
        f"{options.rounds} round(s) at scale {options.scale:g}; rivals: appendfsync {options.fsync}, {mailing}; "
        "regulars: whole product, gate, history, decision records and fsync on; client, stack and sink share the cores"
    )


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""

    def names(known: Sequence[str]) -> Callable[[str], list[str]]:
        def split(text: str) -> list[str]:
            chosen = text.split(",")
            if unknown := set(chosen) - set(known):
                raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
            return chosen

        return split

    parser = argparse.ArgumentParser(
        description="Measure Regulars beside its rivals in interleaved rounds, on loopback.",
        epilog="example: python bench/run.py --stacks celery,bullmq --tests intake,letter --rounds 1",
    )
    parser.add_argument("--stacks", type=names(STACKS), default=list(STACKS), metavar="A,B")
    parser.add_argument("--tests", type=names(list(TESTS)), default=list(TESTS), metavar="A,B")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual counts, for a quick look")
    parser.add_argument("--fsync", choices=("always", "everysec"), default="always", help="Redis's appendfsync")
    parser.add_argument("--busy", action="store_true", help="rivals' workers run while intake is measured, as ours do")
    parser.add_argument("--sink", type=shlex.split, default=list(OWN), metavar="COMMAND")
    parser.add_argument("--json", action="store_true", help="print data instead of the table")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every test gave figures, else 1."""
    options = parse(arguments)

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)  # unwinds, so that every process is ended

    signal.signal(signal.SIGTERM, leave)
    try:
        install.ensure(options.stacks)
    except (install.Missing, subprocess.CalledProcessError) as error:
        print(f"cannot prepare the rivals: {error}", file=sys.stderr)
        return 1
    runs: list[Run] = []
    work = install.WORK / "run"
    shutil.rmtree(work, ignore_errors=True)
    with Sink(work / "sink.log", options.sink) as sink:
        for number in range(1, options.rounds + 1):
            for name in options.stacks:
                stack = build(name, sink, work / name, options.fsync)
                runs += measure(stack, options.tests, number, options.scale, options.busy)
    rows, failures = summarise(runs), [run for run in runs if run.failed]
    about = {"machine": machine(), "settings": settings(options)}
    if options.json:
        print(json.dumps({**about, "runs": [asdict(run) for run in runs], "summary": [asdict(row) for row in rows]}))
    else:
        print(render(rows, failures))
        for run in runs:
            if run.shown and run.round == options.rounds:
                print(f"{run.stack} {run.test}: {run.shown}")
        print(f"{about['machine']}; {about['settings']}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
