"""A throw-away installation whose roles are forked by the harness, so that one is back some milliseconds after a kill.

Owns PostgreSQL, the sink, the roles and their failpoints. Knows nothing of load or oracles.
"""

import contextlib
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

from bench.processes import free_ports
from bench.sink import OWN, ROOT
from tests.sinks.called import Called

ROLES = ("web", "engine", "engine-2", "sender", "sender-2")
"""Two engines and two senders: what one of them leaves behind, the other meets while it works."""
TWINS = {"engine": "engine-2", "sender": "sender-2"}
SCHEMES = Path(__file__).parent / "schemes"
NOON = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""Where the playground's clock begins: a Monday."""
TOLD = "told@chaos.test"
"""The supervisor who is told of everything by mail."""
_TOKEN = "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678"
_SIGNED_WITH = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Letter(NamedTuple):
    """What a sink accepted: when (unix seconds), for whom, under which Message-ID, and the digest of its bytes.

    Of a change told to the shop: for which order, under which idempotency key, and its body.
    """

    at: float
    to: str
    message_id: str
    digest: str


@dataclass(slots=True)
class Role:
    """A running role, by its name of ROLES; `point` is the failpoint that it carries."""

    name: str
    pid: int
    point: str | None = None


class House:
    """Use as a context manager.

    `spoilt`: roles that ended without being killed by the harness; `deaths`: when senders died (unix seconds).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.smtp, self.http = free_ports(3)
        self.roles: dict[str, Role] = {}
        self.mark = folder / "fired"
        self.spoilt: list[str] = []
        self.deaths: list[float] = []
        self.key = self.login = self.owner_login = ""
        self.telegram = ""
        self._sink: subprocess.Popen[bytes] | None = None
        self._shop: Called | None = None
        self._bot: subprocess.Popen[bytes] | None = None
        self._raw: psycopg.Connection[Any] | None = None
        self._accepted: list[Letter] = []
        self._read_to = 0
        self.by_recipient: Counter[str] = Counter()

    def __enter__(self) -> "House":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name in ("DATABASE_URL", "REGULARS_SECRET_KEY", "REGULARS_FAILPOINT"):
            os.environ.pop(name, None)
        self._start_sink()
        self._shop = shop = Called(self.folder)
        os.environ |= {
            "REGULARS_TELEGRAM_API": self.telegram,
            "REGULARS_DATA": str(self.folder / "data"),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp}?connections=8",
            "REGULARS_FAILPOINTS": "on",
            "REGULARS_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }
        from regulars.base import environment, logs
        from regulars.base.postgres import Server

        self.server = Server(self.folder / "data")
        os.environ["DATABASE_URL"] = self.server.start()
        environment.make_secret_key(self.folder / "data")
        logs.configure("text")
        self._in_child(lambda folder: _prepare(folder, shop.url))
        self._load()
        self.key = (self.folder / "key").read_text()
        self.login = (self.folder / "login").read_text()
        self.owner_login = (self.folder / "owner").read_text()
        for role in ROLES:
            self.start(role)
        self.wait_ready()
        return self

    def __exit__(self, *error: object) -> None:
        for role in list(self.roles.values()):
            self._end(role)
        if self._raw is not None:
            self._raw.close()
        for sink in filter(None, (self._sink, self._bot)):
            sink.terminate()
            sink.wait(5)
        if self._shop is not None:
            self._shop.stop()
        self.server.destroy()

    def _start_sink(self) -> None:
        command = [*OWN, "--smtp", str(self.smtp), "--http", str(self.http), "--log", str(self.folder / "sink.log")]
        self._sink = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        bot = [sys.executable, "-m", "tests.sinks.telegram_process"]
        self._bot = subprocess.Popen(bot, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._bot.stdout is not None
        self.telegram = f"http://127.0.0.1:{int(self._bot.stdout.readline())}"
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.http), timeout=1):
                return
            time.sleep(0.05)
        raise RuntimeError("the sink did not come up")

    def _in_child(self, task: Any) -> None:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                task(self.folder)
                code = 0
            finally:
                os._exit(code)
        if os.waitpid(pid, 0)[1] != 0:
            raise RuntimeError("the installation could not be prepared")

    def _load(self) -> None:
        """Everything that the roles use, once, so that a fork is ready at once. No connection is opened here."""
        roles = importlib.import_module("regulars.worker.roles")
        roles.start_django()
        for name in ("web", "engine", "sender"):
            importlib.import_module(f"regulars.worker.{name}")
        importlib.import_module("regulars.worker.web").load()

    def start(self, name: str, point: str | None = None) -> None:
        """Fork a role by its name of ROLES; with a failpoint it dies there."""
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            sys.stdin.close()
            log = os.open(str(self.folder / f"{name}.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            code = 1
            try:
                from regulars.base import failpoints
                from regulars.worker.roles import Address, run

                failpoints.arm(f"{point}:kill" if point else "", str(self.mark))
                run(name.partition("-")[0], Address("127.0.0.1", self.port))  # type: ignore[arg-type]
                code = 0
            finally:
                os._exit(code)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # here too: a kill may come before the child has done it
        self.roles[name] = Role(name, pid, point)

    def target(self, name: str) -> int:
        """The process that does the role's work: of web the worker, else the role itself."""
        pid = self.roles[name].pid
        if name != "web":
            return pid
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(pid).children()
            if children:
                return int(children[0].pid)
        return pid

    def kill(self, name: str, point: str | None = None) -> None:
        """SIGKILL the role's working process, and bring the role back, carrying a failpoint or none."""
        role = self.roles[name]
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.target(name), signal.SIGKILL)
        self._end(role)
        self.start(name, point)

    def kill_all(self) -> None:
        """SIGKILL every role in one moment, then bring all of them back."""
        for role in self.roles.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(role.pid, signal.SIGKILL)
        for role in list(self.roles.values()):
            self._end(role)
        for name in ROLES:
            self.start(name)

    def _end(self, role: Role) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(role.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(role.pid, 0)
        if role.name.startswith("sender"):
            self.deaths.append(time.time())
        if role.name == "web":
            _port_free(self.port)

    def reap(self) -> list[str]:
        """Roles that have ended by themselves since: brought back; those with a failpoint ended as they should."""
        ended = []
        for role in list(self.roles.values()):
            try:
                pid, _ = os.waitpid(role.pid, os.WNOHANG)
            except ChildProcessError:
                pid = role.pid
            if pid:
                ended.append(role.name)
                if role.point is None:
                    self.spoilt.append(role.name)
                self._end(role)
                self.start(role.name)
        return ended

    @contextlib.contextmanager
    def frozen(self, name: str | None, at_most: float) -> Iterator[None]:
        """This role (None: nobody) stands still within the block, though no longer than so many seconds."""
        if name is None:
            yield
            return
        pid = self.roles[name].pid

        def thaw() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        timer = threading.Timer(at_most, thaw)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            thaw()

    def fired(self) -> list[str]:
        """The failpoints that were reached, in order."""
        return [line.split(":")[0] for line in self.mark.read_text().splitlines()] if self.mark.exists() else []

    def command(self, words: list[str], point: str = "") -> int:
        """Run one `regulars` command, forked like a role, dying at the failpoint if one is named; its exit code, -9 killed."""
        pid = os.fork()
        if pid == 0:
            log = os.open(str(self.folder / "commands.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            code = 1
            try:
                from regulars.base import failpoints
                from regulars.cli.main import run

                failpoints.arm(f"{point}:kill" if point else "", str(self.mark))
                code = run(words)
                sys.stdout.flush()
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def wait_ready(self, limit: float = 20) -> None:
        """Until the web role answers."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.01)
        raise RuntimeError("the web role did not come up: see " + str(self.folder / "web.log"))

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Plain SQL, on a connection of the harness's own; made anew when the server was stopped meanwhile."""
        while True:
            fresh = self._raw is None or self._raw.closed
            if fresh:
                self._raw = psycopg.connect(self.server.dsn(), autocommit=True)
            assert self._raw is not None
            try:
                return self._raw.execute(query, values).fetchall()  # type: ignore[arg-type]
            except psycopg.OperationalError:
                if fresh or not self._raw.closed:
                    raise

    def accepted(self) -> list[Letter]:
        """Every letter that the sink has accepted; only what is new is read."""
        path = self.folder / "sink.log"
        if path.exists():
            with path.open("rb") as log:
                log.seek(self._read_to)
                new = log.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read_to += len(whole)
            for line in whole.splitlines():
                entry = json.loads(line)
                self._accepted.append(Letter(entry["time"], entry["to"], entry["message_id"], entry["sha256"]))
                self.by_recipient[entry["to"]] += 1
        return self._accepted

    def told(self) -> list[Letter]:
        """Every change of an order that the shop was told of."""
        assert self._shop is not None
        return [
            Letter(
                entry["time"], json.loads(entry["body"])["data"]["order"]["id"], entry["headers"]["idempotency-key"],
                entry["body"],
            )
            for entry in self._shop.told()
        ]  # fmt: skip


def _port_free(port: int) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return
            except OSError:
                time.sleep(0.01)


def _prepare(folder: Path, shop_url: str) -> None:
    """In a child: tables, a playground at noon of a Monday, a key, login links, the schemes; somebody who
    is told by mail, a shop that is told of changes, a bot."""
    roles = importlib.import_module("regulars.worker.roles")
    roles.start_django()
    importlib.import_module("regulars.worker.migrate").apply()
    from regulars.base import db, pace
    from regulars.base.actor import Actor
    from regulars.base.secrets import SecretBox, split_keys
    from regulars.intake import actions as intake
    from regulars.journeys import actions as journeys
    from regulars.orders import way_back
    from regulars.project import settings
    from regulars.shop import actions as shops
    from regulars.staff import actions as staff
    from regulars.staff import notices, telling
    from regulars.talks import threads_accounts

    actor = Actor("command")
    with db.transact() as cur:
        pace.start_playground(cur, NOON)
        shop_id = shops.create_shop(cur, "chaos", "Chaos", actor, brand={"email": "shop@chaos.test"})
        for file in sorted(SCHEMES.glob("*.yaml")):
            journeys.publish(cur, shop_id, file.read_text(encoding="utf-8"), actor, NOON, file.name)
        key = shops.create_key(cur, shop_id, "chaos", ["all"], actor)
        operator = staff.create_account(cur, shop_id, "operator@chaos.test", "Operator", "operator", actor)
        login = staff.login_link(cur, operator)
        owner = staff.create_account(cur, shop_id, "owner@chaos.test", "Owner", "owner", actor)
        owner_login = staff.login_link(cur, owner)
        told = staff.create_account(cur, shop_id, TOLD, "Told", "supervisor", actor)
        wanted = dict.fromkeys(notices.KINDS, ("screen", "email"))
        never = (clock_time(0), clock_time(0))
        telling.choose(cur, told, wanted, actor, always=True, quiet=never, bundle=timedelta(0), volume=0)
        way_back.set_way(cur, shop_id, way_back.Way("api", "webhook", shop_url, {"secret": _SIGNED_WITH}), actor)
        intake.open_feed(cur, shop_id, "telegram", actor, source="telegram", secrets=["s"])
        (feed,) = cur.execute("select max(id) from intake_feed").fetchall()
        token = SecretBox(split_keys(settings.SECRET_KEY)).encrypt(_TOKEN).decode()
        threads_accounts.connect(cur, shop_id, "telegram", feed[0], {"username": "chaos_bot"}, token, actor)
    importlib.import_module("regulars.worker.first_start").prepare()
    (folder / "key").write_text(key)
    (folder / "login").write_text(f"/login/link/{login}")
    (folder / "owner").write_text(f"/login/link/{owner_login}")
