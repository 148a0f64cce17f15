"""Schemes as their owner reads them: the list, the page with its forms, the versions, and who stands behind a number.

Owns these looks; writing and publishing are `editing`, what was set aside is `aside`.
"""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.core.scheme import END, Scheme
from regulars.journeys import move_queries
from regulars.journeys import scheme_queries as queries
from regulars.journeys.scheme_queries import BEHIND, Behind, SchemeCard
from regulars.web import paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes import inside as inside_of
from regulars.web.schemes import starting
from regulars.web.schemes.by_hand import deeds
from regulars.web.schemes.head import shared_head
from regulars.web.schemes.live import live_parts, live_state
from regulars.web.schemes.page import context, paper, said_changes, speaker_of
from regulars.web.schemes.panel import panel_of
from regulars.web.schemes.taking import trades

__all__ = ["kept_choice", "listing", "live", "one", "versions", "who"]

VIEWS = ("map", "text", "table", "changes")


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All schemes, by name, with the drafts of new ones."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        found = queries.cards(cur, seat.shop.id, now)
        who_did = actors(cur, seat, [c.version.published_by for c in found])
        mine = queries.drafts(cur, seat.shop.id, seat.account.pk) if seat.is_owner else []
        cards = [_card(cur, seat, say, card, who_did.name(card.version.published_by)) for card in found]
        paused = queries.paused_names(cur, seat.shop.id)
    drafts = {d.name: say.when(d.saved_at) for d in mine}
    offered = trades(seat.language) if seat.is_owner and not cards else []
    for card in cards:
        card["draft"] = drafts.get(card["name"], "")
        card["is_paused"] = card["name"] in paused
    return show(
        request, seat, "schemes", "schemes", {"schemes": cards, "trades": offered, "new_draft": drafts.get("", "")}
    )


def _card(cur: db.Cursor, seat: Seat, say: Say, card: SchemeCard, published_by: str) -> dict[str, Any]:
    scheme = read(card.version.text)
    speaker = speaker_of(cur, seat, scheme) if scheme else None
    return {
        "name": card.version.name,
        "title": words.in_language(scheme.title, seat.language) if scheme else card.version.name,
        "n": card.version.n,
        "is_live": card.version.is_live,
        "starts": ", ".join(starting.trigger(t, seat.language) for t in scheme.starts) if scheme else "",
        "goal": speaker.goal() if speaker else "",
        "within": speaker.goal_within() if speaker else "",
        "inside": say.number(card.inside),
        "entered": say.number(card.entered),
        "aside": card.aside,
        "published": say.when(card.version.published_at),
        "published_by": published_by,
    }


def number(request: HttpRequest, name: str) -> int | None:
    """A version's number out of the query; None without one. Raises Http404 for what can't be one."""
    asked = request.GET.get(name)
    if asked is None or asked == "":
        return None
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:10]) < 1 << 31 and len(asked) <= 10):
        raise Http404
    return int(asked)


@staff("GET")
def one(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """A scheme in one of its forms: the account's draft or the live version, or with `n` a version as it was."""
    view, n = paging.text_of(request, "view", VIEWS) or "map", number(request, "n")
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name, n)
        if version is None:
            raise Http404
        is_editable = seat.is_owner and n is None
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, name) if is_editable else None
        say = say_for(seat, clock.now_from(cur))
        sheet = paper(cur, seat, say, version, draft)
        found = context(cur, seat, sheet, view, is_editable=is_editable, pinned=n)
        if view == "map" and is_editable:
            found["panel"] = panel_of(cur, seat, request.GET, sheet)
        if view != "changes":
            found["live"] = live_state(cur, seat, say, version)
        else:
            before = read(version.text)
            found["changes"] = said_changes(cur, seat, before, sheet.scheme) if sheet.scheme else []
            if sheet.scheme is not None:
                found |= inside_of.shown(cur, seat, say, name, sheet.scheme, kept_choice(cur, seat, name))
    template = "scheme_changes" if view == "changes" else "scheme"
    return show(request, seat, "schemes", template, found)


def kept_choice(cur: db.Cursor, seat: Seat, name: str) -> inside_of.Choice:
    """What this account has chosen for those inside."""
    return inside_of.Choice.of(move_queries.draft_rules(cur, seat.shop.id, seat.account.pk, name))


@staff("GET")
def live(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """The numbers of the page anew: the map, the head, how far a move is; 204 while `v` still names what is shown."""
    n = number(request, "n")
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name, n)
        scheme = read(version.text) if version else None
        if version is None or scheme is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        parts = live_parts(cur, seat, say, version, scheme, request, pinned=n)
    if request.GET.get("v") == parts["v"]:
        return HttpResponse(status=204)
    return JsonResponse(parts)


@staff("GET")
def versions(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Every version with who published it and when; with `n`, what it changed against the one before (or `with`)."""
    n, other = number(request, "n"), number(request, "with")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.versions(cur, seat.shop.id, name, number(request, "before"), paging.PAGE + 1)
        if not found:
            raise Http404
        page, more = found[: paging.PAGE], len(found) > paging.PAGE
        who_did = actors(cur, seat, [v.published_by for v, _n in page])
        listed = [
            {
                "n": v.n,
                "is_live": v.is_live,
                "published": say.when(v.published_at),
                "by": who_did.name(v.published_by),
                "inside": say.number(inside) if inside else "",
            }
            for v, inside in page
        ]
        compared = _compared(cur, seat, name, n, other) if n else None
        newest = queries.version(cur, seat.shop.id, name)
        if newest is None:
            raise Http404
        head = shared_head(cur, seat, say, newest, "versions")
    return show(
        request,
        seat,
        "schemes",
        "scheme_versions",
        {
            **head,
            "versions": listed,
            "compared": compared,
            "older": page[-1][0].n if more else None,
        },
    )


def _compared(cur: db.Cursor, seat: Seat, name: str, n: int, other: int | None) -> dict[str, Any]:
    """Version `n` against the one before it, or against `other`."""
    after = queries.version(cur, seat.shop.id, name, n)
    before = queries.version(cur, seat.shop.id, name, other or n - 1) if other or n > 1 else None
    if after is None or (other and before is None):
        raise Http404
    new, old = read(after.text), read(before.text) if before else None
    return {
        "n": n,
        "other": before.n if before else None,
        "is_first": before is None,
        "changes": said_changes(cur, seat, old, new) if new and old else [],
        "is_readable": new is not None and (before is None or old is not None),
    }


@staff("GET")
def who(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Those behind a number on the map: who waits at a step, who passed it, who is held out, who reached the goal."""
    what, step = paging.text_of(request, "what", sorted(BEHIND)) or "waiting", paging.text_of(request, "step")
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name, number(request, "n"))
        scheme = read(version.text) if version else None
        if version is None or scheme is None or (what in ("waiting", "passed", "ended") and step not in scheme.steps):
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        found = queries.who(cur, seat.shop.id, version.id, what, step, _after(request), paging.PAGE + 1)
        page, mark = paging.split(found, _mark)
        speaker = speaker_of(cur, seat, scheme)
        counted = queries.numbers(cur, version.id, [step] if step else [], say.now)
        listed = rows.enrolments(cur, seat, say, [b.enrolment for b in page])
        shown = [
            {**row, "at": say.when(b.at), "where": _where(scheme, speaker, b)}
            for row, b in zip(listed, page, strict=True)
        ]
    passed = counted.passed.get(step, 0)
    return show(
        request,
        seat,
        "schemes",
        "scheme_who",
        {
            "name": name,
            "title": words.in_language(scheme.title, seat.language),
            "version": version,
            "n": version.n,
            "what": what,
            "step": step,
            "step_title": speaker.title(step) if step in scheme.steps else "",
            "icon": speaker.icon(scheme.steps[step]) if step in scheme.steps else "users",
            "waiting": say.number(counted.waiting.get(step, 0)),
            "passed": say.number(passed),
            "has_passed": passed,
            "looked_at": say.number(min(counted.looked_at, queries.WINDOW)),
            "is_cut": counted.looked_at > queries.WINDOW,
            "rows": shown,
            "deeds": deeds(scheme, speaker, step) if what == "waiting" and seat.is_lead and shown else None,
            "next": paging.next_query(request, mark),
        },
    )


def _after(request: HttpRequest) -> tuple[datetime, int] | None:
    at, id_ = paging.after_moment(request) or (None, 0)
    return None if at is None else (at, id_)


def _mark(behind: Behind) -> str:
    return paging.moment_mark(behind.enrolment.started_at, behind.enrolment.id)


def _where(scheme: Scheme, speaker: Any, behind: Behind) -> str:
    """Where somebody is now, in words."""
    found = behind.enrolment
    if found.status == 2:
        return words.word(words.END_REASONS, found.end_reason or END)
    here = speaker.title(found.step) if found.step in scheme.steps else found.step or ""
    return _("set aside at “%(step)s”") % {"step": here} if found.status == 3 else here
