"""The mail server at the end of every figure: a process of its own that counts letters by recipient.

Every stack of a run uses the same sink. Its command is a parameter; it is given `--smtp PORT --http PORT` and must
answer `/stats`, `/times`, `/reset` on the second port. Nothing that a stack says about itself is counted.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Process, accepts, free_ports

ROOT = Path(__file__).resolve().parent.parent
OWN = (sys.executable, "-m", "tests.sinks.smtp_sink")


@dataclass(frozen=True, slots=True)
class Received:
    """What the sink has taken: letters, recipients, and the unix seconds of the first and the last letter."""

    letters: int
    recipients: int
    first: float | None
    last: float | None

    @property
    def doubled(self) -> int:
        """Letters beyond the first to each recipient; every order of a bench has a recipient of its own."""
        return self.letters - self.recipients


class Sink:
    """A running sink. Use as a context manager."""

    def __init__(self, log: Path, command: Sequence[str] = OWN) -> None:
        self.smtp_port, self.http_port = free_ports(2)
        self.process = Process(
            [*command, "--smtp", str(self.smtp_port), "--http", str(self.http_port)], log=log, cwd=ROOT
        )
        self.process.wait_until(lambda: accepts(self.smtp_port) and accepts(self.http_port), "the sink's ports")

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *error: object) -> None:
        self.process.end()

    def _ask(self, path: str, method: str = "GET") -> object:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def reset(self) -> None:
        """Forget every letter."""
        self._ask("/reset", "POST")

    def received(self) -> Received:
        """What has come since the last reset."""
        stats = self._ask("/stats")
        assert isinstance(stats, dict)
        return Received(stats["total"], stats["unique"], stats["first"], stats["last"])

    def times(self) -> list[float]:
        """Unix seconds of every letter, ascending."""
        times = self._ask("/times")
        assert isinstance(times, list)
        return times

    def wait_for(self, recipients: int, *, limit_s: float, quiet_s: float | None = None) -> Received:
        """Until so many recipients have a letter, `limit_s` have passed, or `quiet_s` without a new letter."""
        begun = quiet_since = time.monotonic()
        before = -1
        while True:
            got, now = self.received(), time.monotonic()
            if got.letters != before:
                before, quiet_since = got.letters, now
            silent = quiet_s is not None and now - quiet_since > quiet_s
            if got.recipients >= recipients or now - begun > limit_s or silent:
                return got
            time.sleep(0.1)
