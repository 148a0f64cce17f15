"""Reading a scheme: the owner's text in, a compiled `Scheme` or every problem at once out.

Owns the order of the stages (YAML, shape, values, whole). It must not open files: the text is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.core.build import Builder
from regulars.core.check import check_scheme
from regulars.core.known import Known
from regulars.core.problems import ERROR, Problem
from regulars.core.scheme import Scheme
from regulars.core.shape import SPOILING, shape_problems
from regulars.core.source import Source, Unreadable


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a text: the scheme, or None when there are errors; and the problems in the order of the file.

    Warnings stand among the problems too, and don't keep the scheme back.
    """

    scheme: Scheme | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being published."""
        return tuple(problem for problem in self.problems if problem.severity == ERROR)


def read_scheme(text: str | bytes, file: str = "scheme.yaml", known: Known | None = None) -> Reading:
    """Read a scheme's text. `file` is the name that the problems carry; `known` is what this installation knows."""
    known = known or Known()
    try:
        source = Source(text, file)
    except Unreadable as unreadable:
        return Reading(None, (unreadable.problem,))
    shape = shape_problems(source)
    problems = [problem for _, problem in shape]
    spoilt = [path for path, problem in shape if problem.code in SPOILING]
    # What has lost its shape is left out, and all else is judged still: every error at once.
    if () in spoilt or ("steps",) in spoilt:
        return Reading(None, _in_order(problems))
    builder = Builder(source, known, spoilt_keys=frozenset(str(path[0]) for path in spoilt if path[0] != "steps"))
    head = builder.head()
    names = [name for name in source.data["steps"] if not any(path[:2] == ("steps", name) for path in spoilt)]
    steps = {str(name): builder.step(name) for name in names}
    problems += builder.problems
    if spoilt or not steps:
        return Reading(None, _in_order(problems))
    scheme = Scheme(**head, steps=steps, titles=builder.titles(names))
    roads_known = all(problem.code != "step_unknown" for problem in problems)
    problems += check_scheme(scheme, source, known, roads_known=roads_known)
    is_sound = all(problem.severity != ERROR for problem in problems)
    return Reading(scheme if is_sound else None, _in_order(problems))


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column, problem.code)))


__all__ = ["Known", "Problem", "Reading", "read_scheme"]
