"""The bench of segments: what it calls a miss, and that a small shop goes through all of it."""

import json
import os
import subprocess
import sys

import pytest

from bench.segments import CONDITIONS, is_missed, render
from tests.extent import WHOLE


def _found(median: float, noticed: float) -> dict[str, object]:
    row = {"name": "all", "condition": "", "count": 3, "best_s": 0.1, "median_s": median, "cpu_s": 0.1}
    sizes = {"people": 10, "events": 20, "orders": 5, "members": 3, "rows": 4, "filled_s": 1.0, "kept_per_s": 100.0}
    return {"counts": [row], "noticed_s": noticed, **sizes}


def test_a_slow_count_and_a_late_notice_are_misses() -> None:
    assert [is_missed(_found(*found)) for found in ((0.9, 1.0), (1.1, 1.0), (0.9, 11.0))] == [False, True, True]
    assert "MISS" in render(_found(1.1, 1.0)) and "MISS" not in render(_found(0.9, 1.0))


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="what it counts has tests of its own: `make long`")
def test_a_small_shop_goes_through_all_of_it() -> None:
    """Only what does not depend on the machine is asserted."""
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REGULARS_SECRET_KEY"}}
    line = [sys.executable, "-m", "bench.segments", "--people", "2000", "--json"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["people"] == 2000 and len(found["counts"]) == len(CONDITIONS)
    assert any(row["count"] for row in found["counts"]) and found["members"] > 0
