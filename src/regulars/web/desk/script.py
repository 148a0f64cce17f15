"""A call's script, its words filled in from what is known of the buyer and his order.

Owns which steps are shown in this situation, and what stands where a value is missing (what it would be, so that the
operator sees the gap and fills it himself). What is said is in the buyer's language, what is to be done in the operator's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.outbox import spoken
from regulars.outbox.filters import Context
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.spoken_liquid import FILLED, MISSING, Pieces, parse, pieces
from regulars.outbox.template_fields import fields
from regulars.web.access import Seat
from regulars.web.desk.said import Talk, context_of, facts, situation
from regulars.web.desk.steps import STEPS
from regulars.web.say import Say

__all__ = ["FILLED", "MISSING", "Line", "Question", "Script", "ready_answers", "script", "shown", "whole"]

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
_LAST_WORD = re.compile(r"(\w+)[^\w]*$")


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
    closing: Sequence[Pieces]


def script(cur: Cursor, seat: Seat, say: Say, key: str | None, talk: Talk) -> Script | None:
    """The script of that name, as it counts in this shop; None without a name, or where there is none of it."""
    found = spoken.script(cur, seat.shop.id, key) if key else None
    if found is None:
        return None
    return shown(cur, seat, say, talk, found, spoken.questions(cur, seat.shop.id), spoken.closing(cur, seat.shop.id))


def shown(
    cur: Cursor, seat: Seat, say: Say, talk: Talk, found: Mapping[str, Any], asked: Sequence[Mapping[str, Any]],
    phrases: Sequence[Mapping[str, str]],
) -> Script:  # fmt: skip
    """These texts, filled in for this talk."""
    language, now_so = talk.language, situation(cur, seat, say, talk)
    lines = [line for line in found["lines"] if _fits(line.get("when", ()), now_so)]
    asked = [q for q in asked if _is_about(q, talk)]
    said = [*(line.get("say", {}).get(language, "") for line in lines), *(q["answer"][language] for q in asked)]
    said += [phrase[language] for phrase in phrases]
    filled = facts(cur, seat, say, talk, _names(said), now_so)
    context = context_of(seat, say, talk)
    steps, always = _road(lines, language, say, filled, context)
    return Script(
        title=found["title"][say.language],
        language=language,
        steps=steps,
        always=always,
        questions=[
            Question(q["question"][say.language], _filled(q["answer"][language], filled, context)) for q in asked
        ],
        closing=[_filled(phrase[language], filled, context) for phrase in phrases],
    )


def whole(found: Mapping[str, Any], language: str, say: Say, filled: Mapping[str, Any], context: Context) -> list[Line]:
    """All that a script may come to, whatever the situation: for who reads it before the first call."""
    steps, always = _road(found["lines"], language, say, filled, context)
    return [*steps, *always]


def _fits(when: Sequence[str], now_so: Mapping[str, bool]) -> bool:
    """Whether all that a step asks for is so; what nobody knows isn't."""
    return all(now_so.get(one.removeprefix("not ").strip(), False) is not one.startswith("not ") for one in when)


def _is_about(question: Mapping[str, Any], talk: Talk) -> bool:
    """Whether a question that is for some products fits one of the order's."""
    if not question.get("category") and not question.get("products"):
        return True
    lines = talk.goods.lines if talk.goods else ()
    known = talk.goods.known if talk.goods else {}
    categories = {known[line.sku].category for line in lines if line.sku in known}
    return question.get("category") in categories or bool(
        {line.sku for line in lines} & set(question.get("products", ()))
    )


def ready_answers(cur: Cursor, seat: Seat, say: Say, talk: Talk) -> list[dict[str, str]]:
    """The frequent questions with their answers as text for a message, in the buyer's language; gaps stand in brackets."""
    asked = [q for q in spoken.questions(cur, seat.shop.id) if _is_about(q, talk)]
    names = _names([q["answer"][talk.language] for q in asked])
    filled = facts(cur, seat, say, talk, names, situation(cur, seat, say, talk))
    context = context_of(seat, say, talk)
    return [
        {
            "question": q["question"][say.language],
            "text": "".join(
                f"[{said}]" if kind == MISSING else said
                for said, kind in _filled(q["answer"][talk.language], filled, context)
            ),
        }
        for q in asked
    ]


def _road(
    lines: Sequence[Mapping[str, Any]], language: str, say: Say, filled: Mapping[str, Any], context: Context
) -> tuple[list[Line], list[Line]]:
    """The steps with their branches, and the branches behind the last step, which belong to none."""
    steps: list[Line] = []
    last = max((i for i, line in enumerate(lines) if not line.get("branch")), default=-1)
    always: list[Line] = []
    for i, line in enumerate(lines):
        step = line["step"]
        key = step if isinstance(step, str) else step["en"]
        made = Line(
            key=key,
            step=str(STEPS.get(key, key)) if isinstance(step, str) else step[say.language],
            said=_filled(line.get("say", {}).get(language, ""), filled, context),
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
    asked: frozenset[str] = frozenset()
    for text in said:
        try:
            asked |= fields(parse(text)).used
        except TemplateProblem:  # says so where it is filled in
            continue
    return asked


def _filled(source: str, filled: Mapping[str, Any], context: Context) -> Pieces:
    """A text in pieces; one that can't be read stands as it is: the talk goes on."""
    try:
        found = pieces(source, filled, context)
    except TemplateProblem:
        return [(source, "")]
    return [(_gap(text, context.language) if kind == MISSING else text, kind) for text, kind in found]


def _gap(tag: str, language: str) -> str:
    """What a tag would say: '{{ day.1 | on_day }}' a day, '{{ offer.name }}' a product."""
    last = _LAST_WORD.search(tag)
    with translation.override(language):
        return str(GAPS.get(last[1], GAP)) if last else GAP
