"""One person's past, as a replay needs it: his events in order, and what was known at each moment.

Owns the shape. Loading it is others' matter; nothing here holds a name, an address or free text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.core.replayed_beside import Beside
from regulars.rules.gate import Channel

__all__ = ["Event", "Past", "Profile"]

Event = Mapping[str, Any]
"""{"id", "kind", "occurred_at", "order_id", "data"}, as `advance` reads it."""


@dataclass(slots=True)
class Profile:
    """How people of a kind are reached; one object serves all who are reached alike. `verdicts`: the gate's, remembered
    for messages on which the time has no bearing."""

    channels: Mapping[str, Channel]
    zone: str
    verdicts: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Past:
    """`events`: (moment taken, event), in the order in which they are taken. `facts`: what was known of the person and
    that order at that moment, without the history. `profile_at` None: he was always reached as `profile` says.
    `beside`: None where no scheme asks for it. `held_out`: by (scheme, person), as it was kept at a first entry."""

    person_id: int
    events: Sequence[tuple[datetime, Event]]
    facts: Callable[[int | None, datetime], dict[str, Any]]
    profile: Profile
    profile_at: Callable[[datetime], Profile] | None = None
    erased_at: datetime | None = None
    beside: Beside | None = None
    held_out: Mapping[tuple[str, int], bool] = field(default_factory=dict)
    held_by_shop: bool = False
