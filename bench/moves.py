"""Publishing a change while a million people are inside: how late other people's timers become meanwhile.

The engine's own loops (conductor, moves, numbers) run as in the product, on a throw-away PostgreSQL. `--people` stand at a
step whose wait the new version changes; `stay`: they are moved to the same step, `anew`: to another, which each has to
enter. Beside them `--rate` timers a second run out. Lateness is machine time from due to the record of the decision.
"""

import argparse
import json
import statistics
import sys
import threading
import time
from datetime import timedelta
from typing import Any

from bench.engine import _durable, _fill, _now, _world

OLD = """
scheme: bench
title: Bench
per: person
starts: x.go
steps:
  a: {wait: 30d}
  b: {wait: 30d}
"""
NEW = OLD.replace("a: {wait: 30d}", "a: {wait: 25d}").replace("b:", "c: {wait: 10d}\n  b:")
OTHER = OLD.replace("scheme: bench", "scheme: other")
LEAD_SECONDS = 3.0
"""The first timers run out so long before the change is published."""


def measure(people: int, rate: int, mode: str, lead: float = LEAD_SECONDS) -> dict[str, Any]:
    """Publish under `people`, move them all, and say how late the timers were."""
    with _world() as (raw, shop, _version):
        from regulars.base import clock, db
        from regulars.base.actor import SYSTEM
        from regulars.journeys import actions, conductor, counts, move_actions, moving, post
        from regulars.worker.loop import UNHURRIED, Loop

        with db.transaction_on(raw) as cur:
            cur.execute("set local statement_timeout = 0")
            old = actions.publish(cur, shop, OLD, SYSTEM, clock.now_from(cur))
            other = actions.publish(cur, shop, OTHER, SYSTEM, clock.now_from(cur))
        raw.execute("set statement_timeout = 0")
        now = _now(raw)
        for _ in range(0, people, 100_000):
            _fill(raw, shop, old, min(people, 100_000), now + timedelta(days=30), timedelta(0), now)
        while counts.fold_once(raw):
            pass
        for table in ("events_mailbox", "journeys_enrolment", "journeys_count_delta"):
            raw.execute(f"vacuum analyze {table}")
        seconds = max(20, people // 2000)
        now = _now(raw)
        _fill(raw, shop, other, rate * seconds, now + timedelta(seconds=lead), timedelta(seconds=1 / rate), now)
        stop = threading.Event()
        loops = [
            Loop("bench conductor", conductor.run_once, post.due_in),
            Loop("bench moves", moving.work_once, longest=UNHURRIED),
            Loop("bench numbers", counts.fold_once, longest=UNHURRIED),
        ]
        threads = [threading.Thread(target=loop.run, args=(stop,)) for loop in loops]
        for thread in threads:
            thread.start()
        time.sleep(lead * 2)
        began = time.perf_counter()
        with db.transaction_on(raw) as cur:
            new = actions.publish(cur, shop, NEW, SYSTEM, clock.now_from(cur))
            to = "a" if mode == "stay" else "c"
            rule = moving.Rule(old.version_id, "a", moving.MOVE, to)
            move_actions.begin(cur, shop, new.scheme_id, new.version_id, [rule], SYSTEM, clock.now_from(cur))
        published = time.perf_counter() - began
        for loop in loops:
            loop.wake.set()
        moved = _wait_done(raw)
        time.sleep(1)
        stop.set()
        for loop, thread in zip(loops, threads, strict=True):
            loop.wake.set()
            thread.join()
        late = sorted(r[0] * 1000 for r in raw.execute(_LATE, (other.version_id,)))
        return {
            "mode": mode,
            "people": people,
            "publish_ms": round(published * 1000),
            "move_s": round(moved, 1),
            "moved_per_s": round(people / moved),
            "timers": len(late),
            "p50_ms": round(statistics.median(late), 1),
            "p99_ms": round(late[int(len(late) * 0.99)], 1),
            "max_ms": round(late[-1], 1),
            "numbers_wrong": _wrong(raw),
            **_durable(raw),
        }


_LATE = """
select extract(epoch from d.recorded_at - d.at)::float8
  + extract(epoch from d.at - (d.reasons->0->'params'->>'until')::timestamptz)::float8
from journeys_decision d where d.happening = 'due' and d.version_id = %s
"""


def _wait_done(raw: Any) -> float:
    began = time.perf_counter()
    while raw.execute("select count(*) from journeys_move where state = 'running'").fetchone()[0]:
        time.sleep(0.25)
    return time.perf_counter() - began


def _wrong(raw: Any) -> int:
    from regulars.base import db
    from regulars.journeys import counts

    with db.transaction_on(raw) as cur:
        return len(counts.differences(cur))


def main(arguments: list[str]) -> int:
    """Measure; exit code 1 when a timer was more than `--most` ms late, or a number is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--most", type=float, default=2000)
    parser.add_argument("--mode", choices=["stay", "anew"], default="stay")
    parser.add_argument("--lead", type=float, default=LEAD_SECONDS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found = measure(given.people, given.rate, given.mode, given.lead)
    print(json.dumps(found) if given.json else "  ".join(f"{k} {v}" for k, v in found.items()), flush=True)
    return int(found["max_ms"] > given.most or bool(found["numbers_wrong"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
