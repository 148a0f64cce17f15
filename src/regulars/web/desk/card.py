"""All that a call's card shows: the buyer and his hour, the order with its stock, what was before, the outcomes.

Owns what is loaded for a card and its words. What may be done with a task is desk/actions.py's matter.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.db import Cursor
from regulars.desk import following, queries
from regulars.desk.queries import DraftRow, TaskRow
from regulars.feedback import queries as feedback
from regulars.journeys import preview
from regulars.orders import queries as orders
from regulars.outbox import spoken
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.promises import queries as promises
from regulars.rules.localtime import in_hours, is_zone, local
from regulars.shop import queries as shops
from regulars.shop.addresses import odd
from regulars.web import contacts, rows, words
from regulars.web.access import Seat
from regulars.web.calls import dial
from regulars.web.calls import shown as calls
from regulars.web.desk import drawn, pause, picker, windows
from regulars.web.desk import goods as wares
from regulars.web.desk.clocks import clock_of
from regulars.web.desk.goods import Goods
from regulars.web.desk.said import Talk, talk_language
from regulars.web.desk.script import script
from regulars.web.desk.why import moment
from regulars.web.orders import changes, marking
from regulars.web.people import doubles
from regulars.web.promises import at_risk, making
from regulars.web.say import Say
from regulars.web.talks import card as message

__all__ = ["Typed", "call_words", "context", "wall_of", "zone_of"]

EARLIER = 10
NOTES = 3
_LAST_HOUR = 1
_ICONS: Mapping[str, str] = {
    "confirmed": "check", "not_today": "calendar-clock", "no_answer": "phone-missed", "out_of_stock": "repeat",
    "refused": "ban", "will_pay": "banknote", "wrong_number": "phone-off", "no_calls": "bell-off", "helped": "hand-helping",
    "case": "life-buoy", "talked": "message-circle", "exchange": "repeat-2", "refund": "undo-2", "promised": "handshake",
    "done": "check", "kept": "check", "moved": "calendar-clock", "no_hands": "users", "no_contact": "phone-off",
    "no_goods": "package-x", "carrier_late": "truck", "not_known": "circle-question-mark",
    "answered": "reply", "no_reply_needed": "check-check",
    "agreed": "handshake", "in_time": "check", "late": "hourglass", "finished": "check-check", "dropped": "ban", "fine": "check",
    "begins": "check", "gives_back": "undo-2", "new_time": "calendar-clock", "ordered": "check",
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
    ids = people.ids_of(cur, seat.shop.id, person.id)
    goods = wares.load(cur, seat.shop.id, task.id, task.order_id, ids, say.now)
    order = _order(cur, seat, say, goods)
    has_alternatives = order is not None and any(line["instead"] for line in order["lines"])
    draft = queries.draft(cur, seat.shop.id, task.id, str(seat.actor))
    days = picker.days(seat.shop, worktime, zone, say) if task.call_at_needed else []
    shown = typed if typed is not None else _of_draft(draft, days)
    slot, is_far = str(shown.get("slot") or ""), bool(say.clock_there(zone))
    about = spoken.about(cur, seat.shop.id)
    language = talk_language(seat, person)
    talk = Talk(person, task.person_id, ids, task.order_id, goods, language, days, about, zone)
    return {
        "task": row,
        "clock": clock_of(task, worktime, say),
        "waits_since": say.when(_begun(task, say)),
        "limit": say.when(task.due_at) if task.due_at else "",
        "can_finish": is_mine or task.state == "open",
        "can_claim": task.state == "open",
        "can_undo": _can_undo(seat, say, task),
        "person": person,
        "is_merged": person.merged_into is not None,
        **doubles.pairs_of(cur, seat, say, person.id),
        "is_lead": person.customer_since is None,
        "contacts": contacts.shown(seat, say, person, True, holds=is_mine),
        "city": person.address.get("city", ""),
        "there": _there(seat, say, zone),
        "script": script(cur, seat, say, task.script, talk),
        "address": _address(person),
        "windows": windows.offered(talk.about, zone, say) if goods else [],
        "outcomes": _outcomes(cur, seat, say, task, shown, has_alternatives=has_alternatives),
        "days": days,
        "zone": zone,
        "is_far": is_far,
        "slots": [
            drawn.slots(day, n, slot if slot.startswith(day.key) else "", is_far, say.language)
            for n, day in enumerate(days, 1)
        ],
        "typed": shown,
        "draft_at": say.when(draft.saved_at) if draft else "",
        "undone": draft.undone if draft else 0,
        "unsent": draft if draft and task.state in ("finished", "closed") and not _can_undo(seat, say, task) else None,
        "call_words": call_words(cur, seat, say, task, zone, wall_of(shown)),
        "promised": rows.promises(
            cur, seat, say, promises.listing(cur, seat.shop.id, states=("open", "warned"), person_id=task.person_id, limit=5)
        ),
        "promise": making.blank(say, person.id, task.order_id, task.id),
        "endangered": at_risk.context(cur, seat, say, task),
        "order": order,
        **message.context(cur, seat, say, task, talk, may_answer=is_mine or task.state == "open"),
        **calls.of_task(cur, seat, say, task),
        **dial.shown(cur, seat, say, task),
        "twin": marking.twin(cur, seat, say, task.order_id) if task.order_id else None,
        "wanted": changes.shown(cur, seat, say, task.order_id, zone, open_only=True) if task.order_id else [],
        "offers": wares.offers(goods, say) if goods else [],
        **_before(cur, seat, say, task, ids),
        **pause.context(cur, seat, say, task),
    }  # fmt: skip


def _begun(task: TaskRow, say: Say) -> datetime:
    """From when on it waits: a clock that stands now does not begin when it goes on."""
    begins = (task.was_not_before or task.opened_at) if task.stands(say.now) else task.not_before
    return max(task.opened_at, begins)


def _address(person: PersonCard) -> dict[str, Any]:
    """The address in a line, with what is missing in it or odd."""
    known = person.address
    parts = ("postcode", "region", "city", "street", "house", "flat")
    return {
        "text": ", ".join(str(known[part]) for part in parts if known.get(part)),
        "odd": [str(words.ODD_ADDRESS[code]) % params for code, params in odd(known)],
    }


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
    elif following.is_own_call(task) and task.state in ("open", "claimed"):
        told = _foretold(cur, task, say)
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


def _foretold(cur: Cursor, task: TaskRow, say: Say) -> dict[str, preview.Foretold]:
    """What follows a call that no scheme conducts: the shop's plan has another try, or none is left."""
    times = following.next_try(cur, task, say.now) if task.banner is None else None
    again = preview.Foretold(times.begins if times else None, writes=False, ends=times is None)
    return {following.IN_VAIN: again}


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


def _order(cur: Cursor, seat: Seat, say: Say, goods: Goods | None) -> dict[str, Any] | None:
    """The order of the task, its lines with their stock, and what could stand in for what is out of stock."""
    if goods is None:
        return None
    row = goods.order
    (shown,) = rows.orders_list(cur, seat, say, [row])
    return {
        **shown,
        "note": row.note if seat.sight.shows("notes") else "",
        "method": row.payment_method or "",
        "is_unpaid": row.payment_status in ("unpaid", "failed", "part_paid"),
        "shipping": say.money(row.shipping_total, row.currency) if row.shipping_total else "",
        "delivery": words.word(words.DELIVERIES, row.data.get("delivery", {}).get("method")),
        "stock_note": wares.stock_note(goods),
        "lines": wares.lines(goods, say),
    }


def _before(cur: Cursor, seat: Seat, say: Say, task: TaskRow, ids: list[int]) -> dict[str, Any]:
    """What was before: other orders, earlier talks, what he answered."""
    shop_id = seat.shop.id
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
