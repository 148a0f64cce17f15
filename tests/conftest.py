"""The database of the tests: DATABASE_URL if it is set, else an embedded server of our own, one a session.

Worker processes (pytest-xdist) inherit the controller's server through DATABASE_URL; each has a test database of its
own on it.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
import pytest_django

from regulars.base.loading import staying
from regulars.base.postgres import Server
from tests.emptying import Untouched, look
from tests.examples import load_profile

PURE = {"core", "rules", "architecture", "channels", "talks"}
"""Folders of tests that need no database; a run of these alone starts none."""
WHOLE = {
    "test_up.py", "test_story.py", "test_chaos.py", "test_embedded_postgres.py", "test_outbox_kills.py",
    "test_feed_command.py", "test_flood.py", "test_promise_kills.py", "test_command_kills.py",
    "test_holder_kills.py", "test_clock_kills.py",
}  # fmt: skip
"""Files whose tests run processes of their own."""
TIMED = {"test_demo.py", "test_flood.py", "test_history_import.py"}
"""Files whose tests hold to a time or a cost."""
SESSIONS = Path(tempfile.gettempdir()) / f"regulars-tests-{os.getuid()}"

Keeper = psycopg.Connection[tuple[object, ...]]

_server = pytest.StashKey[Server]()
_ready: list[tuple[str, Untouched]] = []
"""Databases of this process that wait for their next use, by name."""


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("REGULARS_SECRET_KEY", secrets.token_urlsafe(48))
    load_profile()
    if not hasattr(config, "workerinput"):
        os.environ["REGULARS_TEST_RUN"] = secrets.token_hex(4)
        os.environ["REGULARS_TEST_SESSION"] = str(SESSIONS / str(os.getpid()))
        _sweep()
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL") or _needs_none(config):
        return
    server = Server(SESSIONS / str(os.getpid()))
    os.environ["DATABASE_URL"] = server.start()
    config.stash[_server] = server
    with contextlib.closing(psycopg.connect(server.superuser_dsn(), autocommit=True)) as connection:
        connection.execute("ALTER ROLE regulars CREATEDB")
        connection.execute("GRANT CONNECT ON DATABASE postgres TO regulars")
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO regulars")  # emptying.py
        # A throw-away server has nothing to lose.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        # A worker of autovacuum belongs to the superuser, and a database in which one is at work can't be dropped.
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All files of tests are loaded here, by each worker process."""
    with staying():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start whole installations take seconds. Files with such tests come first: none of them is to be the last."""
    for item in items:
        if item.path.name in WHOLE:
            item.add_marker(pytest.mark.slow)
        if item.path.name in TIMED:
            item.add_marker(pytest.mark.timed)
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and os.environ.get("DATABASE_URL"):
        with _keeper() as keeper:
            _drop(keeper, f"{_prefix()}_template")
    server = config.stash.get(_server, None)
    if server is not None:
        os.environ.pop("DATABASE_URL", None)
    if not hasattr(config, "workerinput"):
        _remove(Path(os.environ["REGULARS_TEST_SESSION"]))


def _needs_none(config: pytest.Config) -> bool:
    tests = Path(__file__).parent
    for argument in config.args:
        path = Path(str(argument).split("::")[0]).absolute()
        if not path.is_relative_to(tests) or path == tests or path.relative_to(tests).parts[0] not in PURE:
            return False
    return True


def _sweep() -> None:
    """Removes the servers of sessions that were killed."""
    for folder in SESSIONS.glob("*"):
        if folder.name.isdigit() and not psutil.pid_exists(int(folder.name)):
            _remove(folder)


def _remove(session: Path) -> None:
    """All that a run of the tests has made: its own server, and the tables of its installations (installation.py)."""
    for data_dir in (session, session / "tables"):
        Server(data_dir).destroy()
    shutil.rmtree(session, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """A migrated database of this process's own; migrated once a session, copied for each worker process.

    Django's connection and the loops' own ones go to it.
    """
    template = f"{_prefix()}_template"
    name = f"{_prefix()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock(), _keeper() as keeper:
        with _one_at_a_time(keeper):
            if not keeper.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
                _migrated(keeper, template)
        _copy(keeper, template, name)
        with _pointed_at(name):
            django_db_blocker.restore()
            yield
            django_db_blocker.unblock()
        for used in [name, *(name for name, _ in _ready)]:
            _drop(keeper, used)


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[str]:
    """A fresh migrated database, whose commits are real; yields its URL.

    For whatever commits, or uses more than one connection. One is emptied and used again where that is possible.
    """
    with django_db_blocker.unblock(), fresh_database() as url:
        yield url


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """The same within a block, for fixtures that last longer than a test."""
    with _keeper() as keeper:
        if _ready:
            name, untouched = _ready.pop()
        else:
            name = f"{_prefix()}_{secrets.token_hex(4)}"
            _copy(keeper, f"{_prefix()}_template", name)
            untouched = look(on_database(os.environ["DATABASE_URL"], name))
        with _pointed_at(name) as url:
            yield url
        if untouched.restore(url):
            _ready.append((name, untouched))
        else:
            _drop(keeper, name)


def on_database(url: str, name: str) -> str:
    """The same server's URL for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _prefix() -> str:
    return f"test_regulars_{os.environ['REGULARS_TEST_RUN']}"


@contextlib.contextmanager
def _keeper() -> Iterator[Keeper]:
    url = on_database(os.environ["DATABASE_URL"], "postgres")
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        yield connection


@contextlib.contextmanager
def _one_at_a_time(keeper: Keeper) -> Iterator[None]:
    keeper.execute("SELECT pg_advisory_lock(hashtext(%s))", [_prefix()])
    yield
    keeper.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_prefix()])


def _migrated(keeper: Keeper, name: str) -> None:
    from regulars.worker import migrate

    keeper.execute(f'CREATE DATABASE "{name}"')
    try:
        with _pointed_at(name):
            migrate.apply()
    except BaseException:
        _drop(keeper, name)
        raise


def _copy(keeper: Keeper, template: str, name: str) -> None:
    keeper.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _drop(keeper: Keeper, name: str) -> None:
    for patience in range(50):
        try:
            keeper.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            # Somebody else's server: its autovacuum is done in a moment.
            if patience == 49:
                raise
            time.sleep(0.2)
        else:
            return


@contextlib.contextmanager
def _pointed_at(name: str) -> Iterator[str]:
    """Django's connection and the loops' go to this database within the block."""
    import dj_database_url
    from django.conf import settings
    from django.db import connection

    from regulars.base import clock

    def let_go() -> None:
        connection.close()
        connection.close_pool()
        clock.forget()

    url = on_database(os.environ["DATABASE_URL"], name)
    found = dj_database_url.parse(url)
    before, dsn_before = dict(connection.settings_dict), settings.REGULARS_DSN
    let_go()
    connection.settings_dict.update({key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    settings.REGULARS_DSN = url
    try:
        yield url
    finally:
        let_go()
        connection.settings_dict.update(before)
        settings.REGULARS_DSN = dsn_before
