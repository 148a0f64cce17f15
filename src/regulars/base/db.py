"""The one door to PostgreSQL: cursors with our JSON, transactions, and the connections of loops.

Actions and queries take a `Cursor`; who opened it (a Django view, a loop of the engine, a command) is not their
affair. A cursor here binds on the server, loads jsonb through msgspec and numeric as Decimal.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
from django.db import connection, transaction
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.array import ListBinaryDumper

__all__ = [
    "Cursor",
    "close",
    "columns",
    "dumps",
    "ids",
    "loads",
    "loop_connection",
    "open_cursor",
    "transact",
    "transaction_on",
]

Cursor = psycopg.Cursor[tuple[Any, ...]]

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder()


def dumps(value: object) -> str:
    """JSON text of plain data (Decimal as text, datetime as RFC 3339)."""
    return _encoder.encode(value).decode()


def loads(text: str | bytes) -> Any:
    """Plain data out of JSON text that we wrote ourselves."""
    return _decoder.decode(text)


class _JsonLoader(Loader):
    def load(self, data: Buffer) -> Any:
        return _decoder.decode(bytes(data))


class _JsonbBinaryLoader(Loader):
    format = psycopg.pq.Format.BINARY

    def load(self, data: Buffer) -> Any:
        return _decoder.decode(bytes(data)[1:])  # the first byte is jsonb's format version


def open_cursor(raw: "psycopg.Connection[Any]") -> Cursor:
    """A cursor of ours on a raw psycopg connection."""
    cur: Cursor = psycopg.Cursor(raw)
    for name in ("json", "jsonb"):
        cur.adapters.register_loader(name, _JsonLoader)
    cur.adapters.register_loader("jsonb", _JsonbBinaryLoader)
    # Arrays go binary: as text every JSON document in one is quoted anew, which cost half of the engine's time.
    cur.adapters.register_dumper(list, ListBinaryDumper)
    return cur


@contextmanager
def transact() -> Iterator[Cursor]:
    """One transaction on Django's connection of this thread (a savepoint when one is open already)."""
    with transaction.atomic(), open_cursor(connection.connection) as cur:
        yield cur


def loop_connection(name: str, *, one_plan: bool = False) -> "psycopg.Connection[Any]":
    """A connection of its own for a loop or a thread: autocommit, prepared statements, UTC, named for pg_stat_activity.

    `one_plan`: only for statements whose plan does not depend on what is in the tables, such as inserts.
    Raises psycopg.OperationalError while the server is away; loops wait and try again.
    """
    # Statements are for groups of every size, on tables that grow from nothing: a plan made for one suits no other.
    plans = "force_generic_plan" if one_plan else "force_custom_plan"
    from django.conf import settings  # noqa: PLC0415 - read when connecting: tests move it

    return psycopg.connect(
        settings.REGULARS_DSN,
        autocommit=True,
        prepare_threshold=2,
        application_name=f"regulars {name}",
        options=f"-c TimeZone=UTC -c jit=off -c plan_cache_mode={plans}",
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=30000,
    )


@contextmanager
def transaction_on(raw: "psycopg.Connection[Any]") -> Iterator[Cursor]:
    """One transaction on a loop's connection."""
    with raw.transaction(), open_cursor(raw) as cur:
        yield cur


def ids(cur: Cursor, n: int) -> list[int]:
    """`n` fresh time-ordered ids, ascending, in one round trip."""
    if n == 0:
        return []
    return sorted(row[0] for row in cur.execute("select next_id() from generate_series(1, %s)", (n,)))


def close() -> None:
    """Close Django's connection of this thread; every thread of ours ends with it."""
    connection.close()


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into `width` columns, as `unnest` wants them; empty lists when there is no row."""
    out = [list(c) for c in zip(*rows, strict=True)]
    return out if out else [[] for _ in range(width)]
