"""The backtest's speed: a million past orders through the after-order scheme, and the whole Complete Journey history.

On a throw-away installation of its own, filled by SQL as a shop's history comes in: an order with one known state (three in
ten with two), what happened to it as events, one letter box a buyer. Printed with the memory of all processes together.

    python -m bench.backtest                       # 1,000,000 orders on two cores
    python -m bench.backtest --orders 20000        # a quick look
    python -m bench.backtest --journey DIR         # besides, real rhythms: out of DIR/completejourney/transactions.csv.xz

The folder holds every eighth household of the Complete Journey; each is taken eight times, which makes the 160,000 baskets of
the whole.
"""

import argparse
import contextlib
import csv
import json
import lzma
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.processes import pss_mib
from regulars.base.postgres import Server

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
COPIES = 8
TOLD = {"orders": 60.0, "journey": 10.0, "memory": 1536.0}
"""What is promised: seconds, and MiB of all processes of the run, the database's among them."""

_PEOPLE = """
insert into people_person (id, shop_id, name, first_name, language, time_zone, customer_since)
select id_at(%(since)s) + i, %(shop)s, 'Buyer ' || i, 'Buyer', 'en',
  (array['Europe/London','Europe/Paris','Europe/Athens',null])[1 + i %% 4], null
from generate_series(1, %(people)s) i
"""
_POINTS = """
insert into people_contact_point (shop_id, person_id, kind, value)
select %(shop)s, id_at(%(since)s) + i, 'email', 'b' || i || '@buyers.test' from generate_series(1, %(people)s) i
"""
_PRODUCTS = """
insert into catalog_product (shop_id, sku, name, satisfaction_days, version_at)
select %(shop)s, 'SKU-' || i, 'Thing ' || i, 3 + i %% 20, %(since)s from generate_series(1, 1000) i
"""
_ORDERS = """
insert into orders_order (id, shop_id, source, external_id, number, person_id, placed_at, placed_offset, version_at, versions,
  status, payment_status, payment_method, currency, total, paid_at, shipped_at, delivered_at, cancelled_at, live, data)
select id_at(at) + (i & 1048575), %(shop)s, 'bench', i::text, i::text, id_at(%(since)s) + 1 + (i::bigint * 7919) %% %(people)s,
  at, 0,
  at + interval '4 days', case when i %% 10 < 3 then 2 else 1 end,
  case when i %% 25 = 0 then 'cancelled' else 'delivered' end, case when i %% 25 = 0 then 'unpaid' else 'paid' end,
  case when i %% 3 = 0 then 'cod' else 'card' end, 'EUR', 1000 + i %% 90000,
  case when i %% 25 > 0 then at + (i %% 50) * interval '11 minutes' end,
  case when i %% 25 > 0 then at + interval '1 day' end, case when i %% 25 > 0 then at + interval '3 days 5 hours' end,
  case when i %% 25 = 0 then at + interval '7 hours' end, false, '{}'
from (
  select i, %(since)s::timestamptz + (i::bigint * 86400 * %(days)s / %(orders)s) * interval '1 second' as at
  from generate_series(1, %(orders)s) i
) t
"""
_LINES = """
insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)
select shop_id, id, 0, 'SKU-' || (1 + external_id::bigint %% 1000), 'Thing', 1, 10 from orders_order where shop_id = %(shop)s
"""
_VERSIONS = """
insert into orders_version (shop_id, order_id, n, version_at, body)
select o.shop_id, o.id, n, case when n = o.versions then o.version_at else o.placed_at end, jsonb_build_object(
  'id', o.external_id, 'number', o.number, 'status', case when n = o.versions then o.status else 'new' end,
  'currency', o.currency, 'total', o.total, 'placed_at', o.placed_at,
  'payment', jsonb_build_object('method', o.payment_method, 'status',
    case when n = o.versions then o.payment_status else 'unpaid' end, 'paid_at', case when n = o.versions then o.paid_at end),
  'delivery', jsonb_build_object('shipped_at', case when n = o.versions then o.shipped_at end,
    'delivered_at', case when n = o.versions then o.delivered_at end),
  'cancelled_at', case when n = o.versions then o.cancelled_at end)
from orders_order o cross join lateral generate_series(1, o.versions) n where o.shop_id = %(shop)s
"""
_EVENTS = """
insert into events_event (id, shop_id, kind, occurred_at, live, person_id, order_id, data)
select id_at(k.at) + ((8 * o.external_id::bigint + k.n) & 1048575), o.shop_id, k.kind, k.at, false, o.person_id, o.id,
  jsonb_build_object('n', 1, 'total', o.total, 'currency', o.currency)
from orders_order o cross join lateral (values (0, 'order.placed', o.placed_at),
  (1, 'order.paid', o.paid_at), (2, 'order.shipped', o.shipped_at), (3, 'order.delivered', o.delivered_at),
  (4, 'order.cancelled', o.cancelled_at)) as k(n, kind, at)
where o.shop_id = %(shop)s and k.at is not null
"""
_TABLES = (
    "people_person",
    "people_contact_point",
    "catalog_product",
    "orders_order",
    "orders_line",
    "orders_version",
    "events_event",
)


_BASKETS = """
insert into orders_order (id, shop_id, source, external_id, number, person_id, placed_at, placed_offset, version_at, status,
  payment_status, payment_method, currency, total, paid_at, delivered_at, live, data)
select id_at(t.at) + t.n, %(shop)s, 'bench', t.n::text, t.n::text, id_at(%(since)s) + t.person,
  t.at, 0, t.at, 'delivered', 'paid', 'till', 'USD', t.total, t.at, t.at, false, '{}'
from unnest(%(n)s::int[], %(person)s::int[], %(at)s::timestamptz[], %(total)s::bigint[]) as t(n, person, at, total)
"""


def fill_journey(raw: "psycopg.Connection[Any]", folder: Path) -> tuple[int, tuple[datetime, datetime]]:
    """A shop with the households' baskets as orders, paid and delivered at the till; its id, and the time they span."""
    from regulars.base import db
    from regulars.base.actor import SYSTEM
    from regulars.shop import actions

    baskets: dict[str, tuple[str, datetime, float]] = {}
    with lzma.open(folder / "completejourney" / "transactions.csv.xz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["transaction_timestamp"]).replace(tzinfo=UTC)
            house, first, total = baskets.get(row["basket_id"], (row["household_id"], at, 0.0))
            baskets[row["basket_id"]] = (house, first, total + float(row["sales_value"]))
    houses = {house: n for n, house in enumerate(sorted({b[0] for b in baskets.values()}))}
    rows = [
        (houses[house] * COPIES + copy + 1, at, round(100 * total))
        for house, at, total in baskets.values()
        for copy in range(COPIES)
    ]
    first = min(r[1] for r in rows)
    with db.transaction_on(raw) as cur:
        cur.execute("set local statement_timeout = 0")
        shop = actions.create_shop(cur, "journey", "Journey", SYSTEM, time_zone="America/New_York", currency="USD")
        values = {"shop": shop, "since": first, "people": len(houses) * COPIES}
        for sql in (_PEOPLE, _POINTS):
            cur.execute(sql.encode(), values)
        values |= {"n": list(range(len(rows))), "person": [r[0] for r in rows], "at": [r[1] for r in rows]}
        cur.execute(_BASKETS.encode(), values | {"total": [r[2] for r in rows]})
        cur.execute(_EVENTS.encode(), values)
    for table in _TABLES:
        raw.execute(f"vacuum analyze {table}".encode())
    return shop, (first, max(r[1] for r in rows) + timedelta(days=60))


@contextlib.contextmanager
def installation(data: Path | None) -> Iterator[None]:
    """A database of its own in this process's hands, gone afterwards unless `data` keeps it."""
    with contextlib.ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-backtest-")))
        server = Server(folder)
        os.environ |= {"REGULARS_DATA": str(folder), "DATABASE_URL": server.start(), "REGULARS_SECRET_KEY": "b" * 48}
        stack.callback(server.stop if data else server.destroy)
        with psycopg.connect(server.superuser_dsn(), autocommit=True) as raw:
            for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '8GB'"):
                raw.execute(f"alter system set {setting}".encode())
            raw.execute("select pg_reload_conf()")
        from regulars.worker import migrate, roles

        roles.start_django()
        migrate.apply()
        _SERVERS.append(server)
        yield


_SERVERS: list[Server] = []


def fill(raw: "psycopg.Connection[Any]", orders: int) -> int:
    """A shop with that many past orders of a year; its id."""
    from regulars.base import db
    from regulars.base.actor import SYSTEM
    from regulars.shop import actions

    with db.transaction_on(raw) as cur:
        cur.execute("set local statement_timeout = 0")
        shop = actions.create_shop(cur, f"bench-{orders}", "Bench", SYSTEM, time_zone="Europe/London")
        values = {"shop": shop, "since": SINCE, "orders": orders, "people": max(orders * 2 // 5, 1), "days": DAYS}
        for sql in (_PEOPLE, _POINTS, _PRODUCTS, _ORDERS, _LINES, _VERSIONS, _EVENTS):
            cur.execute(sql.encode(), values)
    for table in _TABLES:
        raw.execute(f"vacuum analyze {table}".encode())
    return shop


def _cpu() -> float:
    """Seconds that this process and those it has waited for have computed; on a busy machine they say more than the clock."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + others.ru_utime + others.ru_stime  # without the thread that looks at the memory


class Memory:
    """The most that a run took: this process, those it started and the database's, shared pages counted once."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        pids = [os.getpid(), *(pid for s in _SERVERS if (pid := _postmaster(s)) is not None)]
        while not self._over.wait(5.0):  # looking is dear
            self.peak = max(self.peak, pss_mib(pids))


def _postmaster(server: Server) -> int | None:
    found = list(server.data_dir.rglob("postmaster.pid"))
    return int(found[0].read_text().split()[0]) if found else None


def measure(
    raw: "psycopg.Connection[Any]", shop: int, text: str, processes: int, span: tuple[datetime, datetime]
) -> dict[str, Any]:
    """One run; figures of time and memory, and a few of what came out."""
    from regulars.base import db
    from regulars.journeys import backtest

    asked = backtest.Asked(shop, [backtest.Side(text, "1")], *span)
    with db.transaction_on(raw) as cur:
        backtest.prepare(cur, asked, {})
    before = _cpu()
    with Memory() as memory:
        out = backtest.run(raw, asked, processes)
    figures = out.figures[0]
    return {
        "orders": out.begun,
        "people": out.persons,
        "seconds": round(out.seconds, 2),
        "cpu_seconds": round(_cpu() - before, 2),
        "orders_per_second": round(out.begun / max(out.seconds, 1e-9)),
        "steps_per_second": round(figures.turns / max(out.seconds, 1e-9)),
        "memory_mib": round(memory.peak),
        "processes": out.processes,
        "turns": figures.turns,
        "messages": figures.messages,
        "calls": figures.work_of("call"),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; exit 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--journey", type=Path, help="also the completejourney history, out of this folder")
    parser.add_argument("--data", type=Path, help="keep the filled installation here")
    parser.add_argument("--profile", action="store_true", help="one process, with where its time went")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    with installation(given.data):
        from regulars.base import db

        raw = db.loop_connection("bench")
        text = (Path(__file__).resolve().parents[1] / "src/regulars/schemes/after-order.yaml").read_text()
        row = raw.execute("select id from shop_shop where slug = %s", (f"bench-{given.orders}",)).fetchone()
        started = time.monotonic()
        shop = row[0] if row else fill(raw, given.orders)
        found["filled_in"] = round(time.monotonic() - started, 1)
        span = (SINCE, SINCE + timedelta(days=DAYS + 60))
        if given.profile:
            _profiled(lambda: measure(raw, shop, text, 1, span))
            return 0
        found["orders"] = measure(raw, shop, text, given.processes, span)
        if given.journey is not None:
            shop, span = fill_journey(raw, given.journey)
            found["journey"] = measure(raw, shop, text, given.processes, span)
        raw.close()
    print(json.dumps(found) if given.json else _shown(found))
    is_whole = given.orders >= 1_000_000  # a quick look promises nothing
    runs = {name: run for name, run in found.items() if name in TOLD and (is_whole or name == "journey")}
    kept = all(run["seconds"] <= TOLD[name] and run["memory_mib"] <= TOLD["memory"] for name, run in runs.items())
    return 0 if kept else 1


def _profiled(do: Any) -> None:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(do)
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def _shown(found: dict[str, Any]) -> str:
    lines = []
    for name, figures in found.items():
        if isinstance(figures, dict):
            told = " ".join(f"{key}={value}" for key, value in figures.items())
            lines.append(f"backtest {name}: {told}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
