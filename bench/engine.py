"""The engine alone, on a throw-away PostgreSQL: due steps a second, and how late timers are.

`engine`: 20,000 persons due at once beside a million asleep, conducted by one worker to the last; whole transactions,
decision records counted in SQL. `sleepers`: the same in rounds, before and after ten million enrolments were laid to
sleep: what the sleepers cost. `timers`: 100 due a second for ten seconds among 100,000 asleep, conducted by the
engine's own loop; lateness is machine time from due to the record of the decision.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

SCHEME = """
scheme: bench
title: {en: Bench, ru: Замер}
per: person
starts: x.go
steps:
  a: {wait: 1d}
  b:
    if: person.language == 'en'
    yes: c
    no: c
  c: {wait: 30d}
"""


@contextlib.contextmanager
def _world() -> Iterator[tuple[Any, int, Any]]:
    """A migrated database of its own: (connection, shop, published version)."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    from regulars.base.postgres import Server

    server = Server(folder / "data")
    os.environ |= {"DATABASE_URL": server.start(), "REGULARS_DATA": str(folder / "data")}
    try:
        from regulars.worker import migrate, roles

        roles.start_django()
        migrate.apply()
        with psycopg.connect(server.superuser_dsn(), autocommit=True) as superuser:
            superuser.execute("grant pg_checkpoint to regulars")
        from regulars.base import clock, db
        from regulars.base.actor import SYSTEM
        from regulars.journeys import actions
        from regulars.shop import actions as shops

        raw = db.loop_connection("bench")
        with db.transaction_on(raw) as cur:
            shop_id = shops.create_shop(cur, "bench", "Bench", SYSTEM)
            version = actions.publish(cur, shop_id, SCHEME, SYSTEM, clock.now_from(cur))
        yield raw, shop_id, version
        raw.close()
    finally:
        server.destroy()


_FILL = """
with p as (
  insert into people_person (shop_id, name, first_name, language)
  select %(shop)s, 'n', 'n', 'en' from generate_series(1, %(n)s) returning id
), m as (
  insert into events_mailbox (person_id, shop_id, due_at)
  select id, %(shop)s, %(due)s::timestamptz + (row_number() over ()) * %(gap)s::interval from p returning person_id, due_at
)
insert into journeys_enrolment (shop_id, person_id, scheme_id, version_id, step, visit, attempt, started_at, entered_at,
                                due_at, data)
select %(shop)s, person_id, %(scheme)s, %(version)s, 'a', 1, 1, %(now)s, %(now)s, due_at, '{"visits": {"a": 1}}' from m
"""


def _fill(raw: Any, shop: int, version: Any, n: int, due: Any, gap: timedelta, now: Any) -> None:
    from regulars.base import db

    with db.transaction_on(raw) as cur:
        values = {"shop": shop, "n": n, "due": due, "gap": gap, "now": now}
        cur.execute(_FILL, {**values, "scheme": version.scheme_id, "version": version.version_id})


def _now(raw: Any) -> Any:
    from regulars.base import clock, db

    clock.forget()
    with db.open_cursor(raw) as cur:
        return clock.now_from(cur)


def engine(due: int = 20_000, asleep: int = 1_000_000) -> dict[str, Any]:
    """Steps a second of one worker, and the plan of its claim."""
    with _world() as (raw, shop, version):
        now = _now(raw)
        raw.execute(
            "insert into events_mailbox (person_id, shop_id, due_at)"
            " select -i, %s, %s + i * interval '1 second' from generate_series(1, %s) i",
            (shop, now + timedelta(days=1), asleep),
        )
        _fill(raw, shop, version, due, now, timedelta(0), now)
        raw.execute("vacuum analyze events_mailbox")
        raw.execute("vacuum analyze journeys_enrolment")
        from regulars.journeys import conductor

        began, done = time.perf_counter(), 0
        while n := conductor.run_once(raw):
            done += n
        seconds = time.perf_counter() - began
        plan = "\n".join(
            r[0]
            for r in raw.execute(
                "explain select person_id from events_mailbox where due_at <= %s order by due_at limit 500"
                " for update skip locked",
                (now,),
            )
        )
        return {
            "steps_per_s": round(done / seconds),
            "persons": done,
            "asleep": asleep,
            "decisions": raw.execute("select count(*) from journeys_decision").fetchone()[0],
            "claim_by_index": "events_mailbox_due" in plan,
            **_durable(raw),
        }


# Whole enrolments of people that nothing else knows: a claim sees their mailboxes and their rows, never their cards.
_ASLEEP = """
with m as (
  insert into events_mailbox (person_id, shop_id, due_at)
  select -i, %(shop)s, %(now)s + interval '30 days' + i * interval '100 milliseconds'
  from generate_series(%(first)s::bigint, %(last)s::bigint) i returning person_id, due_at
)
insert into journeys_enrolment (shop_id, person_id, scheme_id, version_id, step, visit, attempt, started_at, entered_at,
                                due_at, data)
select %(shop)s, person_id, %(scheme)s, %(version)s, 'a', 1, 1, %(now)s, %(now)s, due_at, '{"visits": {"a": 1}}' from m
"""
_SLICE = 500_000


def sleepers(asleep: int = 10_000_000, due: int = 20_000, rounds: int = 9) -> dict[str, Any]:
    """Steps a second of one worker with nobody asleep and with `asleep` enrolments, medians of `rounds` with their spread."""
    from regulars.base import db

    with _world() as (raw, shop, version):
        alone = _rounds(raw, shop, version, due, rounds)
        values = {"shop": shop, "scheme": version.scheme_id, "version": version.version_id, "now": _now(raw)}
        for first in range(1, asleep + 1, _SLICE):
            with db.transaction_on(raw) as cur:
                cur.execute("set local statement_timeout = 0")
                cur.execute(_ASLEEP, {**values, "first": first, "last": min(asleep, first + _SLICE - 1)})
        raw.execute("set statement_timeout = 0")
        raw.execute("vacuum analyze events_mailbox")
        raw.execute("vacuum analyze journeys_enrolment")
        beside = _rounds(raw, shop, version, due, rounds)
        return {
            "alone_per_s": round(statistics.median(alone)),
            "alone_spread": [round(min(alone)), round(max(alone))],
            "asleep": asleep,
            "beside_per_s": round(statistics.median(beside)),
            "beside_spread": [round(min(beside)), round(max(beside))],
            "ratio": round(statistics.median(beside) / statistics.median(alone), 3),
            **_durable(raw),
        }


def _rounds(raw: Any, shop: int, version: Any, due: int, rounds: int) -> list[float]:
    """Rates of so many rounds after two to warm up.

    What was laid down is written out first: else the server does that beside the rounds for minutes, which none does whose
    people came to sleep one by one.
    """
    raw.execute("checkpoint")
    for _ in range(2):
        steps_per_s(raw, shop, version, due)
    return [steps_per_s(raw, shop, version, due) for _ in range(rounds)]


def steps_per_s(raw: Any, shop: int, version: Any, due: int) -> float:
    """Steps a second of one worker with so many persons due at once."""
    from regulars.journeys import conductor

    now = _now(raw)
    _fill(raw, shop, version, due, now, timedelta(0), now)
    raw.execute("vacuum analyze journeys_enrolment")
    began, done = time.perf_counter(), 0
    while n := conductor.run_once(raw):
        done += n
    return done / (time.perf_counter() - began)


def timers(rate: int = 100, seconds: int = 10, asleep: int = 100_000) -> dict[str, Any]:
    """Lateness of timers, in ms."""
    with _world() as (raw, shop, version):
        now = _now(raw)
        raw.execute(
            "insert into events_mailbox (person_id, shop_id, due_at)"
            " select -i, %s, %s + i * interval '1 second' from generate_series(1, %s) i",
            (shop, now + timedelta(days=1), asleep),
        )
        _fill(raw, shop, version, rate * seconds, now + timedelta(seconds=4), timedelta(seconds=1 / rate), now)
        raw.execute("vacuum analyze events_mailbox")
        from regulars.journeys import conductor, post
        from regulars.worker.loop import Loop

        stop = threading.Event()
        loop = Loop("bench conductor", conductor.run_once, post.due_in)
        thread = threading.Thread(target=loop.run, args=(stop,))
        thread.start()
        time.sleep(seconds + 6)
        stop.set()
        loop.wake.set()
        thread.join()
        late = sorted(
            r[0] * 1000
            for r in raw.execute(
                "select extract(epoch from d.recorded_at - d.at)::float8"
                " + extract(epoch from d.at - (d.reasons->0->'params'->>'until')::timestamptz)::float8"
                " from journeys_decision d where d.happening = 'due'"
            )
        )
        return {
            "timers": len(late),
            "p50_ms": round(statistics.median(late), 1),
            "p99_ms": round(late[int(len(late) * 0.99)], 1),
            "asleep": asleep,
            **_durable(raw),
        }


def _durable(raw: Any) -> dict[str, str]:
    return {name: raw.execute(f"show {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")}


def main(arguments: list[str]) -> int:
    """Measure `engine`, `timers` or `sleepers`, as often as asked; exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["engine", "timers", "sleepers"])
    parser.add_argument("--asleep", type=int, default=10_000_000, help="sleepers: how many")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    for _ in range(given.rounds):
        found = {"engine": engine, "timers": timers, "sleepers": lambda: sleepers(given.asleep)}[given.name]()
        text = json.dumps(found) if given.json else "  ".join(f"{k} {v}" for k, v in found.items())
        print(f"{given.name}: {text}" if not given.json else text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
