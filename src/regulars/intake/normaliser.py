"""The normaliser: raw deliveries become orders, people, products and events, in the order in which they came.

One at a time a shop (an advisory lock of the transaction), set-based, a few hundred items a transaction. Persons whom
somebody else holds are left for the next round, with whatever came later for them. What can't be understood is
quarantined, and stops nobody.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog

from regulars.base import clock
from regulars.base.db import Cursor, open_cursor, transaction_on
from regulars.base.errors import BadItem
from regulars.base.failpoints import FailpointRaised, hit
from regulars.catalog import taking as catalog
from regulars.catalog.snapshot import ProductSnapshot
from regulars.desk.decisions import open_decisions
from regulars.events.item import EventItem
from regulars.intake import kept, phoned, talked, told, verdicts
from regulars.intake.feed_registry import Ignored
from regulars.intake.parsing import Claimed, Piece, read
from regulars.intake.phoned import Calls
from regulars.orders import taking as orders
from regulars.orders.snapshot import OrderSnapshot
from regulars.people import taking as people
from regulars.people.matching import Buyer, Matched, match
from regulars.people.snapshot import PersonSnapshot
from regulars.shop import queries as shop
from regulars.shop.settings import ShopSettings

__all__ = ["MOST_DELIVERIES", "MOST_ITEMS", "is_rush", "run_once"]

MOST_DELIVERIES = 500
MOST_ITEMS = 500
MOST_BYTES = 2_000_000
BUSY_SECONDS = 0.003
RUSH_WINDOW = timedelta(milliseconds=100)
RUSH_DELIVERIES = 100
"""So many within the window are a rush: more than can be taken in as they come on a small machine."""
RUSH_LONGEST = timedelta(milliseconds=250)

log = structlog.get_logger(__name__)

_SHOPS = """
with recursive s(id) as (
  select min(shop_id) from intake_pending
  union all
  select (select min(shop_id) from intake_pending where shop_id > s.id) from s where s.id is not null
)
select id from s where id is not null
"""
# Sizes first (a body need not be read for its length): five hundred batches at once would be all the memory there is.
_CLAIM = """
with p as (
  select delivery_id from intake_pending where shop_id = %s order by delivery_id limit %s for update skip locked
), sized as (
  select d.id, sum(coalesce(octet_length(d.body), 0)) over (order by d.id rows unbounded preceding)
    - coalesce(octet_length(d.body), 0) as bytes_before
  from p join intake_delivery d on d.id = p.delivery_id
)
select d.id, d.source, d.kind, d.batch, d.live, d.headers, d.body, f.kind, f.settings
from sized s join intake_delivery d on d.id = s.id left join intake_feed f on f.id = d.feed_id
where s.bytes_before < %s order by d.id
"""


_RUSH = """
with at as (select machine_now() as now)
select
  (select count(*) from (
    select 1 from intake_pending where delivery_id >= (select id_at(now - %b) from at) limit %b
  ) t) >= %b
  and not exists (select 1 from intake_pending where delivery_id < (select id_at(now - %b) from at))
"""


def is_rush(raw: "psycopg.Connection[Any]") -> bool:
    """Whether deliveries pour in so fast that those who send in go first, and none has waited long for it yet.

    They were promised an answer at once, and share the processors with us; nobody misses a letter for a quarter of a second.
    """
    with open_cursor(raw) as cur:
        row = cur.execute(_RUSH, (RUSH_WINDOW, RUSH_DELIVERIES, RUSH_DELIVERIES, RUSH_LONGEST)).fetchone()
    return bool(row and row[0])


def run_once(raw: "psycopg.Connection[Any]", limit: int = MOST_DELIVERIES) -> int:
    """Take in some of what waits, of one shop; how many items that were (0: there is nothing to do just now)."""
    try:
        return _transaction(raw, limit)
    except (psycopg.OperationalError, FailpointRaised):
        raise
    except Exception:
        log.exception("a group failed; its deliveries are taken one by one")
        return _one_by_one(raw, limit)


def _transaction(raw: "psycopg.Connection[Any]", limit: int) -> int:
    with transaction_on(raw) as cur:
        shop_id = _lock_a_shop(cur)
        if shop_id is None:
            return 0
        now = clock.now_from(cur)
        claimed = _claim(cur, shop_id, limit)
        hit("normaliser.claimed")
        done = _take_in(cur, shop_id, claimed, now)
        hit("normaliser.before_commit")
    hit("normaliser.after_commit")
    if claimed and not done:
        time.sleep(BUSY_SECONDS)  # all of them wait for persons whom the conductor holds for a moment
        return 1
    return done


def _one_by_one(raw: "psycopg.Connection[Any]", limit: int) -> int:
    """The same, a delivery a transaction; the one that fails is quarantined whole."""
    done = 0
    for _ in range(limit):
        poison: Claimed | None = None
        shop_id: int | None = None
        try:
            with transaction_on(raw) as cur:
                shop_id = _lock_a_shop(cur)
                if shop_id is None:
                    return done
                claimed = _claim(cur, shop_id, 1)
                poison = claimed[0] if claimed else None
                if not _take_in(cur, shop_id, claimed, clock.now_from(cur)):
                    return done or 1
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.exception("a delivery is quarantined", delivery_id=poison.id if poison else None)
            if poison is None or shop_id is None:
                raise
            with transaction_on(raw) as cur:
                verdicts.quarantine_whole(cur, shop_id, poison, type(error).__name__, clock.now_from(cur))
        done += 1
    return done


def _lock_a_shop(cur: Cursor) -> int | None:
    """A shop with something waiting that nobody else takes in at the moment."""
    for (shop_id,) in cur.execute(_SHOPS).fetchall():
        row = cur.execute("select pg_try_advisory_xact_lock(%s)", (shop_id,)).fetchone()
        if row and row[0]:
            return int(shop_id)
    return None


def _claim(cur: Cursor, shop_id: int, limit: int) -> list[Claimed]:
    claimed: list[Claimed] = []
    items = 0
    for *fields, body, feed_kind, feed_settings in cur.execute(_CLAIM, (shop_id, limit, MOST_BYTES)).fetchall():
        delivery = Claimed(*[*fields, bytes(body or b""), feed_kind, feed_settings])
        read(delivery)
        if claimed and items + len(delivery.pieces) > MOST_ITEMS:
            break
        items += len(delivery.pieces)
        claimed.append(delivery)
    return claimed


def _take_in(cur: Cursor, shop_id: int, claimed: Sequence[Claimed], now: datetime) -> int:
    """Take in those deliveries whose persons are free; how many items they held, an empty delivery counting as one."""
    settings = shop.settings_of(cur, shop_id)
    talked.prepare(cur, settings, claimed, now)
    calls = phoned.look(cur, settings, claimed, now)
    buyers, places = _buyers(claimed, settings, calls, now)
    matched = match(cur, shop_id, settings.country, buyers) if buyers else Matched([])
    owners = orders.owners(
        cur, shop_id, ((d.source, p.found.id) for d in claimed for p in d.pieces if isinstance(p.found, OrderSnapshot))
    )
    writers = {p.person_id for d in claimed for p in d.pieces if p.person_id is not None and talked.is_talk(p)}
    free = _hold(cur, matched.existing().union(owners.values(), writers, calls.persons()))
    ready = _ready(claimed, places, matched, owners, calls, free)
    if len(ready) < len(claimed):
        calls = phoned.look(cur, settings, ready, now)
        buyers, places = _buyers(ready, settings, calls, now)
        matched = match(cur, shop_id, settings.country, buyers) if buyers else Matched([])
    if buyers:
        person_of = people.take(cur, shop_id, buyers, matched, now)
        for place, person_id in zip(places, person_of, strict=True):
            place.person_id = person_id
    if ready:
        _take_kinds(cur, settings, ready, now)
        pieces = [(d, p) for d in ready for p in d.pieces]
        phoned.take(cur, settings, pieces, calls, phoned.known_of(places, buyers, matched), now)
        open_decisions(cur, shop_id, free, now)
        hit("normaliser.recorded")
        verdicts.write(cur, shop_id, ready, now)
    return sum(max(1, len(delivery.pieces)) for delivery in ready)


def _buyers(
    claimed: Sequence[Claimed], settings: ShopSettings, calls: Calls, now: datetime
) -> tuple[list[Buyer], list[Piece]]:
    """Everybody whom the deliveries speak of, with the piece that does."""
    buyers, places = [], []
    for delivery in claimed:
        for piece in delivery.pieces:
            caller = phoned.buyer_of(calls, delivery, piece, now)
            if caller is not None:
                buyers.append(caller)
                places.append(piece)
                continue
            said, at = _whom(piece.found, now)
            if said is not None and said.known_by_something:
                live = delivery.live if delivery.live is not None else at >= now - settings.history_after
                lead = not isinstance(piece.found, OrderSnapshot)
                buyers.append(Buyer(delivery.source, said, at, delivery.cause, live=live, lead=lead))
                places.append(piece)
            elif isinstance(piece.found, PersonSnapshot):
                piece.found = BadItem("nobody", "", "names neither an id nor an address nor a telephone")
    return buyers, places


def _whom(found: object, now: datetime) -> tuple[PersonSnapshot | None, datetime]:
    match found:
        case OrderSnapshot():
            return found.buyer, found.updated_at
        case PersonSnapshot():
            return found, found.updated_at or now
        case EventItem():
            person = PersonSnapshot(id=found.person_id, email=found.person_email, phone=found.person_phone)
            return person, found.occurred_at
        case _:
            return None, now


def _hold(cur: Cursor, persons: set[int]) -> set[int]:
    known = sorted(persons)
    if not known:
        return set()
    rows = cur.execute(
        "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked",
        (known,),
    )
    return {r[0] for r in rows}


def _is_owned(delivery: Claimed, piece: Piece, owners: Mapping[tuple[str, str], int]) -> bool:
    return isinstance(piece.found, OrderSnapshot) and (delivery.source, piece.found.id) in owners


def _ready(
    claimed: Sequence[Claimed],
    places: Sequence[Piece],
    matched: Matched,
    owners: Mapping[tuple[str, str], int],
    calls: Calls,
    free: set[int],
) -> list[Claimed]:
    """The deliveries that speak of nobody who is held elsewhere, nor of an order or person that one left behind does."""
    person_of = {id(piece): person for piece, person in zip(places, matched.person, strict=True)}
    left_persons: set[int] = set()
    left_orders: set[tuple[str, str | None]] = set()
    ready = []
    for delivery in claimed:
        persons = {person_of[id(p)] for p in delivery.pieces if id(p) in person_of}
        persons |= {owners[delivery.source, p.key or ""] for p in delivery.pieces if _is_owned(delivery, p, owners)}
        persons |= {p.person_id for p in delivery.pieces if p.person_id is not None and talked.is_talk(p)}
        persons |= {who for p in delivery.pieces if (who := calls.person_at(delivery.source, p)) is not None}
        orders_ = {(delivery.source, p.key) for p in delivery.pieces if isinstance(p.found, OrderSnapshot)}
        held = {p for p in persons if p > 0 and p not in free}
        if held or persons & left_persons or orders_ & left_orders:
            left_persons |= persons
            left_orders |= orders_
        else:
            ready.append(delivery)
    return ready


def _take_kinds(cur: Cursor, settings: ShopSettings, ready: Sequence[Claimed], now: datetime) -> None:
    pieces = [(d, p) for d in ready for p in d.pieces]
    for _, piece in pieces:
        if isinstance(piece.found, BadItem):
            piece.verdict = "quarantined"
        elif isinstance(piece.found, Ignored):
            piece.verdict = "ignored"
        elif isinstance(piece.found, PersonSnapshot):
            piece.verdict = "taken"
    products = [(p, p.found) for _, p in pieces if isinstance(p.found, ProductSnapshot)]
    if products:
        for (piece, _), verdict in zip(
            products, catalog.take(cur, settings.id, [s for _, s in products], now), strict=True
        ):
            piece.verdict = verdict
    states = [
        (p, orders.NewState(d.source, p.found, p.person_id, d.live, d.cause))
        for d, p in pieces
        if isinstance(p.found, OrderSnapshot)
    ]
    if states:
        taken = orders.take(cur, settings.id, [s for _, s in states], settings.history_after, now)
        for (piece, _), verdict in zip(states, taken, strict=True):
            piece.verdict = verdict
        kept.follow(cur, settings, [s for (_, s), v in zip(states, taken, strict=True) if v == orders.TAKEN], now)
    told.take(cur, settings, [(d, p) for d, p in pieces if isinstance(p.found, EventItem)], now)
    talked.take(cur, settings, [(d, p) for d, p in pieces if talked.is_talk(p)], now)
