"""The embedded PostgreSQL comes up by itself whatever happened before, and lets nobody else in (F6, F11)."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import psutil
import psycopg
import pytest

from regulars.base import postgres
from regulars.base.postgres import AlreadyRunning, Server, binaries, install, postmaster, record

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    yield made
    made.destroy()


def ask(url: str, query: str, *parameters: object) -> object:
    with contextlib.closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as connection:
        cursor = connection.execute(query, parameters)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def keep_a_row(server: Server) -> None:
    ask(server.dsn(), "CREATE TABLE kept (word text)")
    ask(server.dsn(), "INSERT INTO kept VALUES ('durable')")


def the_row(server: Server) -> object:
    return ask(server.dsn(), "SELECT word FROM kept")


def test_first_start_makes_a_database_whose_owner_is_no_superuser(server: Server) -> None:
    url = server.start()
    assert (
        ask(url, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") is False
    )
    assert ask(url, "SELECT lower('ЁЛКА')") == "ёлка"
    assert ask(url, "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name = ANY(%s)", DURABLE) == (
        "on on on"
    )
    assert ask(url, "SHOW listen_addresses") == ""


DURABLE = ["fsync", "full_page_writes", "synchronous_commit"]


def test_only_the_owner_can_read_what_is_kept(server: Server) -> None:
    server.start()
    found = server.record()
    for path, mode in (
        (server.data_dir / record.FILE_NAME, 0o600),
        (server.log_path, 0o600),
        (Path(found.home), 0o700),
        (found.cluster, 0o700),
        (Path(found.socket_dir), 0o700),
    ):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path
    assert not list(Path(found.home).glob(".password*"))
    assert len(os.fsencode(found.socket_dir)) + len("/.s.PGSQL.5432") <= 100


def test_a_start_finds_the_running_server_and_leaves_it(server: Server) -> None:
    server.start()
    first = postmaster.find(server.record().cluster)
    Server(server.data_dir).start()
    assert first is not None
    assert postmaster.find(server.record().cluster) == first


def test_three_processes_that_start_at_once_share_one_server(server: Server) -> None:
    program = "import sys; from regulars.base.postgres import ensure_running; print(ensure_running(sys.argv[1]))"
    starters = [
        subprocess.Popen([sys.executable, "-c", program, str(server.data_dir)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    urls = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert urls == {server.dsn()}
    assert ask(server.dsn(), "SELECT 1") == 1


@pytest.mark.parametrize("end", [Server.kill, Server.immediate_stop], ids=["kill -9", "immediate stop"])
def test_what_was_committed_is_there_after_a_crash_five_times_running(
    server: Server, end: Callable[[Server], None]
) -> None:
    server.start()
    keep_a_row(server)
    for _ in range(5):
        end(server)
        server.start()
        assert the_row(server) == "durable"


def test_killing_all_its_processes_at_once_is_survived(server: Server) -> None:
    server.start()
    keep_a_row(server)
    found = postmaster.find(server.record().cluster)
    assert found is not None
    for process in [found, *found.children()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    server.start()
    assert the_row(server) == "durable"


@pytest.mark.parametrize("left", ["{ours}\n", "", "garbage\n", "999999999\n"], ids=["reused", "empty", "torn", "free"])
def test_a_stale_postmaster_pid_is_seen_through(server: Server, left: str) -> None:
    server.start()
    keep_a_row(server)
    pid_file = server.record().cluster / "postmaster.pid"
    rest = pid_file.read_text().split("\n", 1)[1]
    server.kill()
    # Our own number: a living process of somebody who is no PostgreSQL.
    text = left.format(ours=os.getpid())
    pid_file.write_text(text + (rest if text.strip() else ""))
    server.start()
    assert the_row(server) == "durable"


def test_a_backend_that_outlives_its_postmaster_does_not_hinder_the_next_start(server: Server) -> None:
    server.start()
    keep_a_row(server)
    with contextlib.closing(psycopg.connect(server.dsn())) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.suspend()
        server.kill()
        assert backend.is_running()
        server.start()
    assert the_row(server) == "durable"


def test_a_long_recovery_is_waited_for_and_explained(server: Server) -> None:
    server.start()
    keep_a_row(server)
    cluster = server.record().cluster
    server.immediate_stop()
    (cluster / "recovery.signal").touch(mode=0o600)
    owner = cluster.stat()
    os.chown(cluster / "recovery.signal", owner.st_uid, owner.st_gid)
    with (cluster / "postgresql.local.conf").open("a") as file:
        file.write("restore_command = 'sleep 4; false'\n")
    said: list[str] = []
    began = time.monotonic()
    Server(server.data_dir, said.append).start()
    assert time.monotonic() - began > 3
    assert any("recovering" in line for line in said)
    assert the_row(server) == "durable"


def test_the_first_start_goes_on_where_it_was_cut_off(server: Server) -> None:
    server.data_dir.mkdir()
    made = install.install(server.data_dir)
    (Path(made.home) / "cluster.partial").mkdir()
    (Path(made.home) / "cluster.partial" / "half").touch()
    server.start()
    server.stop()
    record.save(server.data_dir, made)
    assert not made.ready
    assert ask(server.start(), "SELECT current_user") == "regulars"


@needs_root
def test_a_data_folder_removed_by_hand_leaves_no_running_server_and_says_what_is_left(server: Server) -> None:
    server.start()
    old = server.record()
    shutil.rmtree(server.data_dir)
    said: list[str] = []
    try:
        assert Server(server.data_dir, said.append).start() != old.dsn()
        assert any(old.home in line for line in said)
        postmaster_of_old = postmaster.find(old.cluster)
        if postmaster_of_old is not None:
            postmaster_of_old.wait(10)
    finally:
        shutil.rmtree(old.home)


def test_a_folder_with_a_database_but_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(postgres.PostgresError, match="put that file back"):
        Server(tmp_path).start()


def test_a_server_that_cannot_start_says_why(server: Server) -> None:
    server.start()
    server.stop()
    with (server.record().cluster / "postgresql.local.conf").open("a") as file:
        file.write("max_connections = plenty\n")
    with pytest.raises(postgres.PostgresError, match="did not start"):
        server.start()


def test_stopping_is_quick_though_a_session_is_in_a_transaction(server: Server) -> None:
    server.start()
    with contextlib.closing(psycopg.connect(server.dsn())) as connection:
        connection.execute("SELECT 1")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
    assert server.state() == "stopped"


def test_the_log_holds_nothing_that_a_statement_carried(server: Server) -> None:
    url = server.start()
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CREATE TABLE people (email text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('anna@example.test')")
        for query, parameters in (
            ("INSERT INTO people VALUES (%s)", ["anna@example.test"]),
            ("SELECT 'anna@example.test'::int", []),
            ("SELECT anna@example.test", []),
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(query, parameters)
    server.stop()
    assert "anna" not in server.log_path.read_text()


def test_the_log_stays_bounded_while_the_server_writes_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start()
    monkeypatch.setattr("regulars.base.postgres.server.LOG_BYTES_MAX", 10)
    server.trim_log()
    assert server.log_path.stat().st_size == 0
    assert "ready to accept" in server.log_path.with_suffix(".log.1").read_text()
    server.stop()
    # The very last line, "database system is shut down", comes after the lock file by which `stop` knows the end.
    assert "received fast shutdown request" in server.log_path.read_text()


def test_one_up_a_data_folder(tmp_path: Path) -> None:
    with (
        postgres.hold(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
        postgres.hold(tmp_path),
    ):
        pass
    with postgres.hold(tmp_path):
        pass


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    program = "import sys, time; from pathlib import Path; from regulars.base.postgres import hold\n"
    program += "with hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning), postgres.hold(tmp_path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with postgres.hold(tmp_path):
        pass


def as_nobody(task: Callable[[], object]) -> object:
    """What `task` gives, or the name of what it raises, when another user of this machine runs it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        try:
            answer = task()
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        answer = json.load(file)
    os.waitpid(pid, 0)
    return answer


@needs_root
def test_another_user_of_the_machine_is_denied(server: Server) -> None:
    url = server.start()
    superuser_url, found = server.superuser_dsn(), server.record()
    for attempt in (url, superuser_url):
        answer = as_nobody(lambda attempt=attempt: ask(attempt, "SELECT 1"))  # type: ignore[misc]
        assert "OperationalError" in str(answer)
        assert "Permission denied" in str(answer)
    for path in (server.data_dir / record.FILE_NAME, found.cluster / "PG_VERSION"):
        assert "PermissionError" in str(as_nobody(lambda path=path: path.read_text()))  # type: ignore[misc]


def test_a_password_is_asked_even_of_the_owner(server: Server) -> None:
    url = server.start()
    password = server.record().password
    with pytest.raises(psycopg.OperationalError, match=r"password|fe_sendauth"):
        ask(url.replace(f":{password}@", "@"), "SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(url.replace(password, "guess"), "SELECT 1")


@needs_root
def test_an_ordinary_user_needs_no_system_folder() -> None:
    # Not pytest's own folder: it is closed to others.
    folder = Path(mkdtemp(prefix="regulars-ordinary-"))
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data_dir = folder / ("Long" * 20)

    def live() -> object:
        server = Server(data_dir)
        answer = ask(server.start(), "SELECT current_user")
        home = server.record().home
        server.stop()
        server.start()
        server.destroy()
        return [answer, home]

    try:
        assert as_nobody(live) == ["regulars", str(data_dir / "postgres")]
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_a_new_major_version_takes_the_data_over(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    both = binaries.in_wheel()
    old = [found for found in both if found.major < both[0].major]
    if not old:
        pytest.skip("LOUD: this wheel carries one major version only, the upgrade is not tested")
    monkeypatch.setattr(binaries, "in_wheel", lambda: old)
    monkeypatch.setattr(binaries, "wheel_version", lambda: "before")
    # The old version has no built-in locale provider.
    monkeypatch.setattr(install, "_locale", lambda: ["--locale=C.UTF-8"])
    server.start()
    keep_a_row(server)
    server.stop()
    monkeypatch.undo()
    said: list[str] = []
    upgraded = Server(server.data_dir, said.append)
    upgraded.start()
    assert the_row(upgraded) == "durable"
    assert str(ask(upgraded.dsn(), "SHOW server_version")).startswith(str(both[0].major))
    assert any("moving the database" in line for line in said)
    assert (Path(upgraded.record().home) / f"cluster-{old[0].major}").is_dir()
