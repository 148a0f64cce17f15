"""Where the page of the language tells of what a problem is about: the verb, the trigger, the key, or a chapter.

Owns that choice, from the problem's code and the text around it, which may be too broken to be read. The anchors themselves
are language.py's.
"""

import re
from collections.abc import Sequence

from regulars.core.language_page import TRIGGERS, chapter
from regulars.core.problems import Problem
from regulars.core.shape import VERBS, json_schema
from regulars.core.vocabulary import EVENT_KINDS

__all__ = ["about"]

_TOP = re.compile(r"([a-z_]+)\s*:")
_STEP = re.compile(r"""  ["']?([a-z][\w-]*)["']?\s*:""")
_VERB = re.compile(rf"(?:^|[{{,\s])({'|'.join(sorted(VERBS, key=len, reverse=True))})\s*:(?:\s|$)")
_TRIGGER = re.compile(rf"(?:^|[{{\[,\s-])({'|'.join(TRIGGERS)})\s*:(?:\s|$)")
_CHAPTERS = {
    "delay_unknown": "durations", "delay_too_long": "durations", "delay_not_plain": "durations", "hour_unknown": "durations",
    "fact_unknown": "facts", "condition_fact": "facts", "verb_missing": "steps", "verbs_two": "steps",
    "event_unknown": "events", "condition_event": "events", "not_a_scheme": "head", "branch_never": "conditions",
    "value_never": "conditions", "answer_never": "conditions", "outcome_never": "conditions",
}  # fmt: skip
_NOWHERE = frozenset({"not_text", "too_large", "too_deep", "yaml_syntax", "yaml_alias", "double_key"})
"""What is no matter of the language."""


def about(problem: Problem, lines: Sequence[str], language: str) -> dict[str, str] | None:
    """`at`: the anchor, `word`: what to call it, `is_word`: a word of the language itself. None where there is no place."""
    if problem.code in _NOWHERE:
        return None
    if problem.did_you_mean in EVENT_KINDS:
        return _word(problem.did_you_mean or "", problem.did_you_mean or "")
    if problem.code == "condition_fact" and problem.did_you_mean:
        return _word(f"fact-{problem.did_you_mean}", problem.did_you_mean)
    found = _CHAPTERS.get(problem.code) or ("conditions" if problem.code.startswith("condition_") else "")
    if found:
        return {"at": found, "word": chapter(found, language), "is_word": ""}
    verb = problem.params.get("verb") or (_verb(problem.step, lines) if problem.step else "")
    if verb in VERBS:
        return _word(verb, verb)
    if problem.step:
        return {"at": "steps", "word": chapter("steps", language), "is_word": ""}
    return _of_head(problem, lines, language)


def _word(at: str, word: str) -> dict[str, str]:
    return {"at": at, "word": word, "is_word": "1"}


def _verb(step: str, lines: Sequence[str]) -> str:
    """The first verb that stands in a step; '' where none is found."""
    is_in = False
    for line in lines:
        named = _STEP.match(line)
        if named or (line[:1].strip() and not line.startswith("#")):
            if is_in:
                return ""
            is_in = bool(named and named[1] == step)
        rest = line[named.end() :] if named else line
        if is_in and not rest.lstrip().startswith("#") and (verb := _VERB.search(rest)):
            return verb[1]
    return ""


def _of_head(problem: Problem, lines: Sequence[str], language: str) -> dict[str, str]:
    """The key of the head that the problem's line is part of; of `starts` and `stops` the trigger that stands there."""
    for n in range(min(problem.line, len(lines)) - 1, -1, -1):
        key = _TOP.match(lines[n])
        if key is None:
            continue
        if key[1] == "starts":
            for line in (lines[problem.line - 1].removeprefix("starts"), *lines[n : problem.line - 1]):
                if trigger := _TRIGGER.search(line.removeprefix("starts")):
                    return _word(trigger[1], trigger[1])
            return {"at": "triggers", "word": chapter("triggers", language), "is_word": ""}
        if key[1] in json_schema()["properties"] and key[1] != "steps":
            return _word(f"key-{key[1]}", key[1])
        break
    return {"at": "head", "word": chapter("head", language), "is_word": ""}
