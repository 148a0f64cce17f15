"""Schemes as their owner reads them: the list, the text with who stands where, checking and publishing.

Owns the form; reading and publishing are journeys'. What is wrong is shown by line, and the text is never lost.
"""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.core.problems import ERROR, Problem
from regulars.journeys import actions, queries
from regulars.journeys.actions import SchemeRefused
from regulars.journeys.checking import read_for_shop
from regulars.web import rows
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.page import say_for, show

__all__ = ["aside", "end", "listing", "new", "one", "publish", "retry"]

READY = ("after-order",)
FILE = "scheme.yaml"
LONGEST = 200_000


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All schemes, by name."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = [{"s": s, "published": say.when(s.published_at)} for s in queries.schemes(cur, seat.shop.id)]
    return show(request, seat, "schemes", "schemes", {"schemes": found, "ready": READY})


@staff("GET")
def one(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """A scheme's text and how many wait at each step."""
    with db.transact() as cur:
        found = queries.scheme_text(cur, seat.shop.id, name)
        if found is None:
            raise Http404
        text, n = found
        context = {
            "name": name,
            "n": n,
            "text": text,
            "lines": text.splitlines(),
            "standing": sorted(queries.standing_numbers(cur, seat.shop.id, name).items()),
        }
    return show(request, seat, "schemes", "scheme", context)


@staff("GET", roles=OWNER)
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    """An empty text, a ready scheme's, or the live text of one that is to be changed."""
    ready, name = request.GET.get("ready", ""), request.GET.get("of", "")
    text = ""
    if ready in READY:
        text = resources.files("regulars.schemes").joinpath(f"{ready}.yaml").read_text(encoding="utf-8")
    elif name:
        with db.transact() as cur:
            found = queries.scheme_text(cur, seat.shop.id, name)
        if found is None:
            raise Http404
        text = found[0]
    return _form(request, seat, text)


@staff("POST", roles=OWNER)
def publish(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Check the text, or make it the live version."""
    text = request.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        return _form(request, seat, text[:LONGEST], status=422)
    if request.POST.get("do") != "publish":
        with db.transact() as cur:
            reading = read_for_shop(cur, seat.shop.id, text, FILE)
        return _form(request, seat, text, reading.problems, is_checked=True)
    try:
        with db.transact() as cur:
            done = actions.publish(cur, seat.shop.id, text, seat.actor, clock.now_from(cur), FILE)
    except SchemeRefused as refused:
        return _form(request, seat, text, refused.problems, status=422)
    words = _("Version %(n)d of %(name)s is live.") if done.isnew else _("Version %(n)d of %(name)s was live already.")
    messages.success(request, words % {"n": done.n, "name": done.name})
    return redirect("web:scheme", name=done.name)


def _form(
    request: HttpRequest,
    seat: Seat,
    text: str,
    problems: Sequence[Problem] = (),
    *,
    is_checked: bool = False,
    status: int = 200,
) -> HttpResponse:
    lines = text.splitlines()
    context: dict[str, Any] = {
        "text": text,
        "problems": [
            {
                "sentence": p.sentence(seat.language).partition(": ")[2],
                "line": p.line,
                "step": p.step or "",
                "is_error": p.severity == ERROR,
                "quoted": lines[p.line - 1] if 0 < p.line <= len(lines) else "",
            }
            for p in problems
        ],
        "errors": sum(p.severity == ERROR for p in problems),
        "is_checked": is_checked,
    }
    return show(request, seat, "schemes", "scheme_edit", context, status)


@staff("GET", roles=LEADS)
def aside(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Enrolments that were set aside, with the reason and the repair."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.set_aside(cur, seat.shop.id)
        listed = rows.enrolments(cur, seat, say, found)
    context = {
        "enrolments": [{**e, "problem": _problem(row.problem or {})} for e, row in zip(listed, found, strict=True)]
    }
    return show(request, seat, "aside", "aside", context)


def _problem(problem: dict[str, Any]) -> str:
    """What failed, from the record: its code and what it names."""
    known = {
        "step_gone": _("this version has no such step"),
        "outcome_unknown": _("the step has no such outcome"),
        "call_at_missing": _("nobody said when to call again"),
        "no_working_time": _("the team never works when the buyer may be called"),
        "team_unknown": _("the team has no working hours"),
        "days_unknown": _("neither the product nor the shop gives the days"),
        "zone_unknown": _("the shop has no time zone"),
    }
    code = str(problem.get("code", ""))
    text = known.get(code) or code.replace("_", " ") or _("the reason was not recorded")
    params = ", ".join(f"{k}: {v}" for k, v in (problem.get("params") or {}).items())
    return f"{text} ({params})" if params else text


@staff("POST", roles=LEADS)
def retry(request: HttpRequest, seat: Seat, enrolment_id: int) -> HttpResponse:
    """Let it go on: what failed is taken again."""
    return _mend(request, seat, enrolment_id, actions.retry)


@staff("POST", roles=LEADS)
def end(request: HttpRequest, seat: Seat, enrolment_id: int) -> HttpResponse:
    """End it."""
    return _mend(request, seat, enrolment_id, actions.end)


def _mend(request: HttpRequest, seat: Seat, enrolment_id: int, action: Any) -> HttpResponse:
    with db.transact() as cur:
        if not action(cur, seat.shop.id, enrolment_id, seat.actor, clock.now_from(cur)):
            raise Http404
    return redirect("web:aside")
