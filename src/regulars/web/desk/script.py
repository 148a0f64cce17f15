"""A call's script, its words filled in from what is known of the buyer and his order.

Owns the facts that scripts may ask for and what stands where one is missing (what it would be, so that the operator sees
the gap and fills it himself).
What is said is in the buyer's language, what is to be done in the operator's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy

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
GAPS = {
    "money": gettext_lazy("amount"),
    "on_day": gettext_lazy("day"),
    "date": gettext_lazy("day"),
    "time": gettext_lazy("time"),
    "window": gettext_lazy("time"),
    "name": gettext_lazy("product"),
    "address": gettext_lazy("address"),
}
"""What would stand in a gap, by how it is shown or by what of a thing it is."""
PAID_BY = {
    "card": gettext_lazy("by card"),
    "cash": gettext_lazy("in cash"),
    "cod": gettext_lazy("on delivery"),
    "invoice": gettext_lazy("by invoice"),
}
"""How one says aloud that an order is paid, by its method."""
_TAGS = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_LAST_WORD = re.compile(r"(\w+)[^\w]*$")

FILLED, MISSING = "filled", "gap"
Pieces = Sequence[tuple[str, str]]
"""What is read aloud, in pieces; each with '' for the script's own words, else FILLED or MISSING."""


@dataclass(frozen=True, slots=True)
class Line:
    """A step, or a branch of one. `key`: as the script writes it; `outcome`: the code with which the talk ends there."""

    key: str
    step: str
    said: Pieces
    do: str
    outcome: str
    branches: list["Line"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """A frequent question and its answer of one breath."""

    question: str
    answer: Pieces


@dataclass(frozen=True, slots=True)
class Script:
    """A script ready for one call; `language`: of what is said. `always`: turns that the buyer may take at any moment."""

    title: str
    language: str
    steps: Sequence[Line]
    always: Sequence[Line]
    questions: Sequence[Question]


def script(cur: Cursor, seat: Seat, say: Say, task: TaskRow, card: PersonCard) -> Script | None:
    """The task's script; None when it names none, or one that isn't there."""
    texts = starter.scripts()
    found = texts["scripts"].get(task.script or "")
    if found is None:
        return None
    base = (card.language or seat.shop.language).partition("-")[0]
    language = base if base in ("en", "ru") else "en"
    zone = card.time_zone if is_zone(card.time_zone or "") else None
    context = Context(language, zone or seat.shop.time_zone, seat.shop.time_zone, say.now, seat.shop.currency)
    lines, asked = found["lines"], texts["questions"]
    said = [line.get("say", {}).get(language, "") for line in lines] + [q[language] for q in asked]
    facts = _facts(cur, seat, say, task, card, language, _names(said))
    steps, always = _road(lines, language, say, facts, context)
    return Script(
        title=found["title"][say.language],
        language=language,
        steps=steps,
        always=always,
        questions=[Question(q["question"][say.language], _filled(q[language], facts, context)) for q in asked],
    )


def _road(
    lines: Sequence[Mapping[str, Any]], language: str, say: Say, facts: Mapping[str, Any], context: Context
) -> tuple[list[Line], list[Line]]:
    """The steps with their branches, and the branches behind the last step, which belong to none."""
    steps: list[Line] = []
    last = max((i for i, line in enumerate(lines) if not line.get("branch")), default=-1)
    always: list[Line] = []
    for i, line in enumerate(lines):
        made = Line(
            key=line["step"],
            step=str(STEPS.get(line["step"], line["step"])),
            said=_filled(line.get("say", {}).get(language, ""), facts, context),
            do=line.get("do", {}).get(say.language, ""),
            outcome=line.get("outcome", ""),
        )
        if not line.get("branch"):
            steps.append(made)
        elif i > last or not steps:
            always.append(made)
        else:
            steps[-1].branches.append(made)
    return steps, always


def _names(said: Sequence[str]) -> frozenset[str]:
    """All facts that these texts ask for."""
    asked: frozenset[str] = frozenset({"order.lines"})
    for text in said:
        for tag in _TAGS.findall(text):
            try:
                asked |= fields(parse(tag)).used
            except TemplateProblem:
                continue
    return asked


def _facts(
    cur: Cursor, seat: Seat, say: Say, task: TaskRow, card: PersonCard, language: str, names: frozenset[str]
) -> dict[str, Any]:
    shop = seat.shop
    subject = registry.Subject(task.person_id, task.order_id, language)
    (facts,) = registry.load(cur, shop.id, [subject], names, say.now)
    order = facts.get("order")
    if order is not None:
        facts["order"] = {**order, **_spoken(order, card, language)}
    hours = shop.hours.get(language) if isinstance(shop.hours, Mapping) else None
    facts["shop"] = {k: v for k, v in (("name", shop.name), ("phone", shop.phone), ("hours", hours)) if v}
    facts["operator"] = {"first_name": seat.account.name.split(" ")[0]}
    made = promises.listing(cur, shop.id, states=("open", "warned"), order_id=task.order_id, person_id=task.person_id)
    facts["promise"] = {p.kind: p.due_at for p in reversed(made)} | ({"due": made[0].due_at} if made else {})
    return facts


def _spoken(order: Mapping[str, Any], card: PersonCard, language: str) -> dict[str, str]:
    """What a person says in a word and the order knows in parts."""
    method = PAID_BY.get(order.get("payment", {}).get("method", ""))
    with translation.override(language):
        found = {
            "lines_spoken": ", ".join(str(line["name"]) for line in order.get("lines", ())),
            "address": ", ".join(str(card.address[part]) for part in ("city", "street") if card.address.get(part)),
            "payment_words": str(method) if method else "",
        }
    return {name: words for name, words in found.items() if words}


def _filled(source: str, facts: Mapping[str, Any], context: Context) -> Pieces:
    pieces: list[tuple[str, str]] = []
    for piece in _TAGS.split(source):
        if not piece.startswith("{{"):
            if piece:
                pieces.append((piece, ""))
            continue
        try:
            found = parse(piece).render(facts, context)
        except TemplateProblem:
            found = ""
        pieces.append((found, FILLED) if found else (_gap(piece, context.language), MISSING))
    return pieces


def _gap(tag: str, language: str) -> str:
    """What a tag would say: '{{ day.1 | on_day }}' a day, '{{ offer.name }}' a product."""
    last = _LAST_WORD.search(tag)
    with translation.override(language):
        return str(GAPS.get(last[1], GAP)) if last else GAP
