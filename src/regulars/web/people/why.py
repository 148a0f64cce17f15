"""'Why did he (not) get it?': one person and one scheme, also where nothing happened at all.

Owns putting together what the records say: the way of each enrolment step by step, what kept him out, and what never
happened. Every sentence comes from a record; where there is none, that is said.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.journeys import queries as journeys
from regulars.journeys import scheme_queries, why_queries
from regulars.journeys.queries import DecisionRow, EnrolmentRow
from regulars.journeys.why_queries import RefusalRow, SchemeStand, StartEvent
from regulars.outbox import queries as outbox
from regulars.people import listing as people_listing
from regulars.people import queries as people
from regulars.web import paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.people.views import shown_people
from regulars.web.say import Say
from regulars.web.scheme_names import read, title_of
from regulars.web.why import teller, why

__all__ = ["about", "of_scheme"]

MOST = 20
DECISIONS = 500
FOUND = 12


@staff("GET")
def of_scheme(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Whom the question is about: a search, from the scheme's page."""
    text = paging.text_of(request, "q")
    with db.transact() as cur:
        version = scheme_queries.version(cur, seat.shop.id, name)
        if version is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        found = people_listing.search(cur, seat.shop.id, seat.shop.country, text, limit=FOUND) if text else []
        listed = shown_people(cur, seat, say, found)
    scheme = read(version.text)
    title = words.in_language(scheme.title, seat.language) if scheme else name
    context = {"name": name, "title": title, "q": text, "people": listed}
    return show(request, seat, "schemes", "scheme_why", context)


@staff("GET")
def about(request: HttpRequest, seat: Seat, person_id: int) -> HttpResponse:
    """One person and the scheme that is asked about."""
    with db.transact() as cur:
        card = people.card(cur, seat.shop.id, person_id)
        if card is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        schemes = scheme_queries.cards(cur, seat.shop.id, say.now)
        texts = {c.version.name: read(c.version.text) for c in schemes}
        name = paging.text_of(request, "scheme", list(texts)) or next(iter(texts), "")
        ids = people.ids_of(cur, seat.shop.id, card.id)
        scheme = texts.get(name)
        step = paging.text_of(request, "step", list(scheme.steps) if scheme else [])
        titles = {n: words.in_language(s.title, seat.language) if s else n for n, s in texts.items()}
        told = _told(cur, seat, say, ids, name, scheme, step) if name else {"walks": [], "out": [], "verdict": ""}
    return show(
        request,
        seat,
        "people",
        "person_why",
        {
            "person": card,
            "schemes": list(titles.items()),
            "asked": name,
            "step": step,
            "steps": [(s, title_of(scheme, s, seat.language), s in scheme.titles) for s in scheme.steps]
            if scheme
            else [],
            **told,
        },
    )


def _told(
    cur: Cursor, seat: Seat, say: Say, ids: Sequence[int], name: str, scheme: Scheme | None, step: str
) -> dict[str, Any]:
    found = journeys.enrolments(cur, seat.shop.id, scheme=name, person_ids=ids, limit=MOST)
    decisions = (
        journeys.decisions(cur, seat.shop.id, enrolment_ids=[e.id for e in found], limit=DECISIONS) if found else []
    )
    refused = why_queries.refusals(cur, seat.shop.id, ids, name)
    stand = why_queries.stand_of(cur, seat.shop.id, name)
    kinds = sorted({t.event for t in scheme.starts}) if scheme else []
    starts = why_queries.starts_of(cur, seat.shop.id, ids, kinds) if kinds else []
    shown = rows.enrolments(cur, seat, say, found)
    _titles, tell = teller(cur, seat, say, decisions)
    letters = _letters(cur, seat, say, ids, found, step) if step else []
    return {
        "walks": [
            {**row, "told": [(say.when(d.at), s) for d in decisions if d.enrolment_id == row["id"] for s in tell(d)]}
            for row in shown
        ],
        "out": [{"at": say.when(r.at), "said": _kept_out(r, say), "facts": _facts(r)} for r in refused],
        "verdict": _verdict(say, found, decisions, refused, stand, starts, kinds, step),
        "letters": letters,
    }


def _letters(
    cur: Cursor, seat: Seat, say: Say, ids: Sequence[int], found: Sequence[EnrolmentRow], step: str
) -> list[dict[str, Any]]:
    """The messages of that step, each with what the gate said."""
    mine = {e.id for e in found}
    sent = [
        m
        for m in outbox.messages(cur, seat.shop.id, person_ids=ids, limit=200)
        if m.enrolment_id in mine and m.step == step
    ]
    reasons = why(cur, seat, say, sent)
    return [{**m, "why": reasons[m["id"]]} for m in rows.messages(cur, seat, say, sent)]


def _kept_out(row: RefusalRow, say: Say) -> str:
    event = words.quoted(words.event(row.kind, say.language), say.language)
    said = {
        "where": _("%(event)s came, but the condition of the start was not met"),
        "active": _("%(event)s came, but he was on his way in it already"),
        "once": _("%(event)s came, but the scheme is entered only once"),
        "too_soon": _("%(event)s came too soon after the last time"),
        "paused": _("%(event)s came while the scheme was paused, and newcomers did not enter"),
    }
    return said[row.code] % {"event": event}


def _facts(row: RefusalRow) -> str:
    known = (f"`{name} = {value}`" for name, value in row.facts.items() if value is not None)
    unknown = (_("%(fact)s is not known") % {"fact": f"`{n}`"} for n, value in row.facts.items() if value is None)
    return ", ".join([*known, *unknown])


def _verdict(
    say: Say,
    found: Sequence[EnrolmentRow],
    decisions: Sequence[DecisionRow],
    refused: Sequence[RefusalRow],
    stand: SchemeStand | None,
    starts: Sequence[StartEvent],
    kinds: Sequence[str],
    step: str,
) -> str:
    """The answer in one sentence."""
    if found:
        return _of_step(found, decisions, step) if step else ""
    if refused:
        return _kept_out(refused[-1], say) + "."
    named = ", ".join(words.quoted(words.event(k, say.language), say.language) for k in kinds)
    if stand is None or not kinds:
        return _("There is no record of it.")
    if not starts:
        return _("He never began it: nothing that starts it has happened to him (%(events)s).") % {"events": named}
    last = starts[-1]
    if not any(e.live for e in starts):
        return _("He never began it: what happened to him came in as history, and history starts nothing.")
    if last.at < stand.first_published_at:
        return _("He never began it: when it happened (%(at)s), the scheme was not there yet.") % {
            "at": say.when(last.at)
        }
    if stand.paused_at is not None:
        return _("He has not begun it yet: the scheme is paused since %(at)s.") % {"at": say.when(stand.paused_at)}
    if not stand.is_live:
        return _("He never began it: the scheme takes no newcomers.")
    return _("He never began it, and there is no record of why: the scheme was not live when it happened.")


def _of_step(found: Sequence[EnrolmentRow], decisions: Sequence[DecisionRow], step: str) -> str:
    """Whether he came to the step; if not, where he is instead."""
    if any(r.get("step") == step or r.get("next") == step for d in decisions for r in d.reasons):
        return _("He came to this step: below is how.")
    if all(e.status == 2 for e in found):
        return _("He never came to this step: his way ended before it, as told below.")
    return _("He has not come to this step: he stands elsewhere, as told below.")
