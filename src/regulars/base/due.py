"""What is still to be done at a moment, and when the next thing falls due: asked of every app that has due rows.

A playground's clock waits for it. Apps register in project/registry.py.
"""

from collections.abc import Callable
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["Source", "look", "register"]

# (cursor, business time) → (whether something due is not done yet, the next due moment after it)
Source = Callable[[Cursor, datetime], tuple[bool, datetime | None]]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add what an app has due."""
    _sources[name] = source


def look(cur: Cursor, now: datetime) -> tuple[list[str], datetime | None]:
    """The names of those who have something due and undone, and the next due moment of all."""
    busy: list[str] = []
    soonest: datetime | None = None
    for name, source in _sources.items():
        is_busy, following = source(cur, now)
        if is_busy:
            busy.append(name)
        if following is not None and (soonest is None or following < soonest):
            soonest = following
    return busy, soonest
