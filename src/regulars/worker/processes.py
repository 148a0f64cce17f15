"""The process tree of `up`: the embedded PostgreSQL, and the four roles as forked children that share its memory.

The supervisor loads the product once and forks; so a role is back at once when it dies, and costs only what it
changes. It must hold no thread and no database connection when it forks: whatever needs one runs in a child of its
own.
"""

import importlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from regulars.base import logs
from regulars.base.environment import Env, EnvError
from regulars.base.loading import staying
from regulars.base.postgres import PostgresError, Server
from regulars.worker import roles
from regulars.worker.parent import LifeLine
from regulars.worker.roles import ROLES, Address

TICK_SECONDS = 0.5
STOP_SECONDS = 9.0
"""Of the 10 s that the whole may take to end. PostgreSQL gets what the roles leave of it, and at least its own share."""
ROLES_STOP_SECONDS = 6.5
POSTGRES_STOP_SECONDS_MIN = 1.5
BACK_OFF_SECONDS_MAX = 5.0
STEADY_AFTER_SECONDS = 10.0
LOG_CHECK_SECONDS = 60.0

log = structlog.get_logger(__name__)
Say = Callable[[str], None]


class StartFailed(Exception):
    """The product could not be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A loop that runs in a child of its own beside the roles; `turn` and `next_due` as worker/loop.py has them."""

    name: str
    turn: roles.Turn
    next_due: roles.NextDue

    def run(self) -> None:
        """In the child."""
        roles.run_beside(self.name, self.turn, self.next_due)


@dataclass(slots=True)
class _Child:
    role: str
    task: Callable[[], None]
    pid: int | None = None
    born: float = 0.0
    failures: int = 0
    due: float = 0.0
    """When it is to be started again (monotonic), while it has no pid."""


class Supervisor:
    """Starts, watches and ends the roles; starts PostgreSQL again when it dies."""

    def __init__(
        self, address: Address, server: Server | None, lock: int, say: Say, beside: Sequence[Beside] = ()
    ) -> None:
        self._address = address
        self._server = server
        self._lock = lock
        self._say = say
        self._children = [_Child(role, partial(roles.run, role, address)) for role in ROLES]
        self._children += [_Child(loop.name, loop.run) for loop in beside]
        self._line = LifeLine()
        self._stopping = False
        self.stop_asked_at: float | None = None
        """When the order to end came (monotonic)."""
        self._waking: tuple[socket.socket, socket.socket] | None = None
        self._log_checked = time.monotonic()

    def prepare(self, task: Callable[[], None]) -> None:
        """Runs `task` (migrations, the first login link) in a child, so that no connection stays here. StartFailed."""
        pid = self._fork(task)
        _, status = os.waitpid(pid, 0)
        if status != 0:
            raise StartFailed("the database could not be brought up to date; the lines above say why")

    def run(self, ready: Callable[[], None]) -> int:
        """Runs the roles until SIGTERM or SIGINT; calls `ready` once the address answers. Returns the exit code."""
        self._catch_signals()
        is_ready = False
        try:
            while not self._stopping:
                self._reap()
                self._start_due()
                if not is_ready and _answers(self._address):
                    is_ready = True
                    ready()
                self._watch_postgres()
                self._sleep(0.05 if not is_ready else TICK_SECONDS)
        finally:
            self._stop_children()
        return 0

    def _catch_signals(self) -> None:
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        self._waking = (reading, writing)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, _only_wake)

    def _on_stop(self, *_: object) -> None:
        self._stopping = True
        self.stop_asked_at = self.stop_asked_at or time.monotonic()

    def _sleep(self, seconds: float) -> None:
        assert self._waking is not None
        reading = self._waking[0]
        waits = [child.due - time.monotonic() for child in self._children if child.pid is None]
        select.select([reading], [], [], max(0.0, min([seconds, *waits])))
        try:
            while reading.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _start_due(self) -> None:
        for child in self._children:
            if child.pid is None and child.due <= time.monotonic():
                child.born = time.monotonic()
                child.pid = self._fork(child.task)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            child.pid = None
            lived = time.monotonic() - child.born
            child.failures = 0 if lived >= STEADY_AFTER_SECONDS else child.failures + 1
            # The first time at once; one that dies again and again must not eat the machine.
            delay = 0.0 if child.failures <= 1 else min(BACK_OFF_SECONDS_MAX, 0.1 * 2 ** (child.failures - 2))
            child.due = time.monotonic() + delay
            if not self._stopping:
                log.warning(
                    "role.ended",
                    role=child.role,
                    code=os.waitstatus_to_exitcode(status),
                    again_in_seconds=round(delay, 1),
                )

    def _watch_postgres(self) -> None:
        if self._server is None:
            return
        if self._server.state() == "stopped":
            log.warning("postgres.ended", action="starting it again")
            try:
                self._server.launch()
            except (PostgresError, OSError) as error:
                self._say(f"PostgreSQL cannot be started again yet: {error}")
        if time.monotonic() - self._log_checked > LOG_CHECK_SECONDS:
            self._log_checked = time.monotonic()
            self._server.trim_log()

    def _stop_children(self) -> None:
        deadline = time.monotonic() + ROLES_STOP_SECONDS
        self._signal_children(signal.SIGTERM)
        while any(child.pid for child in self._children) and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.02)
        for child in self._children:
            if child.pid is not None:
                log.warning("role.killed", role=child.role, reason="it did not end in time")
        self._signal_children(signal.SIGKILL)
        while any(child.pid for child in self._children):
            self._reap()
            time.sleep(0.01)

    def _signal_children(self, number: int) -> None:
        for child in self._children:
            if child.pid is not None:
                os.kill(child.pid, number)

    def _fork(self, task: Callable[[], None]) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes between the fork and the child's own handlers would be lost in ours.
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            return pid
        code = 1
        try:
            self._become_child(signals)
            task()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            log.exception("role.failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _become_child(self, signals: set[signal.Signals]) -> None:
        self._line.hold()
        if self._waking is not None:
            signal.set_wakeup_fd(-1)
            for end in self._waking:
                end.close()
        os.close(self._lock)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Ctrl-C reaches the whole terminal group; the supervisor's SIGTERM is the word that counts.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


def up(
    env: Env,
    address: Address,
    lock: int,
    say: Say,
    prepare: Callable[[], None] | None = None,
    beside: Sequence[Beside] = (),
) -> int:
    """The whole product in one process tree, until SIGTERM or SIGINT; returns the exit code.

    `env` as read after the secret key was made; `lock` the descriptor that holds the data folder; `prepare` runs in a
    child after the migrations (a playground's filling); `beside`: loops to run with the roles.
    Errors: StartFailed, PostgresError, EnvError.
    """
    logs.configure(env.log_format)
    signal.signal(signal.SIGTERM, _leave)
    _refuse_taken(address)
    server = Server(env.data_dir, say) if env.embedded else None
    supervisor: Supervisor | None = None
    try:
        if server is not None:
            os.environ["DATABASE_URL"] = server.start()
        os.environ.setdefault("REGULARS_PUBLIC_URL", address.url)
        roles.start_django()
        supervisor = Supervisor(address, server, lock, say, beside)
        supervisor.prepare(lambda: _bring_up_to_date(say, prepare))
        _load_product()
        return supervisor.run(lambda: say(f"Regulars is at {os.environ['REGULARS_PUBLIC_URL']}"))
    except KeyboardInterrupt:
        return 0
    finally:
        if server is not None:
            asked_at = supervisor.stop_asked_at if supervisor else None
            gone = time.monotonic() - asked_at if asked_at else 0.0
            server.stop(within=max(POSTGRES_STOP_SECONDS_MIN, STOP_SECONDS - gone))


def _only_wake(*_: object) -> None:
    """A handler must be there for the signal to reach the wake-up socket."""


def _leave(*_: object) -> None:
    # SIGTERM while starting: the same way out as Ctrl-C.
    raise KeyboardInterrupt


def _bring_up_to_date(say: Say, prepare: Callable[[], None] | None) -> None:
    # Django must be ready before these can be loaded.
    from regulars.worker import first_start, migrate  # noqa: PLC0415

    if migrate.apply():
        say("the database is up to date")
    if prepare is not None:
        first_start.make_room()
        prepare()
    first_start.prepare()
    link = first_start.login_link()
    if link:
        say(f"First login (works once): {link}")


def _load_product() -> None:
    """Loads everything that the roles use; the collector is kept off it, so that the children go on sharing it."""
    with staying():
        from django.urls import get_resolver  # noqa: PLC0415

        for role in ROLES:
            importlib.import_module(f"regulars.worker.{role}")
        importlib.import_module("regulars.worker.web").load()
        _ = get_resolver().url_patterns


def _refuse_taken(address: Address) -> None:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise EnvError(f"{address.host} is no address of this machine; give another --host") from error
    family, kind, protocol, _, where = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            raise StartFailed(
                f"cannot listen on {address.host}:{address.port} ({error.strerror}); give another --port"
            ) from error


def _answers(address: Address) -> bool:
    try:
        with socket.create_connection((address.local, address.port), timeout=0.2):
            return True
    except OSError:
        return False
