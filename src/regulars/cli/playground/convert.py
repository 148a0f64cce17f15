"""Makes data/orders.json.gz out of the data set 'Online Retail', by hand: `python -m regulars.cli.playground.convert FILE`.

Owns which orders are in it, and where they differ from the data set; data/README.md says the same in words. Runs on a
developer's machine only; the product reads the result (orders.py).
"""

import csv
import gzip
import hashlib
import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from regulars.cli.playground.goods import BY_SKU, GOODS

__all__ = ["convert"]

ORDERS = 3600
LINES_MOST = 6
PIECES_MOST = 12
"""Of one article in one order: what is more was bought to be sold again."""
ORDERS_MOST = 25
"""Of one customer, likewise."""
_NUMBER = {article.sku: n for n, article in enumerate(GOODS)}


def convert(rows: Iterable[dict[str, str]]) -> dict[str, Any]:
    """`{"end": moment, "orders": [[minutes before the end, customer, [[article, pieces], …]], …]}`, oldest first."""
    orders = list(_orders(rows))
    chosen = _chosen(orders)
    end = datetime.combine(max(at for at, _, _ in chosen).date() + timedelta(days=1), datetime.min.time())
    customers = {c: n for n, c in enumerate(dict.fromkeys(c for _, c, _ in chosen))}
    return {
        "articles": [a.sku for a in GOODS],
        "end": end.isoformat(),
        "orders": [
            [int((end - at).total_seconds() // 60), customers[customer], [[_NUMBER[s], n] for s, n in lines.items()]]
            for at, customer, lines in chosen
        ],
    }


def _orders(rows: Iterable[dict[str, str]]) -> Iterator[tuple[datetime, str, dict[str, int]]]:
    """Invoices of known customers, with the lines that name an article of ours, in the order of their time."""
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    heads: dict[str, tuple[datetime, str]] = {}
    for row in rows:
        pieces, number = int(row["Quantity"]), row["InvoiceNo"]
        if not row["CustomerID"] or row["StockCode"] not in BY_SKU or not 0 < pieces <= PIECES_MOST:
            continue
        at = datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall clock's, as in the data
        heads.setdefault(number, (at, row["CustomerID"]))
        basket = lines[number]
        if len(basket) < LINES_MOST or row["StockCode"] in basket:
            basket[row["StockCode"]] = min(PIECES_MOST, basket.get(row["StockCode"], 0) + pieces)
    found = [(_moved(number, at), customer, lines[number]) for number, (at, customer) in heads.items()]
    yield from sorted(found, key=lambda order: (order[0], order[1]))


def _moved(number: str, at: datetime) -> datetime:
    """A private person's hour: the data set's wholesaler took orders from 8 to 18, and none on Saturdays."""
    chance = _chance(number)
    if at.weekday() == 4 and chance % 3 == 0:
        at += timedelta(days=1)
    if chance % 100 < 14:
        return at.replace(hour=18 + chance % 5)
    if chance % 100 < 19:
        return at.replace(hour=(23 + chance % 7) % 24)
    return at


def _chosen(orders: list[tuple[datetime, str, dict[str, int]]]) -> list[tuple[datetime, str, dict[str, int]]]:
    """Whole customers, taken by chance, until there are orders enough."""
    of_customer: dict[str, int] = defaultdict(int)
    for _, customer, _ in orders:
        of_customer[customer] += 1
    kept: set[str] = set()
    count = 0
    for customer in sorted(of_customer, key=_chance):
        if count < ORDERS and of_customer[customer] <= ORDERS_MOST:
            kept.add(customer)
            count += of_customer[customer]
    return [order for order in orders if order[1] in kept]


def _chance(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def main(source: Path) -> None:
    """Read the data set (CSV, or CSV.xz) and write the file of the package."""
    opened = lzma.open if source.suffix == ".xz" else open
    with opened(source, "rt", encoding="utf-8", newline="") as file:
        made = convert(csv.DictReader(file))
    target = Path(str(resources.files(__package__).joinpath("data/orders.json.gz")))
    text = json.dumps(made, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{target}: {len(made['orders'])} orders, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
