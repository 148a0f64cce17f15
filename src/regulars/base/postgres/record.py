"""`postgres.json` in the data folder: where this installation's embedded server is, and how to log in to it.

Every command finds the server by it. It holds passwords, so it is 0600 and is never logged.
"""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from regulars.base.postgres.errors import PostgresError

FILE_NAME = "postgres.json"
PORT = 5432
DATABASE = "regulars"
ROLE = "regulars"
SUPERUSER = "postgres"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of the embedded server of one data folder."""

    home: str
    """The folder that holds `cluster`; ours alone (0700)."""
    socket_dir: str
    binaries: str
    version: str
    wheel: str
    password: str
    superuser_password: str
    ready: bool = False
    """False until the application's role and database exist: an interrupted first start goes on from there."""

    @property
    def cluster(self) -> Path:
        return Path(self.home) / "cluster"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def dsn(self, database: str = DATABASE) -> str:
        """The URL by which the application logs in; its role owns the database and is no superuser."""
        return _url(ROLE, self.password, self.socket_dir, database)

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The URL for the installer's own work: roles, upgrades, test databases."""
        return _url(SUPERUSER, self.superuser_password, self.socket_dir, database)


def _url(role: str, password: str, socket_dir: str, database: str) -> str:
    # The form that libpq and Django's URL parser both read: the socket's folder, percent-encoded, as the host.
    host, name = quote(socket_dir, safe=""), quote(database, safe="")
    return f"postgresql://{role}:{quote(password, safe='')}@{host}:{PORT}/{name}"


def load(data_dir: Path) -> Record | None:
    """The record of this data folder, or None if it has no embedded server yet."""
    path = data_dir / FILE_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Record(**fields)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise PostgresError(f"{path} belongs to another user; run regulars as the user who started it first") from error
    except (ValueError, TypeError) as error:
        raise PostgresError(f"{path} is damaged; restore it from a backup, the database itself is untouched") from error


def save(data_dir: Path, record: Record) -> None:
    """Writes the record whole or not at all; only its owner can read it."""
    write_private(data_dir / FILE_NAME, json.dumps(dataclasses.asdict(record), indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """A file that only its owner can read, on disk before it gets its name."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
