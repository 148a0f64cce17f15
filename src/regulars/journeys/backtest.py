"""The backtest: a scheme (or two) over the shop's own past, by the very same `advance`, before it is switched on.

Owns the run: whose past is played, in batches, by how many processes, and the adding up. It reads only, and nothing is
sent. What is counted is core/figures.py's, what is made of it backtest_result.py's.
"""

import gc
import multiprocessing
import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.conf import settings
from psycopg import sql

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.backtest_rows import Row, rows_of
from regulars.core.chance import Chance, Rate
from regulars.core.figures import Difference, Figures, month_of
from regulars.core.past_budget import Gathered, PastBudget
from regulars.core.past_outbox import GateTerms, Postbox
from regulars.core.read import read_scheme
from regulars.core.replay import Player
from regulars.core.scheme import Scheme
from regulars.journeys.backtest_clocks import starters
from regulars.journeys.backtest_history import World, pasts, read_world
from regulars.journeys.backtest_notes import notes_of
from regulars.journeys.backtest_prices import prices_of
from regulars.journeys.backtest_rates import known_of, overridden, rates_of, reaction_rates
from regulars.rules.budgets import ten_thousandths
from regulars.rules.money import CurrencyMismatch
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings

__all__ = ["Asked", "Cancelled", "Outcome", "Side", "prepare", "run"]

BATCH = 1_500
"""Happenings that begin something, of the persons of one batch: some five megabytes in memory."""
ALONE_BELOW = 15_000
"""So few are played in this process: starting others would take longer."""
Keep = Callable[[int, Sequence[Row]], None]
"""Takes the rows of a person: (side, rows)."""


class Cancelled(Exception):
    """The run was called off."""


@dataclass(slots=True)
class Side:
    """One version in the comparison: its text, the rates it is played with, and what to call it. `budget`: how its own
    was spent in the period; `notes`: what of the past it asks that nobody knows."""

    text: str
    label: str
    rates: dict[str, Rate] = field(default_factory=dict)
    budget: PastBudget | None = None
    notes: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Asked:
    """A run: which shop, which one or two versions, orders (or whatever begins it) from `since` to before `until`.

    `seed`: of the draws. `terms`: the shop's terms of sending. `keep_rows`: rows are wanted, not figures alone.
    `dsn`: where other processes find the database. `prices`: of a message by channel, and of a call.
    """

    shop_id: int
    sides: list[Side]
    since: datetime
    until: datetime
    seed: str = "1"
    terms: GateTerms = field(default_factory=GateTerms)
    keep_rows: bool = False
    dsn: str = ""
    prices: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What came out: figures a side, the difference of two, how many beginnings and persons were played, in how long."""

    figures: list[Figures]
    difference: Difference | None
    begun: int
    persons: int
    seconds: float
    processes: int


def prepare(cur: Cursor, asked: Asked, wishes: Mapping[str, float]) -> None:
    """Fill in what is measured: rates a side, reactions, the shop's terms and, unless there are others, its prices; and what
    isn't known. `wishes`: what the owner supposes instead.

    Raises OverrideError for a wish that fits no side.
    """
    shop = shops.settings_of(cur, asked.shop_id)
    for side in asked.sides:
        scheme = _scheme(side.text)
        rates = rates_of(cur, asked.shop_id, scheme, asked.until)
        own = {w: s for w, s in wishes.items() if w.rpartition(".")[0] in rates} if len(asked.sides) > 1 else wishes
        side.rates = overridden(scheme, rates, own)
        side.notes = notes_of(cur, asked.shop_id, scheme, asked.since)
    asked.prices = asked.prices or prices_of(cur, asked.shop_id)
    asked.terms = GateTerms(
        cap=shop.cap_count,
        cap_days=shop.cap_days,
        quiet=shop.quiet,
        reacts=reaction_rates(cur, asked.shop_id, asked.until),
    )


def run(
    raw: "psycopg.Connection[Any]",
    asked: Asked,
    processes: int = 1,
    on_progress: Callable[[int, int], bool] | None = None,
    keep: Keep | None = None,
) -> Outcome:
    """Play it. `on_progress`: (done, of all) → False calls it off, which raises Cancelled. `keep` is given the rows.

    All processes read one snapshot of the database. Where a scheme has a budget all is played twice: who would have been
    within it is known only when everybody's advertising is.
    """
    schemes = [_scheme(s.text) for s in asked.sides]
    if not any(s.budget is not None for s in schemes):
        return _run(raw, asked, schemes, processes, on_progress, keep)
    began = time.monotonic()
    with raw.transaction(), db.open_cursor(raw) as cur:
        shop = shops.settings_of(cur, asked.shop_id)
    gathered = [_gathered(s, shop, asked.prices) for s in schemes]

    def gather(side: int, rows: Sequence[Row]) -> None:
        if (of := gathered[side]) is not None:
            of.take(rows)

    half = None if on_progress is None else lambda done, of: on_progress(done // 2, of)
    rest = None if on_progress is None else lambda done, of: on_progress(of - (of - done) // 2, of)
    for side in asked.sides:
        side.budget = None
    _run(raw, asked, schemes, processes, half, gather)
    for side, found in zip(asked.sides, gathered, strict=True):
        side.budget = None if found is None else found.result()
    outcome = _run(raw, asked, schemes, processes, rest, keep)
    outcome.seconds = time.monotonic() - began
    return outcome


def _gathered(scheme: Scheme, shop: ShopSettings, prices: Mapping[str, Decimal]) -> Gathered | None:
    budget = scheme.budget
    if budget is None:
        return None
    if budget.cost is not None and budget.currency != shop.currency:
        raise CurrencyMismatch(budget.currency, shop.currency)
    return Gathered(budget, shop.time_zone, {what: ten_thousandths(price) for what, price in prices.items()})


def _run(
    raw: "psycopg.Connection[Any]",
    asked: Asked,
    schemes: Sequence[Scheme],
    processes: int,
    on_progress: Callable[[int, int], bool] | None,
    keep: Keep | None,
) -> Outcome:
    began = time.monotonic()
    with raw.transaction(), db.open_cursor(raw) as cur:
        _at_leisure(cur)
        batches, total = _batches(cur, asked, schemes)
        tell = _teller(on_progress, total)
        tell(0)
        if total < ALONE_BELOW or processes < 2:
            tally, processes = _Tally(asked, schemes), 1
            world = read_world(cur, asked.shop_id, schemes, asked.since, asked.until)
            for persons, begun in batches:
                tally.play(cur, world, persons, keep)
                tell(begun)
            figures, difference = tally.figures, tally.difference
        else:
            figures, difference = _spread(cur, asked, batches, processes, tell, keep)
    people = sum(len(p) for p, _ in batches)
    return Outcome(figures, difference, total, people, time.monotonic() - began, processes)


def _at_leisure(cur: Cursor, snapshot: str | None = None) -> None:
    """A transaction that only reads, sees one state of the database (that of `snapshot`), and may think for long between
    two questions: it locks nothing."""
    cur.execute("set transaction isolation level repeatable read, read only")
    if snapshot is not None:
        cur.execute(sql.SQL("set transaction snapshot {}").format(snapshot))
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
        cur.execute("select set_config(%s, '0', true) from pg_settings where name = %s", (limit, limit))


def _scheme(text: str) -> Scheme:
    scheme = read_scheme(text).scheme
    if scheme is None:
        raise ValueError("the scheme doesn't compile")
    return scheme


def _batches(cur: Cursor, asked: Asked, schemes: Sequence[Scheme]) -> tuple[list[tuple[list[int], int]], int]:
    """The persons to be played in batches, each with how many beginnings; those who were merged count with whom they are."""
    into: dict[int, int] = dict(
        cur.execute(
            "select id, merged_into from people_person where shop_id = %s and merged_into is not null", (asked.shop_id,)
        ).fetchall()
    )
    batches: list[tuple[list[int], int]] = []
    persons: list[int] = []
    begun = total = 0
    seen: set[int] = set()
    for person, count in starters(cur, asked.shop_id, schemes, asked.since, asked.until):
        root = person
        while root in into:
            root = into[root]
        if root not in seen:
            persons.append(root)
            if into:
                seen.add(root)
        begun += count
        if begun >= BATCH:
            batches.append((persons, begun))
            total, persons, begun = total + begun, [], 0
    if persons:
        batches.append((persons, begun))
    return batches, total + begun


def _teller(on_progress: Callable[[int, int], bool] | None, total: int) -> Callable[[int], None]:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None and not on_progress(done, total):
            raise Cancelled

    return tell


class _Tally:
    """The figures of one process."""

    def __init__(self, asked: Asked, schemes: Sequence[Scheme]) -> None:
        self._asked = asked
        self._schemes = schemes
        self._zone: ZoneInfo | None = None
        self._last_month = 0
        self.figures = [Figures() for _ in schemes]
        self.difference = Difference() if len(schemes) == 2 else None

    def play(self, cur: Cursor, world: World, persons: list[int], keep: Keep | None) -> None:
        """Play a batch of persons."""
        asked = self._asked
        zone = ZoneInfo(world.time_zone)
        last_month = month_of(asked.until, zone)
        sides = []
        for side, scheme in zip(asked.sides, self._schemes, strict=True):
            known = known_of(cur, asked.shop_id, scheme.name, persons, asked.since, asked.until)
            chance = Chance(scheme, side.rates, asked.seed, known)
            terms = asked.terms if side.budget is None else replace(asked.terms, budget=side.budget)
            sides.append((Player(scheme, chance, asked.since, asked.until, tells=False), chance, terms))
        gc.disable()  # nothing here runs in circles, and looking for them costs a tenth of the time
        try:
            for past in pasts(cur, world, persons):
                got = []
                for n, (player, chance, terms) in enumerate(sides):
                    box = Postbox(past, terms, chance)
                    turns = player.play(past, box)
                    rows = list(rows_of(turns, box.posted))
                    figures = self.figures[n]
                    figures.turns += len(turns)
                    figures.enrolments += sum(1 for t in turns if t[2] is None)
                    figures.take(rows, zone, last_month)
                    got.append(rows)
                    if keep is not None:
                        keep(n, rows)
                if self.difference is not None:
                    self.difference.take(past.person_id, got[0], got[1])
        finally:
            gc.enable()


# -- several processes -------------------------------------------------------------------------------------------------
def _spread(
    cur: Cursor,
    asked: Asked,
    batches: Sequence[tuple[list[int], int]],
    processes: int,
    tell: Callable[[int], None],
    keep: Keep | None,
) -> tuple[list[Figures], Difference | None]:
    """Share the batches among processes; whoever is done takes the next one."""
    row = cur.execute("select pg_export_snapshot()").fetchone()
    assert row is not None
    context = multiprocessing.get_context("spawn")
    wanted: Any = context.Queue()
    results: Any = context.Queue()
    for batch in batches:
        wanted.put(batch)
    for _ in range(processes):
        wanted.put(None)
    asked.keep_rows, asked.dsn = keep is not None, settings.REGULARS_DSN
    workers = [
        context.Process(target=_work, args=(asked, row[0], wanted, results), daemon=True) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        return _gather(workers, results, asked, tell, keep)
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.kill()  # it holds nothing, and may have inherited that SIGTERM is blocked
            worker.join(5)


def _gather(
    workers: Sequence[Any], results: Any, asked: Asked, tell: Callable[[int], None], keep: Keep | None
) -> tuple[list[Figures], Difference | None]:
    figures = [Figures() for _ in asked.sides]
    difference = Difference() if len(asked.sides) == 2 else None
    left = len(workers)
    while left:
        try:
            kind, what = results.get(timeout=1.0)
        except queue.Empty:
            if all(not w.is_alive() for w in workers):
                raise RuntimeError("a process of the backtest ended without a word") from None
            tell(0)
            continue
        if kind == "done":
            tell(what)
        elif kind == "rows":
            for side, rows in what:
                if keep is not None:
                    keep(side, rows)
        elif kind == "figures":
            left -= 1
            for mine, theirs in zip(figures, what[0], strict=True):
                mine.add(theirs)
            if difference is not None:
                difference.add(what[1])
        else:
            raise RuntimeError(f"a process of the backtest failed: {what}")
    return figures, difference


def _work(asked: Asked, snapshot: str, wanted: Any, results: Any) -> None:
    """A process: plays batches until there are none."""
    try:
        _setup(asked.dsn)
        with closing(db.loop_connection("backtest")) as raw, raw.transaction(), db.open_cursor(raw) as cur:
            _at_leisure(cur, snapshot)
            schemes = [_scheme(s.text) for s in asked.sides]
            world = read_world(cur, asked.shop_id, schemes, asked.since, asked.until)
            tally = _Tally(asked, schemes)
            for persons, begun in _taken(wanted):
                rows: list[tuple[int, Sequence[Row]]] = []
                tally.play(cur, world, persons, _into(rows) if asked.keep_rows else None)
                if rows:
                    results.put(("rows", rows))
                results.put(("done", begun))
            results.put(("figures", (tally.figures, tally.difference)))
    except Exception as error:
        results.put(("failed", f"{type(error).__name__}: {error}"))


def _into(rows: list[tuple[int, Sequence[Row]]]) -> Keep:
    return lambda side, some: rows.append((side, some))


def _taken(wanted: Any) -> Iterator[tuple[list[int], int]]:
    parent = multiprocessing.parent_process()
    while (batch := wanted.get()) is not None:
        if parent is None or not parent.is_alive():
            return  # nobody is left to tell
        yield batch


def _setup(dsn: str) -> None:
    import os  # noqa: PLC0415 - only in a process of its own

    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
    django.setup()
    settings.REGULARS_DSN = dsn
