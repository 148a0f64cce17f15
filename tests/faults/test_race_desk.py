"""Fifty operators at one queue: no task in two hands, none lost, each outcome once; and the oracle sees it when that fails.

The long form is `regulars race desk`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench import race_desk
from bench.race_desk import Told
from regulars.base import clock, db
from regulars.desk import actions
from regulars.desk.queries import TaskRow, task
from tests.apps.world import World


@pytest.fixture
def running(database: str) -> Iterator[World]:
    """The small shop, its clock running as everybody's does."""
    raw = db.loop_connection("test")
    world = World(raw)
    with world.writing() as cur:
        cur.execute("update base_clock set speed = 1")
    clock.forget()
    yield world
    raw.close()
    clock.forget()


def _race(world: World, operators: int, tasks: int, seconds: float) -> tuple[list[str], Told]:
    accounts, made = race_desk.prepare(world.shop_id, operators, tasks)
    told = race_desk.race(world.shop_id, accounts, made, seconds, seed=7)
    race_desk.settle_all(world.raw)
    return race_desk.verdict(world.raw, made, told), told


def test_fifty_operators_at_one_queue_lose_and_double_nothing(running: World) -> None:
    wrong, told = _race(running, 50, 300, 6)
    assert wrong == []
    assert len(told.finished) > 20 and any("taken" in name for name in told.counts), "they did meet"


def test_without_the_lock_the_oracle_sees_two_hands(running: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: claiming that reads without waiting for the person's mailbox and the task's row."""

    def unlocked(cur: db.Cursor, shop_id: int, task_id: int) -> TaskRow:
        found = task(cur, shop_id, task_id)
        cur.execute("select pg_sleep(0.005)")
        assert found is not None
        return found

    monkeypatch.setattr(actions, "locked", unlocked)
    wrong, _ = _race(running, 16, 40, 4)
    assert any("hands" in one or "outcome" in one for one in wrong)


@pytest.mark.slow
def test_the_command_makes_its_own_installation_and_says_how_it_went() -> None:
    theirs = {"DATABASE_URL", "REGULARS_SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    env = {name: value for name, value in os.environ.items() if name not in theirs}
    words = ["race", "desk", "--operators", "6", "--tasks", "60", "--seconds", "2", "--json"]
    line = [sys.executable, "-m", "regulars.cli.main", *words]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["good"] and "no task in two hands" in told["line"]
