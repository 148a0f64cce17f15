"""Who was set aside because a step failed: the reason in words, and the two ways on.

Owns the words of the reasons; what "go on" and "end" do is journeys'.
"""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.journeys import actions, queries
from regulars.shop import queries as shops
from regulars.web import paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.scheme_names import scheme_names, spoken

__all__ = ["aside", "end", "retry"]


@staff("GET", roles=LEADS)
def aside(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Enrolments that were set aside, by scheme, with the reason and the repair."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.set_aside(cur, seat.shop.id, paging.PAGE + 1, paging.after_id(request))
        page, mark = paging.split(found, lambda row: paging.id_mark(row.id))
        listed = rows.enrolments(cur, seat, say, page)
        teams = shops.team_titles(cur, seat.shop.id) if page else {}
        names = scheme_names(cur, seat.shop.id, seat.language, ((e.scheme, e.n) for e in page))
        groups: dict[str, dict[str, Any]] = {}
        for e, row in zip(listed, page, strict=True):
            group = groups.setdefault(row.scheme, {"name": row.scheme, "title": e["title"] or row.scheme, "rows": []})
            failed = (row.problem or {}).get("step") or row.step or ""
            group["rows"].append(
                {
                    **e,
                    "problem": _problem(row.problem or {}),
                    "named": _named(row.problem or {}, teams, seat.language),
                    "failed_step": failed,
                    "step_title": names.step(row.scheme, row.n, failed) or spoken(failed),
                    "since": say.when(row.entered_at or row.started_at),
                }
            )
    return show(
        request, seat, "aside", "aside", {"groups": list(groups.values()), "next": paging.next_query(request, mark)}
    )


def _problem(problem: Mapping[str, Any]) -> str:
    """What failed, from the record's code."""
    known = {
        "step_gone": _("this version has no such step"),
        "outcome_unknown": _("the step has no such outcome"),
        "call_at_missing": _("nobody said when to call again"),
        "no_working_time": _("the team never works when the buyer may be called"),
        "team_unknown": _("the team has no working hours"),
        "days_unknown": _("neither the product nor the shop gives the days"),
        "zone_unknown": _("the shop has no time zone"),
        "internal": _("our own fault; nothing was lost"),
    }
    code = str(problem.get("code", ""))
    return known.get(code) or code.replace("_", " ") or _("the reason was not recorded")


def _named(problem: Mapping[str, Any], teams: Mapping[str, Mapping[str, str]], language: str) -> SafeString:
    """What the record names: teams and outcomes by their titles, the rest as the scheme's author wrote it."""
    params = dict(problem.get("params") or {})
    named = []
    if (team := params.pop("team", None)) is not None:
        named.append(escape(words.in_language(teams[team], language)) if team in teams else _theirs(team))
    if (outcome := params.pop("outcome", None)) is not None:
        named.append(escape(words.word(words.OUTCOMES, outcome)))
    params.pop("known", None)  # all outcomes of the step: the map shows them
    named += [_theirs(value) for value in params.values()]
    return SafeString(", ".join(named))


def _theirs(name: object) -> SafeString:
    return format_html('<span translate="no">{}</span>', name)


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
