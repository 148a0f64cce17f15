"""Products taken in from snapshots; an older one never overwrites a newer. One statement for the group."""

from collections.abc import Sequence
from datetime import datetime

from regulars.base import db
from regulars.base.db import Cursor
from regulars.catalog.snapshot import ProductSnapshot

__all__ = ["take"]

_UPSERT = """
insert into catalog_product as p (shop_id, sku, name, satisfaction_days, stock, version_at, data)
select %s, s, n, d, st, v, da::jsonb
from unnest(%s::text[], %s::text[], %s::int[], %s::numeric[], %s::timestamptz[], %s::text[]) as t(s, n, d, st, v, da)
on conflict (shop_id, sku) do update set name = excluded.name, satisfaction_days = excluded.satisfaction_days,
  stock = excluded.stock, version_at = excluded.version_at, data = excluded.data
where excluded.version_at >= p.version_at
returning sku
"""


def take(cur: Cursor, shop_id: int, products: Sequence[ProductSnapshot], now: datetime) -> list[str]:
    """For each product 'taken', or 'older' when a newer state is known. Without a time of its own it is as of now."""
    newest: dict[str, int] = {}
    for i, product in enumerate(products):
        before = newest.get(product.sku)
        if before is None or (product.updated_at or now) >= (products[before].updated_at or now):
            newest[product.sku] = i
    chosen = [products[i] for i in newest.values()]
    rows = [
        (p.sku, p.name or p.sku, p.satisfaction_days, p.stock, p.updated_at or now, db.dumps(p.rest)) for p in chosen
    ]
    written = {r[0] for r in cur.execute(_UPSERT, (shop_id, *db.columns(rows, 6))).fetchall()} if rows else set()
    return ["taken" if newest[p.sku] == i and p.sku in written else "older" for i, p in enumerate(products)]
