"""The rivals: what a shop's developer would build instead, on Redis that appends to disk before it answers.

Small and honest: settings are those that the libraries' own guides name for work that must not be lost. The programs
themselves are in `rivals/`; this starts, resets, kills and ends them.
"""

import shutil
import signal
import subprocess
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bench import install, load, orders
from bench.processes import Process, free_ports
from bench.sink import Sink
from bench.stacks import Stack


class RedisStack(Stack):
    """A rival: Redis that appends to disk, a web process, a worker. `fsync` is Redis's `appendfsync`."""

    folder: ClassVar[Path]  # where its commands run
    worker_ready: ClassVar[str] = "worker ready"  # what the worker's log says when it is

    def __init__(self, sink: Sink, work: Path, fsync: str = "always") -> None:
        super().__init__(sink, work)
        self.fsync = fsync
        self.redis_port, self.api_port = free_ports(2)
        self.redis: Process | None = None
        self.api: Process | None = None
        self.worker: Process | None = None

    @abstractmethod
    def api_command(self) -> Sequence[str]:
        """What takes orders."""

    @abstractmethod
    def worker_command(self) -> Sequence[str]:
        """What mails them."""

    @property
    def env(self) -> Mapping[str, str]:
        """Environment of its processes."""
        return {
            "REDIS_PORT": str(self.redis_port),
            "API_PORT": str(self.api_port),
            "SMTP_PORT": str(self.sink.smtp_port),
            "LETTER_DIR": str(install.LETTER),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def port(self) -> int:
        return self.api_port

    def start(self) -> None:
        data = self.work / "redis"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        place = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(data)]
        durable = ["--save", "", "--appendonly", "yes", "--appendfsync", self.fsync]
        self.redis = Process([install.program("redis-server"), *place, *durable], log=self.work / "redis.log")
        self.redis.wait_port(self.redis_port)
        self.api = Process(self.api_command(), log=self.work / "api.log", cwd=self.folder, env=self.env)
        self.api.wait_port(self.api_port)
        # The port of a server with several workers opens before the last of them is ready.
        time.sleep(1)

    def start_worker(self) -> None:
        if self.worker is None:
            self.worker = Process(self.worker_command(), log=self.work / "worker.log", cwd=self.folder, env=self.env)
            self.worker.wait_log(self.worker_ready)

    def stop_worker(self) -> None:
        if self.worker is not None:
            self.worker.end()
            self.worker = None

    def kill_worker_now(self) -> None:
        if self.worker is not None:
            self.worker.end(signal.SIGKILL)
            self.worker = None

    def stop(self) -> None:
        # Redis last: the others would only fill their logs with lost connections.
        self.stop_worker()
        for process in (self.api, self.redis):
            if process is not None:
                process.end()
        self.api = self.redis = None

    def reset(self) -> None:
        self.stop_worker()  # it would keep what it has fetched
        flush = [install.program("redis-cli"), "-p", str(self.redis_port), "flushall"]
        subprocess.run(flush, check=True, stdout=subprocess.DEVNULL)

    def single(self, order: dict[str, Any], due: float | None = None) -> load.Request:
        return load.Request("PUT", f"/orders/{order['id']}{_due(due)}", orders.body(order))

    def batch(self, many: Sequence[dict[str, Any]], due: float | None = None) -> load.Request:
        return load.Request("POST", f"/orders{_due(due)}", orders.body(many))

    def pids(self) -> Sequence[int]:
        return [process.pid for process in (self.redis, self.api, self.worker) if process is not None]


def _due(due: float | None) -> str:
    return "" if due is None else f"?due={int(due * 1000)}"


class CeleryStack(RedisStack):
    """Starlette, Celery, smtplib: two web workers and four mailing processes, as two cores bear."""

    name = "celery"
    folder = install.HERE / "rivals" / "celery"

    def api_command(self) -> Sequence[str]:
        granian = str(install.CELERY_VENV / "bin" / "granian")
        where = ["--host", "127.0.0.1", "--port", str(self.api_port)]
        how = ["--interface", "asgi", "--workers", "2", "--no-ws", "--log-level", "warning"]
        return [granian, *how, *where, "app:web"]

    def worker_command(self) -> Sequence[str]:
        celery = str(install.CELERY_VENV / "bin" / "celery")
        lean = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return [celery, "-A", "app:celery", "worker", "-c", "4", "--loglevel", "WARNING", *lean]

    @property
    def env(self) -> Mapping[str, str]:
        return {**super().env, "C_FORCE_ROOT": "1"}


class BullmqStack(RedisStack):
    """Fastify, BullMQ, Nodemailer: one web process and one worker with twenty letters in flight."""

    name = "bullmq"
    folder = install.BULLMQ

    def api_command(self) -> Sequence[str]:
        return [install.program("node"), "api.mjs"]

    def worker_command(self) -> Sequence[str]:
        return [install.program("node"), "worker.mjs"]

    @property
    def env(self) -> Mapping[str, str]:
        return {**super().env, "CONCURRENCY": "20", "NODE_ENV": "production"}
