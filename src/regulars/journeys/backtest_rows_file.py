"""Who would have got what, and when, as lines: written to a file, or packed with the run so that its lists can be opened.

Owns the line's form. A line holds ids and words of the scheme; names are added where somebody may see them.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from regulars.core.backtest_rows import Row

__all__ = ["COLUMNS", "RowsFile", "pack", "unpack"]

COLUMNS = (
    "version", "at", "person", "order", "step", "what", "detail", "fate", "reason", "purpose", "amount", "target_at", "due_at",
)  # fmt: skip


class RowsFile:
    """A CSV file that takes rows as they come; `labels`: what the versions are called."""

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        self._labels = labels
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> "RowsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, side: int, rows: Sequence[Row]) -> None:
        """Write the rows of one person in one version."""
        self._writer.writerows(_line(self._labels[side], row) for row in rows)


def pack(rows: Iterable[tuple[int, Sequence[Row]]]) -> bytes:
    """Rows of many persons, small: packed with the run."""
    text = io.StringIO()
    csv.writer(text).writerows(_line(str(side), row) for side, some in rows for row in some)
    return gzip.compress(text.getvalue().encode(), 3, mtime=0)


def unpack(body: bytes) -> Iterator[tuple[int, Row]]:
    """What `pack` packed, each with its side."""
    for cells in csv.reader(io.StringIO(gzip.decompress(body).decode())):
        side, at, person, order, step, what, detail, fate, reason, purpose, amount, target, due = cells
        yield int(side), Row(
            datetime.fromisoformat(at), int(person), int(order) if order else None, step, what, detail, fate, reason, purpose,
            int(amount or 0), _moment(target), _moment(due),
        )  # fmt: skip


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _line(side: str, row: Row) -> tuple[object, ...]:
    target = "" if row.target_at is None else _text(row.target_at)
    due = "" if row.due_at is None else _text(row.due_at)
    order = "" if row.order_id is None else row.order_id
    return (
        side, _text(row.at), row.person_id, order, row.step, row.what, row.detail, row.fate, row.reason, row.purpose,
        row.amount or "", target, due,
    )  # fmt: skip


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
