"""The main menu: what there is, for whom, and which counts ask for work."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from regulars.web.access import Seat

__all__ = ["MOST_COUNTED", "Item", "menu"]

MOST_COUNTED = 1000
"""A menu says `1000+` of more: nobody's work is nearer done by the exact number, and every page counts."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """`name` is the route and what a view calls itself; `group` a hairline apart; `who`: all, lead, owner."""

    name: str
    label: Promise | str
    icon: str
    group: int
    who: str = "all"
    is_hot: bool = False
    on_phone: bool = False


_ENTRIES = (
    _Entry("search", gettext_lazy("Search"), "search", 0),
    _Entry("notices", gettext_lazy("Notifications"), "bell", 0),
    _Entry("tasks", gettext_lazy("Desk"), "headphones", 1, on_phone=True),
    _Entry("talks", gettext_lazy("Talks"), "messages-square", 1),
    _Entry("board", gettext_lazy("Shift"), "monitor", 1, "lead"),
    _Entry("roster", gettext_lazy("Roster"), "calendar-days", 1, "lead"),
    _Entry("orders", gettext_lazy("Orders"), "shopping-bag", 1, on_phone=True),
    _Entry("people", gettext_lazy("People"), "users", 1, on_phone=True),
    _Entry("calls", gettext_lazy("Calls"), "phone-call", 1),
    _Entry("promises", gettext_lazy("Promises"), "handshake", 1),
    _Entry("team_day", gettext_lazy("Work done"), "chart-no-axes-column", 1),
    _Entry("schemes", gettext_lazy("Schemes"), "workflow", 2, on_phone=True),
    _Entry("effect", gettext_lazy("Do they work?"), "chart-line", 2, "lead"),
    _Entry("letters", gettext_lazy("Letterbox"), "mail", 2),
    _Entry("waiting", gettext_lazy("To be decided"), "circle-question-mark", 2, "lead", is_hot=True),
    _Entry("aside", gettext_lazy("Set aside"), "circle-pause", 2, "lead", is_hot=True),
    _Entry("commands", gettext_lazy("Told to others"), "satellite-dish", 3, "lead", is_hot=True),
    _Entry("quarantine", gettext_lazy("Quarantine"), "shield-alert", 3, "lead", is_hot=True),
    _Entry("settings", gettext_lazy("Settings"), "settings", 3, "lead"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as the frame draws it; an empty `count` draws none."""

    name: str
    label: str
    icon: str
    href: str
    is_current: bool
    begins_group: bool
    count: str
    is_hot: bool
    on_phone: bool


def menu(seat: Seat, current: str, counts: Mapping[str, int]) -> list[Item]:
    """What this seat may open."""
    items: list[Item] = []
    group = 0
    for entry in _ENTRIES:
        if (entry.who == "lead" and not seat.is_lead) or (entry.who == "owner" and not seat.is_owner):
            continue
        items.append(
            Item(
                name=entry.name,
                label=str(entry.label),
                icon=entry.icon,
                href=reverse(f"web:{entry.name}"),
                is_current=entry.name == current,
                begins_group=entry.group != group,
                count=_drawn(counts.get(entry.name, 0)),
                is_hot=entry.is_hot,
                on_phone=entry.on_phone,
            )
        )
        group = entry.group
    return items


def _drawn(count: int) -> str:
    if count >= MOST_COUNTED:
        return f"{MOST_COUNTED}+"
    return str(count) if count else ""
