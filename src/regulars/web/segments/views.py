"""Segments: the list, who is in one, removing one with a way back, and its members as a file. Writing is editing.py's."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.segments import actions, queries
from regulars.segments.queries import SegmentRow
from regulars.web import paging, undo, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.exports import asking as exports
from regulars.web.page import say_for, show
from regulars.web.people.asked import Asked, asked, chips, conditions, where
from regulars.web.people.views import shown_people
from regulars.web.say import Say
from regulars.web.segments.used import uses

__all__ = ["GROWTH", "export", "known", "listing", "members", "put_back", "remove", "shown"]

GROWTH = timedelta(days=30)
COUNTED = 1000
"""Of those who are asked for, so many are counted."""


def since(say: Say) -> date:
    """Growth is counted from this day on."""
    return (say.here(say.now) - GROWTH).date()


def shown(seat: Seat, say: Say, row: SegmentRow) -> dict[str, Any]:
    """A segment for the screen."""
    return {
        "id": row.id,
        "name": row.name,
        "title": words.in_language(row.title, seat.language) or row.name,
        "condition": row.condition,
        "percent": row.percent,
        "members": say.number(row.members),
        "n": row.members,
        "growth": f"{'+' if row.growth > 0 else '−'}{say.number(abs(row.growth))}" if row.growth else "",
        "grows": row.growth > 0,
        "changed": say.day(row.changed_at),
        "is_removed": row.is_removed,
    }


def known(cur: db.Cursor, seat: Seat, say: Say, segment_id: int) -> SegmentRow:
    """The segment of this shop. Raises Http404."""
    row = queries.one(cur, seat.shop.id, segment_id, since(say))
    if row is None:
        raise Http404
    return row


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All segments, with how many are in each and who waits for them."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        used = uses(cur, seat.shop.id, seat.language)
        found = [
            {**shown(seat, say, row), "uses": used.get(row.name, ())}
            for row in queries.listing(cur, seat.shop.id, since(say))
        ]
    return show(request, seat, "segments", "segments", {"segments": found})


@staff("GET", roles=LEADS)
def members(request: HttpRequest, seat: Seat, segment_id: int) -> HttpResponse:
    """Who is in a segment, the newest first: found and filtered as in the list of all people."""
    wanted, after = asked(request.GET), paging.after_moment(request)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        row = known(cur, seat, say, segment_id)
        among = where(cur, seat.shop, wanted) if wanted.query else None
        begin = None if after is None or after[0] is None else (after[0], after[1])
        found, mark = paging.split(
            queries.members(cur, row.id, begin, paging.PAGE + 1, among),
            lambda m: paging.moment_mark(m.since, m.person_id),
        )
        entered = {m.person_id: say.day(m.since) for m in found}
        listed = shown_people(cur, seat, say, [m.person_id for m in found])
        context = {
            "segment": shown(seat, say, row),
            "people": [{**person, "entered": entered[person["id"]]} for person in listed],
            "uses": uses(cur, seat.shop.id, seat.language).get(row.name, ()),
            **chips(cur, seat.shop, wanted),
            "counted": _counted(cur, say, row, among),
            "next": paging.next_query(request, mark),
            "is_later": after is not None,
            "without": [] if found or after else _without(cur, seat, say, row, wanted),
        }
    return show(request, seat, "segments", "segment", context)


def _counted(cur: db.Cursor, say: Say, row: SegmentRow, among: queries.Among | None) -> dict[str, Any]:
    if among is None:
        return {"n": row.members, "text": say.number(row.members)}
    n, is_more = queries.count(cur, row.id, among, COUNTED)
    return {"n": n, "text": say.number(n) + ("+" if is_more else "")}


def _without(cur: db.Cursor, seat: Seat, say: Say, row: SegmentRow, wanted: Asked) -> list[dict[str, Any]]:
    """Each condition of a filter that finds nobody here, and how many there would be without it."""
    out = []
    for condition in conditions(say, wanted):
        rest = asked({k: v for k, v in wanted.query.values.items() if k not in condition.names})
        counted = _counted(cur, say, row, where(cur, seat.shop, rest) if rest.query else None)
        out.append({"text": condition.text, "query": condition.without, "count": counted["text"], "n": counted["n"]})
    return out


@staff("POST", roles=LEADS)
def export(request: HttpRequest, seat: Seat, segment_id: int) -> HttpResponse:
    """The members of a segment, or those of them who are asked for, as a file."""
    with db.transact() as cur:
        row = known(cur, seat, say_for(seat, clock.now_from(cur)), segment_id)
    wanted = asked(QueryDict(request.POST.get("filter", ""))).query
    return exports.ask(request, seat, "segment_members", wanted.having(segment=str(row.id)), None)


@staff("POST", roles=LEADS)
def remove(request: HttpRequest, seat: Seat, segment_id: int) -> HttpResponse:
    """Remove a segment that no live scheme waits for; the toast offers the way back."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        row = known(cur, seat, say, segment_id)
        waiting = uses(cur, seat.shop.id, seat.language).get(row.name, ())
        if waiting:
            titles = ", ".join(use.title for use in waiting)
            messages.warning(request, _("It stays: these schemes wait for it: %(schemes)s.") % {"schemes": titles})
            return redirect("web:segment", segment_id=row.id)
        actions.remove(cur, seat.shop.id, row.id, seat.actor, say.now)
    title = shown(seat, say, row)["title"]
    undo.offer(
        request,
        _("The segment “%(title)s” was removed.") % {"title": title},
        reverse("web:segment_put_back", args=[row.id]),
    )
    return redirect("web:segments")


@staff("POST", roles=LEADS)
def put_back(request: HttpRequest, seat: Seat, segment_id: int) -> HttpResponse:
    """Undo a removal."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        row = known(cur, seat, say, segment_id)
        if actions.put_back(cur, seat.shop.id, row.id, seat.actor, say.now):
            messages.success(request, _("The segment is there again."))
        elif row.is_removed:
            messages.warning(request, _("Another segment has its name by now."))
    return redirect("web:segments")
