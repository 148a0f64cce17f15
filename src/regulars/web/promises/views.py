"""The ledger of promises: what stands, what was kept and what was broken, with the share of the last thirty days."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.people import queries as people
from regulars.promises import queries
from regulars.promises.queries import AT_RISK, PromiseRow
from regulars.shop import queries as shops
from regulars.web import paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.exports.asking import ask
from regulars.web.page import say_for, show
from regulars.web.promises import asked
from regulars.web.promises.asked import Asked
from regulars.web.say import Say, span

__all__ = ["export", "listing"]

DAYS = 30
PRESETS = ("open", AT_RISK, "warned", "broken", "kept", "intended", "void")


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All that was promised to buyers, and what became of it."""
    wanted = asked.asked(request.GET)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        mark = paging.after_moment(request)
        found = asked.found_by(cur, seat.shop, wanted)
        page = asked.page(cur, seat.shop, wanted, found, mark, paging.PAGE)
        shown = rows.promises(cur, seat, say, page.rows)
        teams = {t.key: t.title.get(say.language) or t.key for t in shops.teams(cur, seat.shop.id)}
        conditions = _conditions(cur, seat, say, wanted, teams)
        context = {
            "promises": [{**one, **_ledger(say, row)} for one, row in zip(shown, page.rows, strict=True)],
            "next": paging.next_query(request, None if page.following is None else paging.moment_mark(*page.following)),
            "is_cut": page.is_cut,
            "is_first": mark is None,
            "state": wanted.state,
            "query": str(wanted.query),
            "asked": {"q": wanted.text, "order": wanted.number, "kind": wanted.kind, "team": wanted.team},
            "kept_fields": [(k, v) for k, v in wanted.query.values.items() if v and k not in ("kind", "team")],
            "kinds": words.PROMISE_KINDS.items(),
            "teams": [*teams.items(), (shops.SHOP_TEAM, _("the shop as a whole"))],
            "is_filtered": bool(wanted.query),
            "presets": [] if wanted.since else _presets(cur, seat, say, wanted),
            "chips": conditions,
            "kept": None if mark or conditions else _kept(cur, seat, say),
        }
    return show(request, seat, "promises", "promises", context)


@staff("POST")
def export(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The list as a file."""
    return ask(request, seat, "promises", request.POST.get("filter", ""), None)


def _ledger(say: Say, row: PromiseRow) -> dict[str, Any]:
    """How it stands with a promise, in words and as a clock."""
    tone, how = "stop", ""
    if row.state in ("open", "warned"):
        deadline = say.deadline(row.due_at)
        return {"clock": deadline.tone or "ok", "how": deadline.text, "warned": say.when(row.warned_at)}
    if row.state == "kept" and row.closed_at:
        left = row.due_at - row.closed_at
        tone, how = "ok", _("%(span)s before its time") % {"span": span(left)} if left > timedelta(minutes=1) else ""
    elif row.state == "broken" and row.closed_at:
        over = row.closed_at - row.due_at
        tone, how = "late", _("%(span)s late") % {"span": span(over)} if over > timedelta(minutes=1) else ""
    return {"clock": tone, "how": how, "warned": say.when(row.warned_at) if row.warned_at else ""}


def _presets(cur: db.Cursor, seat: Seat, say: Say, wanted: Asked) -> list[dict[str, Any]]:
    counted = queries.counts(cur, seat.shop.id)
    here = reverse("web:promises")
    out = [
        {
            "text": _("all"),
            "href": f"{here}?{wanted.query.having(state='')}",
            "n": "",
            "on": not wanted.state,
            "key": "",
        }
    ]
    for key in PRESETS:
        n = say.number(counted[key]) + ("+" if counted[key] >= queries.MOST_COUNTED else "")
        text = words.word(words.PROMISE_STANDS, key)
        href = f"{here}?{wanted.query.having(state=key)}"
        out.append({"text": text, "href": href, "n": n, "on": key == wanted.state, "key": key})
    return out


def _conditions(cur: db.Cursor, seat: Seat, say: Say, wanted: Asked, teams: Mapping[str, str]) -> list[dict[str, str]]:
    """What narrows the list, each with the address of the list without it."""
    card = people.card(cur, seat.shop.id, wanted.person) if wanted.person else None
    span = ""
    if wanted.since and wanted.until:
        span = _("due %(first)s – %(last)s") % {
            "first": say.day(wanted.since), "last": say.day(wanted.until - timedelta(days=1)),
        }  # fmt: skip
    told = {
        "q": _("with “%(q)s”") % {"q": wanted.text} if wanted.text else "",
        "order": _("Order %(id)s") % {"id": wanted.number} if wanted.number else "",
        "person": (card.name if card else "—") if wanted.person else "",
        "since": span,
        "outcome": words.word(words.PROMISE_OUTCOMES, wanted.outcome) if wanted.outcome else "",
        "kind": words.word(words.PROMISE_KINDS, wanted.kind) if wanted.kind else "",
        "team": teams.get(wanted.team, _("the shop as a whole")) if wanted.team else "",
        "reason": words.word(words.PROMISE_REASONS, wanted.reason) if wanted.reason else "",
    }
    without = {"since": {"since": "", "until": "", "outcome": "", "reason": ""}}
    return [
        {"text": shown, "href": "?" + wanted.query.having(**without.get(name, {name: ""}))}
        for name, shown in told.items()
        if shown
    ]


def _kept(cur: db.Cursor, seat: Seat, say: Say) -> dict[str, Any] | None:
    """The share of the last thirty days, with its numbers; None while none has come due."""
    found = queries.kept_since(cur, seat.shop.id, say.now - timedelta(days=DAYS))
    due = found.kept + found.broken
    if not due:
        return None
    # Rounded down: with one broken among a thousand it isn't a hundred.
    share = found.kept * 100 // due
    return {
        "share": f"{share}\u00a0%" if say.language == "ru" else f"{share}%",
        "percent": share,
        "kept": say.number(found.kept),
        "due": say.number(due),
        "broken": found.broken,
        "tone": "teal" if found.broken == 0 else "amber",
    }
