"""The watch over promises killed at every point: each buyer is warned once, each task is there once, nothing is lost."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.effects.danger import watch_once
from regulars.promises import actions
from regulars.promises.actions import NewPromise
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

POINTS = ["promises.claimed", "promises.acted", "promises.before_commit", "promises.after_commit"]
EACH = 5
WATCH = """
import django
django.setup()
from regulars.base import db
from regulars.effects.danger import watch_once
watch_once(db.loop_connection("killed"))
"""


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with contextlib.closing(db.loop_connection("test")) as raw:
        yield World(raw)


def killed(database: str, point: str, mark: Path) -> int:
    """A watch in a process of its own that dies there; how it ended."""
    environment = {
        **os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "regulars.project.settings",
        "REGULARS_FAILPOINTS": "on", "REGULARS_FAILPOINT": f"{point}:kill", "REGULARS_FAILPOINT_MARK": str(mark),
    }  # fmt: skip
    return subprocess.run([sys.executable, "-c", WATCH], env=environment, timeout=120, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_watch_warns_nobody_twice_and_forgets_nobody(
    database: str, world: World, point: str, tmp_path: Path
) -> None:
    outbox = Outbox(world)
    new = [
        NewPromise(f"k{n}", world.person(), kind, world.now.replace(hour=13), False)
        for n, kind in enumerate(("call", "ship", "delivery", "answer", "call"))
    ]
    with world.writing() as cur:
        actions.make(cur, world.shop_id, new, SYSTEM, world.now)
    world.later(minutes=50)
    assert killed(database, point, tmp_path / "mark") == -signal.SIGKILL
    assert (tmp_path / "mark").read_text().startswith(f"{point}:kill")
    while watch_once(world.raw):
        pass
    while outbox.gate().due:
        pass
    sent = world.rows(
        "select m.person_id, count(*) from outbox_message m where m.part = 'warning' and m.state = 'sent' group by 1"
    )
    tasks = world.rows("select promise_id, count(*) from desk_task where kind = 'promise' group by 1")
    assert len(sent) == len(tasks) == EACH and all(n == 1 for _, n in [*sent, *tasks])
    assert world.rows("select distinct state from promises_promise") == [("warned",)]
    events = world.rows(
        "select kind, count(*) from events_event where kind in ('promise.endangered', 'promise.warned') group by 1"
    )
    assert dict(events) == {"promise.endangered": EACH, "promise.warned": EACH}
