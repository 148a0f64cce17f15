"""A used database made as if nobody had used it: faster than a new copy, and refused where that can't be promised.

Rows go, also those that may only be appended to (no trigger fires meanwhile); what migrations had put in comes back. A
database whose tables, columns, functions or triggers have changed is not mended.
"""

import contextlib
from dataclasses import dataclass

import psycopg
from psycopg import sql

__all__ = ["Untouched", "look"]

_SHAPE = """
select string_agg(n || ' ' || newest, ',' order by k) from (
  select 1, count(*), max(xmin::text::bigint) from pg_class union all
  select 2, count(*), max(xmin::text::bigint) from pg_attribute union all
  select 3, count(*), max(xmin::text::bigint) from pg_proc union all
  select 4, count(*), max(xmin::text::bigint) from pg_trigger union all
  select 5, count(*), max(xmin::text::bigint) from pg_constraint
) of_catalog (k, n, newest)
"""
_WRITTEN = """
select relname from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and pg_relation_size(oid) > 0
"""
_OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@dataclass(frozen=True, slots=True)
class Untouched:
    """A database as it was before its first use: its shape, and the rows in it by table."""

    shape: str
    rows: dict[str, bytes]

    def restore(self, url: str) -> bool:
        """Bring the database back to this; False when it has another shape, or the server doesn't let us."""
        try:
            with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
                connection.execute(_OTHERS)
                if _shape(connection) != self.shape:
                    return False
                connection.execute("set session_replication_role = replica")
                for table in _written(connection):
                    kept = self.rows.get(table, b"")
                    if _rows(connection, table) == kept:
                        continue
                    connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
                    if kept:
                        with connection.cursor().copy(
                            sql.SQL("copy {} from stdin").format(sql.Identifier(table))
                        ) as copy:
                            copy.write(kept)
        except psycopg.Error:
            return False
        return True


def look(url: str) -> Untouched:
    """The database as it is now."""
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        rows = {table: _rows(connection, table) for table in _written(connection)}
        return Untouched(_shape(connection), {table: found for table, found in rows.items() if found})


def _shape(connection: "psycopg.Connection[tuple[object, ...]]") -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return str(row[0])


def _written(connection: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    return [str(name) for (name,) in connection.execute(_WRITTEN)]


def _rows(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(piece) for piece in copy)
