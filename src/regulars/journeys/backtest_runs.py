"""Runs of the backtest as the screen starts and reopens them: asked for, made by a job, kept for a month, read again. Writes.

Owns the run's life (waiting → running → ready, failed or cancelled) and the packed rows of who would have got what. The
playing is backtest.py's, the result's shape backtest_result.py's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import cpu_count
from typing import Any

from regulars.base import audit, clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core.backtest_rows import Row
from regulars.journeys import backtest
from regulars.journeys.backtest_capacity import capacity_of
from regulars.journeys.backtest_result import result_of
from regulars.journeys.backtest_rows_file import pack, unpack
from regulars.shop import queries as shops

__all__ = [
    "JOB", "KEPT_FOR", "MOST_WITH_ROWS", "Run", "Wish", "ask", "begun_in", "busy", "cancel", "forget_old", "make", "one",
    "rows", "runs",
]  # fmt: skip

JOB = "journeys.backtest"
KEPT_FOR = timedelta(days=30)
MOST_WITH_ROWS = 200_000
"""Of so many beginnings it is kept who would have got what; of more only the figures, and the command writes the rows."""
_PART = 20_000
_COLUMNS = "id, name, asked, state, done, total, result, problem, has_rows, created_at, finished_at, account_id"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is kept; see journeys/models.py."""

    id: int
    name: str
    asked: dict[str, Any]
    state: str
    done: int
    total: int
    result: dict[str, Any] | None
    problem: str
    has_rows: bool
    created_at: datetime
    finished_at: datetime | None
    account_id: int

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: `sides` are (label, text), the one that is compared with first."""

    name: str
    sides: Sequence[tuple[str, str]]
    since: datetime
    until: datetime
    seed: str = "1"

    def record(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "sides": [{"label": label, "text": text} for label, text in self.sides],
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "seed": self.seed,
        }


def ask(cur: Cursor, shop_id: int, account_id: int, wish: Wish, total: int, actor: Actor) -> int:
    """Keep the wish; a job is to make it. Its id."""
    row = cur.execute(
        "insert into journeys_backtest (shop_id, account_id, name, asked, total) values (%s, %s, %s, %s::jsonb, %s) returning id",
        (shop_id, account_id, wish.name, db.dumps(wish.record()), total),
    ).fetchone()
    assert row is not None
    labels = [label for label, _ in wish.sides]
    audit.write(cur, shop_id, actor, "backtest.asked", "backtest", row[0], scheme=wish.name, versions=labels)
    return int(row[0])


def begun_in(cur: Cursor, shop_id: int, kinds: Sequence[str], since: datetime, until: datetime) -> int:
    """How many happenings in the period may begin something."""
    row = cur.execute(
        "select count(*) from events_event where shop_id = %s and kind = any(%s) and occurred_at >= %s and occurred_at < %s"
        " and person_id is not null",
        (shop_id, list(kinds), since, until),
    ).fetchone()
    return 0 if row is None else int(row[0])


def busy(cur: Cursor, shop_id: int) -> int | None:
    """The run that waits or runs, if there is one; two at once would only be slower."""
    row = cur.execute(
        "select id from journeys_backtest where shop_id = %s and state in ('waiting', 'running')"
        " and created_at > machine_now() - interval '1 hour' order by id limit 1",
        (shop_id,),
    ).fetchone()
    return None if row is None else int(row[0])


def cancel(cur: Cursor, shop_id: int, run_id: int, actor: Actor) -> bool:
    """Call a run off; it stops at the next batch. False when it is over."""
    done = cur.execute(
        "update journeys_backtest set state = 'cancelled', finished_at = machine_now() where shop_id = %s and id = %s"
        " and state in ('waiting', 'running')",
        (shop_id, run_id),
    ).rowcount
    if done:
        audit.write(cur, shop_id, actor, "backtest.cancelled", "backtest", run_id)
    return bool(done)


def one(cur: Cursor, shop_id: int, run_id: int) -> Run | None:
    """A run of this shop."""
    row = cur.execute(
        f"select {_COLUMNS} from journeys_backtest where shop_id = %s and id = %s",  # noqa: S608 - our own column names
        (shop_id, run_id),
    ).fetchone()
    return None if row is None else Run(*row)


def runs(cur: Cursor, shop_id: int, name: str, limit: int = 10) -> list[Run]:
    """The newest runs of a scheme, without their figures."""
    columns = _COLUMNS.replace("result,", "null::jsonb,", 1)
    found = cur.execute(
        f"select {columns} from journeys_backtest where shop_id = %s and name = %s order by id desc limit %s",  # noqa: S608
        (shop_id, name, limit),
    )
    return [Run(*row) for row in found.fetchall()]


def rows(cur: Cursor, run_id: int) -> Iterator[tuple[int, Row]]:
    """Who would have got what, by side, in no order but with a person's rows together; part by part."""
    count = cur.execute("select count(*) from journeys_backtest_part where backtest_id = %s", (run_id,)).fetchone()
    for n in range(0 if count is None else int(count[0])):
        part = cur.execute(
            "select body from journeys_backtest_part where backtest_id = %s and n = %s", (run_id, n)
        ).fetchone()
        if part is not None:
            yield from unpack(bytes(part[0]))


def make(run_id: int) -> None:
    """Play it, unless somebody else does or has; what fails is said on its page."""
    with db.transact() as cur:
        row = cur.execute(
            "update journeys_backtest set state = 'running' where id = %s and state = 'waiting' returning shop_id, asked",
            (run_id,),
        ).fetchone()
    if row is None:
        return
    try:
        _make(run_id, *row)
    except backtest.Cancelled:
        pass
    except Exception as error:
        with db.transact() as cur:
            cur.execute(
                "update journeys_backtest set state = 'failed', problem = %s, finished_at = machine_now() where id = %s",
                (type(error).__name__, run_id),
            )
        raise


def _make(run_id: int, shop_id: int, wished: dict[str, Any]) -> None:
    asked = backtest.Asked(
        shop_id,
        [backtest.Side(s["text"], s["label"]) for s in wished["sides"]],
        datetime.fromisoformat(wished["since"]),
        datetime.fromisoformat(wished["until"]),
        wished["seed"],
    )
    with db.transact() as cur:
        backtest.prepare(cur, asked, {})
        capacity = capacity_of(cur, shop_id, clock.now_from(cur))
        currency = shops.settings_of(cur, shop_id).currency
        total = cur.execute("select total from journeys_backtest where id = %s", (run_id,)).fetchone()
    packer = _Packer(run_id)
    with_rows = total is not None and total[0] <= MOST_WITH_ROWS
    raw = db.loop_connection("backtest")
    try:
        outcome = backtest.run(raw, asked, cpu_count() or 1, _teller(run_id), packer.keep if with_rows else None)
    finally:
        raw.close()
    packer.close()
    result = result_of(asked, outcome, capacity, asked.prices, currency)
    with db.transact() as cur:
        cur.execute(
            "update journeys_backtest set state = 'ready', done = total, result = %s::jsonb, has_rows = %s,"
            " finished_at = machine_now() where id = %s and state = 'running'",
            (db.dumps(result), with_rows, run_id),
        )


def _teller(run_id: int) -> Any:
    def tell(done: int, total: int) -> bool:
        with db.transact() as cur:
            return (
                cur.execute(
                    "update journeys_backtest set done = %s, total = %s where id = %s and state = 'running'",
                    (done, total, run_id),
                ).rowcount
                > 0
            )

    return tell


class _Packer:
    """Packs rows as they come."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._held: list[tuple[int, Sequence[Row]]] = []
        self._count = self._n = 0

    def keep(self, side: int, some: Sequence[Row]) -> None:
        """Take the rows of one person."""
        if some:
            self._held.append((side, some))
            self._count += len(some)
        if self._count >= _PART:
            self.close()

    def close(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        with db.transact() as cur:
            cur.execute(
                "insert into journeys_backtest_part (backtest_id, n, body) values (%s, %s, %s)",
                (self._run_id, self._n, pack(self._held)),
            )
        self._held, self._count, self._n = [], 0, self._n + 1


def forget_old(cur: Cursor) -> int:
    """Drop what is older than a month; how many runs."""
    row = cur.execute(
        "with gone as (delete from journeys_backtest where created_at < machine_now() - %s returning id)"
        ", parts as (delete from journeys_backtest_part p using gone where p.backtest_id = gone.id)"
        " select count(*) from gone",
        (KEPT_FOR,),
    ).fetchone()
    return 0 if row is None else int(row[0])
