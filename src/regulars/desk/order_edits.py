"""What somebody asks to be changed of an order, checked field by field against what there is. Reads only.

Owns the limits of each field; how a form or the API says it is theirs, who tells the shop is write_back.py's matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from regulars.base.db import Cursor
from regulars.catalog import queries as catalog
from regulars.orders.edits import Edit, waiting
from regulars.orders.fields import ADDRESS, CANCELLED, LINE, NOTE, WINDOW, address_of, of_order, quantity
from regulars.orders.queries import Line, OrderRow
from regulars.rules.changes import same

__all__ = ["Asked", "EditError", "LineAsked", "checked", "shown"]

MOST_OF_A_LINE = Decimal(9999)
LONGEST_NOTE = 2000
LONGEST_PART = 300
FARTHEST_WINDOW = timedelta(days=366)
CLOSED = ("cancelled", "delivered", "returned", "shipped")
"""States in which the lines and the address can't be changed any more: the goods are gone."""


class EditError(ValueError):
    """What was asked can't be done. `problems`: code by field.

    Codes: empty, too_long, quantity, unknown_product, twice, window_order, window_past, window_far, closed, changed
    (the shop has changed it since it was shown), country.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class LineAsked:
    """A line: how many there are to be, or what is to come in its place. `sku` names a product of the shop."""

    field: str = ""
    quantity: Decimal | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; None leaves a field alone. `seen`: the fields as they were shown, '' where nobody says."""

    address: Mapping[str, str] | None = None
    window: tuple[datetime, datetime] | None = None
    note: str | None = None
    cancel: bool = False
    lines: Sequence[LineAsked] = ()
    add: Sequence[LineAsked] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)


def shown(
    cur: Cursor, shop_id: int, order: OrderRow, lines: Sequence[Line], address: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The order's fields with what waits to be written laid over them, and the lines' names by field."""
    fields = of_order(order, lines, address)
    names = _names(lines)
    for change in waiting(cur, shop_id, [order.id]):
        fields[change.field] = change.after
        if change.field.startswith(LINE):
            names.setdefault(change.field, change.label)
    return fields, names


def checked(
    cur: Cursor,
    shop_id: int,
    order: OrderRow,
    lines: Sequence[Line],
    address: Mapping[str, Any],
    asked: Asked,
    now: datetime,
) -> list[Edit]:
    """The changes that were asked for. Raises EditError with all problems."""
    fields, names = shown(cur, shop_id, order, lines, address)
    check = _Check(order, fields, asked, now)
    edits = [
        *check.address(),
        *check.window(),
        *check.note(),
        *check.lines(names, catalog.products(cur, shop_id, [a.sku for a in (*asked.lines, *asked.add) if a.sku])),
        *check.cancel(),
    ]
    for edit in edits:
        if edit.field in asked.seen and not same(asked.seen[edit.field], fields.get(edit.field)):
            check.problems.setdefault(edit.field, "changed")
    if check.problems:
        raise EditError(check.problems)
    return [e for e in edits if not same(e.before, e.after)]


def _names(lines: Sequence[Line]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.dropped:
            continue
        key, n = f"{LINE}{line.sku or line.name}", 1
        while key in found:
            n += 1
            key = f"{LINE}{line.sku or line.name}#{n}"
        found[key] = line.name
    return found


class _Check:
    """One reading of what was asked; problems gather by field."""

    def __init__(self, order: OrderRow, fields: Mapping[str, Any], asked: Asked, now: datetime) -> None:
        self._order, self._fields, self._asked, self._now = order, fields, asked, now
        self.problems: dict[str, str] = {}

    def _is_closed(self, name: str) -> bool:
        if self._order.status in CLOSED:
            self.problems[name] = "closed"
            return True
        return False

    def address(self) -> list[Edit]:
        """The whole address, in its parts."""
        if self._asked.address is None:
            return []
        wanted = address_of(self._asked.address)
        if same(wanted, self._fields[ADDRESS]) or self._is_closed(ADDRESS):
            return []
        if not wanted.get("street") or not (wanted.get("city") or wanted.get("region")):
            self.problems[ADDRESS] = "empty"
        elif any(len(part) > LONGEST_PART for part in wanted.values()):
            self.problems[ADDRESS] = "too_long"
        elif len(wanted.get("country", "XX")) != 2 or not wanted.get("country", "XX").isalpha():
            self.problems[ADDRESS] = "country"
        return [Edit(ADDRESS, self._fields[ADDRESS], wanted)]

    def window(self) -> list[Edit]:
        """From when until when it is to be brought."""
        if self._asked.window is None:
            return []
        start, end = self._asked.window
        wanted = [at.astimezone(UTC).isoformat(timespec="seconds") for at in (start, end)]
        if same(wanted, self._fields[WINDOW]) or self._is_closed(WINDOW):
            return []
        if end <= start:
            self.problems[WINDOW] = "window_order"
        elif end < self._now:
            self.problems[WINDOW] = "window_past"
        elif end - self._now > FARTHEST_WINDOW:
            self.problems[WINDOW] = "window_far"
        return [Edit(WINDOW, self._fields[WINDOW], wanted)]

    def note(self) -> list[Edit]:
        """What is written on the order."""
        if self._asked.note is None or same(self._asked.note, self._fields[NOTE]):
            return []
        if len(self._asked.note) > LONGEST_NOTE:
            self.problems[NOTE] = "too_long"
        return [Edit(NOTE, self._fields[NOTE], self._asked.note)]

    def cancel(self) -> list[Edit]:
        """The whole order is not wanted."""
        if not self._asked.cancel or self._fields[CANCELLED]:
            return []
        if self._order.status in ("delivered", "returned"):
            self.problems[CANCELLED] = "closed"
        return [Edit(CANCELLED, False, True)]

    def lines(self, names: Mapping[str, str], products: Mapping[str, catalog.ProductRow]) -> list[Edit]:
        """Quantities, what goes, what comes in its place, what comes besides."""
        wanted: dict[str, Any] = {}
        labels = dict(names)
        for line in self._asked.lines:
            if line.field not in names:
                self.problems[line.field] = "changed"
                continue
            count = Decimal(0) if line.sku else line.quantity
            if self._is_quantity(line.field, count, least=Decimal(0)):
                wanted[line.field] = None if count == 0 else quantity(count or Decimal(0))
            if line.sku:
                self._comes(line, f"{line.field}:sku", wanted, labels, products)
        for line in self._asked.add:
            self._comes(line, "add", wanted, labels, products)
        edits = [
            Edit(name, self._fields.get(name), after, labels.get(name, ""))
            for name, after in wanted.items()
            if not same(self._fields.get(name), after)
        ]
        if edits and self._is_closed("lines"):
            return []
        left = {k: v for k, v in {**self._fields, **wanted}.items() if k.startswith(LINE) and v is not None}
        if edits and not left:
            self.problems["lines"] = "empty"  # an order of nothing is a cancelled one, and that is another button
        return edits

    def _comes(
        self,
        line: LineAsked,
        place: str,
        wanted: dict[str, Any],
        labels: dict[str, str],
        products: Mapping[str, catalog.ProductRow],
    ) -> None:
        product = products.get(line.sku)
        count = line.quantity if line.quantity is not None else Decimal(1)
        if product is None:
            self.problems[place] = "unknown_product"
        elif self._is_quantity(place, count, least=Decimal("0.001")):
            name = f"{LINE}{product.sku}"
            if self._fields.get(name) is not None or wanted.get(name) is not None:
                self.problems[place] = "twice"
                return
            wanted[name], labels[name] = quantity(count), product.name

    def _is_quantity(self, place: str, count: Decimal | None, *, least: Decimal) -> bool:
        exponent = count.as_tuple().exponent if count is not None else 0
        if (
            count is None
            or not count.is_finite()
            or not least <= count <= MOST_OF_A_LINE
            or not isinstance(exponent, int)
            or exponent < -3
        ):
            self.problems[place] = "quantity"
            return False
        return True
