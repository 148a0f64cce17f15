"""The queue as an operator sees it: what is with him, who is next and why, who comes after that and who stands.

Owns the words of a row and the version by which a screen that asks every two seconds is told that nothing has changed. Who
waits is the same for many desks (`Front`, shared.py); what is with somebody is his own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from threading import Lock
from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.desk import queries, ranking
from regulars.desk.queries import TaskRow
from regulars.desk.ranking import Order, Own, Waiting
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop import queries as shops
from regulars.web import rows, words
from regulars.web.access import Seat, sees
from regulars.web.actors import Actors, actors
from regulars.web.calls.shown import missed_of
from regulars.web.desk import drawn
from regulars.web.desk import shift as shifts
from regulars.web.desk.clocks import Clock, clock_of, stands_since_night, waiting_title
from regulars.web.desk.shared import Shared
from regulars.web.desk.shift import AtWork
from regulars.web.desk.why import moment, rule_sentence, why_here, why_next
from regulars.web.rows import Names
from regulars.web.say import Say

__all__ = ["Front", "Live", "card_words", "hours_words", "live", "shown"]

SHOWN = 30
_ICONS = {"call": "phone", "case": "life-buoy", "message": "message-circle", "promise": "handshake"}
_WHY_ICONS = {
    "asked": "repeat",
    "retry": "rotate-ccw",
    "missed": "phone-missed",
    "message": "message-circle",
    "promise": "handshake",
}


class Front:
    """Who waits, as all desks of the same teams, language and role show it.

    `signature`: what a screen shows of it; `clocks`, `reasons`: by task.
    """

    def __init__(self, waiting: Waiting, order: Order, hours: Mapping[str, WorkTime], say: Say) -> None:
        self.has_more = len(waiting.ready) > SHOWN
        del waiting.ready[SHOWN:]
        self.waiting, self.order, self.hours = waiting, order, hours
        self.listed = [*waiting.ready, *waiting.later, *waiting.stands]
        self.clocks = {t.id: clock_of(t, hours.get(t.team), say) for t in self.listed}
        self.reasons = {t.id: why_here(t, order, say) for t in waiting.ready}
        self.signature: list[Any] = [self.has_more, *(_seen(t, self.clocks, self.reasons, say) for t in self.listed)]
        if waiting.later:
            self.signature.append(say.now.replace(second=0, microsecond=0).isoformat())
        self._guard = Lock()
        self._drawn: dict[str, Any] | None = None

    def drawn(self, cur: Cursor, seat: Seat, say: Say, card: TaskRow | None) -> dict[str, Any]:
        """Its rows for the template; the row of an open card is marked, so then they are drawn for this desk alone."""
        if card is not None and card.id in self.clocks:
            return self._draw(cur, seat, say, card)
        with self._guard:
            if self._drawn is None:
                self._drawn = self._draw(cur, seat, say, None)
            return self._drawn

    def _draw(self, cur: Cursor, seat: Seat, say: Say, card: TaskRow | None) -> dict[str, Any]:
        draw = _Rows(cur, seat, say, self.listed, self.order, self.hours, card)
        found = self.waiting
        ready = [draw.row(t, self.clocks, self.reasons) for t in found.ready]
        if ready:
            ready[0]["why_next"] = why_next(found.ready[0], self.order, say)
        soonest = min((t.not_before for t in found.later), default=None)
        return {
            "next": ready[0] if ready else None,
            "after": [drawn.row(t) for t in ready[1:]],
            "after_count": f"{SHOWN}+" if self.has_more else str(max(len(ready) - 1, 0)),
            "later": [drawn.row(draw.row(t, self.clocks, self.reasons)) for t in found.later],
            "stands": [drawn.row(draw.row(t, self.clocks, self.reasons)) for t in found.stands],
            "next_at": moment(soonest, say) if soonest else "",
            "order_sentences": [rule_sentence(rule, self.order) for rule in self.order.rules],
        }


_fronts: Shared[Front] = Shared()


@dataclass(frozen=True, slots=True)
class Live:
    """All that a refresh needs: who waits, what is with this person, the open card and who looks on, the shift, and the
    version of what they show.

    `is_all`: he looks at the tasks of others' teams, too, which he can where they aren't hidden from him (`may_all`).
    """

    front: Front
    own: Own
    card: TaskRow | None
    onlookers: list[str]
    writing: list[str]
    clocks: dict[int, Clock]
    reasons: dict[int, str]
    at_work: AtWork
    is_all: bool
    may_all: bool
    version: str


def live(cur: Cursor, seat: Seat, say: Say, card_id: int | None, is_all: bool = False, news: str = "") -> Live:
    """What stands now, read cheaply: neither names nor orders. `news`: the mark of the last that this desk has heard."""
    shop_id, me = seat.shop.id, str(seat.actor)
    at_work = shifts.at_work(cur, seat)
    hides = at_work.teams if not seat.sight.shows("colleagues") else []
    is_all = is_all and not hides
    teams = None if is_all else at_work.teams or None

    def read() -> Front:
        order = ranking.order_of(cur, shop_id)
        found = ranking.waiting(cur, shop_id, say.now, order=order, teams=teams, limit=SHOWN + 1)
        return Front(found, order, shops.worktimes(cur, shop_id), say)

    of_whom = (shop_id, None if teams is None else tuple(teams), seat.language, seat.role)
    front = _fronts.get((*of_whom, news), read) if news else read()
    own = ranking.own(cur, shop_id, me, say.now)
    if any(t.id in front.clocks for t in [*own.mine, *own.undoable]):  # one's own deed is newer than the news
        front = read()
    card = queries.task(cur, shop_id, card_id) if card_id else None
    card = card if card is not None and sees(seat, hides, card) else None
    onlookers = queries.onlookers(cur, shop_id, card.id, me) if card else []
    writing = queries.writing(cur, shop_id, card.id, me, say.now) if card else []
    clocks = {t.id: clock_of(t, front.hours.get(t.team), say) for t in own.mine}
    reasons: dict[int, str] = {}
    if card and card.state == "open" and card.id not in front.reasons:
        reasons[card.id] = why_here(card, front.order, say)
    seen: list[Any] = [front.signature, onlookers, writing, say.language, at_work.signature, is_all]
    seen += [_seen(t, clocks, reasons, say) for t in own.mine]
    seen += [(t.id, t.outcome) for t in own.undoable]
    if card:
        seen.append((card.state, card.claimed_by, card.finished_by, card.banner, card.pause, reasons.get(card.id)))
    version = blake2s(repr(seen).encode(), digest_size=8).hexdigest()
    return Live(
        front, own, card, onlookers, writing, front.clocks | clocks, front.reasons | reasons, at_work, is_all, not hides,
        version,
    )  # fmt: skip


def _seen(task: TaskRow, clocks: Mapping[int, Clock], reasons: Mapping[int, str], say: Say) -> tuple[Any, ...]:
    clock = clocks[task.id]
    stands = task.stands(say.now)
    return task.id, task.state, task.why_next, stands, clock.text, clock.tone, reasons.get(task.id)


def shown(cur: Cursor, seat: Seat, say: Say, now: Live) -> dict[str, Any]:
    """The queue for its template."""
    own = now.own
    draw = _Rows(cur, seat, say, [*own.mine, *own.undoable], now.front.order, now.front.hours, now.card)
    return {
        "version": now.version,
        "mine": [draw.row(t, now.clocks, now.reasons) for t in own.mine if not t.stands(say.now)],
        "standing": [draw.row(t, now.clocks, now.reasons) for t in own.mine if t.stands(say.now)],
        "undoable": [_undoable(t, say, draw.names) for t in own.undoable],
        **now.front.drawn(cur, seat, say, now.card),
        "own_teams": bool(now.at_work.teams),
        "is_all": now.is_all,
        "may_all": now.may_all,
        "card_reason": now.reasons.get(now.card.id, "") if now.card else "",
        **shifts.words_of(now.at_work, say, sum(not t.stands(say.now) for t in own.mine)),
        **card_words(cur, seat, say, now),
    }


class _Rows:
    """Tasks as rows of the queue, with the names that they need together."""

    def __init__(
        self,
        cur: Cursor,
        seat: Seat,
        say: Say,
        tasks: Sequence[TaskRow],
        order: Order,
        hours: Mapping[str, WorkTime],
        card: TaskRow | None,
    ) -> None:
        self.seat, self.say, self.order, self.hours, self.card = seat, say, order, hours, card
        self.names = rows.names_of(cur, seat, (t.person_id for t in tasks), (t.order_id for t in tasks))
        self._missed = missed_of(cur, seat, say, tasks)

    def row(self, task: TaskRow, clocks: Mapping[int, Clock], reasons: Mapping[int, str]) -> dict[str, Any]:
        """One row for its template."""
        say, clock, reason = self.say, clocks.get(task.id), reasons.get(task.id, "")
        # of the other rules the line itself says it: asked for, no answer, a first call by, the limit was
        is_past = task.due_at is not None and task.due_at <= say.now
        rule = self.order.rule(task, say.now)
        says = reason if rule in ("missed", "message", "promise") or (rule == "near" and not is_past) else ""
        why = self._missed.get(task.id) or says
        found = _row(task, self.seat, say, self.names, clock, self.hours.get(task.team), self.card, why)
        return {**found, "key": (say.language, say.here(say.now).date(), task.due_at, task.target_at)}


def card_words(cur: Cursor, seat: Seat, say: Say, now: Live) -> dict[str, Any]:
    """What has become of the open card elsewhere, and who else looks at it."""
    card, me = now.card, str(seat.actor)
    if card is None:
        return {"card_note": "", "onlookers": "", "writing": "", "card_clock": None}
    who = actors(cur, seat, [card.claimed_by, card.finished_by, *now.onlookers, *now.writing])
    return {
        "card_note": _card_note(card, me, who),
        "onlookers": ", ".join(who.name(a) for a in now.onlookers),
        "onlookers_count": len(now.onlookers),
        "writing": ", ".join(who.name(a) for a in now.writing),
        "writing_count": len(now.writing),
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
    if card.banner == "settled":
        return _("The promise is kept or gone meanwhile: nothing is left to do here.")
    if card.banner == "reached":
        return _(
            "Somebody has talked to this buyer meanwhile. Give the outcome, or give the task back: then it closes."
        )
    if card.banner:
        return _("The scheme has stopped meanwhile. What you write down is kept, but moves nothing any more.")
    return ""


def _row(
    task: TaskRow,
    seat: Seat,
    say: Say,
    names: Names,
    clock: Clock | None,
    hours: WorkTime | None,
    card: TaskRow | None,
    reason: str,
) -> dict[str, Any]:
    zone = names.zone(task.person_id) or seat.shop.time_zone
    is_night = stands_since_night(task, zone, seat.shop, say.now)
    city = names.city(task.person_id) if is_night else ""
    return {
        "id": task.id,
        "icon": _icon(task, is_night),
        "kind": words.word(words.KINDS_OF_TASK, task.kind),
        "who": names.called(task.person_id, say) + (f", {city}" if city else ""),
        "clock": clock,
        "why": _stands(seat, task, say) or _why(task, say, names, zone, is_night, hours, reason),
        "is_open": task.state == "open",
        "is_shown": card is not None and card.id == task.id,
    }


def _stands(seat: Seat, task: TaskRow, say: Say) -> str:
    if not task.stands(say.now):
        return ""
    title = waiting_title(seat.shop, task.pause, say.language)
    return f"{title[:1].upper()}{title[1:]}. " + _("Stands until %(at)s") % {"at": say.when(task.not_before)}


def _icon(task: TaskRow, is_night: bool) -> str:
    if is_night:
        return "moon"
    if task.why_next in _WHY_ICONS:
        return _WHY_ICONS[task.why_next]
    return _ICONS.get(task.kind, "clipboard-list")


def _why(task: TaskRow, say: Say, names: Names, zone: str, is_night: bool, hours: WorkTime | None, reason: str) -> str:
    """Why it is there, in one line: `Order 1051, ₽12,480. First call by 14:46`, `Limit in 6 min. Order 1049`."""
    order = names.orders.get(task.order_id or 0)
    title = task.title.get(say.language) or next(iter(task.title.values()), "")
    parts = [p for p in (reason[:1].upper() + reason[1:], title) if p]
    if task.why_next == "asked":
        parts.append(_("Asked for a call %(at)s") % {"at": moment(task.not_before, say)})
    elif task.why_next == "retry":
        parts.append(_("No answer, attempt %(n)s") % {"n": task.attempt})
    if order is not None and task.why_next in ("asked", "retry"):
        parts.append(_("Order %(n)s") % {"n": order.number})
    elif order is not None:
        total = say.money(order.total, order.currency)
        parts.append(_("Order %(n)s, %(total)s") % {"n": order.number, "total": total})
    if not reason and (when := _when(task, say, zone, is_night, hours)):
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
    if task.target_at is not None and say.now < task.target_at and task.kind == "message":
        return _("Answer by %(at)s") % {"at": say.when(task.target_at)}
    if task.target_at is not None and say.now < task.target_at and task.kind == "call":
        return _("First call by %(at)s") % {"at": say.when(task.target_at)}
    return _("Limit %(at)s") % {"at": say.when(task.due_at)}


def _undoable(task: TaskRow, say: Say, names: Names) -> dict[str, Any]:
    left = (task.settles_at or say.now) - say.now
    return {
        "id": task.id,
        "who": names.called(task.person_id, say),
        "outcome": words.word(words.OUTCOMES, task.outcome),
        "seconds": max(1, int(left.total_seconds())),
    }


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
