"""What could not be taken in: by its reasons, one with the very line that is wrong, and the ways out of it.

Owns the mending form and the deeds of one or of many. A body too large for a form, or no text, is taken in again as it
is or left aside.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.errors import Problem
from regulars.intake import actions, mending, queries
from regulars.intake.queries import Came, Quarantined
from regulars.orders import queries as orders
from regulars.shop import queries as shops
from regulars.web import paging, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for, show
from regulars.web.quarantine import body as bodies
from regulars.web.quarantine import reasons
from regulars.web.say import Say

__all__ = ["body", "dismiss", "dismiss_group", "listing", "one", "replay", "replay_group", "undo"]

MENDABLE_BYTES = 200_000
READ_BYTES = 2_000_000
LISTED = 20
CLOSED = ("replayed", "mended", "dismissed")


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What waits, by reason; what was closed, by how. The first of them is shown beside the list."""
    return _page(request, seat, None)


@staff("GET", roles=LEADS)
def one(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """One of them, in its group; looking is written down."""
    return _page(request, seat, quarantine_id)


@staff("GET", roles=LEADS)
def body(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """The body as a file, byte for byte as it came."""
    with db.transact() as cur:
        _found(cur, seat, quarantine_id)
        raw = queries.quarantined_body(cur, seat.shop.id, quarantine_id) or b""
        actions.looked(cur, seat.shop.id, quarantine_id, seat.actor, "file")
    response = HttpResponse(raw, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="delivery-{quarantine_id}.txt"'
    return response


@staff("POST", roles=LEADS)
def replay(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """Take it in once more: as it came, or as it was mended. A mended one is read first, and refused with its problems."""
    is_mended = request.POST.get("mended") == "yes"
    text = request.POST.get("body", "").replace("\r\n", "\n") if is_mended else None
    is_check = request.POST.get("do") == "check"
    with db.transact() as cur:
        item = _found(cur, seat, quarantine_id)
        if text is not None and item.state == "open":
            came = queries.came(cur, seat.shop.id, item.delivery_id)
            read = mending.reading(item, came, text.encode(errors="replace"))
            if read.problems or is_check:
                return _page(request, seat, quarantine_id, typed=text, read=read, status=422 if read.problems else 200)
        raw = None if text is None else text.encode(errors="replace")
        done = actions.replay(cur, seat.shop.id, quarantine_id, seat.actor, clock.now_from(cur), body=raw)
    if done is None:
        messages.warning(request, _("Somebody has closed this one already."))
        return redirect("web:quarantine")
    messages.success(request, _("It goes in again. If it fails again, it comes back here with the reason."))
    return redirect("web:quarantined", quarantine_id)


@staff("POST", roles=LEADS)
def replay_group(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take in once more all that waits for one reason at one place; without a reason, all that waits."""
    code, place = request.POST.get("code") or None, request.POST.get("place")
    with db.transact() as cur:
        deed = actions.replay_group(
            cur, seat.shop.id, seat.actor, clock.now_from(cur), code=code, place=place if code else None
        )
    if deed is None:
        messages.warning(request, _("There was nothing to take in any more."))
        return redirect("web:quarantine")
    return redirect(f"{reverse('web:quarantine')}?{urlencode({'deed': deed.id})}")


@staff("POST", roles=LEADS)
def dismiss(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """Leave it aside for good, with a reason; it can be undone."""
    note = paging.note_of(request)
    with db.transact() as cur:
        _found(cur, seat, quarantine_id)
        deed_id = actions.dismiss(cur, seat.shop.id, quarantine_id, seat.actor, clock.now_from(cur), note=note)
    if deed_id is None:
        messages.warning(request, _("Somebody has closed this one already."))
    else:
        messages.success(request, _undoable(_("Left aside."), deed_id), extra_tags="undo")
    return redirect("web:quarantine")


@staff("POST", roles=LEADS)
def dismiss_group(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Leave aside all that waits for one reason at one place."""
    code, place = request.POST.get("code", ""), request.POST.get("place", "")
    with db.transact() as cur:
        deed = actions.dismiss_group(
            cur, seat.shop.id, code, place, seat.actor, clock.now_from(cur), note=paging.note_of(request)
        )
    if deed is None:
        messages.warning(request, _("There was nothing to leave aside any more."))
    else:
        told = _("Left aside: %(n)s.") % {"n": deed.count}
        messages.success(request, _undoable(told, deed.id), extra_tags="undo")
    return redirect("web:quarantine")


@staff("POST", roles=LEADS)
def undo(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What was left aside by one deed waits again."""
    deed = paging.our_id(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    with db.transact() as cur:
        done = actions.reopen(cur, seat.shop.id, deed, seat.actor)
    if done:
        messages.success(request, _("As it was: they wait again (%(n)s).") % {"n": done})
    else:
        messages.warning(request, _("Somebody has taken this back already."))
    return redirect("web:quarantine")


def _undoable(told: str, deed_id: int) -> SafeString:
    return format_html('{} <button form="undo" name="deed" value="{}">{}</button>', told, deed_id, _("Undo"))


def _found(cur: db.Cursor, seat: Seat, quarantine_id: int) -> Quarantined:
    found = queries.quarantined(cur, seat.shop.id, quarantine_id)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    seat: Seat,
    quarantine_id: int | None,
    *,
    typed: str | None = None,
    read: mending.Reading | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list with one of it beside: the one asked for, else the first. `typed`: a mended body and what reading it found."""
    text = paging.text_of(request, "q")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        chosen = None if quarantine_id is None else _found(cur, seat, quarantine_id)
        state = chosen.state if chosen else paging.text_of(request, "state", CLOSED) or "open"
        context = (_open if state == "open" else _closed)(cur, seat, request, say, chosen, text, state)
        shown = chosen or context.pop("first", None)
        context |= {
            "q": text,
            "state": state,
            "is_one": quarantine_id is not None,
            "total": queries.quarantined_count(cur, seat.shop.id),
            "most": actions.MOST_AT_ONCE,
            "states": _states(cur, seat, say, state, text),
            "deed": _deed(cur, seat, request),
            "item": None if shown is None else _item(cur, seat, request, say, shown, typed, read),
        }
    return show(request, seat, "quarantine", "quarantine", context, status)


def _states(cur: db.Cursor, seat: Seat, say: Say, state: str, text: str) -> list[dict[str, Any]]:
    counts = {"open": queries.quarantined_count(cur, seat.shop.id), **queries.closed_counts(cur, seat.shop.id)}
    here = reverse("web:quarantine")
    return [
        {
            "href": here if key == "open" else f"{here}?state={key}",
            "name": words.word(words.QUARANTINE_STATES, key),
            "n": say.number(n) + ("+" if n >= queries.MOST_COUNTED else ""),
            "on": key == state and not text,
        }
        for key, n in counts.items()
    ]


def _deed(cur: db.Cursor, seat: Seat, request: HttpRequest) -> dict[str, Any] | None:
    """How far a replay of many has come."""
    given = paging.our_id(request.GET.get("deed", ""))
    result = None if given is None else queries.deed_result(cur, seat.shop.id, given)
    if result is None:
        return None
    return {
        "id": given,
        "sent": result.sent,
        "waiting": result.waiting,
        "came_back": result.came_back,
        "taken": result.sent - result.waiting - result.came_back,
    }


def _open(
    cur: db.Cursor, seat: Seat, request: HttpRequest, say: Say, chosen: Quarantined | None, text: str, _state: str
) -> dict[str, Any]:
    """Groups by reason; the one that is open holds a page of its deliveries."""
    shop_id = seat.shop.id
    groups = queries.groups(cur, shop_id)
    if text:
        found = queries.quarantine(cur, shop_id, text=text, before=paging.after_id(request), limit=LISTED + 1)
        page, mark = found[:LISTED], paging.id_mark(found[LISTED - 1].id) if len(found) > LISTED else None
        shown = _around(page, chosen)
        return {"groups": [], "found": _listed(say, shown), "next": paging.next_query(request, mark), **_first(page)}
    key = (chosen.code, chosen.place) if chosen else _group_of(request, groups)
    page, following = [], None
    if key is not None:
        before = paging.after_id(request)
        page = queries.quarantine(cur, shop_id, group=key, before=before, limit=LISTED + 1)
        if chosen is not None and before is None and chosen.id not in {q.id for q in page[:LISTED]}:
            page = queries.quarantine(cur, shop_id, group=key, before=chosen.id + 1, limit=LISTED + 1)
        if len(page) > LISTED:
            following = urlencode({"code": key[0], "place": key[1], "after": paging.id_mark(page[LISTED - 1].id)})
        page = page[:LISTED]
    return {
        "groups": [
            {
                "code": g.code,
                "place": g.place,
                "heading": reasons.heading(g.code),
                "count": say.number(g.count) + ("+" if g.count >= queries.MOST_COUNTED else ""),
                "n": min(g.count, actions.MOST_AT_ONCE),
                "first": say.when(g.first_at),
                "last": say.when(g.last_at),
                "query": urlencode({"code": g.code, "place": g.place}),
                "is_open": (g.code, g.place) == key,
            }
            for g in groups
        ],
        "listed": _listed(say, page),
        "next": following,
        **_first(page),
    }


def _group_of(request: HttpRequest, groups: list[queries.Group]) -> tuple[str, str] | None:
    """The group that was asked for, else the first."""
    asked = (request.GET.get("code", ""), request.GET.get("place", ""))
    known = [(g.code, g.place) for g in groups]
    return asked if asked in known else next(iter(known), None)


def _first(page: list[Quarantined]) -> dict[str, Quarantined]:
    return {"first": page[0]} if page else {}


def _around(page: list[Quarantined], chosen: Quarantined | None) -> list[Quarantined]:
    return page if chosen is None or chosen in page else [chosen, *page]


def _closed(
    cur: db.Cursor, seat: Seat, request: HttpRequest, say: Say, chosen: Quarantined | None, _text: str, state: str
) -> dict[str, Any]:
    """What was closed in one way, the last first."""
    mark = paging.after_moment(request)
    after = (mark[0], mark[1]) if mark and mark[0] else None
    found = queries.closed(cur, seat.shop.id, state, after=after, limit=paging.PAGE + 1)
    page, following = paging.split(found, lambda q: paging.moment_mark(q.closed_at, q.id))
    shown = list(page)
    return {
        "groups": [],
        "found": _listed(say, _around(shown, chosen)),
        "next": paging.next_query(request, following),
        **_first(shown),
    }


def _listed(say: Say, page: list[Quarantined]) -> list[dict[str, Any]]:
    return [
        {
            "id": q.id,
            "name": reasons.item_name(q.kind, q.item_key, q.excerpt, q.delivery_id),
            "at": say.when(q.closed_at or q.at),
            "heading": reasons.heading(q.code),
        }
        for q in page
    ]


def _item(
    cur: db.Cursor,
    seat: Seat,
    request: HttpRequest,
    say: Say,
    q: Quarantined,
    typed: str | None,
    read: mending.Reading | None,
) -> dict[str, Any]:
    """One delivery: what is wrong with it, where, and what became of it."""
    shop_id = seat.shop.id
    raw = queries.quarantined_body(cur, shop_id, q.id) or b""
    came = queries.came(cur, shop_id, q.delivery_id)
    actions.looked(cur, shop_id, q.id, seat.actor, "page")
    whole = request.GET.get("whole") == "yes"
    body_ = bodies.readable(raw, READ_BYTES if whole else MENDABLE_BYTES)
    text = body_.text if typed is None else typed
    if read is None and q.state == "open" and len(raw) <= READ_BYTES:
        read = mending.reading(q, came, raw)
    problems = list(read.problems) if read and read.problems else []
    is_well_now = read is not None and not read.problems and q.code not in reasons.ALWAYS
    if not problems and not is_well_now:
        problems = [Problem(q.code, q.pointer, q.detail)]
    found = [bodies.find(text, problem) for problem in problems]
    can_mend = body_.is_exact and body_.kind != "form" and q.state == "open"
    who = actors(cur, seat, [q.closed_by, came.actor if came else None])
    return {
        "id": q.id,
        "name": reasons.item_name(q.kind, q.item_key, q.excerpt, q.delivery_id),
        "state": q.state,
        "state_name": words.word(words.QUARANTINE_STATES, q.state),
        "is_open": q.state == "open",
        "code": q.code,
        "place": q.place,
        "heading": reasons.heading(q.code),
        "problems": [_problem(one) for one in found],
        "is_well_now": is_well_now,
        "drawn": bodies.draw(text, found, whole),
        "is_laid_out": body_.is_laid_out,
        "is_form": body_.kind == "form",
        "is_cut": len(raw) > MENDABLE_BYTES and not whole,
        "text": text,
        "caret": found[0].line if found else 0,
        "can_mend": can_mend,
        "is_mending": can_mend and (typed is not None or request.GET.get("edit") == "yes"),
        "is_checked": typed is not None,
        "at": say.when(q.at),
        "size": say.number(len(raw)),
        "position": None if q.position is None else q.position + 1,
        "source": q.source,
        "by": _by(cur, seat, came, who.name(came.actor) if came else ""),
        "closed_at": say.when(q.closed_at),
        "closed_by": who.name(q.closed_by),
        "note": q.note,
        "deed_id": q.deed_id,
        "before": queries.tried_before(cur, shop_id, q.delivery_id),
        **_became(cur, seat, q, came, raw),
    }


def _by(cur: db.Cursor, seat: Seat, came: Came | None, actor: str) -> str:
    """By what it came: a feed by its kind and name, a key by the name that its owner gave it, else who sent it."""
    if came is None:
        return ""
    if came.feed_kind:
        return f"{came.feed_kind}: {came.feed}"
    kind, _colon, key = came.actor.partition(":")
    name = shops.key_name(cur, seat.shop.id, int(key)) if kind == "key" and key.isdigit() else ""
    return _("key “%(name)s”") % {"name": name} if name else actor


def _problem(found: bodies.Found) -> dict[str, Any]:
    return {
        "heading": reasons.heading(found.code),
        "wanted": reasons.wanted(found.code, found.detail),
        "pointer": found.pointer,
        "line": found.line,
        "value": found.value,
        "is_missing": found.is_missing or found.code == "missing",
        "detail": found.detail,
    }


def _became(cur: db.Cursor, seat: Seat, q: Quarantined, came: Came | None, raw: bytes) -> dict[str, Any]:
    """What came of a replay: taken in (and as which order), back here, or still waiting."""
    if q.replay_delivery_id is None:
        return {}
    again = queries.delivery(cur, seat.shop.id, q.replay_delivery_id)
    back = queries.came_back_as(cur, seat.shop.id, q.replay_delivery_id)
    is_waiting = again is not None and again.taken_at is None
    order = None
    if not back and not is_waiting and len(raw) <= READ_BYTES:
        sent = queries.delivery_body(cur, seat.shop.id, q.replay_delivery_id)
        ids = mending.reading(q, came, sent).ids if sent else []
        order = orders.by_external(cur, seat.shop.id, ids[0], q.source) if ids else None
    return {"is_waiting": is_waiting, "back": back[:1], "order": order}
