"""Writing a segment: its condition is read and counted while it is written, and kept when its owner says so."""

from typing import Any

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.core.condition_calls import FUNCTIONS
from regulars.core.condition_errors import ConditionError
from regulars.core.problems import Problem
from regulars.people.facts import OWN_FIELDS
from regulars.segments import actions, conditions, counting
from regulars.segments.actions import SegmentRefused
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.people.views import shown_people
from regulars.web.schemes import problems
from regulars.web.segments.used import uses
from regulars.web.segments.views import known, shown

__all__ = ["edit", "look", "new"]

PREVIEWED = 20
EXAMPLES = (
    "last('order.placed') < 90d ago",
    "orders(365d) >= 3 and not happened('order.placed', 60d)",
    "bought('category', 'Tea', 90d)",
    "spent(365d) >= 10000 and person.language == 'ru'",
    "not happened('message.opened', 60d)",
    "orders() >= 1 and 'quiet' not in person.tags",
    "points.balance >= 500 and person.fields.favourite == 'green tea'",
)


@staff("GET", "POST", roles=LEADS)
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A segment that isn't there yet."""
    wanted = _wanted(request)
    if request.method == "GET":
        return _page(request, seat, None, wanted)
    try:
        with db.transact() as cur:
            made = actions.make(
                cur, seat.shop.id, wanted["name"], _titles(wanted), wanted["condition"], seat.actor,
                clock.now_from(cur), tells=wanted["tells"],
            )  # fmt: skip
    except ConditionError:
        return _page(request, seat, None, wanted, status=422)
    except SegmentRefused as refused:
        return _page(request, seat, None, {**wanted, "refused": _refusal(refused.code)}, status=422)
    messages.success(
        request, _("The segment is kept. Everybody is being asked once; from then on it follows by itself.")
    )
    return redirect("web:segment", segment_id=made)


@staff("GET", "POST", roles=LEADS)
def edit(request: HttpRequest, seat: Seat, segment_id: int) -> HttpResponse:
    """A segment that is there."""
    with db.transact() as cur:
        row = known(cur, seat, say_for(seat, clock.now_from(cur)), segment_id)
    if request.method == "GET":
        titles = {"title_en": row.title.get("en", ""), "title_ru": row.title.get("ru", "")}
        return _page(request, seat, row, {"name": row.name, "condition": row.condition, "tells": False, **titles})
    wanted = {**_wanted(request), "name": row.name}
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            is_there = actions.change(
                cur, seat.shop.id, row.id, _titles(wanted), wanted["condition"], seat.actor, now, tells=wanted["tells"]
            )
    except ConditionError:
        return _page(request, seat, row, wanted, status=422)
    if not is_there:
        messages.warning(request, _("The segment was removed meanwhile."))
        return redirect("web:segments")
    messages.success(request, _("The segment was changed."))
    return redirect("web:segment", segment_id=row.id)


@staff("POST", roles=LEADS)
def look(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What the condition that is being written means now: its errors, or how many and some of them."""
    return render(request, "web/part_segment_look.html", _look(seat, _wanted(request)["condition"]))


def _page(request: HttpRequest, seat: Seat, row: Any, wanted: dict[str, Any], status: int = 200) -> HttpResponse:
    say = say_for(seat, clock.now())
    with db.transact() as cur:
        used = uses(cur, seat.shop.id, seat.language).get(row.name, ()) if row else ()
    context = {
        "segment": shown(seat, say, row) if row else None,
        "uses": used,
        "wanted": wanted,
        "functions": [(f.example, f.ru if seat.language == "ru" else f.en) for f in FUNCTIONS.values()],
        "fields": [*conditions.NAMES, f"{OWN_FIELDS}…"],
        "examples": EXAMPLES,
        **_look(seat, wanted["condition"]),
    }
    return show(request, seat, "segments", "segment_edit", context, status)


def _look(seat: Seat, text: str) -> dict[str, Any]:
    """The answer to a condition: `problem`, or `count` and `people`; nothing for an empty one."""
    if not text.strip():
        return {}
    try:
        condition = conditions.read(text)
    except ConditionError as error:
        problem = Problem("", error.line, error.column, None, error.code, params={"found": error.found},
                          did_you_mean=error.did_you_mean)  # fmt: skip
        (row,) = problems.shown([problem], text, seat.language)
        line = (text.splitlines() or [""])[min(error.line, len(text.splitlines())) - 1]
        return {"problem": {**row, "before": line[: row["from"]], "word": line[row["from"] : row["to"]],
                            "behind": line[row["to"] :]}}  # fmt: skip
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            say = say_for(seat, now)
            n = counting.count(cur, seat.shop.id, condition, now)
            found = counting.some(cur, seat.shop.id, condition, now, PREVIEWED) if n else []
            listed = shown_people(cur, seat, say, found)
    except psycopg.errors.QueryCanceled:
        return {"is_slow": True}
    return {"count": say.number(n), "n": n, "people": listed, "is_cut": n > len(listed)}


def _wanted(request: HttpRequest) -> dict[str, Any]:
    """What the form says."""

    def text(name: str, longest: int) -> str:
        return request.POST.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()[:longest]

    return {
        "name": text("name", 60).lower(),
        "title_en": text("title_en", 100),
        "title_ru": text("title_ru", 100),
        "condition": text("condition", 2001),
        "tells": request.POST.get("tells") == "on",
    }


def _titles(wanted: dict[str, Any]) -> dict[str, str]:
    return {key: wanted[f"title_{key}"] for key in ("en", "ru") if wanted[f"title_{key}"]}


def _refusal(code: str) -> str:
    match code:
        case "name_taken":
            return _("Another segment has this name.")
        case "too_many":
            return _("There are %(n)s segments already, and no more are kept.") % {"n": actions.MOST}
        case _:
            return _(
                "A name is of small Latin letters, digits and hyphens, and begins with a letter: sleeping-regulars."
            )
