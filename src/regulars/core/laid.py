"""A scheme's text laid open: its data as plain values, and the place of each part of it.

Owns what the changes on the picture start from, and the reasons why one can't be made. It must not change anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from regulars.core.source import Source, Unreadable
from regulars.core.spans import span_of, spans
from regulars.core.step_lines import Blocks

__all__ = ["EditRefused", "Laid", "laid", "plain"]


class EditRefused(ValueError):
    """The change can't be made on the picture. `code`: 'unreadable' (the text has errors), 'written_otherwise' (this place is
    written in a way that only a person should change), 'no_step', 'name_taken', 'last_step', 'no_move', 'roads',
    'one_way' (a split would have one way left)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Laid:
    """A text laid open: its data as plain values and the places of its parts."""

    def __init__(self, text: str, *, is_ours: bool = False) -> None:
        """`is_ours`: made of a text that was looked at already. Raises EditRefused('unreadable')."""
        try:
            self.text = text if is_ours else Source(text, "").text
            self.whole, data = spans(self.text)
        except (Unreadable, ValueError):
            raise EditRefused("unreadable") from None
        self.data: Any = plain(data)
        if not isinstance(self.data, Mapping) or not isinstance(self.data.get("steps"), Mapping):
            raise EditRefused("unreadable")

    @property
    def steps(self) -> dict[str, Any]:
        """The data of the steps, in the order of the text."""
        found: dict[str, Any] = self.data["steps"]
        return found

    def step(self, name: str) -> Any:
        """One step's data. Raises EditRefused('no_step')."""
        if name not in self.steps:
            raise EditRefused("no_step")
        return self.steps[name]

    def blocks(self) -> Blocks:
        """The lines of the steps. Raises EditRefused where they aren't written a line each."""
        span = span_of(self.whole, ("steps",))
        if span is None or not span.is_block:
            raise EditRefused("written_otherwise")
        try:
            return Blocks(self.text, span)
        except ValueError:
            raise EditRefused("written_otherwise") from None


@lru_cache(maxsize=32)
def laid(text: str, *, is_ours: bool = False) -> Laid:
    """The text laid open, to be read only. Raises EditRefused('unreadable')."""
    return Laid(text, is_ours=is_ours)


def plain(value: Any) -> Any:
    """A parser's value as Python's own, with keys as texts."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return float(value) if isinstance(value, float) else value
