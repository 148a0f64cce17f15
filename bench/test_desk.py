"""The bench of the desk: what it calls a miss, and that a small shop goes through all of it."""

import json
import os
import subprocess
import sys

import pytest

from bench.desk import Figure, render
from tests.extent import WHOLE


def test_a_slow_deed_is_a_miss_and_the_statements_are_told() -> None:
    good = Figure("card", 100, 40, 99, 120, [(2, 0.5, "select 1"), (1, 3.0, "select 2")])
    slow = Figure("next task", 30, 10, 31, 40)
    assert [good.is_missed, slow.is_missed] == [False, True]
    told = render([good, slow]).splitlines()
    assert told[1].split()[0] == "card" and told[2].endswith("MISS")
    assert "card: 3 statements" in told and told[-1].endswith("select 2")


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="its stories and its statements have tests of their own: `make long`")
def test_a_small_desk_goes_through_all_of_it() -> None:
    """Only what does not depend on the machine is asserted: everything is measured, and a new order reaches every screen."""
    theirs = {"DATABASE_URL", "REGULARS_SECRET_KEY"}
    env = {name: value for name, value in os.environ.items() if name not in theirs}
    small = ["--rows", "2000", "--tasks", "1200", "--desks", "8", "--asked", "20", "--orders", "3", "--gap", "4"]
    line = [sys.executable, "-m", "bench.desk", *small, "--json"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["tasks"] == 1200
    names = [figure["name"] for figure in found["figures"]]
    assert names == ["next task", "card", "queue", "a new order on the last of 8 screens"]
    assert all(figure["p95"] > 0 for figure in found["figures"])
