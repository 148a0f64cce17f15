"""Rows of the queue and hours to call again as drawn: fifty desks show the same, so it is drawn once, not fifty times.

Owns what a drawing depends on. A row in which there is a form is never kept: its token is one person's.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from regulars.web.desk.picker import Day

__all__ = ["row", "slots"]

KEPT = 4000
_drawn: "OrderedDict[tuple[Any, ...], SafeString]" = OrderedDict()
_guard = Lock()


def row(shown: Mapping[str, Any]) -> SafeString:
    """A row that is neither one's own nor the next one; `key` holds what its title depends on."""
    clock = shown["clock"]
    key = (
        *shown["key"], shown["id"], shown["icon"], shown["kind"], shown["who"], shown["why"], shown["is_shown"],
        clock and (clock.text, clock.tone, clock.icon),
    )  # fmt: skip
    with _guard:
        kept = _drawn.get(key)
        if kept is not None:
            _drawn.move_to_end(key)
            return kept
    html = SafeString(render_to_string("web/desk_row.html", {"t": shown, "is_mine": False, "is_next": False}))
    with _guard:
        _drawn[key] = html
        while len(_drawn) > KEPT:
            _drawn.popitem(last=False)
    return html


@lru_cache(maxsize=512)
def slots(day: Day, n: int, chosen: str, is_far: bool, language: str) -> SafeString:
    """The hours of the `n`th day as buttons; `chosen` is the one pressed."""
    return SafeString(render_to_string("web/desk_slots.html", {"d": day, "n": n, "chosen": chosen, "is_far": is_far}))
