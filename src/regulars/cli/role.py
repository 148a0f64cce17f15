"""One process role in the foreground, against DATABASE_URL or a running `up`'s own PostgreSQL."""

import importlib
import os
import signal
import sys

from regulars.base import environment, logs
from regulars.cli.errors import CommandFailed


def run(role: str, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Runs the role until SIGTERM or Ctrl-C, and ends the process. EnvError without a database or key; CommandFailed if
    it is too old."""
    env = environment.load()
    env.require_database()
    env.require_secret_key()
    logs.configure(env.log_format)
    roles = importlib.import_module("regulars.worker.roles")
    if role != "web":
        # Threads that start from here on must not die of the signals that end the role in its own time.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    roles.start_django()
    pending = importlib.import_module("regulars.worker.migrate").pending()
    if pending:
        raise CommandFailed(f"the database lacks {len(pending)} migrations of this version; run `regulars migrate`")
    # The web role's server forks: a pool made before has its threads in the parent, and would hand out no connection.
    importlib.import_module("django.db").connection.close_pool()
    roles.run(role, roles.Address(host, port))
    # The role has closed what it held. Python's own tidying would take a second, much more beside busy neighbours.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
