"""Names that the scheme itself gives or asks for: its questions and their answers, its steps and their outcomes, the words
of its calls.

Owns what a condition may ask of a scheme's own past. Answers and outcomes of another scheme are never known in this one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from regulars.core.condition_tree import Name, operands
from regulars.core.conditions import Condition
from regulars.core.known import Known
from regulars.core.problems import WARNING, Problem, nearest
from regulars.core.scheme import Ask, Call, Scheme, Task
from regulars.core.source import Path, Source
from regulars.core.tasks import DONE

__all__ = ["check_own", "own_values"]

_ANSWER, _OUTCOME = "answer.", "outcome."


def own_values(scheme: Scheme) -> dict[str, Collection[str]]:
    """`answer.<question>` and `outcome.<step>` → all that each can be."""
    found: dict[str, set[str]] = {}
    for step in scheme.steps.values():
        if isinstance(step, Ask):
            found.setdefault(_ANSWER + step.question, set()).update(step.answers)
        elif isinstance(step, Call | Task):
            found[_OUTCOME + step.name] = set(step.outcomes) or {DONE}
    return dict(found)


def check_own(
    scheme: Scheme, source: Source, known: Known, conditions: Iterator[tuple[Path, Condition]]
) -> Iterator[Problem]:
    """Answers that nobody gives here, outcomes that nothing here has, and words of calls that aren't there."""
    own = own_values(scheme)
    for path, condition in conditions:
        for name in dict.fromkeys(o for o in operands(condition.tree) if isinstance(o, Name)):
            if name.path not in own and name.path.startswith((_ANSWER, _OUTCOME)):
                yield _unknown(source, path, name, own)
    scripts = known.scripts
    for step in scheme.steps.values():
        if isinstance(step, Call) and step.script is not None and scripts is not None and step.script not in scripts:
            at, meant = ("steps", step.name, "call", "script"), nearest(step.script, scripts)
            yield source.problem(at, "script_unknown", severity=WARNING, found=step.script, did_you_mean=meant)


def _unknown(source: Source, path: Path, name: Name, own: Mapping[str, Collection[str]]) -> Problem:
    root = _ANSWER if name.path.startswith(_ANSWER) else _OUTCOME
    of_kind = sorted(path for path in own if path.startswith(root))
    return source.problem(
        path,
        "answer_never" if root == _ANSWER else "outcome_never",
        shift=name.column - 1 if name.line == 1 else 0,
        severity=WARNING,
        fact=name.path,
        found=name.path.removeprefix(root),
        did_you_mean=nearest(name.path, of_kind),
    )
