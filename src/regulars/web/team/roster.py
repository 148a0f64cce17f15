"""The roster: a week of people and days, who is at work just now, and each person's own shifts.

Leads write it, everybody sees his own. What is planned is staff/roster.py's, who is really here staff/presence.py's.
"""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.staff import presence, queries, roster, shifts
from regulars.staff.queries import Colleague
from regulars.staff.roster import DayPlan
from regulars.web import words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.desk.shift import REASONS, STATES
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.settings.form import Form
from regulars.web.settings.page import said, say_saved
from regulars.web.settings.week import DAY_NAMES, SHORT_NAMES, day_rows, read_day, spans_text

__all__ = ["copy", "end_shift", "mine", "one", "page", "save_days", "save_week", "time_off"]

AHEAD = timedelta(days=366)
"""Weeks farther away than this are a slip of the finger."""
OFF_LONGEST = 92
WEEK = timedelta(days=7)
DAYS = [timedelta(days=n) for n in range(7)]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The week of all, and who is at work now."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        monday = _monday(request.GET.get("week", ""), say)
        people = [c for c in queries.colleagues(cur, seat.shop.id) if c.is_active]
        plans = roster.plans(cur, seat.shop.id, monday, monday + DAYS[6])
        context = {
            **_week(monday, say),
            "people": [
                {
                    "c": c,
                    "role": words.word(words.ROLES, c.role),
                    "days": _cells(plans.get(c.account_id, {}), monday, say),
                }
                for c in people
            ],
            "now": _at_work(cur, seat, say, {c.account_id: c for c in people}),
            "is_planned": bool(plans),
        }
    return show(request, seat, "roster", "roster", context)


@staff("POST", roles=LEADS)
def copy(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The week before is planned again for this one; what this week has of its own stays."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        monday = _monday(request.POST.get("week", ""), say)
        copied = roster.copy_week(cur, seat.shop.id, monday - WEEK, monday, seat.actor)
    if copied:
        text = ngettext("Copied for %(n)d person.", "Copied for %(n)d people.", copied)
        said(request, text % {"n": copied})
    else:
        said(request, _("Nothing to copy: this week is like the one before, or has days of its own."))
    return redirect(f"{reverse('web:roster')}?week={monday.isoformat()}")


@staff("GET")
def mine(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One's own shifts in the four weeks to come."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        monday = _monday("", say)
        plans = roster.plans(cur, seat.shop.id, monday, monday + 4 * WEEK)
        own = plans.get(seat.account.pk, {})
        context = {
            "weeks": [{**_week(monday + n * WEEK, say), "days": _cells(own, monday + n * WEEK, say)} for n in range(4)],
            "is_planned": any(plan.spans for plan in own.values()),
        }
    return show(request, seat, "tasks", "roster_mine", context)


@staff("GET", roles=LEADS)
def one(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """One person's week, the week that repeats, and time off."""
    return _one(request, seat, account_id)


@staff("POST", roles=LEADS)
def save_days(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """This week alone: days that are as every week go by that week again."""
    form = Form(request.POST)
    spans = {n: read_day(form, key) for n, key in enumerate(DAY_NAMES)}
    with db.transact() as cur:
        _person(cur, seat, account_id)
        say = say_for(seat, clock.now_from(cur))
        monday = _monday(request.POST.get("week", ""), say)
        if form.is_good:
            week = roster.week_of(cur, seat.shop.id, account_id)
            own = {monday + DAYS[n]: s for n, s in spans.items() if s != week.get(n, ())}
            usual = [monday + DAYS[n] for n in range(7) if monday + DAYS[n] not in own]
            before = roster.plans(cur, seat.shop.id, monday, monday + DAYS[6]).get(account_id, {})
            changed = {d: s for d, s in own.items() if d not in before or before[d].spans != s}
            roster.set_days(cur, seat.shop.id, account_id, changed, seat.actor)
            roster.forget_days(cur, seat.shop.id, account_id, usual, seat.actor)
    if not form.is_good:
        return _one(request, seat, account_id, days=form, status=422)
    say_saved(request, seat, say.now, where="days")
    return _back(account_id, monday)


@staff("POST", roles=LEADS)
def save_week(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """The week that repeats."""
    form = Form(request.POST)
    spans = {n: read_day(form, key) for n, key in enumerate(DAY_NAMES)}
    with db.transact() as cur:
        _person(cur, seat, account_id)
        say = say_for(seat, clock.now_from(cur))
        monday = _monday(request.POST.get("week", ""), say)
        if form.is_good:
            roster.set_week(cur, seat.shop.id, account_id, spans, seat.actor)
    if not form.is_good:
        return _one(request, seat, account_id, week=form, status=422)
    say_saved(request, seat, say.now, where="week")
    return _back(account_id, monday)


@staff("POST", roles=LEADS)
def time_off(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Days on which he doesn't work, from the first to the last, or works as usual again."""
    form = Form(request.POST)
    reason = form.text("reason", longest=80, required=False)
    first, last = _day(form.raw("first", 10)), _day(form.raw("last", 10))
    with db.transact() as cur:
        _person(cur, seat, account_id)
        say = say_for(seat, clock.now_from(cur))
        if first is None or last is None or abs(first - _today(say)) > AHEAD:
            form.refuse("off", _("A first and a last day are needed."))
        elif not 0 <= (last - first).days < OFF_LONGEST:
            form.refuse("off", _("The last day is not before the first, and three months at most."))
        else:
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            if form.raw("do") == "usual":
                roster.forget_days(cur, seat.shop.id, account_id, days, seat.actor)
            else:
                roster.set_days(cur, seat.shop.id, account_id, dict.fromkeys(days, ()), seat.actor, reason)
    if not form.is_good or first is None:
        return _one(request, seat, account_id, off=form, status=422)
    say_saved(request, seat, say.now, where="off")
    return _back(account_id, first - timedelta(days=first.weekday()))


@staff("POST", roles=LEADS)
def end_shift(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Somebody has gone without saying so: his shift ends, what he had goes back to the queue."""
    with db.transact() as cur:
        found = _person(cur, seat, account_id)
        had = shifts.end(cur, seat.shop.id, account_id, seat.actor, clock.now_from(cur))
    if had:
        said(request, _("The shift of %(name)s is over; the tasks go back to the queue.") % {"name": found.name})
    return redirect("web:roster")


def _one(
    request: HttpRequest, seat: Seat, account_id: int, *, days: Form | None = None, week: Form | None = None,
    off: Form | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    with db.transact() as cur:
        found = _person(cur, seat, account_id)
        say = say_for(seat, clock.now_from(cur))
        monday = _monday(request.POST.get("week", "") or request.GET.get("week", ""), say)
        plans = roster.plans(cur, seat.shop.id, monday, monday + DAYS[6]).get(account_id, {})
        usual = roster.week_of(cur, seat.shop.id, account_id)
    by_weekday = {d.weekday(): plan.spans for d, plan in plans.items()}
    shown = day_rows(by_weekday, days)
    context = {
        **_week(monday, say),
        "c": found,
        "rows": [
            {"row": row, "day": say.day(monday + DAYS[n]), "plan": plans.get(monday + DAYS[n], DayPlan(()))}
            for n, row in enumerate(shown)
        ],
        "usual": day_rows(usual, week),
        "problem": off.problems.get("off", "") if off is not None else "",
        "off": off.data if off is not None else {"first": monday.isoformat(), "last": monday.isoformat()},
        "may_change": True,
    }
    return show(request, seat, "roster", "roster_person", context, status)


def _at_work(cur: Cursor, seat: Seat, say: Say, people: dict[int, Colleague]) -> list[dict[str, Any]]:
    """Whose shift runs, and whom the roster has at work without his being here."""
    out: list[dict[str, Any]] = []
    here = presence.on_shift(cur, seat.shop.id)
    for p in here:
        since = say.when(p.since)
        until = say.when(p.break_until) if p.break_until and p.state == "break" else ""
        tone = {"on": "ok", "break": "", "away": "soon"}[p.state]
        out.append(
            {
                "c": people.get(p.account_id), "id": p.account_id, "state": str(STATES[p.state]), "tone": tone,
                "since": since, "until": until, "reason": str(REASONS.get(p.reason, "")), "is_online": p.is_online,
                "load": p.load, "most": p.most, "is_full": p.load >= p.most, "began": say.when(p.started_at),
            }
        )  # fmt: skip
    known = {p.account_id for p in here}
    moment = timedelta(minutes=1)
    for account, _teams, starts, ends in presence.planned(cur, seat.shop.id, say.now, say.now + moment):
        if account not in known and starts <= say.now < ends:
            out.append(
                {
                    "c": people.get(account),
                    "id": account,
                    "state": "",
                    "since": say.when(starts),
                    "until": say.when(ends),
                }
            )
    return out


def _cells(plans: dict[date, DayPlan], monday: date, say: Say) -> list[dict[str, Any]]:
    cells = []
    for step in DAYS:
        plan = plans.get(monday + step, DayPlan(()))
        cells.append(
            {
                "day": monday + step, "hours": spans_text(plan.spans), "is_own": plan.is_own, "reason": plan.reason,
                "is_today": monday + step == _today(say),
            }
        )  # fmt: skip
    return cells


def _week(monday: date, say: Say) -> dict[str, Any]:
    return {
        "monday": monday.isoformat(),
        "week_name": f"{say.day(monday)} – {say.day(monday + DAYS[6])}",
        "before": (monday - WEEK).isoformat(),
        "after": (monday + WEEK).isoformat(),
        "is_this": monday <= _today(say) < monday + WEEK,
        "heads": [
            {"name": str(name), "short": str(short), "n": (monday + step).day, "is_today": monday + step == _today(say)}
            for name, short, step in zip(DAY_NAMES.values(), SHORT_NAMES, DAYS, strict=True)
        ],
    }


def _today(say: Say) -> date:
    return say.here(say.now).date()


def _monday(text: str, say: Say) -> date:
    """The Monday of the week asked for; of this one for whatever is no day, or too far away."""
    today = _today(say)
    day = _day(text) or today
    if abs(day - today) > AHEAD:
        day = today
    return day - timedelta(days=day.weekday())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _person(cur: Cursor, seat: Seat, account_id: int) -> Colleague:
    found = {c.account_id: c for c in queries.colleagues(cur, seat.shop.id)}.get(account_id)
    if found is None:
        raise Http404
    if not found.is_active:
        raise PermissionDenied
    return found


def _back(account_id: int, monday: date) -> HttpResponse:
    return redirect(f"{reverse('web:roster_person', args=[account_id])}?week={monday.isoformat()}")
