"""The bench of the pages: what it finds on a page, what it calls a miss, and that a small filled shop answers them all."""

import json
import os
import subprocess
import sys

import pytest

from bench.pages import Look, Measured, render, ways
from bench.routes import OF_PLAYGROUNDS, pages
from tests.extent import WHOLE

LIST = """
<a href="?state=open&amp;after=MTIz">more</a> <a href="/tasks/?state=done">done</a> <a href="/orders/?q=1">elsewhere</a>
<form method="get"><select name="team"><option value="">all</option><option value="care">Care</option></select>
<input name="q" type="search"><input type="date" name="since"><button>Find</button></form>
<form method="post"><input name="note"></form>
"""


def test_a_page_shows_the_ways_to_itself() -> None:
    queries, texts = ways("/tasks/", LIST)
    assert queries == {"state=open&after=MTIz", "state=done", "team=care", "since=2025-06-01"}
    assert texts == {"q"}


def test_slow_heavy_and_broken_pages_are_misses() -> None:
    good = Measured("web:a", "", "/a/", 20, 99, 400, 200)
    slow = Measured("web:b", "", "/b/", 20, 101, 101, 200)
    broken = Measured("web:c", "", "/c/", 20, 20, 20, 500)
    file = Measured("web:d", "", "/d/", 900, 900, 900, 200, judged=False)
    assert [one.is_missed for one in (good, slow, broken, file)] == [False, True, True, False]
    looks = [Look("web:a", "/a/", 149, 999), Look("web:b", "/b/", 151, 10), Look("web:c", "/c/", 10, 1001)]
    assert [one.is_missed for one in looks] == [False, True, True]
    told = render([good, slow, broken, file], looks).splitlines()
    assert [line.split()[3] for line in told[1:5]] == ["web:b", "web:a", "web:c", "web:d"]
    assert told[1].endswith("MISS 200")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not WHOLE, reason="every page is opened by the crawl: `make long`")
def test_a_small_shop_is_filled_and_every_page_of_it_measured() -> None:
    theirs = {"DATABASE_URL", "REGULARS_SECRET_KEY"}
    env = {name: value for name, value in os.environ.items() if name not in theirs}
    line = [sys.executable, "-m", "bench.pages", "--rows", "600", "--quick", "--json"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert {one["route"] for one in found["pages"]} >= {route.name for route in pages()} - OF_PLAYGROUNDS
    assert [one for one in found["pages"] if one["status"] >= 400] == []
    assert len(found["looks"]) > 5
    assert all(one["kb"] > 1 and one["paint"] > 0 for one in found["looks"])
