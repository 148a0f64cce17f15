"""Changes that the desk wants of an order, in words: what, from what to what, how far it has come, what can be done.

Owns what is shown of them on the card and on the order's page; nothing is written here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.desk.write_back import KIND
from regulars.orders import edits
from regulars.orders.edits import ChangeRow
from regulars.orders.fields import ADDRESS, CANCELLED, NOTE, WINDOW
from regulars.outbox import command_queries
from regulars.outbox.command_queries import CommandRow
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.actors import actors
from regulars.web.say import NOTHING, Say

__all__ = ["address_words", "shown"]

OPEN = ("waiting", "conflict")


def shown(
    cur: Cursor, seat: Seat, say: Say, order_id: int, zone: str | None, *, open_only: bool = False
) -> list[dict[str, Any]]:
    """An order's wanted changes by deed, newest first; `open_only`: those that still ask for something."""
    found = [
        c
        for c in edits.of_orders(cur, seat.shop.id, [order_id])
        if c.state != "replaced" and (not open_only or c.state in OPEN)
    ]
    commands = command_queries.by_keys(cur, seat.shop.id, sorted({f"{KIND}:{c.deed_id}" for c in found}))
    who = actors(cur, seat, [c.actor for c in found])
    deeds: dict[int, list[ChangeRow]] = {}
    for change in found:
        deeds.setdefault(change.deed_id, []).append(change)
    return [
        {
            "id": deed,
            "who": who.name(mine[0].actor),
            "at": say.when(mine[0].asked_at),
            "changes": [_change(say, zone, c) for c in mine],
            **_progress(say, mine, commands.get(f"{KIND}:{deed}")),
        }
        for deed, mine in deeds.items()
    ]


def address_words(address: Mapping[str, Any]) -> str:
    """An address in one line, as people write it."""
    parts = (address.get(part) for part in ("postcode", "region", "city", "street"))
    return ", ".join(str(part) for part in parts if part)


def _change(say: Say, zone: str | None, change: ChangeRow) -> dict[str, Any]:
    return {
        "id": change.id,
        "label": _label(change),
        "before": _value(say, zone, change.field, change.before),
        "after": _value(say, zone, change.field, change.after),
        "in_shop": _value(say, zone, change.field, change.shop_value),
        "state": change.state,
        "words": words.word(words.CHANGE_STATES, change.state),
        "reason": words.word(words.COMMAND_ANSWERS, change.reason)
        if change.reason and change.state == "refused"
        else "",
    }


def _label(change: ChangeRow) -> str:
    names = {ADDRESS: _("Address"), WINDOW: _("Delivery window"), NOTE: _("Note on the order"), CANCELLED: _("Order")}
    return names.get(change.field) or change.label or change.field.partition(":")[2]


def _value(say: Say, zone: str | None, field: str, value: Any) -> str:
    if field == CANCELLED:
        return _("cancelled") if value else _("stands")
    if field == ADDRESS:
        return address_words(value or {}) or NOTHING
    if field == WINDOW:
        return _window(say, zone, value) if value else NOTHING
    if field == NOTE:
        return str(value or "") or NOTHING
    return _("%(n)s pcs") % {"n": say.number(value)} if value else _("none")


def _window(say: Say, zone: str | None, value: Sequence[str]) -> str:
    start, end = (datetime.fromisoformat(at) if at else None for at in value)
    if start is None or end is None:
        return NOTHING
    return f"{say.there(start, zone)} – {say.there(end, zone)}"


def _progress(say: Say, mine: Sequence[ChangeRow], command: CommandRow | None) -> dict[str, Any]:
    """How far the telling has come, and what can be done about it."""
    waiting = [c for c in mine if c.state == "waiting"]
    out: dict[str, Any] = {"is_open": bool(waiting), "can_undo": False, "by_hand": False, "progress": ""}
    if not waiting:
        return out
    told = [c for c in waiting if c.told]
    out |= {"is_overdue": any(c.unconfirmed_at for c in told), "is_kept": bool(told) and all(c.is_kept for c in told)}
    if out["is_overdue"]:
        out["progress"] = _("the shop hasn’t taken this over yet")
    elif out["is_kept"]:
        out["progress"] = _("kept; the shop hasn’t shown it yet")
    elif len(told) == len(waiting):
        out["progress"] = _("the shop has taken it, and hasn’t shown the order since")
    elif command is None:
        out |= {"by_hand": True, "can_undo": True, "progress": _("to be entered in the shop by hand")}
    elif command.state == "queued" and command.not_before > say.now:
        out |= {"can_undo": True, "progress": _("changed; the shop is told within a minute")}
    elif command.state == "kept":
        out["progress"] = _("changed; nothing leaves a playground")
    elif command.state in command_queries.STUCK:
        out["progress"] = _("the shop could not be told: somebody has to look")
    elif command.tries > 1 or command.answer:
        reason = words.word(words.COMMAND_ANSWERS, command.answer.get("code"))
        out |= {
            "can_undo": not command.maybe_taken,
            "progress": _("being told to the shop again: %(why)s") % {"why": reason},
        }
    else:
        out["progress"] = _("changed, being told to the shop")
    return out
