"""For commands that work on the data: the database reachable, Django ready, logs set.

If the installation's own PostgreSQL stands still (no `up` runs), it is started for the command and stopped after it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.base import environment, logs
from regulars.base.environment import Env
from regulars.base.loading import staying
from regulars.base.postgres import AlreadyRunning, Server, hold

if TYPE_CHECKING:
    from regulars.base.db import Cursor


def set_data(data: Path | None) -> None:
    """`--data DIR` wins over REGULARS_DATA."""
    if data is not None:
        os.environ["REGULARS_DATA"] = str(data.absolute())


@contextlib.contextmanager
def opened() -> Iterator[Env]:
    """The product ready for use within the block. EnvError: no database; PostgresError: it cannot start."""
    env = environment.load()
    env.require_database()
    env.require_secret_key()
    logs.configure(env.log_format)
    with contextlib.ExitStack() as stack:
        if env.embedded:
            stack.enter_context(_running(env.data_dir))
        load()
        yield env


def load() -> None:
    """The product's code ready in this process, for commands that need no data."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
    import django

    with staying():
        django.setup()


@contextlib.contextmanager
def _running(data_dir: Path) -> Iterator[None]:
    server = Server(data_dir)
    if server.is_running():
        yield
        return
    try:
        with hold(data_dir):
            server.start()
            try:
                yield
            finally:
                server.stop()
    except AlreadyRunning:
        # An `up` is just starting: its server is the one to wait for.
        server.start()
        yield


def shop_id(cur: "Cursor", slug: str | None) -> int:
    """The shop that a command means: the one named, or the only one.

    Raises CommandFailed when there is none, or several and none is named.
    """
    from regulars.cli.errors import CommandFailed
    from regulars.shop import queries

    shops = queries.shops(cur)
    chosen = [s for s in shops if slug is None or s.slug == slug]
    if len(chosen) == 1:
        return chosen[0].id
    if not shops:
        raise CommandFailed("there is no shop yet; `regulars up` makes the first one")
    names = ", ".join(s.slug for s in shops)
    raise CommandFailed(
        f"name the shop with --shop: {names}" if not chosen or slug is None else f"no shop {slug}: {names}"
    )
