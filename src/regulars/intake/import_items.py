"""A file as batches of items, ready for the raw deliveries, with what was refused on the way.

The same file gives the same batches each time: a batch's place in the file is its identity, so that a second run, or
one after a kill, changes nothing. Owns no database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from regulars.base.errors import BadItem
from regulars.intake.glance import judge
from regulars.intake.import_columns import Columns, Defaults, order_of, record_of
from regulars.intake.import_file import BadFile, FileFacts, Line, csv_rows, json_rows

__all__ = ["ImportBatch", "Plan", "Reject", "batches"]

BATCH_ITEMS = 1000
BATCH_BYTES = 8 << 20

_encode = msgspec.json.Encoder(decimal_format="string").encode


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read and how; `columns`: heading → field, for headings that we don't know."""

    kind: str
    path: Path
    facts: FileFacts
    defaults: Defaults
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """`row`: the first row of the item, `rows` how many it has. `text`: what stood there."""

    row: int
    rows: int
    pointer: str
    detail: str
    code: str
    text: str


@dataclass(slots=True)
class ImportBatch:
    """`items` with their places (first row, number of rows), the refused, and how many bytes of the file are read."""

    items: list[bytes] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    size: int = 0
    done: int = 0

    @property
    def key(self) -> str:
        """Its place in the file."""
        last, rows = self.places[-1]
        return f"{self.places[0][0]}-{last + rows - 1}"

    @property
    def body(self) -> bytes:
        """The delivery's body, a JSON array."""
        return b"[" + b",".join(self.items) + b"]"

    def full(self) -> bool:
        """Whether the next item belongs to the next batch."""
        return len(self.items) >= BATCH_ITEMS or self.size >= BATCH_BYTES


@dataclass(frozen=True, slots=True)
class _Piece:
    """An item out of the file, or what is wrong with it."""

    row: int
    rows: int
    found: bytes | BadItem
    text: str
    done: int


def batches(plan: Plan) -> Iterator[ImportBatch]:
    """Batches in the file's order. Raises BadFile when the file as a whole cannot be read."""
    batch = ImportBatch()
    for piece in _json_pieces(plan) if plan.facts.is_json else _csv_pieces(plan):
        if batch.full():
            yield batch
            batch = ImportBatch()
        batch.done = piece.done
        try:
            if isinstance(piece.found, BadItem):
                raise piece.found
            judge(plan.kind, piece.found)
        except BadItem as bad:
            batch.rejects.append(Reject(piece.row, piece.rows, bad.pointer, bad.detail, bad.code, piece.text))
        else:
            batch.items.append(piece.found)
            batch.places.append((piece.row, piece.rows))
            batch.size += len(piece.found)
    yield batch


def _json_pieces(plan: Plan) -> Iterator[_Piece]:
    for row, found, done in json_rows(plan.path):
        text = "" if isinstance(found, BadItem) else found.decode(errors="replace")
        yield _Piece(row, 1, found, text, done)


def _csv_pieces(plan: Plan) -> Iterator[_Piece]:
    lines = csv_rows(plan.path, plan.facts, plan.delimiter)
    header = next(lines, None)
    if not isinstance(header, Line):
        raise BadFile(f"{plan.path.name} has no header that can be read; the first row must name the columns")
    columns = Columns.of(plan.kind, header.cells, plan.columns)
    good: list[Line] = []
    closed: set[str] = set()
    for line in lines:
        bad = _misfit(columns, line)
        if bad is not None:
            yield bad
        elif isinstance(line, Line):
            if good and (plan.kind != "orders" or line.cells[columns.key] != good[0].cells[columns.key]):
                yield _together(plan, columns, good)
                closed.add(good[0].cells[columns.key])
                good = []
            if plan.kind == "orders" and line.cells[columns.key] in closed:
                # Half an order must not pass for the whole of it.
                apart = BadItem("apart", "", "is parted from the other rows of its order; sort the file by order")
                yield _Piece(line.row, 1, apart, ";".join(line.cells), line.done)
                continue
            good.append(line)
    if good:
        yield _together(plan, columns, good)


def _misfit(columns: Columns, line: Line | tuple[int, BadItem]) -> _Piece | None:
    if not isinstance(line, Line):
        row, bad = line
        return _Piece(row, 1, bad, "", 0)
    if len(line.cells) == len(columns.headings):
        return None
    detail = f"has {len(line.cells)} cells where the header has {len(columns.headings)}"
    return _Piece(line.row, 1, BadItem("not_csv", "", detail), ";".join(line.cells), line.done)


def _together(plan: Plan, columns: Columns, lines: list[Line]) -> _Piece:
    found: bytes | BadItem
    try:
        plain: dict[str, Any] = (
            order_of(columns, [line.cells for line in lines], plan.defaults)
            if plan.kind == "orders"
            else record_of(columns, lines[0].cells, plan.defaults)
        )
        found = _encode(plain)
    except BadItem as bad:
        found = bad
    text = "\n".join(";".join(line.cells) for line in lines)
    return _Piece(lines[0].row, len(lines), found, text, lines[-1].done)
