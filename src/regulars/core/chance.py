"""What nobody can know about the past, drawn by a hash: would he have answered, what would the call have come to, and when.

Owns the draw and the shape of a rate. The same seed, subject and step always draw the same, so two versions of a scheme
meet the same luck. It must not measure: rates are arguments, and each says whether it was measured or only stated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from typing import Any

from regulars.core.effects import AskQuestion, OpenTask
from regulars.core.scheme import Ask, Call, Scheme, Step, Task
from regulars.core.tasks import DONE

__all__ = ["ASSUMED", "MEASURED", "STATED", "Chance", "Rate", "Subject", "stated_rate"]

MEASURED, STATED, ASSUMED = "measured", "stated", "assumed"
FIRST_SHARE = 0.8
"""Where nothing is known, so many come to a step's first outcome; the others share the rest."""
ANSWER_SHARE = 0.3
"""Where nothing is known, so many answer a question."""
CALL_AGAIN_AFTER = timedelta(days=1)
"""Who asks to be called another time is called a day later; the hour asked for is not in the log."""
_STATED_DELAY = (300.0, 600.0, 900.0)
_STATED_ANSWER_DELAY = (3600.0, 6 * 3600.0, 24 * 3600.0)


@dataclass(frozen=True, slots=True)
class Rate:
    """What comes of a step: `names` with their shares ('' : nothing comes), after one of `delays`, in seconds.

    `basis`: MEASURED out of `n` of the shop's own past; STATED, a default, where only `n` were found there; or ASSUMED by
    the owner.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    delays: tuple[float, ...]
    basis: str = STATED
    n: int = 0
    edges: tuple[float, ...] = field(init=False, repr=False, compare=False)
    spans: tuple[timedelta, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        total = sum(self.shares) or 1.0
        object.__setattr__(self, "edges", tuple(accumulate(share / total for share in self.shares)))
        object.__setattr__(self, "spans", tuple(timedelta(seconds=delay) for delay in self.delays))

    def draw(self, luck: int) -> tuple[str, timedelta]:
        """A name and its delay; `luck`: 128 random bits."""
        place = bisect_right(self.edges, (luck & 0xFFFFFFFFFFFFFFFF) / 2**64)
        name = self.names[min(place, len(self.names) - 1)]
        return name, self.spans[(luck >> 64) % len(self.spans)]

    def record(self) -> dict[str, Any]:
        """As it is stored with the result."""
        return {
            "shares": dict(zip(self.names, self.shares, strict=True)),
            "delay": self.delays[len(self.delays) // 2],
            "basis": self.basis,
            "n": self.n,
        }


def stated_rate(step: Step) -> Rate | None:
    """What is supposed of a step of which nothing was measured; None for a step of which nothing comes."""
    match step:
        case Call() | Task():
            names = tuple(step.outcomes) or (DONE,)
            rest = (1 - FIRST_SHARE) / (len(names) - 1) if len(names) > 1 else 0.0
            shares = (FIRST_SHARE if rest else 1.0, *(rest for _ in names[1:]))
            return Rate(names, shares, _STATED_DELAY)
        case Ask():
            names = tuple(step.answers) or ("yes",)
            first = ANSWER_SHARE * (FIRST_SHARE if len(names) > 1 else 1.0)
            rest = (ANSWER_SHARE - first) / max(len(names) - 1, 1)
            return Rate((*names, ""), (first, *(rest for _ in names[1:]), 1 - ANSWER_SHARE), _STATED_ANSWER_DELAY)
        case _:
            return None


Subject = int | tuple[int, int]
"""Whose luck it is: an order's or a person's, and from his second time on the how manyth."""


class Chance:
    """Draws for one scheme. `known`: what really came, by (order or person, step, visit, attempt) → (name, moment,
    more); it is taken before any draw."""

    __slots__ = ("_again", "_rates", "_seed", "known")

    def __init__(
        self,
        scheme: Scheme,
        rates: Mapping[str, Rate],
        seed: str,
        known: Mapping[tuple[Subject, str, int, int], tuple[str, datetime, Mapping[str, Any]]] | None = None,
    ) -> None:
        self._seed = seed
        self._rates = {name: rates.get(name) or stated_rate(step) for name, step in scheme.steps.items()}
        self._again = {
            (step.name, outcome.name)
            for step in scheme.steps.values()
            if isinstance(step, Call | Task)
            for outcome in step.outcomes.values()
            if outcome.call_again
        }
        self.known = known or {}

    def outcome(self, subject: Subject, task: OpenTask, opened: datetime) -> tuple[datetime, dict[str, Any]] | None:
        """When the task ends, and the data of its event; None when it never does."""
        data: dict[str, Any] = {"step": task.step, "visit": task.visit, "attempt": task.attempt}
        real = self.known.get((subject, task.step, task.visit, task.attempt)) if self.known else None
        if real is not None:
            name, at, more = real
            return max(at, opened), {**data, "outcome": name, **more}
        rate = self._rates.get(task.step)
        if rate is None:
            return None
        name, delay = rate.draw(self._luck(subject, task.step, task.visit, task.attempt))
        if not name:
            return None
        at = max(task.not_before, opened) + delay
        data["outcome"] = name
        if (task.step, name) in self._again:
            data["call_at"] = at + CALL_AGAIN_AFTER
        return at, data

    def answer(self, subject: Subject, asked: AskQuestion, sent: datetime) -> tuple[datetime, dict[str, Any]] | None:
        """When the question is answered, and the data of its event; None when it isn't."""
        data: dict[str, Any] = {"step": asked.step, "visit": asked.visit, "question": asked.question}
        real = self.known.get((subject, asked.step, asked.visit, 0)) if self.known else None
        if real is not None:
            return max(real[1], sent), {**data, "answer": real[0], **real[2]}
        rate = self._rates.get(asked.step)
        name, delay = (
            ("", CALL_AGAIN_AFTER) if rate is None else rate.draw(self._luck(subject, asked.step, asked.visit, 0))
        )
        return (sent + delay, {**data, "answer": name}) if name else None

    def reaction(self, subject: Subject, kind: str, step: str, visit: int, rate: Rate) -> timedelta | None:
        """After what time a reader reacts to a letter (`kind`: opened, clicked); None: he doesn't."""
        name, delay = rate.draw(self._luck(subject, f"{kind}:{step}", visit, 0))
        return delay if name else None

    def _luck(self, subject: Subject, step: str, visit: int, attempt: int) -> int:
        text = f"{self._seed}:{subject}:{step}:{visit}:{attempt}".encode()
        return int.from_bytes(blake2b(text, digest_size=16).digest())


def measured_rate(
    names: Sequence[str], counts: Mapping[str, int], delays: Sequence[float], silent: int = 0
) -> Rate | None:
    """A rate out of what was counted for these names (`silent`: of which nothing came); None when nothing was."""
    counted = [counts.get(name, 0) for name in names]
    total = sum(counted)
    if not total:
        return None
    more = ((*names, ""), (*counted, silent)) if silent else (tuple(names), tuple(counted))
    return Rate(more[0], tuple(float(c) for c in more[1]), tuple(delays) or _STATED_DELAY, MEASURED, total + silent)
