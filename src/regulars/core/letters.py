"""The letters of a scheme: what its steps say to the buyer, and where in the text it stands."""

from __future__ import annotations

from collections.abc import Iterator

from regulars.core.deeds import Code, Points
from regulars.core.scheme import ADVERTISING, Ask, Call, Letter, Scheme, Send, Task
from regulars.core.source import Path

__all__ = ["keeps_back", "letters"]


def letters(scheme: Scheme) -> Iterator[tuple[Path, Letter]]:
    """Every letter of a scheme, with the path where it stands."""
    for step in scheme.steps.values():
        match step:
            case Send() | Ask():
                yield ("steps", step.name, step.verb), step.letter
            case Call() | Task() if step.tell is not None:
                yield ("steps", step.name, "tell"), step.tell


def keeps_back(scheme: Scheme) -> bool:
    """Whether a hold-out keeps anything back: advertising, points or codes. Service letters and calls everybody gets."""
    gives = any(isinstance(step, Points | Code) for step in scheme.steps.values())
    return gives or any(letter.purpose == ADVERTISING for _, letter in letters(scheme))
