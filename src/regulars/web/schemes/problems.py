"""What is wrong with a text, as the page and the editor show it: line, words, and what one press would mend.

Owns that form; finding the problems is journeys' and core's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from regulars.core.problems import ERROR, Problem
from regulars.journeys.accepted import Accepted
from regulars.web.schemes.about import about
from regulars.web.tags import codes

__all__ = ["in_order", "shown"]

_NAMES = re.compile(r"<code>.*?</code>|&\S+?;|(?P<name>[A-Za-z_][\w.*-]*(?:: [A-Za-z_][\w.*-]*)*)", re.ASCII)
"""Latin words, in a sentence of another alphabet."""


def shown(
    problems: Sequence[Problem], text: str, language: str, kept: Mapping[tuple[str, str], Accepted] | None = None
) -> list[dict[str, Any]]:
    """A row a problem, errors first, each in the order of the text. `kept`: the warnings that the owner keeps, None where
    nothing can be kept. `from` and `to`: where in its line the word stands, `said`: the sentence as HTML, `about`: the place in
    the language's page that tells of it, `meant`: what was meant, `can_mend`: putting that in its place is all that there is
    to do."""
    lines = text.splitlines()
    found = in_order(problems)
    rows = [_row(p, lines[p.line - 1] if 0 < p.line <= len(lines) else "", language) for p in found]
    for problem, row in zip(found, rows, strict=True):
        row["about"] = about(problem, lines, language)
    for row in rows:
        row["can_keep"] = kept is not None and not row["is_error"]
        row["kept"] = None if kept is None or row["is_error"] else kept.get((row["step"], row["code"]))
    return rows


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Errors first, each kind in the order of the text."""
    return sorted(problems, key=lambda p: (p.severity != ERROR, p.line, p.column))


def _row(problem: Problem, line: str, language: str) -> dict[str, Any]:
    start, end = _place(problem, line)
    word = line[start:end]
    meant = problem.did_you_mean
    return {
        "line": problem.line,
        "from": start,
        "to": end,
        "step": problem.step or "",
        "code": problem.code,
        "severity": problem.severity,
        "is_error": problem.severity == ERROR,
        "said": _said(_sentence(problem, language), language),
        "meant": meant or "",
        "quoted": line.strip(),
        "can_mend": bool(meant) and word == str(_found(problem)),
    }


def _found(problem: Problem) -> str:
    return str(problem.params.get("found") or problem.params.get("key") or "")


def _place(problem: Problem, line: str) -> tuple[int, int]:
    """Where in its line the problem stands, from 0: the word itself where it can be found, else the rest of the line."""
    column = min(max(problem.column - 1, 0), len(line))
    found = _found(problem)
    # a quote or a condition's own columns may shift the word to the right
    at = line.find(found, column) if found else -1
    if at >= 0:
        return at, at + len(found)
    start = column if line[column:].strip() else len(line) - len(line.lstrip())
    return start, max(len(line.rstrip()), start)


def _said(sentence: str, language: str) -> SafeString:
    """The sentence for the page: what the language of schemes and a text's author call things is not to be translated."""
    shown = codes(sentence)
    return shown if language == "en" else SafeString(_NAMES.sub(_untouched, shown))


def _untouched(found: re.Match[str]) -> str:
    return f'<span translate="no">{found["name"]}</span>' if found["name"] else found[0]


def _sentence(problem: Problem, language: str) -> str:
    """The message and how to mend it, as one or two sentences."""
    is_russian = language == "ru"
    message = problem.message_ru if is_russian else problem.message_en
    mend = problem.mend_ru if is_russian else problem.mend_en
    return " ".join(part for part in (message[:1].upper() + message[1:], mend) if part)
