"""What the columns of a shop's CSV mean: headings to the contract's fields, and cells to the contract's JSON.

Headings are the contract's dotted names (`buyer.email`, `lines.sku`), or the usual English and Russian words below;
rows of one order follow one another, one line of the order each. Owns no file and no database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from regulars.base.errors import BadItem
from regulars.intake.import_file import BadFile

__all__ = ["Columns", "Defaults", "order_of", "record_of"]

_ORDER_WORDS = {
    "id": ("order", "order id", "order no", "order number", "заказ", "номер заказа", "№ заказа", "id заказа"),
    "placed_at": ("date", "order date", "created", "created at", "дата", "дата заказа", "оформлен"),
    "updated_at": ("modified", "changed", "изменён", "дата изменения"),
    "status": ("order status", "статус", "статус заказа"),
    "currency": ("валюта",),
    "total": ("order total", "amount", "сумма", "итого", "сумма заказа"),
    "shipping_total": ("shipping", "доставка, сумма", "стоимость доставки"),
    "discount_total": ("discount", "скидка"),
    "note": ("comment", "комментарий", "примечание"),
    "codes": ("code", "coupon", "промокод", "купон"),
    "buyer.id": ("customer id", "id покупателя", "id клиента"),
    "payment.method": ("payment method", "способ оплаты", "оплата"),
    "payment.status": ("payment status", "статус оплаты"),
    "payment.paid_at": ("paid at", "дата оплаты", "оплачен"),
    "delivery.method": ("delivery method", "способ доставки"),
    "delivery.delivered_at": ("delivered at", "доставлен", "дата доставки"),
    "delivery.tracking": ("tracking", "трек-номер"),
    "lines.sku": ("sku", "article", "артикул"),
    "lines.name": ("product", "item", "товар", "наименование", "название"),
    "lines.quantity": ("quantity", "qty", "количество", "кол-во"),
    "lines.price": ("price", "unit price", "цена"),
}
_PERSON_WORDS = {
    "id": ("customer id", "id покупателя", "id клиента"),
    "name": ("customer", "buyer", "имя", "фио", "покупатель", "клиент"),
    "email": ("e-mail", "mail", "почта", "эл. почта", "электронная почта"),
    "phone": ("telephone", "mobile", "телефон"),
    "language": ("язык",),
    "birthday": ("date of birth", "день рождения", "дата рождения"),
    "address.country": ("country", "страна"),
    "address.region": ("region", "state", "регион", "область"),
    "address.city": ("city", "town", "город"),
    "address.street": ("street", "address", "улица", "адрес"),
    "address.postcode": ("postcode", "zip", "индекс"),
}
_PRODUCT_WORDS = {
    "sku": ("article", "артикул"),
    "name": ("product", "item", "товар", "наименование", "название"),
    "stock": ("in stock", "остаток", "количество"),
    "satisfaction_days": ("days to judge", "дней на пробу"),
}
_REQUIRED = {"orders": ("id", "placed_at", "total"), "people": ("id",), "products": ("sku",)}
_MONEY = frozenset({"total", "shipping_total", "discount_total", "paid_total", "price", "quantity", "stock"})
_WHOLE = frozenset({"satisfaction_days", "points_spent"})
_TRUE, _FALSE = frozenset({"1", "true", "yes", "y", "да", "+"}), frozenset({"0", "false", "no", "n", "нет", "-"})
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the file leaves out: times without an offset are in `zone`, amounts in `currency`."""

    zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The field that each column means, None for those that nobody asked for (they are kept under their heading)."""

    kind: str
    headings: list[str]
    fields: list[str | None] = field(default_factory=list)

    @classmethod
    def of(cls, kind: str, headings: Sequence[str], given: Mapping[str, str]) -> "Columns":
        """Read the header; `given` (heading → field) wins. Raises BadFile when a required column is missing."""
        words = _words(kind)
        wanted = {_plain(heading): name for heading, name in given.items()}
        fields = [wanted.get(_plain(h)) or words.get(_plain(h)) or _dotted(h, words.values()) for h in headings]
        missing = [name for name in _REQUIRED[kind] if name not in fields]
        if missing:
            raise BadFile(
                f"no column for {', '.join(missing)}; the columns are {', '.join(headings)}; "
                f"name one with --map 'HEADING={missing[0]}'"
            )
        return cls(kind, list(headings), fields)

    @property
    def key(self) -> int:
        """The column that tells one item from the next."""
        return self.fields.index(_REQUIRED[self.kind][0])


def order_of(columns: Columns, rows: Sequence[Sequence[str]], defaults: Defaults) -> dict[str, Any]:
    """One order out of its rows: the first filled cell of each field counts, each row with a line is a line."""
    order: dict[str, Any] = {}
    lines: list[dict[str, Any]] = []
    for cells in rows:
        line: dict[str, Any] = {}
        for name, heading, cell in zip(columns.fields, columns.headings, cells, strict=True):
            if not cell:
                continue
            if name is not None and name.startswith("lines."):
                _put(line, name.removeprefix("lines."), cell, defaults)
            else:
                _put(order, name or heading.replace(".", " "), cell, defaults, known=name is not None)
        if line:
            lines.append(line)
    order.setdefault("updated_at", order.get("placed_at"))
    order.setdefault("currency", defaults.currency)
    return order | {"lines": lines}


def record_of(columns: Columns, cells: Sequence[str], defaults: Defaults) -> dict[str, Any]:
    """A person or a product out of its row."""
    record: dict[str, Any] = {}
    for name, heading, cell in zip(columns.fields, columns.headings, cells, strict=True):
        if cell:
            _put(record, name or heading.replace(".", " "), cell, defaults, known=name is not None)
    return record


def _words(kind: str) -> dict[str, str]:
    if kind == "orders":
        buyer = {f"buyer.{name}": words for name, words in _PERSON_WORDS.items() if name != "id"}
        table = {**_ORDER_WORDS, **buyer, "buyer.email": (*_PERSON_WORDS["email"], "email")}
        table["buyer.phone"] = (*_PERSON_WORDS["phone"], "phone")
    else:
        table = dict(_PERSON_WORDS if kind == "people" else _PRODUCT_WORDS)
    return {word: name for name, words in table.items() for word in (name, *words)}


def _dotted(heading: str, known: Iterable[str]) -> str | None:
    """A field of the contract by its own name that the table of words lacks, such as consents.email.advertising."""
    plain = _plain(heading)
    first = plain.partition(".")[0]
    heads = {"buyer", "payment", "delivery", "lines", "address", "consents"}
    single = {"number", "cancelled_at", "points_spent", "updated_at", "time_zone", "first_name"}
    return plain if plain in single or ("." in plain and first in heads) or plain in known else None


def _plain(heading: str) -> str:
    return " ".join(heading.lower().split())


def _put(target: dict[str, Any], name: str, cell: str, defaults: Defaults, *, known: bool = True) -> None:
    """The first filled cell of a field counts."""
    steps = name.split(".")
    if "consents" in steps:
        at = steps.index("consents")
        steps = [*steps[: at + 1], ".".join(steps[at + 1 :])]
    for step in steps[:-1]:
        inner = target.setdefault(step, {})
        if not isinstance(inner, dict):
            raise BadItem("wrong_type", f"/{step}", "is named both as a field and as a group of fields")
        target = inner
    if steps[-1] not in target:
        target[steps[-1]] = _value(steps, cell, defaults) if known else cell


def _value(steps: Sequence[str], cell: str, defaults: Defaults) -> Any:
    last = steps[-1]
    if last in _MONEY:
        return _amount(cell)
    if last in _WHOLE:
        return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 16 else cell
    if last.endswith("_at") or last.startswith("window_"):
        return _moment(cell, defaults.zone)
    if last == "codes":
        return [code for code in re.split(r"[\s,;]+", cell) if code]
    if len(steps) > 1 and steps[-2] == "consents":
        word = cell.lower()
        return True if word in _TRUE else False if word in _FALSE else cell
    return cell


def _amount(cell: str) -> str:
    """'4 990,00' and '4,990.00' alike as '4990.00'; what is no number goes on as it is, to be refused."""
    bare = cell.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if "," in bare:
        bare = bare.replace(",", "") if "." in bare and bare.rfind(",") < bare.rfind(".") else bare.replace(",", ".")
    return bare


def _moment(cell: str, zone: ZoneInfo) -> str:
    """A time with its offset: ISO, or 02.03.2026 10:15; what is no time goes on as it is, to be refused."""
    russian = _RUSSIAN_DATE.fullmatch(cell)
    try:
        if russian:
            day, month, year, hour, minute, second = (int(part or 0) for part in russian.groups())
            at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        else:
            at = datetime.fromisoformat(cell)
            at = at.replace(tzinfo=zone) if at.tzinfo is None else at
    except ValueError:
        return cell
    return at.isoformat()
