"""A sender killed at every point of a command: nothing is lost, what may be repeated goes under one key, the rest is shown.

The oracle is the other side's own log, in a process of its own, and SQL.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.outbox import commands
from regulars.outbox.command_loop import HANDS
from tests.apps.outbox_world import until
from tests.apps.world import World
from tests.extent import WHOLE
from tests.sinks.called import Called, called

POINTS = [
    "commands.claimed",
    "commands.before_call",
    "commands.after_call",
    "commands.before_record_commit",
    "commands.after_record_commit",
]
SHORT = ["commands.claimed", "commands.after_call"]
"""In the suite; all points are in `make long`."""
EACH = 6
SENDER = """
import sys
from regulars.worker.roles import start_django
start_django()
from tests.faults.told import register
register()
from regulars.cli.main import main
sys.argv = ["regulars", "sender"]
main()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Called]:
    with called(tmp_path) as found:
        yield found


@contextlib.contextmanager
def sender(database: str, failpoint: str, mark: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`regulars sender` with kinds of the test's own."""
    environment = {**os.environ, "DATABASE_URL": database}
    environment.pop("EMAIL_URL", None)
    if failpoint:
        environment |= {
            "REGULARS_FAILPOINTS": "on",
            "REGULARS_FAILPOINT": failpoint,
            "REGULARS_FAILPOINT_MARK": str(mark),
        }
    process = subprocess.Popen([sys.executable, "-c", SENDER], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(15)


@pytest.mark.parametrize("point", POINTS if WHOLE else SHORT)
def test_a_killed_sender_loses_nothing_and_repeats_only_what_may_be(
    point: str, database: str, other: Called, tmp_path: Path
) -> None:
    with contextlib.closing(db.loop_connection("test")) as raw:
        world = World(raw)
        with world.writing() as cur:
            for n in range(EACH):
                for kind in ("test.tell", "test.once"):
                    payload = {"url": f"{other.url}/{kind}/{n}"}
                    commands.ask(
                        cur, world.shop_id, kind, f"{kind}:{n}", payload, SYSTEM, world.now, target=f"{kind}:{n}"
                    )
        with sender(database, f"{point}:kill:1", tmp_path / "mark") as killed:
            assert killed.wait(60) == -signal.SIGKILL
        assert (tmp_path / "mark").read_text().startswith(point)
        open_ = "select count(*) from outbox_command where state in ('queued', 'sending')"
        with sender(database, "", tmp_path / "mark"):
            until(lambda: world.one(open_) == 0, 60)
        states = dict(world.rows("select key, state from outbox_command"))
        assert world.one("select count(*) from base_process where role = 'commands'") == 0
    times = Counter(told["path"] for told in other.told())
    keys: dict[str, set[str]] = {}
    for told in other.told():
        keys.setdefault(told["path"], set()).add(told["headers"]["idempotency-key"])
    assert all(len(found) == 1 for found in keys.values())
    for n in range(EACH):
        assert states[f"test.tell:{n}"] == "done"
        assert times[f"/test.tell/{n}"] >= 1
        once = times[f"/test.once/{n}"]
        assert once <= 1, "done twice, though it may not be"
        assert states[f"test.once:{n}"] in ("done", "unknown")
        assert once == 1 or states[f"test.once:{n}"] == "unknown"
    assert sum(times.values()) - len(times) <= HANDS, "more was repeated than was on the wire"
