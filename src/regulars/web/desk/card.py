"""All that a call's card shows: the buyer and his hour, the order with its stock, what was before, the outcomes.

Owns what is loaded for a card and its words. What may be done with a task is desk/actions.py's matter.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.db import Cursor
from regulars.catalog import queries as catalog
from regulars.catalog.queries import Alternative, ProductRow
from regulars.desk import queries
from regulars.desk.queries import DraftRow, TaskRow
from regulars.feedback import queries as feedback
from regulars.journeys import preview
from regulars.orders import queries as orders
from regulars.orders.queries import Line
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.promises import queries as promises
from regulars.rules.localtime import in_hours, is_zone, local
from regulars.shop import queries as shops
from regulars.web import contacts, rows, words
from regulars.web.access import Seat
from regulars.web.desk import picker
from regulars.web.desk.clocks import clock_of
from regulars.web.desk.queue import moment
from regulars.web.desk.script import script
from regulars.web.say import Say

__all__ = ["Typed", "call_words", "context", "wall_of", "zone_of"]

EARLIER = 10
NOTES = 3
_LAST_HOUR = 1
_ICONS: Mapping[str, str] = {
    "confirmed": "check", "not_today": "calendar-clock", "no_answer": "phone-missed", "out_of_stock": "repeat",
    "refused": "ban", "will_pay": "banknote", "wrong_number": "phone-off", "no_calls": "bell-off", "helped": "hand-helping",
    "case": "life-buoy", "talked": "message-circle", "exchange": "repeat-2", "refund": "undo-2", "promised": "handshake",
    "done": "check",
}  # fmt: skip

Typed = Mapping[str, Any]
"""What stands in the form: outcome, note, day, slot, call_at."""


def zone_of(seat: Seat, person: PersonCard | None) -> str:
    """The buyer's zone; the shop's where it isn't known."""
    known = person.time_zone if person else None
    return known if known and is_zone(known) else seat.shop.time_zone


def context(
    cur: Cursor, seat: Seat, say: Say, task: TaskRow, person: PersonCard, typed: Typed | None
) -> dict[str, Any]:
    """The card for its template; `typed` is what was sent and refused, else the draft is shown."""
    is_mine = task.state == "claimed" and task.claimed_by == str(seat.actor)
    zone = zone_of(seat, person)
    worktime = shops.worktimes(cur, seat.shop.id).get(task.team)
    (row,) = rows.tasks(cur, seat, say, [task])
    order = _order(cur, seat, say, task)
    has_alternatives = order is not None and any(line["instead"] for line in order["lines"])
    draft = queries.draft(cur, seat.shop.id, task.id, str(seat.actor))
    days = picker.days(seat.shop, worktime, zone, say) if task.call_at_needed else []
    shown = typed if typed is not None else _of_draft(draft, days)
    return {
        "task": row,
        "clock": clock_of(task, worktime, say),
        "begun": say.when(max(task.opened_at, task.not_before)),
        "limit": say.when(task.due_at) if task.due_at else "",
        "can_finish": is_mine or task.state == "open",
        "can_claim": task.state == "open",
        "can_undo": _can_undo(seat, say, task),
        "person": person,
        "is_lead": person.customer_since is None,
        "contacts": contacts.shown(say, person, is_mine or seat.is_lead),
        "city": person.address.get("city", ""),
        "there": _there(seat, say, zone),
        "script": script(cur, seat, say, task, person),
        "outcomes": _outcomes(cur, seat, say, task, shown, has_alternatives=has_alternatives),
        "days": days,
        "zone": zone,
        "is_far": bool(say.clock_there(zone)),
        "typed": shown,
        "draft_at": say.when(draft.saved_at) if draft else "",
        "unsent": draft if draft and task.state in ("finished", "closed") and not _can_undo(seat, say, task) else None,
        "call_words": call_words(cur, seat, say, task, zone, wall_of(shown)),
        "promised": rows.promises(
            cur, seat, say, promises.listing(cur, seat.shop.id, states=("open", "warned"), person_id=task.person_id, limit=5)
        ),
        "order": order,
        **_before(cur, seat, say, task, person),
    }  # fmt: skip


def _can_undo(seat: Seat, say: Say, task: TaskRow) -> bool:
    return task.settles_at is not None and task.settles_at > say.now and task.finished_by == str(seat.actor)


def _of_draft(draft: DraftRow | None, days: list[picker.Day]) -> Typed:
    """A draft as the form would have sent it."""
    if draft is None:
        return {}
    is_offered = any(slot.value == draft.call_at for day in days for slot in day.slots)
    day = draft.call_at.partition("T")[0] if is_offered else "exact" if draft.call_at else ""
    return {"outcome": draft.outcome, "note": draft.note, "day": day, "slot": draft.call_at, "call_at": draft.call_at}


def wall_of(typed: Typed) -> str:
    """The call-back's wall time as the form says it: the hour pressed, or the exact field."""
    day = str(typed.get("day") or "")
    if day and day != "exact":
        slot = str(typed.get("slot") or "")
        return slot if slot.startswith(day) else ""
    return str(typed.get("call_at") or "")


def call_words(cur: Cursor, seat: Seat, say: Say, task: TaskRow, zone: str, text: str) -> dict[str, str]:
    """The sentence about the chosen call-back, and what speaks against it."""
    wall = picker.read_wall(text) if text else None
    if wall is None:
        return {}
    worktime = shops.worktimes(cur, seat.shop.id).get(task.team)
    try:
        words_, no = picker.moment_words(seat.shop, worktime, zone, say, wall)
    except (OverflowError, ValueError):  # year 1 or 9999: no moment of this world
        return {}
    return {"text": words_, "no": no}


def _there(seat: Seat, say: Say, zone: str) -> dict[str, Any] | None:
    """What a clock at the buyer's shows, and until when he may be called, or from when on."""
    clock = say.clock_there(zone)
    start, end = seat.shop.day
    now = local(say.now, zone).time()
    is_day = in_hours(now, start, end)
    if not clock and is_day:
        return None
    left = (end.hour * 60 + end.minute) - (now.hour * 60 + now.minute)
    is_last_hour = is_day and 0 <= left <= 60 * _LAST_HOUR
    until = _("call until %(hour)s") % {"hour": f"{end:%H:%M}"} if is_last_hour else ""
    return {
        "clock": clock or f"{now:%H:%M}",
        "is_amber": not is_day or is_last_hour,
        "words": until if is_day else _("night there, call from %(hour)s on") % {"hour": f"{start.hour}:{start.minute:02}"},
    }  # fmt: skip


def _outcomes(
    cur: Cursor, seat: Seat, say: Say, task: TaskRow, typed: Typed, *, has_alternatives: bool
) -> list[dict[str, Any]]:
    """The outcomes as buttons, each with what comes of it."""
    told: dict[str, preview.Foretold] = {}
    if task.enrolment_id is not None and task.state in ("open", "claimed"):
        told = preview.outcomes(
            cur, seat.shop.id, task.person_id, task.enrolment_id, task.attempt,
            [o for o in task.outcomes if o not in task.call_at_needed], say.now,
        )  # fmt: skip
    return [
        {
            "n": n,
            "name": name,
            "label": words.word(words.OUTCOMES, name),
            "icon": _ICONS.get(name, "circle-dot"),
            "needs_time": name in task.call_at_needed,
            "hint": _("alternatives")
            if name == "out_of_stock" and has_alternatives
            else _hint(name in task.call_at_needed, told.get(name), say),
            "is_on": typed.get("outcome") == name,
        }
        for n, name in enumerate(task.outcomes, 1)
    ]


def _hint(needs_time: bool, told: preview.Foretold | None, say: Say) -> str:
    if needs_time:
        return _("exact time")
    if told is None:
        return ""
    if told.again_at is not None:
        return _("again %(when)s") % {"when": moment(told.again_at, say)}
    if told.writes:
        return _("a letter goes out")
    return _("nothing follows") if told.ends else ""


def _order(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any] | None:
    """The order of the task, its lines with their stock, and what could stand in for what is out of stock."""
    row = orders.by_id(cur, seat.shop.id, [task.order_id]).get(task.order_id) if task.order_id else None
    if row is None:
        return None
    (shown,) = rows.orders_list(cur, seat, say, [row])
    lines = [line for line in orders.lines(cur, seat.shop.id, [row.id]).get(row.id, []) if not line.dropped]
    known = catalog.products(cur, seat.shop.id, [line.sku for line in lines])
    missing = [line.sku for line in lines if _stock_tone(line, known.get(line.sku)) in ("out", "short")]
    like = catalog.alternatives(cur, seat.shop.id, missing)
    return {
        **shown,
        "note": row.note,
        "method": row.payment_method or "",
        "is_unpaid": row.payment_status in ("unpaid", "failed", "part_paid"),
        "shipping": say.money(row.shipping_total, row.currency) if row.shipping_total else "",
        "delivery": words.word(words.DELIVERIES, row.data.get("delivery", {}).get("method")),
        "stock_note": _stock_note([_stock_tone(line, known.get(line.sku)) for line in lines]),
        "lines": [_line(line, known.get(line.sku), like.get(line.sku, []), row.currency, say) for line in lines],
    }


def _stock_note(tones: list[str]) -> str:
    """What the operator must know before he says that everything is there; '' if it is."""
    if "out" in tones or "short" in tones:
        return _("Not everything is in stock: see the order above.")
    return _("The stock isn’t known: don’t say so before you have looked.") if "unknown" in tones else ""


def _stock_tone(line: Line, product: ProductRow | None) -> str:
    if product is None or product.stock is None:
        return "unknown"
    if product.stock <= 0:
        return "out"
    return "short" if product.stock < line.quantity else "in"


def _line(line: Line, product: ProductRow | None, like: list[Alternative], currency: str, say: Say) -> dict[str, Any]:
    stock = product.stock if product else None
    tone = _stock_tone(line, product)
    sentences = {
        "unknown": _("stock not known"),
        "out": _("out of stock"),
        "short": _("only %(n)s in stock"),
        "in": _("in stock: %(n)s"),
    }
    return {
        "name": line.name,
        "sku": line.sku,
        "quantity": say.number(line.quantity),
        "amount": say.price(line.price * line.quantity, currency),  # for the eye only: nothing is summed from it
        "tone": tone,
        "stock": sentences[tone] % {"n": say.number(stock or Decimal(0))},
        "instead": [
            {
                "sku": a.sku,
                "name": a.name,
                "price": say.price(a.price, currency) if a.price is not None else "",
                "stock": say.number(a.stock),
            }
            for a in like
        ],
    }


def _before(cur: Cursor, seat: Seat, say: Say, task: TaskRow, person: PersonCard) -> dict[str, Any]:
    """What was before: other orders, earlier talks, what he answered."""
    shop_id = seat.shop.id
    ids = people.ids_of(cur, shop_id, person.id)
    found = [t for t in queries.ended(cur, shop_id, person_ids=ids, limit=EARLIER) if t.id != task.id]
    talks = rows.tasks(cur, seat, say, found)
    answers = [q for q in feedback.of_person(cur, shop_id, task.person_id, EARLIER) if q.answer is not None]
    return {
        "bought": [
            {
                "count": ngettext("%(n)d earlier order", "%(n)d earlier orders", b.count) % {"n": b.count},
                "total": say.money(b.total, b.currency),
                "last": say.day(b.last_at),
            }
            for b in orders.bought(cur, shop_id, ids, task.order_id)
        ],
        "notes": [t for t in talks if t["note"]][:NOTES],
        "talks": talks,
        "answers": [
            {
                "question": words.word(words.QUESTIONS, q.question),
                "answer": words.word(words.ANSWERS, q.answer),
                "comment": q.comment,
                "at": say.when(q.answered_at),
            }
            for q in answers
        ],
    }
