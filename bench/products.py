"""How long a look-up of a product takes among 100,000: `python -m bench.products [--real online-retail.csv.xz] [--json]`.

On a PostgreSQL of its own, through the product's own reading code; each text is one that somebody mistypes or mishears.
"""

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.goods import articles, misheard, real

P95_MS = 50.0
COUNT, ROUNDS, AT_ONCE = 100_000, 5, 2000
CODES = ("СКО-5", "KET77", "ско 77", "чай-12345", "PAN")
PLAIN = ("сковородка", "красный чайник", "термос 20 см bosch", "crjdjhjlrf", "пылесос дайсон складной", "tefal", "с")


def measured(count: int, names: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Fill a shop and look up; the figures."""
    from regulars.base import db
    from regulars.base.postgres import Server

    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        server = Server(Path(folder))
        import os

        os.environ["DATABASE_URL"] = server.start()
        os.environ.setdefault("REGULARS_SECRET_KEY", "k" * 60)
        os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.project.settings"
        try:
            import django

            django.setup()
            from regulars.worker import migrate

            migrate.apply()
            with contextlib.closing(db.loop_connection("bench")) as raw:
                return {"products": count, **_look_ups(raw, _fill(raw, count, names))}
        finally:
            db.close()
            server.destroy()


def _fill(raw: Any, count: int, names: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    from datetime import UTC, datetime

    from regulars.base import db
    from regulars.base.actor import SYSTEM
    from regulars.catalog import taking
    from regulars.catalog.snapshot import read_product
    from regulars.shop import actions as shops

    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with db.transaction_on(raw) as cur:
        shop_id = shops.create_shop(cur, "bench", "Bench", SYSTEM)
    group: list[Any] = []
    begun = time.perf_counter()
    known: dict[int, str] = {}
    for i, a in enumerate(articles(count, names), 1):
        plain = {"sku": a.sku, "name": a.name, "brand": a.brand or None, "category": a.category or None}
        group.append(read_product({**plain, "stock": str(a.stock), "price": f"{a.price}.00", "currency": "RUB"}))
        if len(group) == AT_ONCE or i == count:
            with db.transaction_on(raw) as cur:
                taking.take(cur, shop_id, group, at)
            group.clear()
    taken = time.perf_counter() - begun
    raw.execute("vacuum analyze catalog_product, catalog_word")
    with db.open_cursor(raw) as cur:
        known = dict(cur.execute("select id, name from catalog_product").fetchall())
        words = cur.execute("select count(*) from catalog_word").fetchone()
    return {"shop_id": shop_id, "names": known, "words": words[0] if words else 0, "taken_per_s": round(count / taken)}


def _look_ups(raw: Any, filled: dict[str, Any]) -> dict[str, Any]:
    from regulars.base import db
    from regulars.catalog.queries import products_by_id
    from regulars.catalog.search import search

    texts = [*misheard(), *((code, "") for code in CODES), *((text, "") for text in PLAIN)]
    spans: list[tuple[float, str]] = []
    wrong = []
    for n in range(ROUNDS + 1):
        for text, wanted in texts:
            begun = time.perf_counter()
            with db.transaction_on(raw) as cur:
                hits = search(cur, filled["shop_id"], text)
                products_by_id(cur, filled["shop_id"], [hit.id for hit in hits])
            if n:  # the first round warms
                spans.append((1000 * (time.perf_counter() - begun), text))
            elif wanted and (not hits or wanted.lower() not in filled["names"][hits[0].id].lower()):
                wrong.append((text, filled["names"][hits[0].id] if hits else ""))
    all_ms = sorted(span for span, _ in spans)
    return {
        "words": filled["words"],
        "taken_per_s": filled["taken_per_s"],
        "look_ups": len(spans),
        "p50_ms": round(statistics.median(all_ms), 1),
        "p95_ms": round(all_ms[int(len(all_ms) * 0.95)], 1),
        "max_ms": round(all_ms[-1], 1),
        "slowest": [f"{text}: {ms:.1f}" for ms, text in sorted(spans, reverse=True)[:5]],
        "misheard": len(misheard()),
        "not_first": wrong,
    }


def main() -> int:
    """Measure and say it; 1 where the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--real", type=Path, help="the file of the data set 'Online Retail'")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.count, real(given.real) if given.real else ())
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:12} {value}")
    return 0 if found["p95_ms"] <= P95_MS else 1


if __name__ == "__main__":
    sys.exit(main())
