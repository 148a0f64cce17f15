"""Regulars as a stack: the whole product by `regulars up` on a data folder of its own, driven as any outsider would.

Uses the command line and the HTTP API only. Nothing is left out of it: gate, history, decision records and fsync are
on, and its engine works while orders come in.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench import install, load, orders
from bench.processes import NotReady, Process, free_ports
from bench.sink import Sink
from bench.stacks import Stack
from regulars.base.postgres import Server

SCHEMES = install.HERE / "schemes"
SETTLE_SECONDS = 120.0

_LEFT = """
select (select count(*) from intake_pending) + (select count(*) from events_pending)
"""
_SHOWN = """
select (select count(*) from intake_delivery), (select count(*) from orders_order),
  (select count(*) from journeys_decision where jsonb_array_length(reasons) > 0),
  (select count(*) from outbox_message where why <> '{}'), (select count(*) from outbox_delivery),
  current_setting('fsync'), current_setting('synchronous_commit')
"""


class RegularsStack(Stack):
    """`regulars up` with its embedded PostgreSQL, one scheme, and the sink as its mail server."""

    name = "regulars"

    def __init__(self, sink: Sink, work: Path) -> None:
        super().__init__(sink, work)
        self.data = work / "data"
        self.web_port = free_ports(1)[0]
        self.up: Process | None = None
        self.headers: Mapping[str, str] = {}

    @property
    def env(self) -> dict[str, str]:
        """What every command of this installation is given."""
        return {"REGULARS_DATA": str(self.data), "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.smtp_port}"}

    def command(self, *arguments: str) -> str:
        """Run one `regulars` command on this installation; its standard output."""
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | self.env
        line = [_program(), *arguments]
        done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise NotReady(f"regulars {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    @property
    def port(self) -> int:
        return self.web_port

    def start(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.work.mkdir(parents=True, exist_ok=True)
        command = [_program(), "up", "--data", str(self.data), "--host", "127.0.0.1", "--port", str(self.web_port)]
        # An operator's own database is not for benches: it would be filled, and its disk is not the rivals' disk.
        self.up = Process(command, log=self.work / "up.log", env=self.env, unset=["DATABASE_URL"])
        self.up.wait_until(lambda: _ready(self.web_port), "/health/ready", 90)
        key = json.loads(self.command("key", "create", "bench", "--scope", "all", "--json"))["key"]
        self.headers = {**load.JSON, "Authorization": f"Bearer {key}"}
        self.command("scheme", "publish", str(SCHEMES / "letter.yaml"))

    def start_worker(self) -> None:
        """Part of the whole: `up` runs it and brings it back after a kill."""

    def stop_worker(self) -> None:
        """Part of the whole: it works as soon as orders come in."""

    def kill_worker_now(self) -> None:
        """Every role but the one that listens: they are forked from `up` and share its command line."""
        killed = 0
        for role in psutil.Process(self.pids()[0]).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if not role.name().startswith("postgres") and not self._listens(role):
                    role.kill()
                    killed += 1
        if not killed:
            raise NotReady("`regulars up` has no process beside the web: nothing was killed")

    def _listens(self, process: psutil.Process) -> bool:
        sockets = process.net_connections(kind="tcp")
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == self.web_port for each in sockets)

    def stop(self) -> None:
        if self.up is not None:
            self.up.end()
            self.up = None
        # `up` ends its server; one that it left behind, killed itself, is still ours to end.
        for pid in self._postgres():
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).name().startswith("postgres"):
                    psutil.Process(pid).send_signal(signal.SIGQUIT)

    def reset(self) -> None:
        self.stop()
        self.start()

    def make_orders(self, count: int) -> list[dict[str, Any]]:
        return orders.make(count, time_zone="UTC")

    def pick_due(self, lead_s: float) -> float:
        """A scheme's local hour is a whole minute: the first one that is far enough away, published as it is picked."""
        due = (int(time.time() + lead_s) // 60 + 1) * 60
        hour = datetime.fromtimestamp(due, UTC).strftime("%H:%M")
        text = (SCHEMES / "instant.yaml").read_text(encoding="utf-8")
        scheme = self.work / "instant.yaml"
        scheme.write_text(text.replace('"12:00 local"', f'"{hour} local"'), encoding="utf-8")
        self.command("scheme", "publish", str(scheme))
        return float(due)

    def single(self, order: dict[str, Any], due: float | None = None) -> load.Request:
        return load.Request("PUT", f"/api/v1/orders/{order['id']}", orders.body(order), self.headers)

    def batch(self, many: Sequence[dict[str, Any]], due: float | None = None) -> load.Request:
        return load.Request("POST", "/api/v1/orders:batch", orders.body(many), self.headers)

    def shown(self) -> str:
        """Counted in SQL: that nothing was left out of the figures."""
        deliveries, orders_, decisions, judged, attempts, fsync, commit = self._ask(_SHOWN)
        return (
            f"in SQL: {deliveries} deliveries, {orders_} orders, {decisions} decisions with reasons, {judged} letters "
            f"judged at the gate, {attempts} attempts recorded; fsync {fsync}, synchronous_commit {commit}"
        )

    def settle(self) -> None:
        """Until everything that was handed in has been taken in and waits in its scheme."""
        until = time.monotonic() + SETTLE_SECONDS
        while self._ask(_LEFT)[0]:
            if time.monotonic() > until:
                raise load.LoadFailed(f"what was handed in was not taken in within {SETTLE_SECONDS:g} s")
            time.sleep(0.2)
        time.sleep(5)

    def _ask(self, query: str) -> Sequence[Any]:
        with psycopg.connect(Server(self.data).dsn(), autocommit=True) as raw:
            row = raw.execute(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row

    def pids(self) -> Sequence[int]:
        if self.up is None:
            raise NotReady("regulars is not running")
        return [self.up.pid, *self._postgres()]

    def _postgres(self) -> list[int]:
        """The embedded server's first process, which may stand outside our process tree."""
        return [int(file.read_text().split("\n", 1)[0]) for file in self.data.rglob("postmaster.pid")]


def _program() -> str:
    """The `regulars` of the environment that runs the bench."""
    path = Path(sys.executable).with_name("regulars")
    if not path.exists():
        raise NotReady(f"{path} is missing: run `make setup`")
    return str(path)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
