"""The list behind each figure of an operator's day: the tasks, or the entries that a sum is made of."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.reports.operators import Work, reaction
from regulars.rules.earnings import CONFIRMED, REVENUE, TASK, Entry
from regulars.shop import queries as shops
from regulars.staff import queries as staff_queries
from regulars.web import rows, words
from regulars.web.access import Seat, staff
from regulars.web.exports.asking import ask
from regulars.web.page import say_for, show
from regulars.web.reports import asked, operators
from regulars.web.reports.asked import Asked
from regulars.web.say import Say

__all__ = ["export", "listing"]

SHOWN = 200


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What a figure counts, the last finished first."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        wanted = operators.wanted_by(cur, seat, say, request.GET)
        found = asked.listed(cur, seat.shop, wanted)
        lines = _lines(cur, seat, say, found[::-1][:SHOWN])
    entries = [entry for _work, entry in found if entry is not None]
    context = {
        "title": operators.title(say, wanted),
        "name": _name(wanted),
        "lines": lines,
        "is_money": bool(wanted.earned),
        "n": say.number(len(found)),
        "is_cut": len(found) > SHOWN,
        "sum": operators.money(say, entries) if wanted.earned else "",
        "back": f"{reverse('web:team_day')}?{urlencode(wanted.query())}",
        "query": urlencode(_query(wanted)),
    }
    return show(request, seat, "team_day", "team_work", context)


@staff("POST")
def export(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The list as a file; whose it may be is judged as for the page."""
    params = QueryDict(request.POST.get("filter", "")[:2000])
    with db.transact() as cur:
        wanted = operators.wanted_by(cur, seat, say_for(seat, clock.now_from(cur)), params)
    return ask(request, seat, "team_work", urlencode(_query(wanted)), None)


def _query(wanted: Asked) -> dict[str, str]:
    return wanted.query(part=wanted.part, outcome=wanted.outcome, earned=wanted.earned)


def _name(wanted: Asked) -> str:
    if wanted.earned:
        return {
            "all": _("Earned"), CONFIRMED: _("Earned for confirmed orders"), REVENUE: _("Earned as a share of revenue"),
            TASK: _("Earned for tasks"),
        }[wanted.earned]  # fmt: skip
    if wanted.outcome:
        return _("Outcome: %(outcome)s") % {"outcome": words.word(words.OUTCOMES, wanted.outcome)}
    return {
        "done": _("Finished tasks"), "first": _("First attempts, with their reaction"), "target": _("Finished by the target"),
        "target_missed": _("Finished after the target"), "limit": _("Finished by the limit"),
        "limit_missed": _("Finished after the limit"), "calls": _("Calls"), "reached": _("Calls that reached the buyer"),
        "confirmed": _("Calls that were confirmed"),
    }[wanted.part]  # fmt: skip


def _lines(cur: Cursor, seat: Seat, say: Say, found: Sequence[tuple[Work, Entry | None]]) -> list[dict[str, Any]]:
    """The lines of the page, with names and numbers loaded together."""
    names = rows.names_of(cur, seat, (w.person_id for w, _e in found), (w.order_id for w, _e in found))
    who = staff_queries.names(cur, seat.shop.id, [w.account for w, _e in found])
    hours = shops.worktimes(cur, seat.shop.id)
    out = []
    for w, entry in found:
        took = reaction(w, hours)
        out.append(
            {
                "task_id": w.id,
                "kind": words.word(words.KINDS_OF_TASK, w.kind),
                "outcome": words.word(words.OUTCOMES, w.outcome),
                "finished": say.when(w.finished_at),
                "reaction": "" if took is None else operators.span(took),
                "is_late": w.in_limit is False,
                "order_id": w.order_id,
                "order": names.order(w.order_id),
                "person_id": w.person_id,
                "person": names.called(w.person_id, say),
                "who": who.get(w.account, ""),
                "what": "" if entry is None else asked.ground(entry.what),
                "amount": "" if entry is None else say.money(entry.minor, entry.currency),
            }
        )
    return out
