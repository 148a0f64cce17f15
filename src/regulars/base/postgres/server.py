"""Starting, watching and stopping the embedded PostgreSQL of one data folder.

A start waits as long as recovery takes and says why. Whoever only uses the database never stops it: that is for the
`up` that holds the data folder (see ownership.py), or for the test or command that made the installation for itself.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg

from regulars.base.postgres import binaries, conf, folders, install, postmaster, record, upgrade
from regulars.base.postgres.binaries import Say
from regulars.base.postgres.errors import PostgresError
from regulars.base.postgres.record import PORT, Record

LOG_NAME = "postgres.log"
LOG_BYTES_MAX = 5_000_000
FAST_STOP_SECONDS = 10.0
IMMEDIATE_STOP_SECONDS = 15.0
SAY_EVERY_SECONDS = 3.0
ANSWER_SECONDS = 30.0
"""One that is ready and yet lets nobody in for so long has another trouble: whoever connects will hear it."""
_POLL_SECONDS = 0.02


def _silent(_: str) -> None:
    pass


class Server:
    """The embedded PostgreSQL of `data_dir`; nothing is touched until a method is called."""

    def __init__(self, data_dir: Path | str, say: Say = _silent) -> None:
        self.data_dir = Path(data_dir).absolute()
        self._say = say
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        return self.data_dir / LOG_NAME

    def record(self) -> Record:
        """What is recorded of this installation; PostgresError if there is none yet."""
        found = record.load(self.data_dir)
        if found is None:
            raise PostgresError(f"{self.data_dir} holds no installation yet; run `regulars up --data {self.data_dir}`")
        return found

    def dsn(self) -> str:
        """The URL by which the application logs in."""
        return self.record().dsn()

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The URL of the installer's role."""
        return self.record().superuser_dsn(database)

    def state(self) -> postmaster.State:
        """What the server is doing now; cheap enough to ask every second."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        found = record.load(self.data_dir)
        return "stopped" if found is None else postmaster.state(found.cluster)

    def is_running(self) -> bool:
        """Whether it takes connections."""
        return self.state() == "ready"

    def start(self) -> str:
        """Installs what is missing, starts the server unless it runs, waits until it is ready; returns `dsn()`.

        There is no limit on the wait while the server recovers. PostgresError when it gives up.
        """
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._starting():
            made = self._prepare()
            for attempt in range(3):
                if self.state() == "stopping":
                    self._wait_while("stopping", "PostgreSQL is still shutting down")
                if self.state() == "stopped":
                    self._launch(made)
                if self._wait_ready():
                    break
                if attempt == 2:
                    raise PostgresError(f"PostgreSQL did not start: {self._last_log_line()} (see {self.log_path})")
            if not made.ready:
                install.provide_database(made)
                made = replace(made, ready=True)
                record.save(self.data_dir, made)
        return made.dsn()

    def launch(self) -> None:
        """Starts a server that has died, without waiting for it: for a watcher that has others to look after."""
        if self.state() == "stopped":
            self._launch(self.record())

    def stop(self, within: float = FAST_STOP_SECONDS) -> None:
        """Ends all sessions and stops; after `within` seconds at once, which costs a recovery at the next start."""
        self._signal(signal.SIGINT)
        if not self._gone_within(within):
            self.immediate_stop()

    def immediate_stop(self) -> None:
        """Stops without a checkpoint, as a crash would; for stubborn sessions and for chaos."""
        self._signal(signal.SIGQUIT)
        if not self._gone_within(IMMEDIATE_STOP_SECONDS):
            self.kill()

    def kill(self) -> None:
        """kill -9 of the postmaster alone; its backends are left to notice."""
        self._signal(signal.SIGKILL)
        self._gone_within(IMMEDIATE_STOP_SECONDS)

    def destroy(self) -> None:
        """Stops the server and removes its cluster with all data; for throw-away installations."""
        found = record.load(self.data_dir)
        if found is None:
            return
        self.immediate_stop()
        postmaster.clear(found.cluster)
        for folder in (Path(found.home), Path(found.socket_dir)):
            shutil.rmtree(folder, ignore_errors=True)
        (self.data_dir / record.FILE_NAME).unlink(missing_ok=True)

    def trim_log(self) -> None:
        """Keeps the server's log file bounded; the postmaster appends to it, so it may be cut while in use."""
        try:
            if not self.log_path.exists() or self.log_path.stat().st_size <= LOG_BYTES_MAX:
                return
            shutil.copyfile(self.log_path, self.log_path.with_suffix(".log.1"))
            os.truncate(self.log_path, 0)
        except OSError as error:
            self._say(f"cannot trim {self.log_path}: {error.strerror}")

    def _prepare(self) -> Record:
        made = record.load(self.data_dir)
        if made is None:
            self._say("making the database")
            made = install.install(self.data_dir)
            self._leave_behind(Path(made.home))
        elif made.wheel != binaries.wheel_version() or not Path(made.binaries).exists():
            made = upgrade.to_wheel(self.data_dir, made, self._say)
        if not made.cluster.exists():
            if made.ready:
                raise PostgresError(f"the database folder {made.cluster} is gone; put it back or restore a backup")
            install.make_cluster(
                binaries.Binaries(Path(made.binaries), made.version), made.cluster, made.superuser_password
            )
        return made

    def _leave_behind(self, home: Path) -> None:
        """A data folder that was removed by hand leaves its cluster: nobody can log in to it, so it need not run."""
        for old in folders.abandoned_homes(self.data_dir, home):
            process = postmaster.find(old / "cluster")
            if process is not None:
                process.send_signal(signal.SIGINT)
            self._say(f"the database of an earlier {self.data_dir} is still in {old}; remove it if nobody needs it")

    def _launch(self, made: Record) -> None:
        postmaster.clear(made.cluster)
        owner = folders.owner_of(made.cluster)
        socket_dir = folders.socket_folder(Path(made.home))
        if str(socket_dir) != made.socket_dir:
            # The data folder was moved, or the machine's run-time folder is another one now.
            made = replace(made, socket_dir=str(socket_dir))
            record.save(self.data_dir, made)
        for leftover in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (socket_dir / leftover).unlink(missing_ok=True)
        conf.write(made.cluster, made.socket_dir, made.major)
        self.trim_log()
        log = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            owner.take(self.log_path)
            self._child = subprocess.Popen(  # noqa: S603 - a program of the wheel
                [str(Path(made.binaries) / "bin" / "postgres"), "-D", str(made.cluster)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                umask=0o077,
                env=install.plain_environment(),
                start_new_session=True,
                **owner.switch(),  # type: ignore[call-overload]
            )
        finally:
            os.close(log)

    def _wait_ready(self) -> bool:
        """True once it is ready, False if it ended before."""
        since = told = time.monotonic()
        child = self._child
        while True:
            match self.state():
                case "ready":
                    if self._answers() or time.monotonic() - since > ANSWER_SECONDS:
                        return True
                case "stopped":
                    # Between the spawn and the first line of postmaster.pid there is only our child to go by.
                    if child is None or child.poll() is not None:
                        return False
                case _:
                    pass
            if time.monotonic() - told >= SAY_EVERY_SECONDS:
                told = time.monotonic()
                self._say(f"PostgreSQL is recovering from an unclean stop ({told - since:.0f} s so far), please wait")
            time.sleep(_POLL_SECONDS)

    def _answers(self) -> bool:
        """Whether it lets us in: a server that is just being killed says 'ready' for a moment more."""
        try:
            psycopg.connect(self.superuser_dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _wait_while(self, state: postmaster.State, why: str) -> None:
        told = time.monotonic()
        while self.state() == state:
            if time.monotonic() - told >= SAY_EVERY_SECONDS:
                told = time.monotonic()
                self._say(why)
            time.sleep(_POLL_SECONDS)

    def _signal(self, number: int) -> None:
        found = record.load(self.data_dir)
        process = None if found is None else postmaster.find(found.cluster)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.state() == "stopped":
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _last_log_line(self) -> str:
        try:
            with self.log_path.open("rb") as file:
                file.seek(max(0, self.log_path.stat().st_size - 4000))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return "its log cannot be read"
        fatal = [line for line in lines if "FATAL" in line or "PANIC" in line or "could not" in line]
        chosen = (fatal or lines or ["no reason was logged"])[-1]
        return chosen.split("] ", 1)[-1]

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """One start at a time for a data folder, whoever asks."""
        with open(self.data_dir / "postgres.lock", "a", encoding="utf-8") as file:
            os.chmod(file.name, 0o600)
            told = time.monotonic()
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() - told >= SAY_EVERY_SECONDS:
                        told = time.monotonic()
                        self._say("another process is starting PostgreSQL, waiting for it")
                    time.sleep(_POLL_SECONDS)
            yield
