"""A call's script, its words filled in from what is known of the buyer and his order.

Owns the facts that scripts may ask for and what stands where one is missing (dots, so that the operator sees the gap).
What is said is in the buyer's language, what is to be done in the operator's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.desk.queries import TaskRow
from regulars.outbox import starter
from regulars.outbox.filters import Context
from regulars.outbox.liquid import parse
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.template_fields import fields
from regulars.people.queries import PersonCard
from regulars.promises import queries as promises
from regulars.rules.localtime import is_zone
from regulars.web.access import Seat
from regulars.web.desk.steps import STEPS
from regulars.web.say import Say

__all__ = ["Script", "script"]

GAP = "…"
_TAGS = re.compile(r"(\{\{.*?\}\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """`said`: pieces of what is read aloud, each with whether it was filled in."""

    step: str
    said: Sequence[tuple[str, bool]]
    do: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script ready for one call; `language`: of what is said."""

    title: str
    language: str
    lines: Sequence[Line]


def script(cur: Cursor, seat: Seat, say: Say, task: TaskRow, card: PersonCard) -> Script | None:
    """The task's script; None when it names none, or one that isn't there."""
    found = starter.scripts()["scripts"].get(task.script or "")
    if found is None:
        return None
    base = (card.language or seat.shop.language).partition("-")[0]
    language = base if base in ("en", "ru") else "en"
    zone = card.time_zone if is_zone(card.time_zone or "") else None
    context = Context(language, zone or seat.shop.time_zone, seat.shop.time_zone, say.now, seat.shop.currency)
    lines = found["lines"]
    facts = _facts(cur, seat, say, task, language, _names(lines, language))
    return Script(
        title=found["title"][say.language],
        language=language,
        lines=[
            Line(
                step=str(STEPS.get(line["step"], line["step"])),
                said=_filled(line.get("say", {}).get(language, ""), facts, context),
                do=line.get("do", {}).get(say.language, ""),
                outcome=line.get("outcome", ""),
            )
            for line in lines
        ],
    )


def _names(lines: Sequence[Mapping[str, Any]], language: str) -> frozenset[str]:
    """All facts that the lines ask for."""
    asked: frozenset[str] = frozenset({"order.lines"})
    for line in lines:
        for tag in _TAGS.findall(line.get("say", {}).get(language, "")):
            try:
                asked |= fields(parse(tag)).used
            except TemplateProblem:
                continue
    return asked


def _facts(cur: Cursor, seat: Seat, say: Say, task: TaskRow, language: str, names: frozenset[str]) -> dict[str, Any]:
    shop = seat.shop
    subject = registry.Subject(task.person_id, task.order_id, language)
    (facts,) = registry.load(cur, shop.id, [subject], names, say.now)
    order = facts.get("order")
    if order is not None and order.get("lines"):
        facts["order"] = {**order, "lines_spoken": ", ".join(str(line["name"]) for line in order["lines"])}
    hours = shop.hours.get(language) if isinstance(shop.hours, Mapping) else None
    facts["shop"] = {k: v for k, v in (("name", shop.name), ("phone", shop.phone), ("hours", hours)) if v}
    facts["operator"] = {"first_name": seat.account.name.split(" ")[0]}
    made = promises.listing(cur, shop.id, states=("open", "warned"), order_id=task.order_id, person_id=task.person_id)
    facts["promise"] = {p.kind: p.due_at for p in reversed(made)} | ({"due": made[0].due_at} if made else {})
    return facts


def _filled(source: str, facts: Mapping[str, Any], context: Context) -> list[tuple[str, bool]]:
    pieces = []
    for piece in _TAGS.split(source):
        if not piece.startswith("{{"):
            if piece:
                pieces.append((piece, False))
            continue
        try:
            pieces.append((parse(piece).render(facts, context) or GAP, True))
        except TemplateProblem:
            pieces.append((GAP, True))
    return pieces
