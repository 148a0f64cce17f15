"""An operator's day, week or month: how soon, how much, with what outcome, and what it has earned; each his own, leads all.

Owns the page. A figure is a link to the list of what it counts (work.py).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.reports import operators
from regulars.reports.operators import Figures, Work
from regulars.reports.telephone import NOBODY, Talked
from regulars.rules.earnings import CONFIRMED, REVENUE, TASK, Entry, sums
from regulars.shop import queries as shops
from regulars.staff import queries as staff_queries
from regulars.web import words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.reports import asked
from regulars.web.reports.asked import Asked
from regulars.web.say import Say

__all__ = ["day", "money", "percent", "span", "title", "wanted_by"]

PERCENTILES = (50, 90, 99)


@staff("GET")
def day(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One's own work; a lead sees all, and each."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        wanted = wanted_by(cur, seat, say, request.GET)
        found = asked.work(cur, seat.shop, wanted)
        hours = shops.worktimes(cur, seat.shop.id)
        entries = asked.entries(cur, seat.shop, found)
        talked = asked.talked(cur, seat.shop, wanted)
        names = staff_queries.names(cur, seat.shop.id, _accounts(found) | set(talked))
        context = {
            "title": title(say, wanted),
            "whose": _whose(cur, seat, wanted),
            "spans": _spans(wanted),
            "earlier": _href(wanted, on=_moved(wanted, -1)),
            "later": _href(wanted, on=_moved(wanted, 1)) if wanted.until <= say.here(say.now).date() else "",
            "colleagues": _colleagues(cur, seat) if seat.is_lead else [],
            "asked": wanted,
            "lines": [] if wanted.who else _lines(say, wanted, found, entries, hours, names, talked),
            "has_rule": bool(operators.versions(cur, seat.shop.id)),
            **_figures(say, wanted, operators.figures(found, hours)),
            "earned": _earned(say, wanted, entries),
            "phone": _phone(say, wanted, talked),
        }
    return show(request, seat, "team_day", "team_day", context)


def wanted_by(cur: Cursor, seat: Seat, say: Say, params: Any) -> Asked:
    """What is asked for, if this seat may see it: an operator his own work, a lead anybody's of the shop."""
    wanted = asked.asked(params, say.here(say.now).date())
    if not seat.is_lead and wanted.who not in (0, seat.account.pk):
        raise PermissionDenied
    if not seat.is_lead:
        return asked.asked({**params.dict(), "who": str(seat.account.pk)}, wanted.on)
    if wanted.who and wanted.who not in staff_queries.names(cur, seat.shop.id, [wanted.who]):
        raise Http404
    return wanted


def title(say: Say, wanted: Asked) -> str:
    """The day, or the first and the last one of the span."""
    if wanted.span == "day":
        return say.day(wanted.first)
    return f"{say.day(wanted.first)} – {say.day(wanted.until - timedelta(days=1))}"


def _accounts(found: Sequence[Work]) -> set[int]:
    return {w.account for w in found}


def _whose(cur: Cursor, seat: Seat, wanted: Asked) -> str:
    if not wanted.who:
        return _("all operators")
    return staff_queries.names(cur, seat.shop.id, [wanted.who]).get(wanted.who, "")


def _href(wanted: Asked, **changes: str) -> str:
    return f"{reverse('web:team_day')}?{urlencode(wanted.query(**changes))}"


def _list(wanted: Asked, **which: str) -> str:
    """The list behind a figure."""
    return f"{reverse('web:team_work')}?{urlencode(wanted.query(**which))}"


def _moved(wanted: Asked, way: int) -> str:
    return (wanted.until if way > 0 else wanted.first - timedelta(days=1)).isoformat()


def _spans(wanted: Asked) -> list[dict[str, Any]]:
    names = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
    return [{"name": names[s], "href": _href(wanted, span=s), "on": s == wanted.span} for s in asked.SPANS]


def _colleagues(cur: Cursor, seat: Seat) -> list[tuple[int, str]]:
    return [(c.account_id, c.name or c.email) for c in staff_queries.colleagues(cur, seat.shop.id)]


def _figures(say: Say, wanted: Asked, found: Figures) -> dict[str, Any]:
    return {
        "done": {"n": say.number(found.done), "href": _list(wanted), "any": found.done},
        "reactions": [
            {"share": share, "value": span(operators.percentile(found.reactions, share))} for share in PERCENTILES
        ],
        "first_href": _list(wanted, part="first"),
        "first_n": say.number(len(found.reactions)),
        "target": _share(say, wanted, found.target, "target", "target_missed"),
        "limit": _share(say, wanted, found.limit, "limit", "limit_missed"),
        "calls": {"n": say.number(found.calls), "href": _list(wanted, part="calls")},
        "conversion": _share(say, wanted, found.conversion, "confirmed", "reached"),
        "outcomes": [
            {"name": words.word(words.OUTCOMES, o), "n": say.number(n), "href": _list(wanted, outcome=o)}
            for o, n in found.outcomes.items()
        ],
    }


def _share(say: Say, wanted: Asked, pair: tuple[int, int], part: str, other: str) -> dict[str, Any]:
    met, of = pair
    return {
        "value": percent(say, met * 100 // of) if of else "—",
        "met": say.number(met),
        "of": say.number(of),
        "missed": say.number(of - met),
        "href": _list(wanted, part=part),
        "other": _list(wanted, part=other),
    }


def percent(say: Say, n: int) -> str:
    """`94%`, `94 %`."""
    return f"{n}\u00a0%" if say.language == "ru" else f"{n}%"


def span(length: timedelta | None) -> str:
    """`40 s`, `6 min`, `2 h 05 min`, or a dash."""
    if length is None:
        return "—"
    seconds = round(length.total_seconds())
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(h)s h %(m)s min") % {"h": minutes // 60, "m": f"{minutes % 60:02}"}


def money(say: Say, entries: Sequence[Entry]) -> str:
    """Their sums, one a currency."""
    return ", ".join(say.money(minor, currency) for currency, minor in sums(entries).items()) or "—"


def _phone(say: Say, wanted: Asked, talked: Mapping[int, Talked]) -> dict[str, Any]:
    """What was talked by telephone; all together take in the calls of nobody known, the lines by operator don't."""
    whole = sum(talked.values(), Talked())
    nobody = talked.get(NOBODY, Talked())
    return {
        "any": bool(talked),
        "n": say.number(whole.calls),
        "href": _calls(wanted, str(wanted.who or "")),
        "time": span(timedelta(seconds=whole.seconds)) if whole.calls else "—",
        "average": span(timedelta(seconds=whole.seconds / whole.calls)) if whole.calls else "—",
        "unknown": say.number(nobody.calls) if nobody.calls else "",
        "unknown_n": nobody.calls,
        "unknown_href": _calls(wanted, "unknown"),
    }


def _calls(wanted: Asked, who: str) -> str:
    """The list behind the figures of telephone calls."""
    last = wanted.until - timedelta(days=1)
    query = {"state": "ended", "day": wanted.first.isoformat(), "to": last.isoformat(), "who": who}
    return f"{reverse('web:calls')}?{urlencode({k: v for k, v in query.items() if v})}"


def _earned(say: Say, wanted: Asked, entries: Sequence[Entry]) -> dict[str, Any]:
    names = {CONFIRMED: _("for confirmed orders"), REVENUE: _("share of revenue"), TASK: _("for tasks")}
    grounds = [
        {
            "name": name,
            "sum": money(say, [e for e in entries if e.what == what]),
            "n": say.number(sum(e.what == what for e in entries)),
            "href": _list(wanted, earned=what),
        }
        for what, name in names.items()
    ]
    return {"sum": money(say, entries), "href": _list(wanted, earned="all"), "grounds": grounds, "any": bool(entries)}


def _lines(
    say: Say,
    wanted: Asked,
    found: Sequence[Work],
    entries: Sequence[Entry],
    hours: dict[str, Any],
    names: dict[int, str],
    talked: Mapping[int, Talked],
) -> list[dict[str, Any]]:
    """A line an operator, by name."""
    by: dict[int, list[Work]] = {account: [] for account in talked if account != NOBODY}
    for one in found:
        by.setdefault(one.account, []).append(one)
    whose = {w.id: w.account for w in found}
    lines = []
    for account, own in sorted(by.items(), key=lambda pair: (names.get(pair[0], ""), pair[0])):
        counted = operators.figures(own, hours)
        only = asked.asked(wanted.query(who=str(account)), wanted.on)
        shown = _figures(say, only, counted)
        gained = money(say, [e for e in entries if whose[e.task_id] == account])
        lines.append(
            {"name": names.get(account) or f"№ …{account % 10_000:04}", "href": _href(only), **shown, "earned": gained}
        )
        lines[-1]["earned_href"] = _list(only, earned="all")
        lines[-1]["phone"] = _phone(say, only, {account: talked.get(account, Talked())})
    return lines
