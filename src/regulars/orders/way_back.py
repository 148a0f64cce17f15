"""How changes of an order are told to the shop that it came from: one way a source, its secrets encrypted. Writes.

Must not call anybody; what is said by which way stands in desk/write_back.py and vendors/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys

__all__ = ["CONFIRM_MINUTES", "WAYS", "Way", "confirm_within", "drop_way", "set_way", "sources", "way_of"]

WAYS = ("woocommerce", "webhook")
CONFIRM_MINUTES = 60
"""So long a shop has, after it was told, to show its order as it was wanted; each way may say otherwise."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a source. `secrets` in clear; hence no repr."""

    source: str
    way: str
    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)


def way_of(cur: Cursor, shop_id: int, source: str) -> Way | None:
    """How this source is told; None: nobody is."""
    row = cur.execute(
        "select source, way, url, secrets, settings from orders_way_back where shop_id = %s and source = %s",
        (shop_id, source),
    ).fetchone()
    if row is None:
        return None
    box = SecretBox(split_keys(settings.SECRET_KEY))
    name, way, url, secrets, own = row
    return Way(name, way, url, {key: box.decrypt(value.encode()) for key, value in secrets.items()}, own)


def confirm_within(cur: Cursor, shop_id: int, order_id: int) -> timedelta:
    """How long the shop of this order has to show what it was told."""
    row = cur.execute(
        "select (w.settings ->> 'confirm_minutes')::int from orders_order o join orders_way_back w"
        " on w.shop_id = o.shop_id and w.source = o.source where o.shop_id = %s and o.id = %s",
        (shop_id, order_id),
    ).fetchone()
    return timedelta(minutes=(row[0] if row else None) or CONFIRM_MINUTES)


def sources(cur: Cursor, shop_id: int) -> dict[str, str]:
    """Which sources are told, and by which way."""
    return dict(cur.execute("select source, way from orders_way_back where shop_id = %s", (shop_id,)).fetchall())


def set_way(cur: Cursor, shop_id: int, way: Way, actor: Actor) -> None:
    """Set a source's way; a secret that isn't given stays what it was."""
    box = SecretBox(split_keys(settings.SECRET_KEY))
    secrets = {key: box.encrypt(value).decode() for key, value in way.secrets.items() if value}
    cur.execute(
        "insert into orders_way_back (shop_id, source, way, url, secrets, settings)"
        " values (%s, %s, %s, %s, %s::jsonb, %s::jsonb) on conflict (shop_id, source) do update set"
        " secrets = case when orders_way_back.way = excluded.way then orders_way_back.secrets else '{}' end"
        " || excluded.secrets, way = excluded.way, url = excluded.url, settings = excluded.settings,"
        " changed_at = machine_now()",
        (shop_id, way.source, way.way, way.url, db.dumps(secrets), db.dumps(dict(way.settings))),
    )
    audit.write(cur, shop_id, actor, "way_back.saved", "source", None, source=way.source, way=way.way)


def drop_way(cur: Cursor, shop_id: int, source: str, actor: Actor) -> None:
    """Tell this source nothing any more; its secrets are deleted."""
    cur.execute("delete from orders_way_back where shop_id = %s and source = %s", (shop_id, source))
    audit.write(cur, shop_id, actor, "way_back.removed", "source", None, source=source)
