"""The bench of the backtest: that its small form runs, and comes to what its data say."""

import json
import os
import subprocess
import sys

import pytest

from tests.extent import WHOLE


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="what it measures has tests of its own: `make long`")
def test_a_small_history_is_measured() -> None:
    theirs = {"DATABASE_URL", "REGULARS_SECRET_KEY"}
    env = {name: value for name, value in os.environ.items() if name not in theirs}
    line = [sys.executable, "-m", "bench.backtest", "--orders", "1000", "--json"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(done.stdout)["orders"]
    assert (run["orders"], run["people"]) == (1000, 400)
    assert run["messages"] > 2000 and run["calls"] > 1000 and 0 < run["memory_mib"] < 1536
