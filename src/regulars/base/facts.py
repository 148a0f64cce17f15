"""The registry of facts: a name's first word → the set-based loader that an app offers.

Apps register in project/registry.py; the conductor and the outbox ask here, so they can read points or a parcel
without importing those apps.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["Loader", "Subject", "known", "load", "register"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom facts are about: one person, and one order when there is one."""

    person_id: int
    order_id: int | None
    language: str | None = None


# (cursor, shop, subjects, wanted dotted names, business time) → one value a subject, in the same order.
Loader = Callable[[Cursor, int, Sequence[Subject], frozenset[str], datetime], Sequence[Any]]

_loaders: dict[str, Loader] = {}
_fields: dict[str, frozenset[str]] = {}


def register(root: str, loader: Loader, fields: Iterable[str]) -> None:
    """Offer facts `root.*`; `fields` are all dotted names that it can give (for checks and 'did you mean')."""
    _loaders[root] = loader
    _fields[root] = frozenset(fields)


def known() -> frozenset[str]:
    """All dotted fact names that the registered apps give."""
    return frozenset().union(*_fields.values()) if _fields else frozenset()


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], names: Iterable[str], now: datetime
) -> list[dict[str, Any]]:
    """One nested dict of facts a subject; roots that nobody offers are absent. One query a root, not a row."""
    roots: dict[str, set[str]] = {}
    for name in names:
        roots.setdefault(name.split(".", 1)[0], set()).add(name)
    out: list[dict[str, Any]] = [{} for _ in subjects]
    if not subjects:
        return out
    for root, wanted in roots.items():
        loader = _loaders.get(root)
        if loader is None:
            continue
        for facts, value in zip(out, loader(cur, shop_id, subjects, frozenset(wanted), now), strict=True):
            if value is not None:
                facts[root] = value
    return out
