"""Which of a buyer's fields somebody of the staff sees, by his role: the shop's rule, and what holds until it has one.

Owns the fields, the levels and their defaults. Pure; web/contacts.py and the ways out of the product ask it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["DEFAULTS", "FIELDS", "HELD", "HIDDEN", "LEVELS", "MASKED", "SHOWN", "Sight", "read", "sees_task", "sight"]

SHOWN: Final = "shown"
HELD: Final = "held"
"""Whole in a card that he has in hand, masked elsewhere."""
MASKED: Final = "masked"
HIDDEN: Final = "hidden"

LEVELS: Mapping[str, tuple[str, ...]] = {
    "phone": (SHOWN, HELD, MASKED, HIDDEN),
    "email": (SHOWN, HELD, MASKED, HIDDEN),
    "address": (SHOWN, HELD, HIDDEN),
    "sums": (SHOWN, HIDDEN),
    "notes": (SHOWN, HIDDEN),
    "colleagues": (SHOWN, HIDDEN),
}
"""What each field can be set to. `colleagues`: the work of those who share no team with him."""
FIELDS = tuple(LEVELS)
_ALL = dict.fromkeys(FIELDS, SHOWN)
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "owner": _ALL,
    "supervisor": _ALL,
    "operator": {**_ALL, "phone": HELD, "email": HELD},
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one role sees, field by field."""

    levels: Mapping[str, str] = field(default_factory=lambda: dict(_ALL))

    def of(self, name: str, *, holds: bool = False) -> str:
        """shown, masked or hidden: with `holds`, in a card that he has in hand."""
        level = self.levels[name]
        return (SHOWN if holds else HIDDEN if name == "address" else MASKED) if level == HELD else level

    def shows(self, name: str, *, holds: bool = False) -> bool:
        """Whether it is seen whole."""
        return self.of(name, holds=holds) == SHOWN


def read(own: Any) -> dict[str, dict[str, str]]:
    """The shop's rule over the defaults; what it can't mean is passed over. An owner always sees all."""
    out = {role: dict(levels) for role, levels in DEFAULTS.items()}
    if isinstance(own, Mapping):
        for role in ("supervisor", "operator"):
            given = own.get(role)
            for name, level in given.items() if isinstance(given, Mapping) else ():
                if name in LEVELS and level in LEVELS[name]:
                    out[role][name] = level
    return out


def sight(rule: Mapping[str, Mapping[str, str]], role: str) -> Sight:
    """What a role sees by the shop's rule; one that isn't known sees what the lowest does."""
    return Sight({**DEFAULTS["operator"], **rule.get(role, {})})


def sees_task(teams: Sequence[str], team: str, *, is_his: bool) -> bool:
    """Whether a task of `team` is there for somebody whose sight ends at the work of `teams` (none: it doesn't).

    One that he has or had in hand always is.
    """
    return not teams or is_his or team in teams
