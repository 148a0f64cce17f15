"""Month partitions of the big tables: made three months ahead; a default one catches the rest, and is emptied again.

Bounds are ids at the first instant of a month (UTC, machine time): ids hold machine milliseconds in their high bits.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from regulars.base.db import Cursor

__all__ = ["MONTHS_AHEAD", "PARTITIONED", "Month", "ensure", "months_from", "repair_default"]

MONTHS_AHEAD = 3
PARTITIONED = (
    "events_event",
    "orders_version",
    "outbox_message",
    "outbox_body",
    "outbox_delivery",
    "intake_delivery",
    "intake_item",
    "journeys_decision",
)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    def first_id(self) -> int:
        """The least id that a row of this month can have."""
        at = datetime(self.year, self.month, 1, tzinfo=UTC)
        return int(at.timestamp() * 1000) << 20

    def next(self) -> "Month":
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}_{self.month:02d}"


def months_from(at: datetime, ahead: int = MONTHS_AHEAD) -> list[Month]:
    """The month of `at` and `ahead` more."""
    month = Month(at.year, at.month)
    out = [month]
    for _ in range(ahead):
        out.append(month := month.next())
    return out


def _has(cur: Cursor, name: str) -> bool:
    return cur.execute("select to_regclass(%s)", (name,)).fetchone() != (None,)


def ensure(cur: Cursor, at: datetime, tables: tuple[str, ...] = PARTITIONED) -> list[str]:
    """Make what is missing for the month of `at` (machine time) and three more; returns the names made.

    Rows that the default partition caught for such a month are moved into it (`repair_default`).
    """
    made: list[str] = []
    for table in tables:
        for month in months_from(at):
            name = f"{table}_{month}"
            if _has(cur, name):
                continue
            repair_default(cur, table, month)
            made.append(name)
    return made


def repair_default(cur: Cursor, table: str, month: Month) -> int:
    """Make the month's partition, moving what the default one holds of it; returns the rows moved.

    The parent is locked for the moment of the move, so that no insert falls between.
    """
    low, high = month.first_id(), month.next().first_id()
    name = f"{table}_{month}"
    cur.execute("set local regulars.repair = 'on'")  # the append-only log lets rows move between its own partitions
    cur.execute(f"lock table {table} in share row exclusive mode")
    cur.execute(
        f"create table {name} (like {table} including defaults including constraints including storage"
        " including compression)"
    )
    moved = cur.execute(
        f"with gone as (delete from {table}_default where id >= {low} and id < {high} returning *)"  # noqa: S608
        f" insert into {name} select * from gone"
    ).rowcount
    cur.execute(f"alter table {table} attach partition {name} for values from ({low}) to ({high})")
    cur.execute("set local regulars.repair = 'off'")
    return moved
