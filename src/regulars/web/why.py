"""'Why?' of a message, from the records alone: the gate's checks in their order, and the decision of the scheme.

Owns putting the two together for the screen; the words are words.py's and core.explain's. What has no record any more
is said to be unknown, each of the two for itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from regulars.base.db import Cursor
from regulars.core import explain as explained
from regulars.journeys import queries as journeys
from regulars.journeys.queries import DecisionRow
from regulars.outbox.queries import MessageRow
from regulars.shop import queries as shops
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.say import Say
from regulars.web.scheme_names import SchemeNames, scheme_names, spoken

__all__ = ["Check", "Decided", "Why", "teller", "why"]

_ICONS = {"sent": "check", "queued": "clock", "sending": "send", "unknown": "circle-question-mark"}
_DECISIONS = 2000

Told = Callable[[DecisionRow], list[str]]
"""A decision's reasons as sentences."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate. `result`: 'passed', 'decided' (it stopped the message), 'not_needed' for a message of
    this kind, 'not_asked' since an earlier one decided."""

    code: str
    name: str
    result: str
    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What the scheme decided. `title`, `step_title` (in quotes): '' where its author gave none. `because`: the reasons of
    the decision that made this message; `before`: (moment, sentence) of the earlier ones; what a scheme's author named
    stands between backticks."""

    scheme: str
    title: str
    n: int
    step: str
    step_title: str
    visit: int | None
    at: str
    because: Sequence[str]
    before: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Why:
    """`verdict`: the one that counts, '' when there is none yet. `of_scheme`: whether a scheme made the message;
    `decided` None: its record is gone (or no scheme made it)."""

    message_id: int
    icon: str
    state: str
    verdict: str
    judged: str
    checks: Sequence[Check]
    of_scheme: bool
    decided: Decided | None
    person_id: int

    @property
    def is_judged(self) -> bool:
        """Whether the gate has left a record."""
        return bool(self.checks or self.verdict)


def why(cur: Cursor, seat: Seat, say: Say, rows: Sequence[MessageRow]) -> dict[int, Why]:
    """The reasons of each message, by its id."""
    of = sorted({r.enrolment_id for r in rows if r.enrolment_id is not None})
    decisions: dict[int, list[DecisionRow]] = {}
    if of:
        for d in journeys.decisions(cur, seat.shop.id, enrolment_ids=of, limit=_DECISIONS):
            decisions.setdefault(d.enrolment_id, []).append(d)
    titles, told = teller(cur, seat, say, [d for of_one in decisions.values() for d in of_one])
    return {r.id: _one(r, decisions.get(r.enrolment_id or 0, []), say, titles, told) for r in rows}


def teller(cur: Cursor, seat: Seat, say: Say, decisions: Sequence[DecisionRow]) -> tuple[SchemeNames, Told]:
    """The titles of what these decisions name, and how each is told."""
    teams = shops.team_titles(cur, seat.shop.id) if decisions else {}
    titles = scheme_names(cur, seat.shop.id, say.language, ((d.scheme, d.n) for d in decisions))

    def named(d: DecisionRow, kind: str, name: str) -> str:
        if kind == "step" and (title := titles.step(d.scheme, d.n, name)):
            return words.quoted(title, say.language)
        if kind == "moment":
            return say.when(name)
        if kind == "event":
            return words.quoted(words.event(name, say.language), say.language)
        if kind == "template":
            return words.quoted(words.letter(name), say.language)
        if kind == "team":
            of_team = teams.get(name, {})
            return of_team.get(say.language) or next(iter(of_team.values()), name)
        if kind == "scheme":
            return words.quoted(spoken(name), say.language)
        known = {"outcome": words.OUTCOMES, "question": words.QUESTIONS}.get(kind)
        return f"`{name}`" if known is None else words.word(known, name)

    return titles, lambda d: explained.explain(d.reasons, say.language, say.zone, partial(named, d))


def _one(row: MessageRow, decisions: Sequence[DecisionRow], say: Say, titles: SchemeNames, told: Told) -> Why:
    code = row.reason or ("clear" if row.state == "sent" else None)
    closed = row.sent_at or row.closed_at
    return Why(
        message_id=row.id,
        icon=_ICONS.get(row.state, "ban"),
        state=words.word(words.MESSAGE_STATES, row.state),
        verdict=words.reason(code, row.why.get("params", {}), say) if row.why or row.reason else "",
        judged=say.when(closed) if closed else "",
        checks=_checks(row, say),
        of_scheme=row.enrolment_id is not None,
        decided=_decided(row, decisions, say, titles, told),
        person_id=row.person_id,
    )


def _checks(row: MessageRow, say: Say) -> list[Check]:
    recorded = row.why.get("checks", [])
    stop = next((i for i, (_, result, _) in enumerate(recorded) if result == "decided"), len(recorded))
    out = []
    for i, (name, result, code) in enumerate(recorded):
        shown = "not_needed" if result == "not_asked" and i < stop else str(result)
        if shown == "decided":
            text = words.reason(code, row.why.get("params", {}), say)
        else:
            text = words.word(words.PASSED, name) if shown == "passed" else words.word(words.UNASKED, shown)
        out.append(Check(name, words.word(words.CHECKS, name), shown, text))
    return out


def _decided(
    row: MessageRow, decisions: Sequence[DecisionRow], say: Say, titles: SchemeNames, told: Told
) -> Decided | None:
    """The decision that made the message: the one whose effects name it."""
    at = next((i for i, d in enumerate(decisions) if any(_is_of(row, effect) for effect in d.effects)), None)
    if at is None:
        return None
    found = decisions[at]
    title = titles.step(found.scheme, found.n, row.step)
    return Decided(
        scheme=found.scheme,
        title=titles.scheme(found.scheme, found.n),
        n=found.n,
        step=row.step or "",
        step_title=words.quoted(title, say.language) if title else "",
        visit=row.visit,
        at=say.when(found.at),
        because=told(found),
        before=[(say.when(d.at), sentence) for d in decisions[:at] for sentence in told(d)],
    )


def _is_of(row: MessageRow, effect: dict[str, object]) -> bool:
    names = ("step", "visit", "attempt", "part")
    return all(effect.get(name) == getattr(row, name) for name in names)
