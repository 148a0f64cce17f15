"""Rows written as a file that a spreadsheet opens: CSV or XLSX.

Owns what makes such a file safe: no cell of ours is ever a formula, whatever a buyer has put into his name. Must not
know what the rows mean.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Protocol

import xlsxwriter

__all__ = ["FORMS", "Cell", "Sheet", "guarded", "open_sheet"]

Cell = str | int | Decimal | datetime | None
"""Moments are written as they are: by the shop's clock, without their offset."""
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_LONGEST = 32_000
"""A cell of XLSX holds 32,767 characters."""


def guarded(text: str) -> str:
    """The text as no spreadsheet will calculate it: an apostrophe before a beginning that could be a formula."""
    clean = text.replace("\x00", "")[:_LONGEST]
    return "'" + clean if clean.lstrip(" ").startswith(_TRIGGERS) else clean


class Sheet(Protocol):
    """A file being written."""

    def row(self, cells: Sequence[Cell]) -> None:
        """One line."""

    def close(self) -> None:
        """Write what is left."""


class _Csv:
    """UTF-8 with its mark, so that Excel reads it; for Russian readers as their Excel wants it: semicolons, comma in numbers."""

    def __init__(self, file: IO[bytes], language: str) -> None:
        self._text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._text.write("\ufeff")
        self._is_russian = language == "ru"
        self._writer = csv.writer(self._text, delimiter=";" if self._is_russian else ",")

    def row(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([self._shown(c) for c in cells])

    def _shown(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return guarded(cell)
        if isinstance(cell, datetime):
            return f"{cell:%Y-%m-%d %H:%M}"
        if isinstance(cell, Decimal):
            return f"{cell:f}".replace(".", ",") if self._is_russian else f"{cell:f}"
        return "" if cell is None else str(cell)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _Xlsx:
    """Rows go to the disk as they come. Texts are texts: never formulas, numbers or links."""

    def __init__(self, file: IO[bytes], language: str) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(file, options)
        self._sheet = self._book.add_worksheet()
        # as if typed after an apostrophe: it stays a text when somebody edits the cell
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._amount = self._book.add_format({"num_format": "#,##0.00"})
        self._at = 0

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                text = guarded(cell)
                self._sheet.write_string(self._at, column, cell[:_LONGEST], self._quoted if text != cell else None)
            elif isinstance(cell, datetime):
                self._sheet.write_datetime(self._at, column, cell.replace(tzinfo=None), self._moment)
            elif isinstance(cell, Decimal):
                self._sheet.write_number(self._at, column, float(cell), self._amount)
            elif cell is not None:
                self._sheet.write_number(self._at, column, cell)
        self._at += 1

    def close(self) -> None:
        self._book.close()


def open_sheet(form: str, file: IO[bytes], language: str) -> Sheet:
    """A sheet of that form ('csv' or 'xlsx') into the file."""
    return _Csv(file, language) if form == "csv" else _Xlsx(file, language)
