"""Folders and the system user of the embedded server: who owns the cluster, and where its socket may be.

PostgreSQL refuses to run as root. When root starts us, programs and cluster live under /var/lib/regulars and belong
to a system user of their own; nobody else's folder is ever opened for that. Otherwise everything stays in the data
folder.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from regulars.base.postgres.errors import PostgresError
from regulars.base.postgres.record import PORT

SYSTEM_HOME = Path("/var/lib/regulars")
SYSTEM_USER = "regulars-pg"
MAX_SOCKET_PATH_BYTES = 100
"""A socket's path has room for 107 bytes on Linux and 103 on macOS."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that the server runs as."""

    uid: int
    gid: int

    def switch(self) -> dict[str, object]:
        """The arguments of subprocess that make a program run as this user, if it isn't us already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Gives a file or folder of ours to this user."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)


def owner_of(path: Path) -> Owner:
    """The server runs as whoever owns its cluster."""
    status = path.stat()
    return Owner(status.st_uid, status.st_gid)


def new_home(data_dir: Path) -> Path:
    """Makes the folder for a new cluster, 0700, owned by the user that the server will run as."""
    if os.geteuid() != 0:
        home = data_dir / "postgres"
        home.mkdir(mode=0o700, exist_ok=True)
        home.chmod(0o700)
        return home
    owner = system_user()
    make_system_home()
    # A suffix by chance: a data folder that was thrown away and made anew must never meet the old cluster.
    home = SYSTEM_HOME / f"{_digest(data_dir)}-{secrets.token_hex(3)}"
    home.mkdir(mode=0o700)
    owner.take(home)
    return home


def abandoned_homes(data_dir: Path, home: Path) -> list[Path]:
    """Homes of clusters that this data folder had before somebody removed it by hand; only root's stand outside of it."""
    if home.parent != SYSTEM_HOME:
        return []
    return sorted(found for found in SYSTEM_HOME.glob(f"{_digest(data_dir)}-*") if found != home)


def programs_folder(home: Path) -> Path:
    """Where the PostgreSQL programs are kept that serve the cluster in `home`."""
    return SYSTEM_HOME if home.parent == SYSTEM_HOME else home


def make_system_home() -> None:
    """The folder of everything that root's installations own; others may pass through, not write."""
    SYSTEM_HOME.mkdir(mode=0o755, exist_ok=True)
    status = SYSTEM_HOME.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0:
        raise PostgresError(f"{SYSTEM_HOME} is not a folder of root's; move it away or set DATABASE_URL")
    SYSTEM_HOME.chmod(0o755)


def system_user() -> Owner:
    """The system user for servers that root starts; made if it is missing."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_system_user()
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError as error:
            raise PostgresError(_NO_USER) from error
    return Owner(entry.pw_uid, entry.pw_gid)


_NO_USER = (
    f"PostgreSQL does not run as root and the system user {SYSTEM_USER} cannot be made; "
    f"run regulars as an ordinary user, make the user by hand, or set DATABASE_URL"
)


def _add_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise PostgresError(_NO_USER)
    options = ["--system", "--user-group", "--no-create-home", "--home-dir=/nonexistent", "--shell=/usr/sbin/nologin"]
    subprocess.run(  # noqa: S603 - the system's own program
        [useradd, *options, SYSTEM_USER],
        capture_output=True,
        check=False,
        timeout=60,
    )


def socket_folder(home: Path) -> Path:
    """A 0700 folder for the socket whose path is short enough, owned by the cluster's owner.

    Beside the cluster if that is short enough, else under XDG_RUNTIME_DIR or /tmp by a name made of the cluster's path.
    """
    owner = owner_of(home)
    beside = home / "socket"
    if _fits(beside):
        return _private_folder(beside, owner)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    bases = [Path(runtime)] if runtime and owner.uid == os.geteuid() else []
    for base in [*bases, Path("/tmp")]:  # noqa: S108 - the folder in it is checked for owner and mode
        folder = base / f"regulars-{owner.uid}-{_digest(home)}"
        if base.is_dir() and _fits(folder):
            return _private_folder(folder, owner)
    raise PostgresError("no folder with a short enough path for PostgreSQL's socket; give --data a shorter path")


def _private_folder(folder: Path, owner: Owner) -> Path:
    try:
        folder.mkdir(mode=0o700)
        owner.take(folder)
    except FileExistsError:
        pass
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner.uid:
        raise PostgresError(f"{folder} belongs to somebody else; remove it, it is needed for PostgreSQL's socket")
    if stat.S_IMODE(status.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def _fits(folder: Path) -> bool:
    # No capitals either: the path stands as the host in database URLs, and many parsers lower-case hosts.
    text = str(folder)
    return (
        len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= MAX_SOCKET_PATH_BYTES
        and text.isascii()
        and text == text.lower()
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
