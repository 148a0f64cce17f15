"""Who runs an installation: one `up` a data folder, held by a lock that ends with the process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from regulars.base.postgres.errors import PostgresError

LOCK_NAME = "up.lock"


class AlreadyRunning(PostgresError):
    """Another `up` holds this data folder."""


@contextlib.contextmanager
def hold(data_dir: Path) -> Iterator[int]:
    """Holds the data folder for one `up`; AlreadyRunning if somebody else does.

    Yields the lock's file descriptor: children that are forked must close it, or the lock would outlive its holder in
    them.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise PostgresError(f"{data_dir} belongs to another user; run regulars as the user who started it") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise AlreadyRunning(
                f"regulars already runs on {data_dir} (process {holder}); stop it first or give another --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
