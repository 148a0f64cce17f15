"""What operators say, edited by the owner: scripts, frequent questions, closing phrases, and what they may say of the shop.

Owns the list, the editor with its preview on a real order, versions and the way back. What a text means is
outbox/spoken_text.py's, how it looks in a call web/desk/script.py's.
"""

import re
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.outbox import spoken
from regulars.outbox.spoken_fields import SITUATIONS, known
from regulars.outbox.spoken_text import KINDS, Kind, Reading, read, written
from regulars.web import undo, words
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for
from regulars.web.settings import about, spoken_preview
from regulars.web.settings.form import Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["create", "one", "page", "preview", "restore", "save"]

LONGEST = 60_000
LONGEST_KEY = 40
TITLES = {"questions": gettext_lazy("Frequent questions"), "closing": gettext_lazy("Closing phrases")}
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All that is said, and what the texts may say of the shop."""
    return show_list(request, seat)


def show_list(
    request: HttpRequest, seat: Seat, form: Form | None = None, of: str = "", status: int = 200
) -> HttpResponse:
    """The list; `form`: what was sent and refused, `of` which form it was."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        saved = spoken.saved(cur, seat.shop.id)
        titles = spoken.scripts(cur, seat.shop.id)
        fields = about.fields(spoken.about(cur, seat.shop.id), seat.shop.currency)
    if form is not None and of == "about":
        form.shown(fields)
    rows = []
    for kind, key, title in (
        *(("script", key, words.in_language(title, seat.language)) for key, title in titles.items()),
        *((kind, spoken.ALL, str(title)) for kind, title in TITLES.items()),
    ):
        row = saved.get((kind, key))
        rows.append(
            {
                "kind": kind, "key": key, "title": title, "is_own": bool(row and row.is_own),
                "at": say.when(row.at) if row else "", "version": row.version if row else 0,
            }
        )  # fmt: skip
    problem = form.problems.get("title", "") if form is not None and of == "new" else ""
    context = {
        "scripts": [r for r in rows if r["kind"] == "script"],
        "others": [r for r in rows if r["kind"] != "script"],
        "fields": fields,
        "new_problem": problem,
        "new_title": form.raw("title") if form is not None and of == "new" else "",
    }
    return show_settings(request, seat, "settings_scripts", "settings_scripts", context, status)


@staff("GET", roles=LEADS)
def one(request: HttpRequest, seat: Seat, kind: str, key: str) -> HttpResponse:
    """The editor of one text, with its preview."""
    return _show(request, seat, kind, key)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat, kind: str, key: str) -> HttpResponse:
    """Save another version; a text with an error is refused and kept in the editor."""
    text = _text(request)
    base = request.POST.get("base", "")
    with db.transact() as cur:
        _existing(cur, seat, kind, key)
        found = read(cast("Kind", kind), text)
        if found.problems or found.content is None:
            return _show(request, seat, kind, key, text=text, found=found, status=422)
        now = clock.now_from(cur)
        number = int(base) if base.isascii() and base.isdigit() and len(base) < 10 else None
        if spoken.keep(cur, seat.shop.id, kind, key, found.content, seat.actor, now, number) is None:
            return _show(request, seat, kind, key, text=text, status=409, is_late=True)
    say_saved(request, seat, now)
    return redirect("web:settings_script", kind=kind, key=key)


@staff("POST", roles=LEADS)
def preview(request: HttpRequest, seat: Seat, kind: str, key: str) -> HttpResponse:
    """What is wrong with the text as it stands in the editor, and how it would be in a call; nothing is saved."""
    with db.transact() as cur:
        _existing(cur, seat, kind, key)
        found = read(cast("Kind", kind), _text(request))
        asked = spoken_preview.asked(request)
        context = spoken_preview.context(cur, seat, say_for(seat, clock.now_from(cur)), kind, found, asked)
    return render(request, "web/part_spoken_preview.html", {**context, "seat": seat})


@staff("POST", roles=OWNER)
def restore(request: HttpRequest, seat: Seat, kind: str, key: str) -> HttpResponse:
    """An older version, or the ready text, counts again: as a new version, so that this can be undone too."""
    asked = request.POST.get("version") or request.GET.get("version", "")  # the toast's form has the address alone
    with db.transact() as cur:
        _existing(cur, seat, kind, key)
        known_versions = spoken.versions(cur, seat.shop.id, kind, key)
        found = next((v for v in known_versions if str(v.version) == asked), None)
        if found is None and asked != "ready":
            raise Http404
        if asked == "ready" and spoken.ready(kind, key) is None:
            raise Http404
        made = found.content if found is not None else None
        spoken.keep(cur, seat.shop.id, kind, key, made, seat.actor, clock.now_from(cur))
        before = str(known_versions[0].version) if known_versions else "ready"
    path = reverse("web:settings_script_restore", args=[kind, key])
    said = _("The ready text counts again.") if made is None else _("Version %(n)s counts again.") % {"n": asked}
    undo.offer(request, said, f"{path}?version={before}")
    return redirect("web:settings_script", kind=kind, key=key)


@staff("POST", roles=OWNER)
def create(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new script under a name; schemes call it by the key that is made of it."""
    form = Form(request.POST)
    title = form.text("title", longest=80)
    with db.transact() as cur:
        key = _NOT_IN_A_KEY.sub("-", title.lower()).strip("-")[:LONGEST_KEY].strip("-")
        if form.is_good and not key:
            form.refuse("title", _("Give it a name in Latin letters: schemes call it by that."))
        if form.is_good and spoken.script(cur, seat.shop.id, key) is not None:
            form.refuse("title", _("There is such a script already. Choose another name."))
        if not form.is_good:
            return show_list(request, seat, form, "new", 422)
        first = spoken.ready("script", "confirm-order")["lines"][0]
        made = {"title": {"en": title, "ru": title}, "lines": [first]}
        spoken.keep(cur, seat.shop.id, "script", key, made, seat.actor, clock.now_from(cur))
    return redirect("web:settings_script", kind="script", key=key)


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "")[:LONGEST].replace("\x00", "").replace("\r\n", "\n")


def _existing(cur: Cursor, seat: Seat, kind: str, key: str) -> Any:
    found = spoken.content(cur, seat.shop.id, kind, key) if kind in KINDS else None
    if found is None or (kind != "script" and key != spoken.ALL):
        raise Http404
    return found


def _show(
    request: HttpRequest, seat: Seat, kind: str, key: str, *, text: str | None = None, found: Reading | None = None,
    status: int = 200, is_late: bool = False,
) -> HttpResponse:  # fmt: skip
    with db.transact() as cur:
        content = _existing(cur, seat, kind, key)
        say = say_for(seat, clock.now_from(cur))
        past = spoken.versions(cur, seat.shop.id, kind, key)
        who = actors(cur, seat, [v.actor for v in past])
        shown = text if text is not None else written(cast("Kind", kind), content)
        reading = found or read(cast("Kind", kind), shown)
        context = spoken_preview.context(cur, seat, say, kind, reading, spoken_preview.asked(request))
    title = words.in_language(content["title"], seat.language) if kind == "script" else str(TITLES[kind])
    is_ready = not past or past[0].content is None
    return show_settings(
        request, seat, "settings_scripts", "settings_script",
        {
            **context, "kind": kind, "key": key, "text": shown, "title": title, "is_late": is_late,
            "base": past[0].version if past else 0, "is_ready": is_ready, "has_ready": spoken.ready(kind, key) is not None,
            "versions": [
                {"n": v.version, "at": say.when(v.at), "who": who.name(v.actor), "is_ready": v.content is None}
                for v in past
            ],
            "situations": SITUATIONS, "fields_known": sorted(known()),
        },
        status,
    )  # fmt: skip
