"""Products taken in from snapshots; an older one never overwrites a newer. A few statements for the group.

Writes products, what suppliers have of them, and the words that they are found by (keys.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.base import db
from regulars.base.db import Cursor
from regulars.catalog import keys
from regulars.catalog.snapshot import ProductSnapshot, kept_fields

__all__ = ["make_keys", "take"]

_COLUMNS = (
    ("sku", "text"), ("name", "text"), ("satisfaction_days", "int"), ("stock", "numeric"), ("restock_at", "timestamptz"),
    ("price", "numeric"), ("currency", "text"), ("category", "text"), ("brand", "text"), ("url", "text"),
    ("picture_url", "text"), ("features", "jsonb"), ("accessories", "jsonb"), ("alternatives", "jsonb"),
    ("offer", "jsonb"), ("data", "jsonb"), ("code", "text"), ("word_ids", "bigint[]"), ("version_at", "timestamptz"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# json and arrays go as text: an array of arrays is no array of rows
_SENT = ", ".join(f"%s::{'text' if kind in ('jsonb', 'bigint[]') else kind}[]" for _, kind in _COLUMNS)
_CAST = ", ".join(f"t.{name}::{kind}" for name, kind in _COLUMNS)
_SET = ", ".join(f"{name} = excluded.{name}" for name, _ in _COLUMNS if name != "sku")
_UPSERT = f"""
insert into catalog_product as p (shop_id, keys, {_NAMES})
select %s, {keys.VERSION}, {_CAST} from unnest({_SENT}) as t({_NAMES})
on conflict (shop_id, sku) do update set keys = excluded.keys, {_SET},
  regrouped_at = case when (p.category, p.brand) is distinct from (excluded.category, excluded.brand) then machine_now()
                      else p.regrouped_at end
where excluded.version_at >= p.version_at
returning sku
"""  # noqa: S608 - our own column names
_SUPPLIES = """
insert into catalog_supply (shop_id, sku, supplier, stock, price, currency, lead_days, updated_at)
select %s, * from unnest(%s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::text[], %s::int[], %s::timestamptz[])
"""
# What was kept before these fields had a column: the same product, only read anew. Whoever changed it meanwhile has done it.
_BEHIND = """
select p.id, p.sku, p.name, p.data, p.version_at, p.keys, p.brand, p.category from catalog_product p
where p.shop_id = %s and p.keys < %s order by p.id limit %s
"""
_LOCK = "select from catalog_product where id = any(%s) order by sku for update"  # in the order in which take() does
_FIELDS = tuple(name for name, _ in _COLUMNS if name not in ("sku", "name", "satisfaction_days", "stock", "version_at"))
_READ_ANEW = f"""
update catalog_product p set keys = {keys.VERSION}, {", ".join(f"{name} = t.{name}::{dict(_COLUMNS)[name]}" for name in _FIELDS)}
from unnest(%s::bigint[], %s::smallint[], {", ".join("%s::text[]" for _ in _FIELDS)}) as t(id, keys, {", ".join(_FIELDS)})
where p.id = t.id and p.keys = t.keys
"""  # noqa: S608 - our own column names
_KEYS_ANEW = f"""
update catalog_product p set keys = {keys.VERSION}, code = t.code, word_ids = t.words::bigint[]
from unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[]) as t(id, keys, code, words)
where p.id = t.id and p.keys = t.keys
"""  # noqa: S608 - a number of our own


def take(cur: Cursor, shop_id: int, products: Sequence[ProductSnapshot], now: datetime) -> list[str]:
    """For each product 'taken', or 'older' when a newer state is known. Without a time of its own it is as of now."""
    newest: dict[str, int] = {}
    for i, product in enumerate(products):
        before = newest.get(product.sku)
        if before is None or (product.updated_at or now) >= (products[before].updated_at or now):
            newest[product.sku] = i
    chosen = [products[newest[sku]] for sku in sorted(newest)]  # sorted: two writers never wait in a ring
    written: set[str] = set()
    if chosen:
        rows = _rows(cur, shop_id, chosen, now)
        written = {r[0] for r in cur.execute(_UPSERT, (shop_id, *db.columns(rows, len(_COLUMNS)))).fetchall()}
        _take_supplies(cur, shop_id, [p for p in chosen if p.sku in written and p.suppliers is not None], now)
    return ["taken" if newest[p.sku] == i and p.sku in written else "older" for i, p in enumerate(products)]


def _rows(cur: Cursor, shop_id: int, chosen: Sequence[ProductSnapshot], now: datetime) -> list[tuple[Any, ...]]:
    """The products as columns, in the order of _COLUMNS."""
    words = keys.word_ids(cur, shop_id, [keys.texts_of(p.name or p.sku, p.brand, p.category, p.rest) for p in chosen])
    return [
        (
            p.sku, p.name or p.sku, p.satisfaction_days, p.stock, p.restock_at, p.price, p.currency, p.category, p.brand,
            p.url, p.picture_url, db.dumps(p.features), db.dumps(p.accessories), db.dumps(p.alternatives),
            None if p.offer is None else db.dumps(p.offer), db.dumps(p.rest), keys.code_of(p.sku), _array(ids),
            p.updated_at or now,
        )
        for p, ids in zip(chosen, words, strict=True)
    ]  # fmt: skip


def _take_supplies(cur: Cursor, shop_id: int, products: Sequence[ProductSnapshot], now: datetime) -> None:
    """What suppliers have of these products, in place of what was known of it."""
    if not products:
        return
    cur.execute(
        "delete from catalog_supply where shop_id = %s and sku = any(%s)", (shop_id, sorted(p.sku for p in products))
    )
    rows = [
        (
            p.sku,
            s.supplier,
            s.stock,
            s.price,
            s.currency or p.currency,
            s.lead_days,
            s.updated_at or p.updated_at or now,
        )
        for p in products
        for s in p.suppliers or ()
    ]
    if rows:
        cur.execute(_SUPPLIES, (shop_id, *db.columns(rows, 7)))


def make_keys(cur: Cursor, shop_id: int, limit: int) -> int:
    """Make anew what products are found by, where the rules have changed since; how many were done.

    A product kept before its price, category and the rest had columns gets them out of what was kept.
    """
    rows = cur.execute(_BEHIND, (shop_id, keys.VERSION, limit)).fetchall()
    first = [(id_, kept_fields(sku, name, data), at) for id_, sku, name, data, at, done, _b, _c in rows if not done]
    other = [r for r in rows if r[5]]
    if first:
        made = _rows(cur, shop_id, [msgspec.structs.replace(p, updated_at=at) for _, p, at in first], first[0][2])
        place = {name: i for i, (name, _) in enumerate(_COLUMNS)}
        again = [
            (id_, 0, *(None if row[place[n]] is None else str(row[place[n]]) for n in _FIELDS))
            for (id_, _, _), row in zip(first, made, strict=True)
        ]
        cur.execute(_LOCK, ([a[0] for a in again],))
        cur.execute(_READ_ANEW, db.columns(again, 2 + len(_FIELDS)))
        _take_supplies(cur, shop_id, [p for _, p, _ in first if p.suppliers is not None], first[0][2])
    if other:
        texts = [keys.texts_of(name, brand, category, data) for _, _, name, data, _, _, brand, category in other]
        ids = keys.word_ids(cur, shop_id, texts, anew=True)
        again = [(r[0], r[5], keys.code_of(r[1]), _array(i)) for r, i in zip(other, ids, strict=True)]
        cur.execute(_LOCK, ([a[0] for a in again],))
        cur.execute(_KEYS_ANEW, db.columns(again, 4))
    return len(rows)


def _array(ids: Sequence[int]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"
