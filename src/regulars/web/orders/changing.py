"""Changing an order at the desk: the form, its reading, undoing, and deciding where the shop changed the same.

Owns the routes and how the form says what is wanted; what may be wanted stands in desk/order_edits.py, what becomes of it in
desk/write_back.py.
"""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.catalog.instead import instead
from regulars.desk import order_edits, write_back
from regulars.desk import queries as desk
from regulars.desk import unconfirmed as overdue
from regulars.desk.order_edits import Asked, EditError, LineAsked
from regulars.orders import queries as orders
from regulars.orders.fields import ADDRESS, CANCELLED, LINE, NOTE, WINDOW
from regulars.orders.queries import Line, OrderRow
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.web import contacts, undo, words
from regulars.web.access import Seat, staff, unseen
from regulars.web.desk.card import zone_of
from regulars.web.page import say_for, show
from regulars.web.paging import our_id
from regulars.web.say import Say

__all__ = ["change", "decide", "entered", "form", "save", "take_back", "unconfirmed"]

PARTS = ("country", "region", "city", "street", "postcode")
MOST_LINES = 200


@staff("GET")
def change(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """The form on a page of its own."""
    return _page(request, seat, order_id, {}, {})


@staff("GET")
def form(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """The form alone, for the card and the order's page."""
    with db.transact() as cur:
        context = _context(cur, request, seat, order_id, {}, {})
    return render(request, "web/part_order_form.html", {**context, "seat": seat})


@staff("POST")
def save(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """Have the order changed; the shop is told when the minute of undoing is over."""
    try:
        with db.transact() as cur:
            order, lines, person = _loaded(cur, seat, order_id)
            now = clock.now_from(cur)
            asked = _asked(request, seat, person, lines)
            address = person.address if person is not None else {}
            wanted = order_edits.checked(cur, seat.shop.id, order, lines, address, asked, now)
            deed = write_back.ask(
                cur, seat.shop.id, order, wanted, seat.actor, now, task_id=_task(cur, request, seat), undo_for=write_back.UNDO
            )  # fmt: skip
    except EditError as error:
        return _page(request, seat, order_id, error.problems, _typed(request), status=422)
    if deed is None:
        messages.warning(request, _("Nothing was changed."))
    else:
        undo.offer(request, _("Changed. The shop is told in a minute."), reverse("web:order_change_undo", args=[deed]))
    return redirect(_back(request, order_id))


@staff("POST")
def take_back(request: HttpRequest, seat: Seat, deed_id: int) -> HttpResponse:
    """Undo a change that the shop doesn't know of yet."""
    order_id = _order_of(seat, deed_id)
    with db.transact() as cur:
        is_done = write_back.take_back(cur, seat.shop.id, deed_id, seat.actor, clock.now_from(cur))
    if is_done:
        messages.success(request, _("Taken back: the order is as it was."))
    else:
        messages.warning(
            request, _("It is too late to take it back: the shop knows of it. Change it once more instead.")
        )
    return redirect(_back(request, order_id))


@staff("POST")
def entered(request: HttpRequest, seat: Seat, deed_id: int) -> HttpResponse:
    """A person has typed the change into the shop."""
    order_id = _order_of(seat, deed_id)
    with db.transact() as cur:
        write_back.entered(cur, seat.shop.id, deed_id, seat.actor, clock.now_from(cur))
    return redirect(_back(request, order_id))


@staff("POST")
def unconfirmed(request: HttpRequest, seat: Seat, deed_id: int) -> HttpResponse:
    """The shop has taken it and not shown it since: tell it again, keep it without a reminder, or drop it."""
    order_id = _order_of(seat, deed_id)
    what = request.POST.get("what", "")
    with db.transact() as cur:
        now = clock.now_from(cur)
        if what == "again":
            is_done = overdue.tell_again(cur, seat.shop.id, deed_id, seat.actor, now) is not None
        elif what == "drop":
            is_done = overdue.drop(cur, seat.shop.id, deed_id, seat.actor, now)
        else:
            is_done = overdue.keep(cur, seat.shop.id, deed_id, seat.actor)
    if not is_done:
        messages.warning(request, _("The shop has shown it meanwhile, or a colleague has decided already."))
    elif what == "drop":
        messages.success(request, _("Dropped: the order is shown as the shop has it."))
    return redirect(_back(request, order_id))


@staff("POST")
def decide(request: HttpRequest, seat: Seat, change_id: int) -> HttpResponse:
    """The shop changed the same: keep its value, or have ours written once more."""
    keep = "ours" if request.POST.get("keep") == "ours" else "shop"
    with db.transact() as cur:
        found = write_back.change_of(cur, seat.shop.id, change_id)
        if found is None:
            raise Http404
        try:
            write_back.redo(cur, seat.shop.id, change_id, keep, seat.actor, clock.now_from(cur))
        except LookupError:
            messages.warning(request, _("A colleague has decided this already."))
    return redirect(_back(request, found.order_id))


def _order_of(seat: Seat, deed_id: int) -> int:
    with db.transact() as cur:
        order_id = write_back.order_of(cur, seat.shop.id, deed_id)
    if order_id is None:
        raise Http404
    return order_id


def _loaded(cur: Cursor, seat: Seat, order_id: int) -> tuple[OrderRow, list[Line], PersonCard | None]:
    order = orders.by_id(cur, seat.shop.id, [order_id]).get(order_id)
    if order is None:
        raise Http404
    lines = orders.lines(cur, seat.shop.id, [order_id]).get(order_id, [])
    who = people.canonical(cur, seat.shop.id, [order.person_id]).get(order.person_id) if order.person_id else None
    return order, lines, people.card(cur, seat.shop.id, who) if who else None


def _task_id(request: HttpRequest) -> int | None:
    return our_id((request.POST if request.method == "POST" else request.GET).get("task", ""))


def _task(cur: Cursor, request: HttpRequest, seat: Seat) -> int | None:
    found = _task_id(request)
    is_there = found and desk.task(cur, seat.shop.id, found) is not None and not unseen(cur, seat, [found])
    return found if is_there else None


def _back(request: HttpRequest, order_id: int) -> str:
    """To the card from which it came, else to the order."""
    task = _task_id(request)
    return reverse("web:task", args=[task]) if task else reverse("web:order", args=[order_id])


def _page(
    request: HttpRequest, seat: Seat, order_id: int, problems: Mapping[str, str], typed: Mapping[str, Any], status: int = 200
) -> HttpResponse:  # fmt: skip
    with db.transact() as cur:
        context = _context(cur, request, seat, order_id, problems, typed)
    return show(request, seat, "orders", "order_change", context, status)


def _context(
    cur: Cursor, request: HttpRequest, seat: Seat, order_id: int, problems: Mapping[str, str], typed: Mapping[str, Any]
) -> dict[str, Any]:
    order, lines, person = _loaded(cur, seat, order_id)
    say = say_for(seat, clock.now_from(cur))
    if person is not None:
        contacts.look(cur, seat, person.id, "order_change", whole=True)
    zone = zone_of(seat, person)
    fields, names = order_edits.shown(cur, seat.shop.id, order, lines, person.address if person else {})
    address = fields[ADDRESS]
    return {
        "order_id": order.id,
        "number": order.number,
        "task_id": _task_id(request) or "",
        "back": _back(request, order_id),
        "address": [(p, words.word(words.ADDRESS_PARTS, p), typed.get(p, address.get(p, ""))) for p in PARTS],
        "window": _window_shown(say, zone, fields[WINDOW], typed),
        "is_far": bool(say.clock_there(zone)),
        "note": typed.get("note", fields[NOTE]),
        "lines": _lines_shown(cur, seat, fields, names, typed, problems),
        "add_sku": typed.get("add-sku", ""),
        "add_quantity": typed.get("add-quantity", ""),
        "is_cancelled": fields[CANCELLED],
        "wants_cancel": bool(typed.get("cancel")),
        "is_closed": order.status in order_edits.CLOSED,
        "seen": typed.get("seen") or db.dumps(fields),
        "problems": {name: words.word(words.EDIT_PROBLEMS, code) for name, code in problems.items()},
    }


def _lines_shown(
    cur: Cursor,
    seat: Seat,
    fields: Mapping[str, Any],
    names: Mapping[str, str],
    typed: Mapping[str, Any],
    problems: Mapping[str, str],
) -> list[dict[str, Any]]:
    mine = [name for name in names if fields.get(name) is not None or name in problems]
    like = instead(cur, seat.shop.id, [name.removeprefix(LINE) for name in mine])
    return [
        {
            "n": n,
            "field": name,
            "name": names[name],
            "sku": name.removeprefix(LINE),
            "quantity": typed.get(f"line-{n}-quantity", fields.get(name) or "0"),
            "instead": typed.get(f"line-{n}-sku", ""),
            "like": [a.product for a in like.get(name.removeprefix(LINE), ())],
            "problem": words.word(words.EDIT_PROBLEMS, problems.get(name) or problems.get(f"{name}:sku") or ""),
        }
        for n, name in enumerate(mine)
    ]


def _window_shown(say: Say, zone: str, window: Any, typed: Mapping[str, Any]) -> dict[str, str]:
    start, end = (datetime.fromisoformat(at).astimezone(ZoneInfo(zone)) if at else None for at in window or ("", ""))
    return {
        "day": typed.get("window-day", f"{start:%Y-%m-%d}" if start else ""),
        "from": typed.get("window-from", f"{start:%H:%M}" if start else ""),
        "to": typed.get("window-to", f"{end:%H:%M}" if end else ""),
    }


def _asked(request: HttpRequest, seat: Seat, person: PersonCard | None, lines: list[Line]) -> Asked:
    """What the form says. A field that can't be read is a problem of that field. Raises EditError."""
    post = _typed(request)
    problems: dict[str, str] = {}
    window = _window_asked(post, zone_of(seat, person), problems)
    kept, added = [], []
    for n in range(min(MOST_LINES, len(lines) + MOST_LINES)):
        if f"line-{n}-field" not in post:
            break
        name = post[f"line-{n}-field"]
        kept.append(
            LineAsked(name, _count(post.get(f"line-{n}-quantity", ""), name, problems), post.get(f"line-{n}-sku", ""))
        )
    if post.get("add-sku"):
        added.append(LineAsked(quantity=_count(post.get("add-quantity") or "1", "add", problems), sku=post["add-sku"]))
    if problems:
        raise EditError(problems)
    return Asked(
        address={part: post.get(part, "") for part in PARTS} if "street" in post else None,
        window=window,
        note=post["note"].replace("\r\n", "\n") if "note" in post else None,
        cancel=post.get("cancel") == "yes",
        lines=kept,
        add=added,
        seen=_seen(post.get("seen", "")),
    )


def _typed(request: HttpRequest) -> dict[str, str]:
    """The form as it was sent."""
    return {name: request.POST.get(name, "").replace("\x00", "").strip() for name in request.POST}


def _seen(text: str) -> Mapping[str, Any]:
    try:
        found = db.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _count(text: str, name: str, problems: dict[str, str]) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ".").replace("\u00a0", "").replace(" ", ""))
    except InvalidOperation:
        problems[name] = "quantity"
        return None


def _window_asked(post: Mapping[str, str], zone: str, problems: dict[str, str]) -> tuple[datetime, datetime] | None:
    given = [post.get(f"window-{part}", "") for part in ("day", "from", "to")]
    if not any(given):
        return None
    try:
        day = datetime.fromisoformat(given[0]).date()
        start, end = (datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone)) for at in given[1:])
    except (ValueError, OverflowError):
        problems[WINDOW] = "window_form"
        return None
    return start, end
