"""The short form of `regulars chaos`: kills at eight failpoints; under changes of a live scheme; PostgreSQL stopped twice.

The whole (`make long`, REGULARS_WHOLE=on) kills at every failpoint, and at random. The points of letters, commands, promises and
holders each have a test of their own beside this one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.extent import WHOLE

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SHORT = 8


def chaos(*words: str) -> tuple[bool, str]:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REGULARS_SECRET_KEY")}
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", *words, "--json"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    print(done.stderr[-3000:])
    assert done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    return found["good"], found["line"]


@pytest.mark.timeout(420)
def test_kills_lose_nothing_double_no_advertisement_and_hide_nothing() -> None:
    good, line = chaos("kill", "--seed", "7", *([] if WHOLE else ["--runs", str(SHORT)]))
    print(line)
    assert good, line


@pytest.mark.timeout(420)
def test_kills_while_a_live_scheme_is_changed_and_paused_lose_nobody_and_send_nothing_twice_or_in_a_pause() -> None:
    good, line = chaos("kill", "--kind", "moves", "--seed", "7", *([] if WHOLE else ["--runs", "2"]))
    print(line)
    assert good, line


@pytest.mark.timeout(420)
def test_postgresql_stopped_at_once_is_survived_by_every_process() -> None:
    good, line = chaos("pg", "--runs", "5" if WHOLE else "2", "--seed", "7")
    print(line)
    assert good, line
