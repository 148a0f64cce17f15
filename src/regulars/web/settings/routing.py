"""Routing rules: a text that is checked line by line, with what it would mean for the last fifty tasks, and its versions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.problem_words import CATALOGUE
from regulars.core.routing import FACTS, Problem, read
from regulars.desk import queries as desk
from regulars.desk import routing
from regulars.shop import queries as shops
from regulars.web import rows
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]

PREVIEWED = 50


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules that hold, or an older version to go back to."""
    asked = request.GET.get("n", "")
    with db.transact() as cur:
        holds = routing.version(cur, seat.shop.id)
        old = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
        shown = routing.version(cur, seat.shop.id, old) if old else holds
        context = _context(cur, seat, shown.text or routing.STARTER, holds, [])
    return show_settings(request, seat, "settings_routing", "settings_routing", context)


@staff("POST", roles=LEADS)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Check and show what it would mean, or let it hold."""
    text = request.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n")[:8000]
    base = request.POST.get("base", "")
    with db.transact() as cur:
        holds = routing.version(cur, seat.shop.id)
        if request.POST.get("do") == "check":
            _rules, problems = read(text, routing.known_facts(), shops.team_keys(cur, seat.shop.id))
            context = _context(cur, seat, text, holds, problems, is_checked=True)
            return show_settings(request, seat, "settings_routing", "settings_routing", context)
        number = int(base) if base.isascii() and base.isdigit() and len(base) < 6 else -1
        n, problems = routing.save_rules(cur, seat.shop.id, text, number, seat.actor)
        if not n:
            context = _context(cur, seat, text, holds, problems)
            return show_settings(request, seat, "settings_routing", "settings_routing", context, 422)
        now = clock.now_from(cur)
    say_saved(request, seat, now)
    return redirect("web:settings_routing")


def _context(
    cur: Cursor, seat: Seat, text: str, holds: routing.Version, problems: list[Problem], *, is_checked: bool = False
) -> dict[str, Any]:
    say = say_for(seat, clock.now_from(cur))
    titles = shops.team_titles(cur, seat.shop.id)
    who = actors(cur, seat, [holds.actor or None])
    return {
        "text": text,
        "base": holds.n,
        "is_checked": is_checked and not problems,
        "holds": holds.n and {"n": holds.n, "who": who.name(holds.actor), "at": say.when(holds.created_at)},
        "older": list(range(max(1, holds.n - 9), holds.n))[::-1],
        "problems": [
            {"line": p.line, "words": _words(p, seat.language), "meant": p.did_you_mean or ""} for p in problems
        ],
        "teams": [(key, t.get(seat.language) or next(iter(t.values()), key)) for key, t in titles.items()],
        "facts": [*FACTS, *sorted(routing.known_facts())],
        "preview": [] if problems else _preview(cur, seat, text),
    }


def _words(problem: Problem, language: str) -> str:
    words = {
        "rule_form": _("A line reads “if … then team”, “always if … then team”, or “else team”."),
        "rule_team": _("There is no team “%(found)s”.") % {"found": problem.found},
        "rule_after_else": _("Nothing can follow “else”."),
        "rule_many": _("That is too many rules: %(found)s at most.") % {"found": problem.found},
        "changed": _("Somebody has saved version %(found)s meanwhile: look at it first.") % {"found": problem.found},
    }
    if problem.code in words:
        return words[problem.code]
    said = CATALOGUE[problem.code]
    return said[1 if language == "ru" else 0].format(found=problem.found, limit="")


def _preview(cur: Cursor, seat: Seat, text: str) -> list[dict[str, Any]]:
    """The last fifty tasks: where each went, and where it would go."""
    now = clock.now_from(cur)
    ids = cur.execute(
        "select id from desk_task where shop_id = %s order by id desc limit %s", (seat.shop.id, PREVIEWED)
    ).fetchall()
    found = list(desk.tasks_by_id(cur, seat.shop.id, [r[0] for r in ids]).values())
    found.sort(key=lambda t: -t.id)
    works = [
        routing.Work(
            "scheme" if t.enrolment_id else "missed_call" if t.call_id else "message" if t.thread_id
            else "promise" if t.promise_id else "other",
            t.person_id, t.team, t.order_id, t.kind, t.script,
        )
        for t in found
    ]  # fmt: skip
    rules = read(text, routing.known_facts(), shops.team_keys(cur, seat.shop.id))[0]
    decided = routing.decide(cur, seat.shop.id, rules, works, now)
    shown = rows.tasks(cur, seat, say_for(seat, now), found)
    titles = shops.team_titles(cur, seat.shop.id)

    def title(key: str) -> str:
        named = titles.get(key, {})
        return named.get(seat.language) or next(iter(named.values()), key)

    return [
        {**row, "to": title(rule.team) if rule else row["team"], "line": rule.line if rule else 0,
         "moves": bool(rule and rule.team != work.team)}
        for row, rule, work in zip(shown, decided, works, strict=True)
    ]  # fmt: skip
