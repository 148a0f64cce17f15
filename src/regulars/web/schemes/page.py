"""The scheme's page: one text in its forms (map, text, table, changes), with what is wrong with it and who is where.

Owns what all forms share: which text it is (the account's draft or a published version), the numbers, the head.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from regulars.base import clock
from regulars.base.db import Cursor
from regulars.core.changes import changes
from regulars.core.problems import ERROR, Problem
from regulars.core.scheme import Scheme
from regulars.journeys import scheme_queries as queries
from regulars.journeys.accepted import accepted
from regulars.journeys.checking import read_for_shop
from regulars.journeys.clock_filling import filling
from regulars.journeys.scheme_queries import DraftRow, StepNumbers, VersionRow
from regulars.outbox import budgets
from regulars.rules.budgets import period_begin
from regulars.rules.gate import DEFAULT_PRIORITY
from regulars.shop import queries as shops
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.page import say_for
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes import problems as problems_of
from regulars.web.schemes import starting
from regulars.web.schemes.decided import decided, mark
from regulars.web.schemes.differences import differences
from regulars.web.schemes.drawing import Linker, drawing, percent, table
from regulars.web.schemes.highlight import lines
from regulars.web.schemes.pausing import paused
from regulars.web.schemes.steps import Speaker

__all__ = [
    "FILE",
    "Paper",
    "context",
    "drawn",
    "head_of",
    "numbers_of",
    "open_warnings",
    "paper",
    "said_changes",
    "shown_problems",
    "speaker_of",
    "views",
]

FILE = "scheme.yaml"


@dataclass(frozen=True, slots=True)
class Paper:
    """A text as it lies before the reader. `version`: the published one that it is or was taken from; `base_n` its number,
    0 for none; `is_draft`: not published yet; `scheme`: None while the text has errors; `last_good`: what is drawn then."""

    name: str
    text: str
    version: VersionRow | None
    base_n: int
    is_draft: bool
    saved: str
    problems: tuple[Problem, ...]
    scheme: Scheme | None
    last_good: Scheme | None

    @property
    def errors(self) -> int:
        """How many problems keep it from being published."""
        return sum(p.severity == ERROR for p in self.problems)


def paper(cur: Cursor, seat: Seat, say: Say, version: VersionRow | None, draft: DraftRow | None = None) -> Paper:
    """The draft, checked with all that this shop knows; else the version, which was checked when it was published."""
    published = read(version.text) if version else None
    name, n = (version.name, version.n) if version else ("", 0)
    if draft is None:
        return Paper(name, version.text if version else "", version, n, False, "", (), published, published)
    reading = read_for_shop(cur, seat.shop.id, draft.text, FILE) if draft.text.strip() else None
    return Paper(
        name=name,
        text=draft.text,
        version=version,
        base_n=draft.base_n,
        is_draft=version is None or draft.text != version.text,
        saved=say.when(draft.saved_at),
        problems=reading.problems if reading else (),
        scheme=reading.scheme if reading else None,
        last_good=reading.scheme if reading and reading.scheme else published,
    )


def numbers_of(cur: Cursor, version: VersionRow | None, scheme: Scheme | None) -> StepNumbers | None:
    """The numbers of the version that the text is or was taken from."""
    if version is None or scheme is None:
        return None
    return queries.numbers(cur, version.id, list(scheme.steps), clock.now_from(cur))


def drawn(cur: Cursor, seat: Seat, say: Say, scheme: Scheme, version: VersionRow | None) -> dict[str, Any]:
    """The map of a scheme with the numbers of a version."""
    return _marked(cur, seat, say, speaker_of(cur, seat, scheme), numbers_of(cur, version, scheme), version)


def _marked(
    cur: Cursor, seat: Seat, say: Say, speaker: Speaker, numbers: StepNumbers | None, version: VersionRow | None
) -> dict[str, Any]:
    found = drawing(speaker, say, numbers, _link(version))
    mark(found["nodes"], decided(cur, seat, say, version, speaker.scheme))
    return found


def speaker_of(cur: Cursor, seat: Seat, scheme: Scheme) -> Speaker:
    """The words of the scheme in the seat's language."""
    return Speaker(scheme, seat.language, shops.team_titles(cur, seat.shop.id))


def _link(version: VersionRow | None) -> Linker | None:
    return Linker(version.name, version.n) if version else None


def said_changes(cur: Cursor, seat: Seat, before: Scheme | None, after: Scheme) -> list[dict[str, Any]]:
    """What changes from one scheme to the other, in words; nothing for a new one."""
    if before is None:
        return []
    return differences(changes(before, after), before, after, speaker_of(cur, seat, after))


def context(
    cur: Cursor, seat: Seat, sheet: Paper, view: str, *, is_editable: bool, pinned: int | None = None
) -> dict[str, Any]:
    """What the page's template needs for one form of the text; `pinned`: the version that the address asks for."""
    say = say_for(seat, clock.now_from(cur))
    scheme = sheet.last_good
    numbers = numbers_of(cur, sheet.version, scheme)
    speaker = speaker_of(cur, seat, scheme) if scheme else None
    before = read(sheet.version.text) if sheet.version and sheet.is_draft else None
    problems = shown_problems(cur, seat, sheet.version, sheet.problems, sheet.text)
    newest_n = queries.newest_n(cur, seat.shop.id, sheet.name) if sheet.version else 0
    changed = said_changes(cur, seat, before, sheet.scheme) if sheet.scheme and before else []
    rows = table(speaker, say, numbers, _link(sheet.version)) if speaker and view == "table" else []
    mark(rows, decided(cur, seat, say, sheet.version, scheme) if rows else {})
    return {
        "view": view,
        "pinned": pinned,
        "views": views(
            sheet.version.name if sheet.version else "",
            pinned,
            len(changed) if sheet.version and is_editable else None,
            has_draft=sheet.is_draft,
        ),
        "name": sheet.name,
        "own_name": sheet.version.name if sheet.version else "",
        "title": words.in_language(scheme.title, seat.language) if scheme else sheet.name,
        "version": sheet.version,
        "paper": sheet,
        "live": {"pause": paused(cur, seat, say, sheet.version.name) if sheet.version else None},
        "newest_n": newest_n,
        "next_n": newest_n + 1,
        "is_behind": sheet.is_draft and sheet.base_n != newest_n,
        "is_editable": is_editable,
        "rows": _rows(sheet.text),
        "lines": lines(sheet.text) if sheet.text.strip() else [],
        "problems": problems,
        "errors": sheet.errors,
        "warnings": open_warnings(problems),
        "is_stale": bool(sheet.text.strip()) and sheet.scheme is None and scheme is not None,
        "map": _marked(cur, seat, say, speaker, numbers, sheet.version) if speaker and view == "map" else None,
        "table": rows,
        "head": head_of(say, numbers),
        "note": _note(say, numbers),
        "goal": speaker.goal() if speaker else "",
        "goal_within": speaker.goal_within() if speaker else "",
        "stops": [_event(speaker, t) for t in scheme.stops] if speaker and scheme else [],
        "starts": [_event(speaker, t) for t in scheme.starts] if speaker and scheme else [],
        "again": starting.again(scheme) if scheme else "",
        "priority": scheme.priority if scheme and scheme.priority != DEFAULT_PRIORITY else 0,
        "budget": _budget(cur, seat, say, scheme),
        "filling": _filling(cur, seat, say, sheet.version),
        "hold_out": f"{scheme.hold_out / 10:g}" if scheme and scheme.hold_out else "",
    }


def shown_problems(
    cur: Cursor, seat: Seat, version: VersionRow | None, problems: Sequence[Problem], text: str
) -> list[dict[str, Any]]:
    """What is wrong with a text, for the page; a warning of a scheme that is published can be kept."""
    kept = accepted(cur, seat.shop.id, version.name) if version else None
    return [
        row
        if row["kept"] is None
        else {**row, "kept": {"reason": row["kept"].reason, "at": row["kept"].at.isoformat()}}
        for row in problems_of.shown(problems, text, seat.language, kept)
    ]


def open_warnings(problems: Sequence[dict[str, Any]]) -> int:
    """How many warnings nobody has decided to keep."""
    return sum(not row["is_error"] and row["kept"] is None for row in problems)


def _event(speaker: Speaker, trigger: Any) -> str:
    return speaker.event(trigger)


def _budget(cur: Cursor, seat: Seat, say: Say, scheme: Scheme | None) -> str:
    """How much of the scheme's budget is spent in the period that is now; '' without one."""
    if scheme is None or scheme.budget is None:
        return ""
    found, shop = scheme.budget, shops.settings_of(cur, seat.shop.id)
    period = (scheme.name, found.every, period_begin(found.every, clock.now_from(cur), shop.time_zone))
    used = 0 if found.messages is None else budgets.used(cur, shop.id, *period)
    spent = 0 if found.cost is None else budgets.spent(cur, shop.id, *period, found.currency)
    return starting.budget(found, used, spent, say)


def _filling(cur: Cursor, seat: Seat, say: Say, version: VersionRow | None) -> str:
    """How far those are looked through who were known before the version went live, `45%`; '' when that is over."""
    found = filling(cur, seat.shop.id, version.scheme_id) if version else None
    return percent(say, found.done, max(found.total or 1, found.done)) if found else ""


def _rows(text_: str) -> int:
    return min(max(text_.count("\n") + 2, 16), 60)


def views(
    name: str, old_n: int | None = None, changed: int | None = None, *, has_draft: bool = False
) -> list[dict[str, Any]]:
    """The forms of a scheme, as links; `name` '' for a new one, `old_n` of a version as it was. `changed`, for whoever may
    write: how many steps the draft changes; the editor shows that link as soon as there is a draft."""
    base = reverse("web:scheme", args=[name]) if name else reverse("web:scheme_edit")
    old = f"&n={old_n}" if old_n else ""
    forms: list[dict[str, Any]] = [{"key": key, "href": f"{base}?view={key}{old}"} for key in ("map", "text", "table")]
    if changed is None:
        return forms
    return [*forms, {"key": "changes", "href": f"{base}?view=changes", "count": changed, "is_hidden": not has_draft}]


def head_of(say: Say, numbers: StepNumbers | None) -> dict[str, str] | None:
    """The three figures beside the views."""
    if numbers is None:
        return None
    return {
        "inside": say.number(numbers.inside),
        "entered": say.number(numbers.entered),
        "goals": percent(say, numbers.goals, numbers.looked_at),
    }


def _note(say: Say, numbers: StepNumbers | None) -> dict[str, Any] | None:
    """Of whom the numbers are."""
    if numbers is None:
        return None
    return {
        "looked_at": say.number(numbers.looked_at),
        "stopped": numbers.stopped,
        "stopped_words": say.number(numbers.stopped),
        "held": numbers.held_out,
        "held_words": say.number(numbers.held_out),
    }
