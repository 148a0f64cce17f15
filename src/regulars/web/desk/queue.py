"""The queue as an operator sees it: what is with him, who is next and why, who comes after that and who stands.

Owns the words of a row and the version by which a screen that asks every two seconds is told that nothing has changed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.desk import queries
from regulars.desk.queries import Queue, TaskRow
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop import queries as shops
from regulars.web import rows, words
from regulars.web.access import Seat
from regulars.web.actors import Actors, actors
from regulars.web.desk.clocks import Clock, clock_of, stands_since_night
from regulars.web.rows import Names
from regulars.web.say import Say

__all__ = ["Live", "card_words", "hours_words", "live", "moment", "shown"]

SHOWN = 30
_ICONS = {"call": "phone", "case": "life-buoy"}


@dataclass(frozen=True, slots=True)
class Live:
    """All that a refresh needs: the queue, the open card and who looks on, and the version of what they show."""

    queue: Queue
    card: TaskRow | None
    onlookers: list[str]
    clocks: dict[int, Clock]
    has_more: bool
    version: str


def live(cur: Cursor, seat: Seat, say: Say, card_id: int | None) -> Live:
    """What stands now, read cheaply: neither names nor orders."""
    shop_id, me = seat.shop.id, str(seat.actor)
    found = queries.queue(cur, shop_id, me, say.now, limit=SHOWN + 1)
    has_more = len(found.ready) > SHOWN
    del found.ready[SHOWN:]
    card = queries.task(cur, shop_id, card_id) if card_id else None
    onlookers = queries.onlookers(cur, shop_id, card.id, me) if card else []
    hours = shops.worktimes(cur, shop_id)
    listed = [*found.mine, *found.ready, *found.later]
    clocks = {t.id: clock_of(t, hours.get(t.team), say) for t in listed}
    seen: list[Any] = [has_more, onlookers, say.language]
    seen += [(t.id, t.state, t.why_next, clocks[t.id].text, clocks[t.id].tone) for t in listed]
    seen += [(t.id, t.outcome) for t in found.undoable]
    if found.later:
        seen.append(say.now.replace(second=0, microsecond=0).isoformat())
    if card:
        seen.append((card.state, card.claimed_by, card.finished_by, card.banner))
    version = blake2s(repr(seen).encode(), digest_size=8).hexdigest()
    return Live(found, card, onlookers, clocks, has_more, version)


def shown(cur: Cursor, seat: Seat, say: Say, now: Live) -> dict[str, Any]:
    """The queue for its template."""
    found = now.queue
    listed = [*found.mine, *found.undoable, *found.ready, *found.later]
    names = rows.names_of(cur, seat, (t.person_id for t in listed), (t.order_id for t in listed))
    hours = shops.worktimes(cur, seat.shop.id)

    def row(task: TaskRow) -> dict[str, Any]:
        return _row(task, seat, say, names, now.clocks.get(task.id), hours.get(task.team), now.card)

    ready = [row(t) for t in found.ready]
    following = ready[0] if ready else None
    if following is not None:
        following["why_next"] = _why_next(found.ready[0], say.now)
    soonest = min((t.not_before for t in found.later), default=None)
    return {
        "version": now.version,
        "mine": [row(t) for t in found.mine],
        "undoable": [_undoable(t, say, names) for t in found.undoable],
        "next": following,
        "after": [*ready[1:], *(row(t) for t in found.later)],
        "after_count": f"{SHOWN}+" if now.has_more else str(max(len(ready) - 1, 0) + len(found.later)),
        "next_at": moment(soonest, say) if soonest else "",
        **card_words(cur, seat, say, now),
    }


def _why_next(task: TaskRow, now: datetime) -> str:
    """Its place in the order of calls, in words."""
    if task.due_at is not None and task.due_at <= now and task.why_next != "asked":
        return _("its limit is past.")
    return (
        _("a call-back that the buyer asked for always comes first."),
        _("its limit is the nearest."),
        _("the oldest of the fresh ones."),
        _("nothing more urgent is waiting."),
    )[queries.rank(task, now)]


def card_words(cur: Cursor, seat: Seat, say: Say, now: Live) -> dict[str, Any]:
    """What has become of the open card elsewhere, and who else looks at it."""
    card, me = now.card, str(seat.actor)
    if card is None:
        return {"card_note": "", "onlookers": "", "card_clock": None}
    who = actors(cur, seat, [card.claimed_by, card.finished_by, *now.onlookers])
    return {
        "card_note": _card_note(card, me, who),
        "onlookers": ", ".join(who.name(a) for a in now.onlookers),
        "onlookers_count": len(now.onlookers),
        "card_clock": now.clocks.get(card.id),
    }


def _card_note(card: TaskRow, me: str, who: Actors) -> str:
    if card.state == "claimed" and card.claimed_by != me:
        return _("%(who)s has taken this task. What you have written is kept.") % {"who": who.name(card.claimed_by)}
    if card.state == "finished" and card.finished_by != me:
        done = {"who": who.name(card.finished_by), "outcome": words.word(words.OUTCOMES, card.outcome)}
        return _("%(who)s has finished this task: %(outcome)s. What you have written is kept.") % done
    if card.state == "closed":
        return _("This task is no longer needed.")
    if card.banner:
        return _("The scheme has stopped meanwhile. What you write down is kept, but moves nothing any more.")
    return ""


def _row(
    task: TaskRow, seat: Seat, say: Say, names: Names, clock: Clock | None, hours: WorkTime | None, card: TaskRow | None
) -> dict[str, Any]:
    zone = names.zone(task.person_id) or seat.shop.time_zone
    is_night = stands_since_night(task, zone, seat.shop, say.now)
    city = names.city(task.person_id) if is_night else ""
    return {
        "id": task.id,
        "icon": _icon(task, is_night),
        "kind": words.word(words.KINDS_OF_TASK, task.kind),
        "who": names.person(task.person_id) + (f", {city}" if city else ""),
        "clock": clock,
        "why": _why(task, say, names, zone, is_night, hours),
        "is_open": task.state == "open",
        "is_shown": card is not None and card.id == task.id,
    }


def _icon(task: TaskRow, is_night: bool) -> str:
    if is_night:
        return "moon"
    if task.why_next in ("asked", "retry"):
        return {"asked": "repeat", "retry": "rotate-ccw"}[task.why_next]
    return _ICONS.get(task.kind, "clipboard-list")


def _why(task: TaskRow, say: Say, names: Names, zone: str, is_night: bool, hours: WorkTime | None) -> str:
    """Why it is there, in one line: `Order 1051, ₽12,480. First call by 14:46`."""
    order = names.orders.get(task.order_id or 0)
    title = task.title.get(say.language) or next(iter(task.title.values()), "")
    parts = [title] if title else []
    if task.why_next == "asked":
        parts.append(_("Asked for a call %(at)s") % {"at": moment(task.not_before, say)})
    elif task.why_next == "retry":
        parts.append(_("No answer, attempt %(n)s") % {"n": task.attempt})
    if order is not None and task.why_next in ("asked", "retry"):
        parts.append(_("Order %(n)s") % {"n": order.number})
    elif order is not None:
        total = say.money(order.total, order.currency)
        parts.append(_("Order %(n)s, %(total)s") % {"n": order.number, "total": total})
    if when := _when(task, say, zone, is_night, hours):
        parts.append(when)
    return ". ".join(parts)


def _when(task: TaskRow, say: Say, zone: str, is_night: bool, hours: WorkTime | None) -> str:
    if task.not_before > say.now:
        at = {"when": moment(task.not_before, say), "there": say.clock_there(zone)}
        if task.why_next in ("asked", "retry"):
            return "" if task.why_next == "asked" else _("Again %(when)s") % at
        if is_night and at["there"]:
            return _("It is %(there)s there, we call %(when)s") % at
        return _("We call %(when)s") % at
    if task.due_at is None or task.why_next in ("asked", "retry"):
        return ""
    if say.now >= task.due_at:
        return _("The limit was %(at)s") % {"at": say.when(task.due_at)}
    if task.target_at is not None and say.now < task.target_at and task.kind == "call":
        return _("First call by %(at)s") % {"at": say.when(task.target_at)}
    return _("Limit %(at)s") % {"at": say.when(task.due_at)}


def _undoable(task: TaskRow, say: Say, names: Names) -> dict[str, Any]:
    left = (task.settles_at or say.now) - say.now
    return {
        "id": task.id,
        "who": names.person(task.person_id),
        "outcome": words.word(words.OUTCOMES, task.outcome),
        "seconds": max(1, int(left.total_seconds())),
    }


def moment(at: datetime, say: Say) -> str:
    """`at 9:00`, `tomorrow at 9:00`, `on 5 March at 9:00`: by the shop's clock."""
    there, today = say.here(at), say.here(say.now).date()
    hour = f"{there.hour}:{there.minute:02}"
    if there.date() == today:
        return _("at %(hour)s") % {"hour": hour}
    if there.date() == today + timedelta(days=1):
        return _("tomorrow at %(hour)s") % {"hour": hour}
    return _("on %(day)s at %(hour)s") % {"day": say.day(at), "hour": hour}


def hours_words(worktime: WorkTime | None, say: Say) -> tuple[str, str]:
    """`Working time until 18:00` with its tone, or when it begins again."""
    if worktime is None:
        return "", ""
    try:
        if worktime.is_open(say.now):
            return _("Working time until %(at)s") % {"at": say.when(worktime.next_end(say.now))}, "ok"
        return _("Closed, we begin %(when)s") % {"when": moment(worktime.next_start(say.now), say)}, ""
    except NoWorkingTime:
        return "", ""
