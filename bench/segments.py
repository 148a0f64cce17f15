"""How long segments take among a million people: `python -m bench.segments [--people 100000] [--data FOLDER] [--json]`.

On a PostgreSQL of its own, through the product's own code: counts of telling conditions, filling one, and how soon an event
is noticed. The shop has an order a person, two lines an order, and five events an order, over two years.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PEOPLE, ROUNDS = 1_000_000, 5
COUNT_S, NOTICED_S = 1.0, 10.0
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = 730
SINCE = NOW - timedelta(days=DAYS)
CONDITIONS = {
    "everybody who speaks English": "person.language == 'en'",
    "customers since half a year": "person.is_customer and person.customer_since > 180d ago",
    "ordered within 90 days": "happened('order.placed', 90d)",
    "three orders in a year": "orders(365d) >= 3",
    "three placed in a year, by events": "count('order.placed', 365d) >= 3",
    "opened nothing for 60 days": "not happened('message.opened', 60d)",
    "bought tea within 90 days": "bought('category', 'Tea', 90d)",
    "bought one product, ever": "bought('sku', 'SKU-7')",
    "spent 10,000 in a year": "spent(365d) >= 10000",
    "last order 90 days ago or more": "last('order.placed') < 90d ago",
    "never ordered": "last('order.placed') missing",
    "bought once, sleeps, and reads": (
        "orders() == 1 and last('order.placed') < 90d ago and happened('message.opened', 365d)"
    ),
    "tea, not lately, and not asked": (
        "bought('category', 'Tea', 365d) and not happened('order.placed', 60d) and not happened('message.sent', 7d)"
    ),
    "a field of their own": "person.fields.drink == 'tea' and person.fields.cups >= 3",
    "points that are still good": "points.balance >= 500",
    "points that go soon, and no order": "points.expiring >= 100 and not happened('order.placed', 90d)",
    "big or frequent": "spent(365d) >= 20000 or orders(365d) >= 5 or person.customer_since < 700d ago",
}
_AT = "%(since)s::timestamptz + i * (%(step)s::interval)"
_WHO = "(case when i %% 4 = 0 then 1 + i::bigint * 31 %% (%(n)s / 50) else 1 + i::bigint * 7919 %% %(n)s end)"
"""Of order i: a fiftieth of all people buy all the time."""
_FILL = (
    """insert into people_person (id, shop_id, name, first_name, language, customer_since, address)
    select i, %(shop)s, 'Buyer ' || i, 'Buyer', case when i %% 10 < 3 then 'en' else 'ru' end,
      case when i %% 5 > 0 then """ + _AT + """ end, '{"country": "RU", "city": "Москва"}' from generate_series(1, %(n)s) i""",
    "insert into events_mailbox (person_id, shop_id) select i, %(shop)s from generate_series(1, %(n)s) i",
    """insert into catalog_product (shop_id, sku, name, category, brand, version_at)
    select %(shop)s, 'SKU-' || i, 'Product ' || i, (array['Tea','Cups','Coffee','Sweets','Books','Gifts','Spoons','Pots',
      'Kettles','Other'])[1 + i %% 10], 'Brand ' || i %% 50, %(now)s from generate_series(0, 2999) i""",
    """insert into orders_order (id, shop_id, source, external_id, number, person_id, placed_at, placed_offset, version_at,
      status, payment_status, currency, total, live)
    select i, %(shop)s, 'api', 'A' || i, i::text, """ + _WHO + ", " + _AT + ", 180, " + _AT + """,
      case when i %% 20 = 0 then 'cancelled' else 'delivered' end, 'paid', 'RUB', 50000 + 1000 * (i %% 900), true
    from generate_series(1, %(n)s) i""",
    """insert into orders_line (id, shop_id, order_id, position, sku, name, quantity, price, dropped)
    select i * 4 + l, %(shop)s, i, l, 'SKU-' || (i * 31 + l * 17) %% 3000, '', 1, 500, i %% 50 = 0
    from generate_series(1, %(n)s) i, generate_series(0, 1) l""",
    """insert into people_field (shop_id, person_id, name, value, at, by)
    select %(shop)s, i, name, case when name = 'cups' then to_jsonb(i %% 7) when i %% 4 = 0 then '"tea"' else '"coffee"' end,
      %(now)s, 'bench' from generate_series(1, %(n)s) i, unnest(array['drink', 'cups']) name where i %% 2 = 0""",
    """insert into loyalty_lot (id, shop_id, person_id, key, points, earned_at, valid_until)
    select i, %(shop)s, 1 + i::bigint * 7919 %% %(n)s, 'k' || i, 100 * (1 + i %% 9), """ + _AT + """,
      case when i %% 3 > 0 then """ + _AT + """ + interval '180 days' end from generate_series(1, %(n)s) i""",
    """insert into loyalty_entry (shop_id, person_id, lot_id, source, target, points, key, at, cause)
    select shop_id, person_id, id, 'shop', 'available', points, 'earn:' || key, earned_at, 'bench' from loyalty_lot""",
)  # fmt: skip
_EVENTS = (
    """
insert into events_event (id, shop_id, kind, occurred_at, live, person_id, order_id)
select id_at(at) | (k << 4) | (i %% 16), %(shop)s, kind, at, true, who, i from (
  select i, k, kind, """
    + _AT
    + " + k * interval '1 hour' as at, "
    + _WHO
    + """ as who from generate_series(1, %(n)s) i,
  unnest(array['order.placed','message.sent','message.opened','order.delivered','message.sent']) with ordinality as u(kind, k)
  where kind <> 'message.opened' or i %% 3 = 0
) t on conflict do nothing
"""
)


def main() -> int:
    """Exit 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--data", type=Path, help="keep the filled shop here, and use it again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--explain", action="store_true", help="plans of what missed the limit, on stderr")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = args.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-bench-")))
        found = measured(folder, args.people, keep=args.data is not None, explain=args.explain)
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(render(found))
    return 1 if is_missed(found) else 0


def is_missed(found: dict[str, Any]) -> bool:
    """Whether a count or the noticing took too long."""
    return any(row["median_s"] > COUNT_S for row in found["counts"]) or found["noticed_s"] > NOTICED_S


def render(found: dict[str, Any]) -> str:
    """A table for a person."""
    lines = [f"{found['people']:,} people, {found['events']:,} events, {found['orders']:,} orders", ""]
    for row in found["counts"]:
        miss = "  MISS" if row["median_s"] > COUNT_S else ""
        lines.append(
            f"{row['name']:36} {row['count']:>10,} {row['best_s']:>7.3f} s best {row['median_s']:>7.3f} s median"
            f" {row['cpu_s']:>5.2f} s of one processor{miss}"
        )
    lines.append("")
    lines.append(
        f"filled a segment of {found['members']:,} (and {found['rows']:,} rows to look at) in {found['filled_s']:.1f} s"
    )
    lines.append(
        f"an event noticed in {found['noticed_s']:.3f} s; {found['kept_per_s']:,.0f} persons asked anew a second"
    )
    return "\n".join(lines)


def measured(folder: Path, people: int, *, keep: bool, explain: bool) -> dict[str, Any]:
    """The figures."""
    from regulars.base.postgres import Server

    server = Server(folder)
    os.environ["DATABASE_URL"] = server.start()
    os.environ.setdefault("REGULARS_SECRET_KEY", "k" * 60)
    os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.project.settings"
    import django

    django.setup()
    from regulars.base import clock, db
    from regulars.worker import migrate

    try:
        migrate.apply()
        with contextlib.closing(db.loop_connection("bench")) as raw:
            shop = raw.execute("select min(id) from shop_shop").fetchone()
            shop_id = shop[0] if shop and shop[0] else _fill(server, raw, people)
            raw.execute(
                "update base_clock set playground = true, speed = 1, anchor_business = %s, anchor_machine = machine_now()",
                (NOW,),
            )
            clock.forget()
            return {"counts": _counts(raw, shop_id, explain), **_kept(raw, shop_id), **_sizes(raw)}
    finally:
        db.close()
        server.stop() if keep else server.destroy()


def _fill(server: Any, raw: Any, people: int) -> int:
    import psycopg

    from regulars.base import db, partitions
    from regulars.base.actor import SYSTEM
    from regulars.shop import actions as shops

    with db.transaction_on(raw) as cur:
        shop_id = shops.create_shop(cur, "bench", "Bench", SYSTEM)
        cur.execute("update shop_shop set currency = 'RUB' where id = %s", (shop_id,))
        for month in partitions.months_from(SINCE, DAYS // 30):
            if cur.execute("select to_regclass(%s)", (f"events_event_{month}",)).fetchone() == (None,):
                partitions.repair_default(cur, "events_event", month)
    values = {"n": people, "shop": shop_id, "since": SINCE, "now": NOW, "step": timedelta(days=DAYS) / people}
    with psycopg.connect(server.superuser_dsn("regulars"), autocommit=True) as root:
        root.execute("set session_replication_role = replica")
        root.execute("set synchronous_commit = off")
        for statement in (*_FILL, _EVENTS):
            begun = time.monotonic()
            made = psycopg.ClientCursor(root).execute(statement.encode(), values).rowcount
            print(f"{statement.split('(')[0].strip()}: {made:,} in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        root.execute("vacuum (analyze, freeze)")
    return int(shop_id)


def _counts(raw: Any, shop_id: int, explain: bool) -> list[dict[str, Any]]:
    from regulars.base import db
    from regulars.segments import conditions, counting

    rows = []
    for name, text in CONDITIONS.items():
        condition, spans, n = conditions.read(text), [], 0
        for _ in range(ROUNDS + 1):
            with db.transaction_on(raw) as cur:
                begun = time.perf_counter()
                n = counting.count(cur, shop_id, condition, NOW)
                spans.append(time.perf_counter() - begun)
        spans = spans[1:]  # the first warms the cache
        rows.append(
            {
                "name": name, "condition": text, "count": n, "best_s": min(spans), "median_s": statistics.median(spans),
                "cpu_s": _worked(raw, shop_id, condition),
            }
        )  # fmt: skip
        if explain and rows[-1]["median_s"] > COUNT_S:
            _explain(raw, shop_id, condition)
    return rows


def _worked(raw: Any, shop_id: int, condition: Any) -> float:
    """Seconds of one processor without helpers: what a busy machine does not blur."""
    import psutil

    from regulars.base import db
    from regulars.segments import counting

    backend = psutil.Process(raw.info.backend_pid)
    spans = []
    for _ in range(2):
        with db.transaction_on(raw) as cur:
            cur.execute("set local max_parallel_workers_per_gather = 0")
            before = backend.cpu_times()
            counting.count(cur, shop_id, condition, NOW)
            after = backend.cpu_times()
            spans.append(after.user + after.system - before.user - before.system)
    return float(min(spans))


def _explain(raw: Any, shop_id: int, condition: Any) -> None:
    from regulars.base import db
    from regulars.segments import counting

    with db.transaction_on(raw) as cur:
        said = counting._said(cur, shop_id, condition, NOW)
        plan = cur.execute(f"explain (analyze, costs off, buffers off) {said.count()}", said.params).fetchall()
    print(condition.text, *(row[0] for row in plan if "never executed" not in row[0]), sep="\n", file=sys.stderr)


def _kept(raw: Any, shop_id: int) -> dict[str, Any]:
    """Fill a segment; then an event each of some people, and of one."""
    from regulars.base import db
    from regulars.base.actor import SYSTEM
    from regulars.events.actions import NewEvent, record
    from regulars.segments import actions, keeping
    from regulars.segments.filling import Filler

    name = f"bench-{int(time.time())}"
    with db.transaction_on(raw) as cur:
        segment = actions.make(cur, shop_id, name, {}, "not happened('message.opened', 60d)", SYSTEM, NOW)
    begun, filler = time.perf_counter(), Filler()
    while filler.turn(raw):
        pass
    filled = time.perf_counter() - begun
    sizes = raw.execute(
        "select count(*) filter (where since is not null), count(*) from segments_member where segment_id = %s",
        (segment,),
    ).fetchone()

    def happen(who: range) -> float:
        with db.transaction_on(raw) as cur:
            record(cur, shop_id, [NewEvent("message.opened", NOW, True, person) for person in who], NOW)
        begun = time.perf_counter()
        while keeping.keep_once(raw):
            pass
        return time.perf_counter() - begun

    happen(range(1, 50))
    noticed = happen(range(50, 51))
    many = range(1000, 1000 + min(10_000, sizes[1] // 10))
    return {
        "filled_s": filled, "members": sizes[0], "rows": sizes[1], "noticed_s": noticed,
        "kept_per_s": len(many) / happen(many),
    }  # fmt: skip


def _sizes(raw: Any) -> dict[str, int]:
    return {
        name: raw.execute(f"select count(*) from {table}").fetchone()[0]
        for name, table in (("people", "people_person"), ("events", "events_event"), ("orders", "orders_order"))
    }


if __name__ == "__main__":
    sys.exit(main())
