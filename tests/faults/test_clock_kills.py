"""The loop that tells of days killed at its commits: nobody's day is told twice, nobody's is forgotten."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.base import db
from tests.apps.test_clocks import BIRTHDAY, at, born, date, run, started
from tests.apps.world import World

TURN = """
import django
django.setup()
from regulars.base import db
from regulars.journeys import clock_filling, clocks
raw = db.loop_connection("killed")
clocks.take_once(raw) or clock_filling.fill_once(raw)
"""


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with contextlib.closing(db.loop_connection("test")) as raw:
        yield World(raw)


def test_a_killed_loop_tells_nobody_twice_and_forgets_nobody(database: str, world: World, tmp_path: Path) -> None:
    for _ in range(20):
        born(world, date(1990, 4, 14))
    world.publish(BIRTHDAY)
    for point in ("clocks.slice_before_commit", "clocks.before_commit"):
        environment = {
            **os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "regulars.project.settings",
            "REGULARS_FAILPOINTS": "on", "REGULARS_FAILPOINT": f"{point}:kill",
            "REGULARS_FAILPOINT_MARK": str(tmp_path / point),
        }  # fmt: skip
        done = subprocess.run([sys.executable, "-c", TURN], env=environment, timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL and (tmp_path / point).exists()
        run(world)
        world.at(at("2026-04-07T10:00"))
    run(world)
    assert world.one("select count(*) from events_event where kind = 'date.reached'") == 20
    assert len(started(world)) == 20
