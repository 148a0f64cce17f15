"""Processes of a bench: start in a session of their own, wait until they answer, end with all their children, weigh.

Ends only what it started, by process id.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil


class NotReady(Exception):
    """A process ended or stayed silent instead of becoming ready."""


def free_ports(count: int) -> list[int]:
    """TCP ports of 127.0.0.1 that nobody listens on now, all different."""
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Process:
    """A started command with its log file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        unset: Sequence[str] = (),
    ) -> None:
        """`env` is added to our own environment, of which the names in `unset` are left out."""
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        self.name, self.log = Path(command[0]).name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**inherited, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, also the id of its session's group."""
        return self.popen.pid

    def wait_until(self, ready: Callable[[], bool], what: str, limit_s: float = 30) -> None:
        """Return once `ready()`; raises NotReady with the end of the log if it ends or takes too long."""
        deadline = time.monotonic() + limit_s
        while not ready():
            if self.popen.poll() is not None:
                raise NotReady(f"{self.name} ended before {what} came; its log ends:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name}: {what} did not come within {limit_s:g} s; its log ends:\n{self._tail()}")
            time.sleep(0.05)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]

    def wait_port(self, port: int, limit_s: float = 30) -> None:
        """Return once something accepts on 127.0.0.1:`port`."""
        self.wait_until(lambda: accepts(port), f"port {port}", limit_s)

    def wait_log(self, text: str, limit_s: float = 30) -> None:
        """Return once the log holds `text`."""
        self.wait_until(lambda: text in self.log.read_text(errors="replace"), f"'{text}'", limit_s)

    def end(self, how: signal.Signals = signal.SIGTERM, limit_s: float = 10) -> None:
        """Signal the whole group and wait; what remains after `limit_s` is killed."""
        for sig, patience in ((how, limit_s), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(patience)
                if not _group_lives(self.pid):
                    return


def _group_lives(group: int) -> bool:
    """Whether any process of the group is left; our own wait() has reaped the leader already."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def accepts(port: int) -> bool:
    """Whether something accepts a connection on 127.0.0.1:`port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def pss_mib(pids: Sequence[int]) -> float:
    """Proportional set size (shared pages counted once) of the processes and all their descendants, in MiB."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found.update({each.pid: each for each in (root, *root.children(recursive=True))})
    total = 0
    for process in found.values():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += process.memory_full_info().pss
    return total / 1024**2
