"""Reads the fields of one JSON object field by field, noting every problem with its pointer before it gives up.

Owns the shapes that all snapshots share (text, moments, amounts, numbers, objects); must not know their names.
"""

from collections.abc import Set
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.base.errors import BadItem, Problem
from regulars.base.strict_json import pointer_to
from regulars.rules.money import MoneyError, to_minor

__all__ = ["MAX_ID", "MAX_TEXT", "Reader"]

MAX_ID = 200
MAX_TEXT = 10_000
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


class Reader:
    """Each method returns the field, or None when it is absent, null or wrong; what is wrong is in `problems`."""

    __slots__ = ("plain", "pointer", "problems")

    def __init__(self, plain: Any, pointer: str = "", problems: list[Problem] | None = None) -> None:
        self.problems: list[Problem] = [] if problems is None else problems
        self.pointer = pointer
        self.plain: dict[str, Any] = plain if type(plain) is dict else {}
        if not isinstance(plain, dict):
            self.note("wrong_type", None, "must be an object")
            if not pointer:
                self.finish()
        elif type(plain) is not dict:
            self.plain = dict(plain)

    def note(self, code: str, name: str | int | None, detail: str) -> None:
        """Keep a problem of field `name` (None: of the object itself)."""
        self.problems.append(Problem(code, self.pointer if name is None else pointer_to(self.pointer, name), detail))

    def finish(self) -> None:
        """Raise BadItem when anything was wrong."""
        if self.problems:
            raise BadItem.of(self.problems)

    def rest(self, known: Set[str]) -> dict[str, Any]:
        """The fields that nobody here knows; kept as they came."""
        return {key: value for key, value in self.plain.items() if key not in known}

    def _present(self, name: str, required: bool) -> Any:
        value = self.plain.get(name)
        if value is None and required:
            self.note("missing", name, "is required")
        return value

    def text(self, name: str, *, required: bool = False, longest: int = MAX_TEXT) -> str | None:
        """A text of at most `longest` characters; a required one may not be empty."""
        value = self.plain.get(name)
        if type(value) is str:
            if len(value) > longest:
                self.note("too_long", name, f"has {len(value)} characters; at most {longest} are taken")
                return None
            if value or not required:
                return value
            self.note("empty", name, "is empty")
            return None
        if value is None:
            if required:
                self.note("missing", name, "is required")
            return None
        self.note("wrong_type", name, "must be text")
        return None

    def choice(self, name: str, allowed: Set[str], *, required: bool = False) -> str | None:
        """One of the words of `allowed`."""
        value = self.text(name, required=required, longest=MAX_ID)
        if value is not None and value not in allowed:
            self.note("unknown_value", name, f"must be one of {', '.join(sorted(allowed))}")
            return None
        return value

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """An RFC 3339 time with its offset, as it stands (the offset is kept)."""
        value = self._present(name, required)
        if value is None:
            return None
        if type(value) is not str:
            self.note("wrong_type", name, "must be a time as text, such as 2026-03-02T10:15:00+10:00")
            return None
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.note("not_a_time", name, "is not a time such as 2026-03-02T10:15:00+10:00")
            return None
        if at.tzinfo is None:
            self.note("no_offset", name, "has no offset")
            return None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            self.note("out_of_range", name, f"lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
            return None
        return at

    def amount(self, name: str, currency: str | None, *, required: bool = False, negative: bool = False) -> int | None:
        """Money as minor units of `currency`; a decimal text, numbers accepted too. None when the currency is bad."""
        value = self._present(name, required)
        if value is None or currency is None:
            return None
        if type(value) is not str:
            if type(value) is not int and type(value) is not Decimal:
                self.note("wrong_type", name, "must be a decimal number as text, such as 4990.00")
                return None
            value = format(value, "f") if type(value) is Decimal else str(value)
        try:
            minor = to_minor(value, currency)
        except MoneyError as error:
            self.note("not_an_amount", name, str(error) if len(value) <= 40 else "is not an amount of money")
            return None
        if minor < 0 and not negative:
            self.note("negative", name, "must not be below zero")
            return None
        return minor

    def decimal(
        self, name: str, digits: int, places: int, *, required: bool = False, above_zero: bool = False
    ) -> Decimal | None:
        """A number ≥ 0 (or > 0) with at most `digits` before and `places` after the point; text or JSON number."""
        value = self._present(name, required)
        if value is None:
            return None
        number = _decimal(value)
        if number is None:
            self.note("not_a_number", name, "must be a decimal number")
            return None
        if number < 0 or (above_zero and number == 0):
            self.note("negative", name, "must be above zero" if above_zero else "must not be below zero")
            return None
        if number >= 10**digits:
            self.note("out_of_range", name, f"has more than {digits} digits")
            return None
        exact = number.quantize(Decimal(1).scaleb(-places))
        if exact != number:
            self.note("too_precise", name, f"has more than {places} decimals")
            return None
        return number

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number between `low` and `high`."""
        value = self.plain.get(name)
        if value is None:
            return None
        if type(value) is not int:
            self.note("wrong_type", name, "must be a whole number")
            return None
        if not low <= value <= high:
            self.note("out_of_range", name, f"must lie between {low} and {high}")
            return None
        return value

    def truth(self, name: str) -> bool | None:
        """true or false."""
        value = self.plain.get(name)
        if value is None or type(value) is bool:
            return value
        self.note("wrong_type", name, "must be true or false")
        return None

    def inner(self, name: str) -> "Reader | None":
        """A reader of the object that stands in `name`; its problems land here too."""
        value = self.plain.get(name)
        return None if value is None else Reader(value, pointer_to(self.pointer, name), self.problems)

    def each(self, name: str, most: int, *, required: bool = False) -> "list[Reader]":
        """A reader for each object of the list in `name`."""
        value = self._present(name, required)
        if value is None:
            return []
        if type(value) is not list:
            self.note("wrong_type", name, "must be a list")
            return []
        if len(value) > most:
            self.note("too_many", name, f"has {len(value)} entries; at most {most} are taken")
            return []
        start = pointer_to(self.pointer, name)
        return [Reader(item, f"{start}/{i}", self.problems) for i, item in enumerate(value)]

    def texts(self, name: str, most: int = 100) -> tuple[str, ...]:
        """A list of short texts."""
        value = self.plain.get(name)
        if value is None:
            return ()
        if type(value) is not list or len(value) > most or any(type(v) is not str or len(v) > MAX_ID for v in value):
            self.note("wrong_type", name, f"must be a list of at most {most} texts of at most {MAX_ID} characters")
            return ()
        return tuple(value)


def _decimal(value: Any) -> Decimal | None:
    if type(value) is int or type(value) is Decimal:
        return Decimal(value)
    if type(value) is not str or not 0 < len(value) <= 40 or not value.isascii() or value.strip() != value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or (number == 0 and number.is_signed()) or abs(number.adjusted()) > 40 or "_" in value:
        return None
    return number
