"""Changing a scheme on its map: a sent form becomes another text of the draft, or comes back with what is wrong.

Owns that way, and undoing it. The text is changed by core's `edit`; nothing is kept that has errors.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core import edit
from regulars.core.laid import EditRefused, laid
from regulars.core.schema_walk import allowed_keys, step_schema, verb_of, verbs
from regulars.journeys import actions, draft_edits
from regulars.journeys import scheme_queries as queries
from regulars.journeys.checking import read_for_shop
from regulars.journeys.scheme_queries import DraftRow, VersionRow
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.schemes.editing import LONGEST, found_in, named, posted_text
from regulars.web.schemes.fields import ABSENT
from regulars.web.schemes.filled import read
from regulars.web.schemes.highlight import lines
from regulars.web.schemes.moved import roads_said
from regulars.web.schemes.page import FILE, context, paper
from regulars.web.schemes.panel import FORM, Given, head_schema, panel_of
from regulars.web.schemes.picture import START

__all__ = ["change"]

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_REFUSED: words.Words = {
    "unreadable": gettext_lazy("The text has errors; mend them first."),
    "written_otherwise": gettext_lazy("This place is written in a way that only you should change: do it in the text."),
    "no_step": gettext_lazy("There is no such step any more."),
    "name_taken": gettext_lazy("Another step has this name."),
    "last_step": gettext_lazy("A scheme has at least one step."),
    "no_move": gettext_lazy("It stands at the end already."),
    "no_deed": gettext_lazy("There is nothing to take back."),
    "one_way": gettext_lazy("A split test would have one way left: take out the test first, or lead on elsewhere."),
    "roads": gettext_lazy("The roads can’t be led so without changing others: do it in the text."),
}

_PANELS = {"set": "step", "up": "step", "down": "step", "insert": "insert", "delete": "delete", "head": "head"}
"""The panel that a refused change comes back to."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a form made: the text, what was done in words, the panel that is shown next; `data` and `name` as sent. `roads`:
    what that does to the roads, where nobody would see it in the form."""

    text: str
    said: str
    next: Mapping[str, str]
    data: Mapping[str, Any]
    name: str = ""
    roads: str = ""


class NameRefused(ValueError):
    """The name that was sent can't be a step's."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        super().__init__(name)
        self.data = data
        self.name = name


@staff("POST", roles=OWNER)
def change(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`change`: what to do with the draft. JSON for the page's script, which has the map already; else a page."""
    asked = request.POST
    with db.transact() as cur:
        name, version = named(cur, seat, request)
        text, base_n = _text(cur, seat, request, name, version)
        if len(text) > LONGEST:
            return JsonResponse({"error": _("The text is too long.")}, status=422)
        made, given = _tried(cur, seat, asked, name, text)
        if made is not None and given is None and made.text != text:
            now = clock.now_from(cur)
            actions.save_draft(cur, seat.shop.id, seat.account.pk, name, made.text, base_n, now)
            if asked.get("change") not in ("undo", "redo"):
                draft_edits.keep(cur, seat.shop.id, seat.account.pk, name, text, made.text, made.said, now)
        return _answer(request, cur, seat, name, version, base_n, text, made, given)


def _tried(cur: Cursor, seat: Seat, asked: QueryDict, name: str, text: str) -> tuple[Made | None, Given | None]:
    """What the form made; with why not, where it can't be kept."""
    try:
        made = _undone(cur, seat, asked, name, text) or _made(asked, text)
    except NameRefused as refused:
        why = _("Small Latin letters, digits, - and _; a letter first.")
        return None, Given(refused.data, name=refused.name, name_problem=why)
    except EditRefused as refused:
        problem = words.word(_REFUSED, refused.code)
        if refused.code == "name_taken":
            return None, Given(_data(asked, text), name=asked.get("new_name", ""), name_problem=problem)
        return None, Given(_sent(asked, text), name=asked.get("new_name", ""), refused=problem)
    if asked.get("change") in ("undo", "redo"):
        return made, None  # it was the draft's text before, whatever stood in it
    if made.text == text:
        made = replace(made, said=_("Nothing has changed"))
    elif asked.get("change") in ("up", "down"):
        made = replace(made, roads=roads_said(text, made.text, seat.language))
    errors = read_for_shop(cur, seat.shop.id, made.text, FILE).errors
    return made, Given(made.data, made.text, errors, name=made.name) if errors else None


def _sent(asked: QueryDict, text: str) -> dict[str, Any]:
    """The form's data, if it can be told at all."""
    try:
        return _data(asked, text) if asked.get("change") in ("set", "insert", "head") else {}
    except (EditRefused, Http404):
        return {}


def _text(cur: Cursor, seat: Seat, request: HttpRequest, name: str, version: VersionRow | None) -> tuple[str, int]:
    """The text to change: what the page has, else the draft, else the version; and what it was taken from."""
    draft = queries.draft(cur, seat.shop.id, seat.account.pk, name)
    base_n = draft.base_n if draft else version.n if version else 0
    if "text" in request.POST:
        return posted_text(request), base_n
    return draft.text if draft else version.text if version else "", base_n


def _undone(cur: Cursor, seat: Seat, asked: QueryDict, name: str, text: str) -> Made | None:
    """The text before the last deed, or after the one that was taken back; None where that isn't asked."""
    do = asked.get("change")
    if do not in ("undo", "redo"):
        return None
    deeds = draft_edits.deeds(cur, seat.shop.id, seat.account.pk, name, text)
    deed = deeds.undo if do == "undo" else deeds.redo
    if deed is None:
        raise EditRefused("no_deed")
    draft_edits.mark(cur, seat.shop.id, seat.account.pk, name, deed.n, undone=do == "undo")
    after = deed.before if do == "undo" else deed.after
    said = (_("Undone: %(what)s") if do == "undo" else _("Done again: %(what)s")) % {"what": deed.said}
    step = asked.get("step", "")
    panel = {"do": "step", "step": step} if step in laid(after).steps else {}
    return Made(after, said, panel, {})


def _made(asked: QueryDict, text: str) -> Made:
    """The text as the form wants it. Raises EditRefused, NameRefused."""
    found = laid(text)
    do, step = asked.get("change", ""), asked.get("step", "")
    if do == "insert":
        return _inserted(asked, text)
    if do == "head":
        data = _data(asked, text)
        return Made(edit.set_head(text, data), _("The scheme as a whole is changed"), {"do": "head"}, data)
    found.step(step)
    if do in ("up", "down"):
        said = _("“%(step)s” stands one place higher") if do == "up" else _("“%(step)s” stands one place lower")
        made = edit.move_step(text, step, -1 if do == "up" else 1)
        return Made(made, said % {"step": step}, {"do": "step", "step": step}, found.step(step))
    if do == "delete":
        made = edit.delete_step(text, step, asked.get("to") or None)
        return Made(made, _("“%(step)s” is out") % {"step": step}, {}, {})
    if do != "set":
        raise Http404
    data, name = _data(asked, text), asked.get("new_name", step).strip()
    if not _NAME.fullmatch(name):
        raise NameRefused(data, name)
    made = edit.rename_step(edit.set_step(text, step, data), step, name)
    return Made(made, _("“%(step)s” is changed") % {"step": name}, {"do": "step", "step": name}, data, name)


def _inserted(asked: QueryDict, text: str) -> Made:
    data, name = _data(asked, text), asked.get("new_name", "").strip()
    tail, head = asked.get("tail", ""), asked.get("head", "")
    if not _NAME.fullmatch(name):
        raise NameRefused(data, name)
    made = edit.insert_step(text, name, data, None, None if tail == START else (tail, head))
    return Made(made, _("“%(step)s” is in") % {"step": name}, {"do": "step", "step": name}, data, name)


def _data(asked: QueryDict, text: str) -> dict[str, Any]:
    """What the form says: a step's data, or the head's."""
    found = laid(text)
    if asked.get("change") == "head":
        old, schema, keys = found.data, head_schema(), list(head_schema())
        kept = {key: value for key, value in old.items() if key not in schema and key != "steps"}
    else:
        old = {} if asked.get("change") == "insert" else dict(found.steps.get(asked.get("step", ""), {}))
        verb = asked.get("verb", "") if asked.get("change") == "insert" else verb_of(old)
        if verb not in verbs():
            raise Http404
        schema, keys = step_schema()["properties"], allowed_keys(verb)
        kept = {key: value for key, value in old.items() if key not in keys}
    form = {key: value for key, value in asked.items() if isinstance(value, str)}
    made = dict(kept)
    for key in keys:
        value = read(schema[key], form, f"{FORM}.{key}", old.get(key, ABSENT))
        if value is ABSENT and asked.get("change") != "head" and key == verb:
            value = _nothing(schema[key])
        if value is not ABSENT:
            made[key] = value
    return made


def _nothing(schema: Mapping[str, Any]) -> Any:
    """A verb with no field filled: what the schema lets stand there."""
    kind = schema.get("type", "")
    return None if "null" in kind else {} if kind == "object" or "if" in schema else ""


def _answer(
    request: HttpRequest,
    cur: Cursor,
    seat: Seat,
    name: str,
    version: VersionRow | None,
    base_n: int,
    text: str,
    made: Made | None,
    given: Given | None,
) -> HttpResponse:
    is_script = request.headers.get("Accept", "").startswith("application/json")
    now = clock.now_from(cur)
    say = say_for(seat, now)
    if given is None and made is not None:
        said = f"{made.said}. {made.roads}" if made.roads else made.said
        if not is_script:
            messages.success(request, said)
            base = reverse("web:scheme", args=[name]) if name else reverse("web:scheme_edit")
            return redirect(f"{base}?{urlencode({'view': 'map', **made.next})}")
        query = QueryDict(urlencode(made.next))
        sheet = paper(cur, seat, say, version, DraftRow(name, made.text, base_n, now))
        found = found_in(cur, seat, made.text, version)
        return JsonResponse({
            **found,
            "text": made.text,
            "lines": render_to_string("web/part_lines.html", {"lines": lines(made.text)}),
            "said": said,
            "saved": _("saved %(time)s") % {"time": say.when(now)},
            "step": made.next.get("step", ""),
            "panel": _panel(request, cur, seat, query, sheet, name, None, made.roads),
        })  # fmt: skip
    back = QueryDict(mutable=True)
    back.update(request.POST)
    back["do"] = _PANELS.get(request.POST.get("change", ""), "")
    sheet = paper(cur, seat, say, version, DraftRow(name, text, base_n, now))
    assert given is not None
    if back["do"] == "step" and not given.data:
        given = replace(given, data=laid(text).steps.get(back.get("step", ""), {}))
    if is_script:
        return JsonResponse({"is_refused": True, "panel": _panel(request, cur, seat, back, sheet, name, given)})
    found = context(cur, seat, sheet, "map", is_editable=True)
    found["panel"] = panel_of(cur, seat, back, sheet, given)
    return show(request, seat, "schemes", "scheme", found, 422)


def _panel(
    request: HttpRequest,
    cur: Cursor,
    seat: Seat,
    asked: QueryDict,
    sheet: Any,
    name: str,
    given: Given | None,
    roads: str = "",
) -> str:
    found = panel_of(cur, seat, asked, sheet, given)
    if found is not None:
        found["roads"] = roads
    return render_to_string(
        "web/part_scheme_panel.html", {"panel": found, "name": name, "paper": sheet}, request=request
    )
