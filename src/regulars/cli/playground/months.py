"""The months before the last weeks, in which the playground's shop had one scheme alone: the invitation to come again.

Owns how they are lived through, two days at a time: orders come in when they have come to their end (the latest on their
way to it, to be brought there in the weeks after), letters go out at noon, and whoever got one comes back more often than
his own past says, by which letter it was. So there is an effect to see, and it is nowhere written down: the product's own
roll-up finds it among the orders. Goes on where it was cut short.
"""

import heapq
import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import psycopg

from regulars.base import clock, db, pace
from regulars.base.db import Cursor
from regulars.cli.playground import seen
from regulars.cli.playground.engine import Engine
from regulars.cli.playground.history import snapshot_of, state_at
from regulars.cli.playground.orders import Book, Placed

__all__ = ["MONTHS", "brought", "live_months"]

MONTHS = timedelta(days=240)
"""How long the shop had that scheme alone."""
NOON, EVERY = time(12, 5), timedelta(days=2)
"""When letters go: it is day then from the Far East to Britain. Twice the steps would be twice the time."""
RETURNS = {"new-things": 0.15, "goes-with": 0.66}
"""Which part of those whom a letter reached it brings back, beside those who come by themselves."""
WITHIN = 16
"""Days after the letter in which they come; most of them soon."""
_HOURS = (8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 20, 20, 21, 21, 22)
_State = tuple[datetime, str, dict[str, Any]]
"""When an order comes to a state, its number, and what is told of it then."""


def live_months(
    raw: "psycopg.Connection[Any]",
    engine: Engine,
    book: Book,
    shop_id: int,
    until: datetime,
    deliver: Callable[[Cursor, list[dict[str, object]]], None],
    on_progress: Callable[[float], None],
) -> None:
    """Until `until`, when the last weeks begin. `deliver` takes orders in, as what happens now."""
    since = until - MONTHS
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
    coming = [_told(state_at(o, until, book.began, book.seed)) for o in book.past if since <= o.at < until]
    coming += _brought_by(book, seen.letters(raw, shop_id, since, now), until)
    coming = [one for one in coming if one[0] > now]
    heapq.heapify(coming)
    while now < until:
        last, now = now, min(_next_noon(now, book), until)
        told: list[dict[str, object]] = []
        while coming and coming[0][0] <= now:
            told.append(heapq.heappop(coming)[2])
        with db.transaction_on(raw) as cur:
            pace.jump(cur, now)
            if told:
                deliver(cur, told)
        engine.settle()
        for one in _brought_by(book, seen.letters(raw, shop_id, last, now), until):
            heapq.heappush(coming, one)
        on_progress((now - since) / MONTHS)


def brought(book: Book, letter: seen.Letter) -> Placed | None:
    """The order that this letter brings, if it brings one; always the same."""
    chance = random.Random(f"{book.seed} comes again {letter.number}")  # noqa: S311 - nothing secret
    if chance.random() >= RETURNS.get(letter.step, 0):
        return None
    days = min(1 + int(chance.expovariate(1 / 4)), WITHIN)
    day = letter.sent_at.astimezone(book.zone).date() + timedelta(days=days)
    moment = time(chance.choice(_HOURS), chance.randrange(60), chance.randrange(60))
    return book.brought(letter.number, datetime.combine(day, moment, book.zone))


def _brought_by(book: Book, letters: list[seen.Letter], until: datetime) -> list[_State]:
    """All of them have come to their end by `until`: nobody knows of them later."""
    orders = (brought(book, letter) for letter in letters)
    return [_told(snapshot_of(o, until, book.seed)) for o in orders if o is not None and o.at < until]


def _told(snapshot: dict[str, Any]) -> _State:
    return datetime.fromisoformat(snapshot["updated_at"]), snapshot["number"], snapshot


def _next_noon(now: datetime, book: Book) -> datetime:
    return datetime.combine(now.astimezone(book.zone).date() + EVERY, NOON, book.zone)
