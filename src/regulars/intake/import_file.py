"""Reading a shop's file row by row: NDJSON, a JSON array, or CSV as spreadsheets write it.

Owns encodings, delimiters and row numbers; what a row means stands in import_columns.py. Memory holds one item at a
time, except for a JSON array, which is read whole.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
from charset_normalizer import from_bytes

from regulars.base.errors import BadItem

__all__ = ["BadFile", "FileFacts", "Line", "csv_rows", "json_rows", "look_at"]

MAX_ROW_BYTES = 1 << 20
_SAMPLE_BYTES = 256 << 10
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_EIGHT_BIT = ["cp1251", "koi8_r", "cp866", "cp1252"]
_DELIMITERS = ";,\t|"
_UNREADABLE = "\ufffd"


class BadFile(ValueError):
    """The file as a whole cannot be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`digest` names the content, so that a second import of the same file is known for what it is."""

    digest: str
    size: int
    encoding: str
    is_json: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its number as an editor shows it (1 is the first line of the file) and the bytes read so far."""

    row: int
    cells: list[str]
    done: int


def look_at(path: Path, encoding: str | None = None) -> FileFacts:
    """Read the file once: its digest, size, encoding and whether it is JSON. Raises BadFile."""
    digest, size, sample, utf8 = hashlib.sha256(), 0, b"", True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while piece := file.read(_SAMPLE_BYTES):
            digest.update(piece)
            size += len(piece)
            sample = sample or piece
            if utf8:
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    utf8 = False
    if not sample.strip():
        raise BadFile(f"{path.name} is empty")
    found = encoding or _encoding(sample, utf8)
    start = sample.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    return FileFacts(digest.hexdigest(), size, found, start in (b"{", b"["))


def _encoding(sample: bytes, utf8: bool) -> str:
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if utf8:
        return "utf-8"
    if sample[:2000].count(b"\x00") > len(sample[:2000]) // 4:
        return "utf-16-le" if sample[1:2] == b"\x00" else "utf-16-be"
    best = from_bytes(sample, cp_isolation=_EIGHT_BIT).best()
    return best.encoding if best is not None else "cp1251"


def json_rows(path: Path) -> Iterator[tuple[int, bytes | BadItem, int]]:
    """(row, the item's JSON or what is wrong with the row, bytes read so far). Of an array, `row` counts its items."""
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        start = file.tell()
        if _first_character(file) == b"[":
            file.seek(start)
            yield from _array(path, file.read())
            return
        file.seek(start)
        yield from _lines(file)


def _first_character(file: BinaryIO) -> bytes:
    while (piece := file.read(1)) and piece.isspace():
        pass
    return piece


def _array(path: Path, body: bytes) -> Iterator[tuple[int, bytes | BadItem, int]]:
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadFile(f"{path.name} begins like a JSON array and is none; write one JSON object a line") from None
    for row, item in enumerate(items, 1):
        yield row, bytes(item), len(body) * row // len(items)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | BadItem, int]]:
    row = 0
    while line := file.readline(MAX_ROW_BYTES + 1):
        row += 1
        if len(line) > MAX_ROW_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_ROW_BYTES)
            yield row, BadItem("too_long", "", "is longer than 1 MiB"), file.tell()
        elif stripped := line.strip():
            yield row, stripped, file.tell()


def csv_rows(path: Path, facts: FileFacts, delimiter: str | None = None) -> Iterator[Line | tuple[int, BadItem]]:
    """The header first, then each row that isn't empty; a row that cannot be read is (row, what is wrong)."""
    csv.field_size_limit(MAX_ROW_BYTES)
    with path.open("rb") as file, io.TextIOWrapper(file, facts.encoding, "replace", newline="") as text:
        start = text.tell()
        header = text.readline(MAX_ROW_BYTES)
        text.seek(start)
        found = delimiter or max(_DELIMITERS, key=header.count)
        rows = csv.reader(text, delimiter=found)
        while True:
            row = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield row, BadItem("not_csv", "", f"cannot be read as a row ({error})")
                continue
            if any(_UNREADABLE in cell for cell in cells):
                yield row, BadItem("bad_text", "", f"holds bytes that are no {facts.encoding}; try --encoding")
            elif any(cell.strip() for cell in cells):
                yield Line(row, [cell.strip() for cell in cells], file.tell())
