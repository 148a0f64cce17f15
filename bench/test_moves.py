"""The measurement of a move in a short form: every timer is met, and the numbers are right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_small_move_is_measured() -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REGULARS_SECRET_KEY")}
    words = ["--people", "600", "--rate", "20", "--mode", "anew", "--lead", "1", "--most", "10000", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.moves", *words],
        cwd=Path(__file__).parents[1],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["timers"] > 10 and found["numbers_wrong"] == 0
