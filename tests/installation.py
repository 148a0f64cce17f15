"""A whole installation of its own for a test: `regulars up` on a data folder and a port, as a person would run it."""

import contextlib
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from regulars.base.postgres import Server, binaries, folders, install, postmaster, record

READY = "Regulars is at"
COMMAND = [sys.executable, "-m", "regulars.cli.main"]


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until(what: Callable[[], object], seconds: float, why: str) -> float:
    """Waits until `what` is true; how many seconds it took. AssertionError after `seconds`."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {why}"
        time.sleep(0.01)
    return time.monotonic() - began


class Installation:
    """One `up` (or `demo`), its processes and its output."""

    def __init__(self, data_dir: Path, *arguments: str, start: str = "up", **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.server = Server(data_dir)
        self._line = [*COMMAND, start, "--port", str(self.port), *arguments]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """All that its runs have printed so far, both streams."""
        return (self.data_dir.parent / f"{self.data_dir.name}.out").read_text()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs another command of the command line on this installation."""
        return subprocess.run(
            [*COMMAND, *arguments], env=self._env(), capture_output=True, text=True, timeout=120, check=False
        )

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Plain SQL in its database, seeing every shop."""
        with psycopg.connect(self.server.superuser_dsn("regulars"), autocommit=True) as raw:
            return raw.execute(query.encode(), values).fetchall()

    def now(self) -> datetime:
        """Business time, which is a playground's own and the machine's elsewhere."""
        ((now,),) = self.sql(
            "select case when playground then anchor_business + (machine_now() - anchor_machine) * speed"
            " else machine_now() end from base_clock"
        )
        assert isinstance(now, datetime)
        return now

    def start(self) -> float:
        """Starts it and waits until it says that it is ready; how many seconds that took."""
        said_before = self.output.count(READY) if self._process else 0
        with open(self.data_dir.parent / f"{self.data_dir.name}.out", "ab") as out:
            self._process = subprocess.Popen(self._line, env=self._env(), stdout=out, stderr=out)
        process = self._process
        took = until(lambda: self.output.count(READY) > said_before or process.poll() is not None, 180, "it is ready")
        assert process.poll() is None, self.output
        return took

    def answers(self) -> bool:
        """Whether the web role listens."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    @property
    def supervisor(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def role(self, name: str) -> psutil.Process | None:
        """The process of a role, or None while there is none."""
        for child in self.supervisor.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.name() == f"regulars-{name}" and child.status() != psutil.STATUS_ZOMBIE:
                    return child
        return None

    def processes(self) -> list[psutil.Process]:
        """The supervisor, all roles, and PostgreSQL with its backends."""
        found = [self.supervisor, *self.supervisor.children(recursive=True)]
        keeper = postmaster.find(self.server.record().cluster)
        if keeper is not None:
            found += [keeper, *keeper.children()]
        return list({process.pid: process for process in found}.values())

    def terminate(self) -> tuple[int, float]:
        """SIGTERM, as Ctrl-C would; the exit code and how many seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        return self._process.wait(30), time.monotonic() - began

    def remove(self) -> None:
        """Ends whatever is left and removes the database."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.server.destroy()

    def _env(self) -> dict[str, str]:
        without = {"DATABASE_URL", "REGULARS_SECRET_KEY", "EMAIL_URL", "REGULARS_PUBLIC_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in without}
        return {**kept, "REGULARS_DATA": str(self.data_dir), **self._environment}


@contextlib.contextmanager
def running(
    data_dir: Path, *arguments: str, start: str = "up", from_nothing: bool = False, **environment: str
) -> Iterator[Installation]:
    """An installation that runs within the block and is gone after it.

    Its database has its tables beforehand (`copy_tables`), for time, unless it is to begin `from_nothing`.
    """
    made = Installation(data_dir, *arguments, start=start, **environment)
    try:
        if not from_nothing:
            copy_tables(data_dir)
        made.start()
        yield made
    finally:
        made.remove()


def tables(session: Path) -> Server:
    """The server, at rest, whose database has all tables and nothing in them; made when it is first asked for.

    `session`: the folder of this run of the tests, which all its processes share.
    """
    server = Server(session / "tables")
    server.data_dir.mkdir(parents=True, exist_ok=True)
    with open(session / "tables.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = session / "tables.done"
        if not done.exists():
            more = {"DATABASE_URL": server.start(), "REGULARS_SECRET_KEY": secrets.token_urlsafe(48)}
            env = os.environ | more | {"DJANGO_SETTINGS_MODULE": "regulars.project.settings"}
            subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=env, check=True)
            server.stop()
            done.touch()
    return server


def copy_tables(data_dir: Path) -> None:
    """Gives a data folder a database with all tables; the shop, the key and all else are made by the first start."""
    source = tables(Path(os.environ["REGULARS_TEST_SESSION"])).record()
    data_dir.mkdir(mode=0o700, parents=True)
    home = folders.new_home(data_dir)
    subprocess.run(["cp", "-a", "--reflink=auto", source.cluster, home / "cluster"], check=True)
    programs = install.keep_programs(home, binaries.in_wheel()[0])
    places = {"home": str(home), "socket_dir": str(folders.socket_folder(home)), "binaries": str(programs.root)}
    record.save(data_dir, replace(source, **places))
