"""Writing a scheme: the text of a new one, checking while one writes, the draft, what changes, publishing.

Owns that a text is never lost: it comes back with every refusal, and a draft is kept on the server for each account.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars import schemes
from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.problem_words import CATALOGUE
from regulars.core.problems import ERROR
from regulars.journeys import actions, draft_edits
from regulars.journeys import scheme_queries as queries
from regulars.journeys.accepted import accept, withdraw
from regulars.journeys.actions import SchemeMoved, SchemeRefused
from regulars.journeys.checking import read_for_shop
from regulars.journeys.scheme_queries import DraftRow, VersionRow
from regulars.web import paging
from regulars.web.access import OWNER, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes.page import FILE, context, drawn, open_warnings, paper, said_changes, shown_problems
from regulars.web.schemes.panel import panel_of
from regulars.web.schemes.views import inside

__all__ = ["LONGEST", "check", "drop", "found_in", "keep", "named", "new", "posted_text", "publish", "save", "take"]

LONGEST = 200_000


def posted_text(request: HttpRequest) -> str:
    """The text that the form has, with our ends of lines."""
    return request.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n")


def _name(request: HttpRequest) -> str:
    return request.POST.get("name", "").replace("\x00", "")[:63]


def _base(request: HttpRequest) -> int | None:
    """The version that the text was taken from; None when the form doesn't say."""
    asked = request.POST.get("base", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def named(cur: Cursor, seat: Seat, request: HttpRequest) -> tuple[str, VersionRow | None]:
    """The scheme that the form names ('' and None for a new one). Raises Http404 for one that this shop doesn't have."""
    name = _name(request)
    return name, _version(cur, seat, name)


def _version(cur: Cursor, seat: Seat, name: str) -> VersionRow | None:
    """The scheme's live version; None for a new scheme. Raises Http404 for a name that this shop doesn't have."""
    if not name:
        return None
    version = queries.version(cur, seat.shop.id, name)
    if version is None:
        raise Http404
    return version


@staff("GET", roles=OWNER)
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new scheme: what was being written, a ready one's text, or nothing yet. `of` leads to the one that there is."""
    ready, of = request.GET.get("ready", ""), request.GET.get("of", "")
    view = paging.text_of(request, "view", ("map", "text", "table")) or "map"
    with db.transact() as cur:
        if of:
            _version(cur, seat, of)
            return redirect(reverse("web:scheme", args=[of]))
        now = clock.now_from(cur)
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, "")
        if ready in schemes.READY:
            draft = DraftRow("", schemes.ready(ready, seat.language), 0, now)
        sheet = paper(cur, seat, say_for(seat, now), None, draft or DraftRow("", "", 0, now))
        found = context(cur, seat, sheet, view, is_editable=True)
        found["panel"] = panel_of(cur, seat, request.GET, sheet) if view == "map" else None
    return show(request, seat, "schemes", "scheme", found)


@staff("POST", roles=OWNER)
def check(request: HttpRequest, seat: Seat) -> JsonResponse:
    """What is wrong with a text, and its map when nothing is; keeps nothing. For the editor, while one writes."""
    text, name = posted_text(request), _name(request)
    if len(text) > LONGEST:
        return JsonResponse({"error": _("The text is too long.")}, status=422)
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name) if name else None
        return JsonResponse(found_in(cur, seat, text, version))


def found_in(cur: Cursor, seat: Seat, text: str, version: VersionRow | None) -> dict[str, Any]:
    """What the page shows of a text while it is written: its problems, how many steps it changes, its map."""
    reading = read_for_shop(cur, seat.shop.id, text, FILE)
    say = say_for(seat, clock.now_from(cur))
    scheme = reading.scheme
    drawing = drawn(cur, seat, say, scheme, version) if scheme else None
    before = read(version.text) if version else None
    problems = shown_problems(cur, seat, version, reading.problems, text)
    errors = sum(p.severity == ERROR for p in reading.problems)
    counts = {"errors": errors, "warnings": open_warnings(problems)}
    return {
        "problems": problems,
        "errors": errors,
        "changes": len(said_changes(cur, seat, before, scheme)) if scheme and before else 0,
        "map": render_to_string("web/part_map.html", {"map": drawing, "is_editable": True}) if drawing else None,
        "list": render_to_string("web/part_problems.html", {"problems": problems}),
        "counts": render_to_string("web/part_problem_counts.html", counts),
    }


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> JsonResponse:
    """Keep what is being written. A text that is the published one again is no draft any more."""
    text, name = posted_text(request), _name(request)
    if len(text) > LONGEST:
        return JsonResponse({"error": _("The text is too long.")}, status=422)
    with db.transact() as cur:
        version = _version(cur, seat, name)
        now = clock.now_from(cur)
        _keep(cur, seat, name, text, _base(request), version)
        saved = say_for(seat, now).when(now)
    return JsonResponse({"saved": _("saved %(time)s") % {"time": saved}})


def _keep(cur: Cursor, seat: Seat, name: str, text: str, base: int | None, version: VersionRow | None) -> None:
    if version is not None and text == version.text:
        actions.drop_draft(cur, seat.shop.id, seat.account.pk, name)
        return
    base_n = base if base is not None else version.n if version else 0
    actions.save_draft(cur, seat.shop.id, seat.account.pk, name, text, base_n, clock.now_from(cur))


@staff("POST", roles=OWNER)
def keep(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep a warning with its reason, or let it count again; what is written stays the draft."""
    step, _bar, code = request.POST.get("keep", request.POST.get("count", "")).replace("\x00", "").partition("|")
    reason = request.POST.get(f"reason|{step}|{code}", "").replace("\x00", "").strip()
    with db.transact() as cur:
        name, version = named(cur, seat, request)
        if version is None or CATALOGUE.get(code) is None:
            raise Http404
        if "text" in request.POST and len(posted_text(request)) <= LONGEST:
            _keep(cur, seat, name, posted_text(request), _base(request), version)
        if "count" in request.POST:
            withdraw(cur, seat.shop.id, name, step, code, seat.actor)
        elif reason:
            accept(cur, seat.shop.id, name, step[:63], code, reason[:500], seat.actor, clock.now_from(cur))
    if "keep" in request.POST and not reason:
        messages.warning(request, _("Say why it is kept."))
    view = request.POST.get("view", "")
    view = view if view in ("map", "changes") else "text"
    return redirect(f"{reverse('web:scheme', args=[name])}?view={view}")


@staff("POST", roles=OWNER)
def drop(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Forget the draft; what is published stays as it is."""
    name = _name(request)
    with db.transact() as cur:
        _version(cur, seat, name)
        actions.drop_draft(cur, seat.shop.id, seat.account.pk, name)
        draft_edits.forget(cur, seat.shop.id, seat.account.pk, name)
    messages.success(request, _("The draft is gone."))
    return redirect("web:scheme", name=name) if name else redirect("web:schemes")


@staff("POST", roles=OWNER)
def take(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Begin a draft with the text of an earlier version."""
    asked = request.POST.get("n", "")
    with db.transact() as cur:
        newest = _version(cur, seat, name)
        n = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
        old = queries.version(cur, seat.shop.id, name, n) if n else None
        if newest is None or old is None:
            raise Http404
        _keep(cur, seat, name, old.text, queries.newest_n(cur, seat.shop.id, name), newest)
    messages.success(request, _("The text of version %(n)d is your draft now.") % {"n": n})
    return redirect(reverse("web:scheme", args=[name]) + "?view=changes")


@staff("POST", roles=OWNER)
def publish(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`do`: check the text, show what would change, or make it the live version."""
    text, name, base, do = posted_text(request), _name(request), _base(request), request.POST.get("do")
    if (ready := request.POST.get("ready")) in schemes.READY and ready is not None:
        text, name, base = schemes.ready(ready, seat.language), "", 0
    if len(text) > LONGEST:
        return _again(request, seat, text[:LONGEST], name, base, status=422, note=_("The text is too long."))
    if do != "publish":
        return _again(request, seat, text, name, base, is_preview=do == "preview")
    try:
        with db.transact() as cur:
            done = actions.publish(cur, seat.shop.id, text, seat.actor, clock.now_from(cur), FILE, base)
            for kept in {name, done.name}:
                actions.drop_draft(cur, seat.shop.id, seat.account.pk, kept)
                draft_edits.forget(cur, seat.shop.id, seat.account.pk, kept)
    except SchemeRefused:
        return _again(request, seat, text, name, base, status=422)
    except SchemeMoved as moved:
        return _again(request, seat, text, moved.name, moved.n, status=409, is_preview=True, moved=moved.n)
    words = _("Version %(n)d of %(name)s is live.") if done.isnew else _("Version %(n)d of %(name)s was live already.")
    messages.success(request, words % {"n": done.n, "name": done.name})
    return redirect("web:scheme", name=done.name)


def _again(
    request: HttpRequest,
    seat: Seat,
    text: str,
    name: str,
    base: int | None,
    *,
    status: int = 200,
    is_preview: bool = False,
    moved: int | None = None,
    note: str = "",
) -> HttpResponse:
    """The text again, kept as the draft: with what is wrong, or with what would change."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        version = queries.version(cur, seat.shop.id, name) if name else None
        base_n = base if base is not None else version.n if version else 0
        _keep(cur, seat, version.name if version else "", text, base_n, version)
        sheet = paper(cur, seat, say, version, DraftRow(name, text, base_n, now))
        preview = is_preview and sheet.scheme is not None
        found = context(cur, seat, sheet, "changes" if preview else "text", is_editable=True)
        found |= {"is_checked": status == 200 and not preview, "note_text": note}
        if preview:
            found |= _preview(cur, seat, say, sheet.scheme, version)
        if moved is not None:
            found["moved"] = _moved(cur, seat, say, name, moved)
    return show(request, seat, "schemes", "scheme_changes" if preview else "scheme", found, status)


def _preview(cur: Cursor, seat: Seat, say: Say, scheme: Any, version: VersionRow | None) -> dict[str, Any]:
    before = read(version.text) if version else None
    return {
        **(inside(cur, seat, say, version.name) if version else {}),
        "changes": said_changes(cur, seat, before, scheme),
        "steps": ngettext("%(n)d step", "%(n)d steps", len(scheme.steps)) % {"n": len(scheme.steps)},
        "other_name": scheme.name if version and scheme.name != version.name else "",
        "new_name": scheme.name,
    }


def _moved(cur: Cursor, seat: Seat, say: Say, name: str, n: int) -> dict[str, Any]:
    version = queries.version(cur, seat.shop.id, name, n)
    assert version is not None
    by = actors(cur, seat, [version.published_by]).name(version.published_by)
    return {"n": n, "by": by, "at": say.when(version.published_at)}
