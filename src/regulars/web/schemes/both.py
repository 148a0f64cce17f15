"""Two versions of a scheme in one picture, in two, and in one table: what came, what went, what is another now.

Owns bringing the two together; each part says so by a sign and a word, not by colour alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.core.changes import ADDED, CHANGED, REMOVED, RENAMED, changes
from regulars.core.scheme import END
from regulars.web import words
from regulars.web.say import Say
from regulars.web.schemes.drawing import drawing, roads, table
from regulars.web.schemes.picture import Road, text_width
from regulars.web.schemes.steps import Speaker

__all__ = ["apart", "both_maps", "both_tables"]

SIGNS: words.Words = {
    ADDED: gettext_lazy("+ new"),
    REMOVED: gettext_lazy("− gone"),
    CHANGED: gettext_lazy("± changed"),
}
_CELLS = ("title", "when", "whom", "what", "condition", "ways")


def _kinds(before: Speaker, after: Speaker) -> tuple[dict[str, str], dict[str, str]]:
    """What happened to each step, by its name now (the old one for what is gone); and old names of what is renamed → new."""
    found = changes(before.scheme, after.scheme)
    renamed = {c.before or "": c.after or "" for c in found if c.kind == RENAMED}
    kinds = {c.step: CHANGED if c.path or c.kind == RENAMED else c.kind for c in found if c.step}
    return kinds, renamed


def _order(before: Speaker, after: Speaker, renamed: Mapping[str, str]) -> list[str]:
    """The steps of both: those of the new one, with what is gone after what stood before it."""
    order = list(after.scheme.steps)
    last: str | None = None
    for name in before.scheme.steps:
        now = renamed.get(name, name)
        if now not in order:
            order.insert(order.index(last) + 1 if last else 1, now)  # the first stays where everybody enters
        last = now
    return order


def both_maps(before: Speaker, after: Speaker, say: Say) -> dict[str, Any]:
    """One map of both, for the template of a map: `status` and `sign` of each step and line."""
    kinds, renamed = _kinds(before, after)
    order = _order(before, after, renamed)
    old, new = _led(before, renamed), _led(after, {})
    merged: dict[tuple[str, str], tuple[Road, str]] = {}
    for name in order:
        for key, road in new.items():
            if road.tail == name:
                was = old.get(key)
                merged[key] = (road, ADDED if was is None else CHANGED if was.words != road.words else "")
        for key, road in old.items():
            if road.tail == name and key not in new:
                merged[key] = (road, REMOVED)
    speakers = {name: after if name in after.scheme.steps else before for name in order}
    found = drawing(after, say, None, None, speakers, [road for road, _status in merged.values()])
    for node in found["nodes"]:
        _sign(node, kinds.get(node["name"], ""))
    for line in found["lines"]:
        line["status"] = merged[line["tail"], line["head"]][1] if (line["tail"], line["head"]) in merged else ""
    return found


def apart(before: Speaker, after: Speaker, say: Say) -> tuple[dict[str, Any], dict[str, Any]]:
    """The map of each: in the old one what is gone is marked, in the new one what came, in both what is another. A step's
    `row` is its name in the table of both."""
    kinds, renamed = _kinds(before, after)
    old, new = _led(before, renamed), _led(after, {})
    shown = []
    for speaker, names, here, there, only in ((before, renamed, old, new, REMOVED), (after, {}, new, old, ADDED)):
        found = drawing(speaker, say, None, None)
        for node in found["nodes"]:
            node["row"] = _now(node["name"], names)
            _sign(node, kinds.get(node["row"], ""))
        for line in found["lines"]:
            key = (_now(line["tail"], names), _now(line["head"], names))
            line["status"] = _road_status(here.get(key), there.get(key), only)
        shown.append(found)
    return shown[0], shown[1]


def _now(name: str, renamed: Mapping[str, str]) -> str:
    """What a node is called in the new version."""
    head, _colon, step = name.rpartition(":")
    return f"{head}:{renamed.get(step, step)}" if head else renamed.get(name, name)


def _led(speaker: Speaker, renamed: Mapping[str, str]) -> dict[tuple[str, str], Road]:
    """The roads of a version, by the names of the new one."""
    found = (replace(r, tail=_now(r.tail, renamed), head=_now(r.head, renamed)) for r in roads(speaker))
    return {(r.tail, r.head): r for r in found}


def _road_status(here: Road | None, there: Road | None, only: str) -> str:
    """`only`: what a road is that the other version lacks. The lines at the start and to the hold-out are no roads."""
    if here is None:
        return ""
    return only if there is None else CHANGED if here.words != there.words else ""


def _sign(node: dict[str, Any], status: str) -> None:
    sign = words.word(SIGNS, status) if status else ""
    width = round(text_width(sign, 11) + 16)
    node |= {"status": status, "sign": sign, "sign_width": width, "sign_middle": width / 2}
    node["full"] = f"{sign} {node['full']}".strip()


def both_tables(before: Speaker, after: Speaker, say: Say) -> list[dict[str, Any]]:
    """A row a step of either: each cell with what it was, where that is another."""
    kinds, renamed = _kinds(before, after)
    old = {renamed.get(r["name"], r["name"]): r for r in table(before, say, None, None)}
    new = {r["name"]: r for r in table(after, say, None, None)}
    rows = []
    for name in _order(before, after, renamed):
        was, now = old.get(name), new.get(name)
        status = ADDED if was is None else REMOVED if now is None else kinds.get(name, "")
        shown = now or was
        assert shown is not None
        cells = [_cell(_said(was, key), _said(now, key), status) for key in _CELLS]
        if status == "" and any(c["before"] != c["after"] for c in cells):
            status = CHANGED
        rows.append({
            "name": name,
            "was": was["name"] if was and was["name"] != name else "",
            "icon": shown["icon"],
            "status": status,
            "sign": words.word(SIGNS, status) if status else "",
            "cells": cells,
        })  # fmt: skip
    return rows


def _cell(before: str, after: str, status: str) -> dict[str, str]:
    if status == ADDED:
        return {"before": after, "after": after}
    if status == REMOVED:
        return {"before": before, "after": before}
    return {"before": before, "after": after}


def _said(row: Mapping[str, Any] | None, key: str) -> str:
    if row is None:
        return ""
    if key != "ways":
        return str(row[key])
    parts = []
    for way in row["ways"]:
        names = ", ".join(said for said, _tries in way["names"] if said)
        to = _("end") if way["to"] == END else way["title"]
        parts.append(f"{names} → {to}".strip())
    return " · ".join(parts)
