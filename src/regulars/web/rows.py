"""Rows that several screens show alike: messages, tasks, promises, enrolments, orders.

Owns how each becomes words for a template; loads the names and numbers that a list needs together, never row by row.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import pgettext

from regulars.base.db import Cursor
from regulars.desk.queries import TaskRow
from regulars.journeys.queries import EnrolmentRow
from regulars.orders import queries as orders
from regulars.orders.queries import OrderRow
from regulars.outbox.queries import MessageRow
from regulars.people import queries as people
from regulars.promises.queries import AT_RISK, PromiseRow
from regulars.rules.localtime import is_zone
from regulars.rules.visibility import HIDDEN
from regulars.shop import queries as shops
from regulars.web import words
from regulars.web.access import Seat, only_teams, sees, unseen
from regulars.web.actors import actors
from regulars.web.say import Say, mask_phone
from regulars.web.scheme_names import scheme_names

__all__ = ["Names", "by_when", "enrolments", "messages", "names_of", "orders_list", "promises", "tasks"]

ASIDE = 3


class Names:
    """Names of persons and numbers of orders that a list speaks of."""

    def __init__(self, cards: dict[int, people.PersonCard], orders: dict[int, OrderRow], sees_phones: bool) -> None:
        self.cards, self.orders, self._sees_phones = cards, orders, sees_phones

    def person(self, person_id: int | None) -> str:
        """The name; '' for nobody or a nameless one."""
        card = self.cards.get(person_id or 0)
        return card.name if card else ""

    def called(self, person_id: int | None, say: Say) -> str:
        """The name; of somebody nameless what is shown of his telephone, for who rang is known by it alone."""
        card = self.cards.get(person_id or 0)
        if card is None or card.name or not (card.phones and self._sees_phones):
            return card.name if card else ""
        return mask_phone(say.phone(card.phones[-1]))

    def order(self, order_id: int | None) -> str:
        """The number."""
        row = self.orders.get(order_id or 0)
        return row.number if row else ""

    def city(self, person_id: int) -> str:
        """The city of the person's address."""
        card = self.cards.get(person_id)
        return str(card.address.get("city") or "") if card else ""

    def zone(self, person_id: int) -> str | None:
        """The person's zone, if it is known."""
        card = self.cards.get(person_id)
        return card.time_zone if card and is_zone(card.time_zone or "") else None


def names_of(cur: Cursor, seat: Seat, persons: Iterable[int | None], order_ids: Iterable[int | None]) -> Names:
    """The names and numbers, loaded together."""
    return Names(
        people.cards(cur, seat.shop.id, [p for p in persons if p]),
        orders.by_id(cur, seat.shop.id, sorted({o for o in order_ids if o})),
        seat.sight.of("phone") != HIDDEN,
    )


def tasks(cur: Cursor, seat: Seat, say: Say, found: Sequence[TaskRow]) -> list[dict[str, Any]]:
    """Tasks as a queue shows them."""
    names = names_of(cur, seat, (t.person_id for t in found), (t.order_id for t in found))
    who = actors(cur, seat, [a for t in found for a in (t.claimed_by, t.finished_by)])
    mine = only_teams(cur, seat) if found else []
    teams = shops.team_titles(cur, seat.shop.id) if found else {}
    return [
        {
            "id": t.id,
            "kind": words.word(words.KINDS_OF_TASK, t.kind),
            "title": t.title.get(say.language) or next(iter(t.title.values()), ""),
            "team": _team(teams, t.team, say),
            "state": words.word(words.TASK_STATES, t.state),
            "is_waiting": t.state in ("open", "claimed"),
            "is_there": sees(seat, mine, t),
            "is_promise": t.kind == "promise",
            "person_id": t.person_id,
            "person": names.called(t.person_id, say),
            "order_id": t.order_id,
            "order": names.order(t.order_id),
            "why_next": _why_next(t, say),
            "attempt": t.attempt,
            "deadline": say.deadline(t.due_at),
            "due": say.when(t.due_at),
            "not_before": say.when(t.not_before) if t.not_before > say.now else "",
            "opened": say.when(t.opened_at),
            "there": say.clock_there(names.zone(t.person_id)),
            "is_mine": t.state == "claimed" and t.claimed_by == str(seat.actor),
            "claimed_by": who.name(t.claimed_by) if t.state == "claimed" else "",
            "outcome": words.word(words.OUTCOMES, t.outcome),
            "note": t.note if seat.sight.shows("notes") else "",
            "finished": say.when(t.finished_at),
            "finished_by": who.name(t.finished_by),
        }
        for t in found
    ]


def _why_next(task: TaskRow, say: Say) -> str:
    """A first attempt has no other reason than what it is for: the script's title, '' where there is none."""
    if task.why_next == "fresh":
        return words.script(task.script, say.language) if task.script else ""
    return words.word(words.WHY_NEXT, task.why_next)


def _team(teams: dict[str, dict[str, str]], key: str, say: Say) -> str:
    title = teams.get(key, {})
    return title.get(say.language) or next(iter(title.values()), key)


def messages(cur: Cursor, seat: Seat, say: Say, found: Sequence[MessageRow]) -> list[dict[str, Any]]:
    """Messages as lists show them."""
    names = names_of(cur, seat, (m.person_id for m in found), (m.order_id for m in found))
    return [
        {
            "id": m.id,
            "person_id": m.person_id,
            "person": names.called(m.person_id, say),
            "order_id": m.order_id,
            "order": names.order(m.order_id),
            "title": words.title(m, say.language),
            "channel": words.word(words.CHANNELS, m.channel) if m.channel else "",
            "purpose": words.word(words.PURPOSES, m.purpose),
            "is_advertising": m.purpose == "advertising",
            "state_code": m.state,
            "state": words.word(words.MESSAGE_STATES, m.state),
            "tone": words.MESSAGE_TONES.get(m.state, ""),
            "reason": words.reason(m.reason, m.why.get("params", {}), say),
            "at": say.when(m.sent_at or m.closed_at or m.send_after),
            "is_held": m.state == "queued" and m.reason == "late_held",
        }
        for m in found
    ]


def promises(cur: Cursor, seat: Seat, say: Say, found: Sequence[PromiseRow]) -> list[dict[str, Any]]:
    """Promises as lists show them."""
    names = names_of(cur, seat, (p.person_id for p in found), (p.order_id for p in found))
    hidden = unseen(cur, seat, (p.task_id for p in found))
    return [
        {
            "person_id": p.person_id,
            "person": names.called(p.person_id, say),
            "order_id": p.order_id,
            "order": names.order(p.order_id),
            "kind": words.word(words.PROMISE_KINDS, p.kind),
            "id": p.id,
            "state": words.word(words.PROMISE_STANDS, AT_RISK if p.is_at_risk else p.state),
            "tone": words.PROMISE_TONES.get(AT_RISK if p.is_at_risk else p.state, ""),
            "due": say.when(p.due_at),
            "window": _window(say, p.window_from, p.due_at) if p.window_from else "",
            "reason": words.word(words.PROMISE_REASONS, p.reason) if p.reason else "",
            "warned": say.when(p.warned_at) if p.warned_at else "",
            "warning_id": p.warning_id,
            "deadline": say.deadline(p.due_at) if p.state in ("open", "warned") else None,
            "told": say.when(p.told_at),
            "closed": say.when(p.closed_at),
            "message_id": p.message_id,
            "task_id": None if p.task_id in hidden else p.task_id,
        }
        for p in found
    ]


def by_when(say: Say, opens: datetime | None, due: datetime) -> str:
    """`by 14:46`, or the window: what a promise says of its time."""
    return _window(say, opens, due) if opens else pgettext("promise", "by %(at)s") % {"at": say.when(due)}


def _window(say: Say, opens: datetime, closes: datetime) -> str:
    """`27 November, 14:00–18:00`; a window over midnight by both moments."""
    a, b = say.here(opens), say.here(closes)
    if a.date() != b.date():
        return f"{say.when(opens)} – {say.when(closes)}"
    return f"{say.day(opens)}, {a:%H:%M}–{b:%H:%M}"


def enrolments(cur: Cursor, seat: Seat, say: Say, found: Sequence[EnrolmentRow]) -> list[dict[str, Any]]:
    """Enrolments as lists show them."""
    names = names_of(cur, seat, (e.person_id for e in found), (e.order_id for e in found))
    titles = scheme_names(cur, seat.shop.id, seat.language, ((e.scheme, e.n) for e in found))
    return [
        {
            "id": e.id,
            "scheme": e.scheme,
            "title": titles.scheme(e.scheme, e.n),
            "n": e.n,
            "person_id": e.person_id,
            "person": names.called(e.person_id, say),
            "order_id": e.order_id,
            "order": names.order(e.order_id),
            "state": words.word(words.ENROLMENT_STATES, e.status),
            "is_aside": e.status == ASIDE,
            "step": e.step or "",
            "step_title": titles.step(e.scheme, e.n, e.step),
            "started": say.when(e.started_at),
            "due": say.when(e.due_at),
            "ended": say.when(e.ended_at),
            "end_reason": words.word(words.END_REASONS, e.end_reason) if e.end_reason else "",
            "held_out": e.held_out,
        }
        for e in found
    ]


def orders_list(cur: Cursor, seat: Seat, say: Say, found: Sequence[OrderRow]) -> list[dict[str, Any]]:
    """Orders as lists show them."""
    names = names_of(cur, seat, (o.person_id for o in found), ())
    return [
        {
            "id": o.id,
            "number": o.number,
            "external_id": o.external_id,
            "placed": say.when(o.placed_at),
            "person_id": o.person_id,
            "person": names.called(o.person_id, say),
            "status": words.word(words.ORDER_STATES, o.status),
            "payment": words.word(words.PAYMENT_STATES, o.payment_status) if o.payment_status else "",
            "payment_tone": {"paid": "ok", "failed": "late"}.get(o.payment_status or "", ""),
            "total": say.money(o.total, o.currency),
            "mark": o.mark or "",
        }
        for o in found
    ]
