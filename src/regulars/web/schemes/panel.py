"""The panel beside the map: a step's form, the form of a new one, what becomes of the roads of one that goes, the head.

Owns what stands in the panel; what a sent form does is `changing`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core import edit
from regulars.core.laid import EditRefused, Laid, laid
from regulars.core.problems import Problem
from regulars.core.read import read_scheme
from regulars.core.schema_walk import allowed_keys, step_schema, verb_of, verbs
from regulars.core.scheme import END
from regulars.core.shape import json_schema
from regulars.core.source import Path
from regulars.core.spans import path_at
from regulars.journeys import draft_edits
from regulars.journeys import scheme_queries as queries
from regulars.journeys.scheme_queries import DraftRow
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.scheme_names import spoken
from regulars.web.schemes import problems as problems_of
from regulars.web.schemes.decided import decided
from regulars.web.schemes.fields import ABSENT, Field, flat
from regulars.web.schemes.labels import hint, label, lists, maker
from regulars.web.schemes.page import Paper, paper, said_changes
from regulars.web.schemes.picture import START
from regulars.web.schemes.steps import ICONS

__all__ = ["FORM", "Given", "head_schema", "panel", "panel_of", "suggested_name"]

FORM = "f"
"""What the names of the form's fields begin with."""
DEEDS = ("step", "insert", "delete", "head")


@dataclass(frozen=True, slots=True)
class Given:
    """A form that came back: its data, the text that it would have made, and what is wrong with that."""

    data: Mapping[str, Any]
    text: str = ""
    problems: tuple[Problem, ...] = ()
    refused: str = ""
    name: str = ""
    name_problem: str = ""


@staff("GET", roles=OWNER)
def panel(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The panel alone, for a page that has its map already."""
    name = request.GET.get("name", "").replace("\x00", "")[:63]
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name) if name else None
        if name and version is None:
            raise Http404
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, name)
        now = clock.now_from(cur)
        sheet = paper(cur, seat, say_for(seat, now), version, draft or (None if version else DraftRow("", "", 0, now)))
        found = panel_of(cur, seat, request.GET, sheet)
    return render(
        request, "web/part_scheme_panel.html", {"panel": found, "name": name if version else "", "paper": sheet}
    )


def panel_of(
    cur: Cursor, seat: Seat, asked: QueryDict, sheet: Paper, given: Given | None = None
) -> dict[str, Any] | None:
    """What the panel shows of this text; None for a closed one."""
    do = asked.get("do", "")
    deeds = draft_edits.deeds(
        cur, seat.shop.id, seat.account.pk, sheet.version.name if sheet.version else "", sheet.text
    )
    found: dict[str, Any] = {"undo": deeds.undo, "redo": deeds.redo, "lists": lists(seat.language)}
    if do not in DEEDS:
        return found | {"do": ""} if deeds.undo or deeds.redo else None
    if sheet.scheme is None:
        return found | {"do": "errors", "errors": sheet.errors}
    try:
        text = laid(sheet.text)
    except EditRefused:
        return found | {"do": "errors", "errors": sheet.errors}
    step = asked.get("step", "")
    if do in ("step", "delete") and step not in text.steps:
        return found | {"do": "gone", "step": step}
    made = {"step": _step, "insert": _insert, "delete": _delete, "head": _head}[do](
        cur, seat, asked, sheet, text, given
    )
    return found | made | {"refused": given.refused if given else ""}


def titles(sheet: Paper, seat: Seat) -> dict[str, str]:
    """What people call the steps, by name and in the order of the text."""
    scheme = sheet.scheme
    assert scheme is not None
    given = {name: words.in_language(t, seat.language) for name, t in scheme.titles.items()}
    return {name: given.get(name) or spoken(name) for name in scheme.steps}


def _step(cur: Cursor, seat: Seat, asked: QueryDict, sheet: Paper, text: Laid, given: Given | None) -> dict[str, Any]:
    name = asked.get("step", "")
    order = list(text.steps)
    at = order.index(name)
    called = titles(sheet, seat)
    data = given.data if given else text.steps[name]
    verb = verb_of(text.steps[name])
    follows = called[order[at + 1]] if at + 1 < len(order) else _("end")
    fields = _step_fields(cur, seat, called, follows, verb, data)
    roads = edit.roads(sheet.text)[name]
    say = say_for(seat, clock.now_from(cur))
    return {
        "do": "step",
        "decided": decided(cur, seat, say, sheet.version, sheet.scheme).get(name),
        "step": name,
        "new_name": given.name if given and given.name else name,
        "name_problem": given.name_problem if given else "",
        "title": called[name],
        "verb": label(f"{verb}+verb"),
        "icon": ICONS.get(verb, "workflow"),
        "fields": fields,
        "problems": _put_problems(fields, given, ("steps", given.name if given and given.name else name), seat),
        "is_first": at == 0,
        "is_last": at == len(order) - 1,
        "is_only": len(order) == 1,
        "ways": [{"to": to, "title": called.get(to) or _("end")} for to in dict.fromkeys(roads)],
    }


def _step_fields(
    cur: Cursor, seat: Seat, called: Mapping[str, str], follows: str, verb: str, data: Mapping[str, Any]
) -> list[Field]:
    made = maker(cur, seat, called, follows)
    schema = step_schema()["properties"]
    found = []
    for key in allowed_keys(verb):
        one = made.field(schema[key], data.get(key, ABSENT), f"{FORM}.{key}", (key,), key)
        one.is_filled = one.is_filled or key == verb
        one.is_open = key == verb or one.is_filled or one.kind not in ("group", "rows") or key == "title"
        found.append(one)
    return found


def _insert(cur: Cursor, seat: Seat, asked: QueryDict, sheet: Paper, text: Laid, given: Given | None) -> dict[str, Any]:
    called = titles(sheet, seat)
    tail, head = asked.get("tail", ""), asked.get("head", "")
    verb = asked.get("verb", "")
    found: dict[str, Any] = {
        "do": "insert",
        "tail": tail,
        "head": head,
        "from_title": called.get(tail, ""),
        "to_title": called.get(head) or _("end"),
        "is_first": tail == START,
    }
    descriptions = step_schema()["properties"]
    if verb not in verbs():
        shown = [
            {
                "verb": v,
                "label": label(f"{v}+verb"),
                "icon": ICONS.get(v, "workflow"),
                "hint": hint(descriptions[v].get("description", "") or v),
            }
            for v in verbs()
        ]
        return found | {"verbs": shown}
    data = given.data if given else {}
    fields = [
        f for f in _step_fields(cur, seat, called, called.get(head) or _("end"), verb, data) if f.path != ("then",)
    ]
    return found | {
        "verb": verb,
        "label": label(f"{verb}+verb"),
        "icon": ICONS.get(verb, "workflow"),
        "new_name": given.name if given else suggested_name(verb, text.steps),
        "name_problem": given.name_problem if given else "",
        "fields": fields,
        "problems": _put_problems(fields, given, ("steps", given.name if given else ""), seat),
    }


def suggested_name(verb: str, steps: Mapping[str, Any]) -> str:
    """A free name for a new step."""
    base = verb.replace("_", "-")
    return next(n for n in (base, *(f"{base}-{at}" for at in range(2, 300))) if n not in steps)


def _delete(cur: Cursor, seat: Seat, asked: QueryDict, sheet: Paper, text: Laid, given: Given | None) -> dict[str, Any]:
    """The roads that led there, where they may go on to, and what changes then."""
    name, called = asked.get("step", ""), titles(sheet, seat)
    roads = edit.roads(sheet.text)
    ways = [to for to in dict.fromkeys(roads[name]) if to != name]
    asked_for = asked.get("to", "")
    wanted = [asked_for] if asked_for in (*text.steps, END) and asked_for != name else [*ways, END]
    chosen, after, refused = wanted[0], "", ""
    for to in wanted:
        try:
            after, chosen = edit.delete_step(sheet.text, name, to), to
        except EditRefused as problem:
            refused = problem.code
            continue
        if read_scheme(after).scheme is not None:
            break
    reading = read_scheme(after) if after else None
    changed = reading.scheme if reading else None
    others = [to for to in (*text.steps, END) if to != name and to not in ways]
    return {
        "do": "delete",
        "step": name,
        "title": called[name],
        "from": [called[other] for other, led in roads.items() if name in led and other != name],
        "is_first": name == next(iter(text.steps)),
        "choices": [(to, called.get(to) or _("end")) for to in (*ways, *others)],
        "chosen": chosen,
        "changes": said_changes(cur, seat, sheet.scheme, changed) if changed else [],
        "problems": problems_of.shown(reading.errors, after, seat.language) if reading and not changed else [],
        "cannot": refused if not after else "",
    }


def head_schema() -> dict[str, Any]:
    """The schema of everything but the steps."""
    return {key: inner for key, inner in json_schema()["properties"].items() if key != "steps"}


def _head(cur: Cursor, seat: Seat, asked: QueryDict, sheet: Paper, text: Laid, given: Given | None) -> dict[str, Any]:
    made = maker(cur, seat, titles(sheet, seat), "")
    data = given.data if given else text.data
    fields = []
    for key, inner in head_schema().items():
        if key == "scheme" and sheet.version is not None:
            continue  # another name would be another scheme
        one = made.field(inner, data.get(key, ABSENT), f"{FORM}.{key}", (key,), key)
        one.is_open = one.is_filled or one.kind not in ("group", "rows")
        fields.append(one)
    return {"do": "head", "fields": fields, "problems": _put_problems(fields, given, (), seat)}


def _put_problems(fields: list[Field], given: Given | None, root: Path, seat: Seat) -> list[str]:
    """Each problem beside the field that it is about; those that none is found for come back."""
    if given is None or not given.problems:
        return []
    places = {f.path: f for f in flat(fields)}
    lines = given.text.split("\n")
    whole = laid(given.text).whole
    rows = problems_of.shown(given.problems, given.text, seat.language)
    rest = []
    for row, problem in zip(rows, problems_of.in_order(given.problems), strict=True):
        offset = sum(len(line) + 1 for line in lines[: problem.line - 1]) + max(problem.column - 1, 0)
        path = path_at(whole, offset)
        path = path[len(root) :] if path[: len(root)] == root else ()
        while path and path not in places:
            path = path[:-1]
        if not path:
            rest.append(row["said"])
            continue
        place = places[path]
        while place.main is not None:
            place = place.main
        place.problems.append(row["said"])
        for around in (places.get(path[:depth]) for depth in range(1, len(path))):
            if around is not None:
                around.is_open = True
    return rest
