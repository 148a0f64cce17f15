"""The text in which an owner edits a script, the questions or the closing phrases; and what is wrong with it, by line.

Owns the form: YAML as the ready ones have it, read with the limits of schemes, checked against the allowed fields. Pure
but for the names that apps offer. Must not know who says it to whom.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from regulars.core.source import Path, Source, Unreadable
from regulars.outbox import spoken_fields
from regulars.outbox.problems import TemplateProblem, nearest
from regulars.outbox.spoken_liquid import parse
from regulars.outbox.template_fields import check_fields

__all__ = ["KINDS", "Kind", "Reading", "SpokenProblem", "read", "written"]

Kind = Literal["script", "questions", "closing"]
KINDS: tuple[Kind, ...] = ("script", "questions", "closing")
LANGUAGES = ("en", "ru")
MOST_LINES, LONGEST, LONGEST_NAME = 100, 2000, 120
WIDTH = 96
_TAG, _GLUE = re.compile(r"\{[{%].*?[%}]\}"), "\ue003"
_LINE_KEYS = ("step", "branch", "when", "say", "do", "outcome")
_QUESTION_KEYS = ("question", "answer", "category", "products")


@dataclass(frozen=True, slots=True)
class SpokenProblem:
    """One thing wrong: its line, a code that screens have words for, and what was meant. `said`: words of its own."""

    line: int
    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    did_you_mean: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a text: the content, None where it has no shape at all; and the problems by line."""

    content: Any
    problems: Sequence[SpokenProblem]


def read(kind: Kind, text: str) -> Reading:
    """Read an owner's text; every problem at once."""
    try:
        source = Source(text.replace("\r\n", "\n"), kind)
    except Unreadable as error:
        problem = error.problem
        said = {"en": problem.message_en, "ru": problem.message_ru}
        return Reading(None, [SpokenProblem(problem.line, "unreadable", said=said)])
    reader = _Reader(source)
    content = {"script": reader.script, "questions": reader.questions, "closing": reader.closing}[kind]()
    return Reading(content, sorted(reader.problems, key=lambda p: p.line))


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.known = spoken_fields.known()
        self.problems: list[SpokenProblem] = []

    def wrong(self, path: Path, code: str, meant: str | None = None, **params: str) -> None:
        self.problems.append(SpokenProblem(self.source.place(path)[0], code, params, meant))

    def script(self) -> Any:
        data = self.source.data
        if not isinstance(data, Mapping):
            return self.wrong((), "needs_title_and_lines")
        self.keys((), data, ("title", "lines"))
        lines = data.get("lines")
        if not isinstance(lines, list) or not lines:
            return self.wrong(("lines",), "needs_lines")
        made = [self.line(("lines", i), one) for i, one in enumerate(self.some(("lines",), lines))]
        return {"title": self.both(("title",), data.get("title"), LONGEST_NAME), "lines": [m for m in made if m]}

    def line(self, path: Path, one: Any) -> dict[str, Any] | None:
        if not isinstance(one, Mapping):
            return self.wrong(path, "needs_step")  # type: ignore[func-returns-value]
        self.keys(path, one, _LINE_KEYS)
        step = one.get("step")
        if isinstance(step, Mapping):
            step = self.both((*path, "step"), step, LONGEST_NAME)
        elif not isinstance(step, str) or not step.strip():
            self.wrong(path, "needs_step")
            step = ""
        made: dict[str, Any] = {"step": step if isinstance(step, dict) else str(step)[:LONGEST_NAME]}
        if one.get("branch"):
            made["branch"] = True
        if "when" in one:
            made["when"] = self.when((*path, "when"), one["when"])
        for name in ("say", "do"):
            if one.get(name) is not None:
                made[name] = self.both((*path, name), one[name], LONGEST, liquid=name == "say")
        if one.get("outcome") is not None:
            outcome = str(one["outcome"])
            if not outcome.replace("_", "a").isalnum() or not outcome.isascii():
                self.wrong((*path, "outcome"), "bad_outcome", outcome=outcome)
            made["outcome"] = outcome
        return made

    def when(self, path: Path, value: Any) -> list[str]:
        found = []
        for one in value if isinstance(value, list) else [value]:
            name = str(one).removeprefix("not ").strip()
            if name in spoken_fields.SITUATIONS:
                found.append(str(one))
            else:
                meant = nearest(name, spoken_fields.SITUATIONS)
                self.wrong(path, "unknown_situation", meant, name=name, known=", ".join(spoken_fields.SITUATIONS))
        return found

    def questions(self) -> Any:
        data = self.source.data
        if not isinstance(data, list):
            return self.wrong((), "needs_questions")
        made = []
        for i, one in enumerate(self.some((), data)):
            if not isinstance(one, Mapping) or not one.get("question") or not one.get("answer"):
                self.wrong((i,), "needs_question_and_answer")
                continue
            self.keys((i,), one, _QUESTION_KEYS)
            products = one.get("products") or []
            made.append(
                {
                    "question": self.both((i, "question"), one["question"], LONGEST_NAME),
                    "answer": self.both((i, "answer"), one["answer"], LONGEST, liquid=True),
                    **({"category": str(one["category"])} if one.get("category") else {}),
                    **({"products": [str(p) for p in products]} if isinstance(products, list) and products else {}),
                }
            )
        return made

    def closing(self) -> Any:
        data = self.source.data
        if not isinstance(data, list):
            return self.wrong((), "needs_phrases")
        return [self.both((i,), one, LONGEST, liquid=True) for i, one in enumerate(self.some((), data))]

    def some(self, path: Path, listed: list[Any]) -> list[Any]:
        if len(listed) > MOST_LINES:
            self.wrong((*path, MOST_LINES), "too_many", most=str(MOST_LINES))
        return listed[:MOST_LINES]

    def keys(self, path: Path, found: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in found:
            if key not in known:
                self.problems.append(
                    SpokenProblem(
                        self.source.place((*path, key), key=True)[0], "unknown_key",
                        {"key": str(key), "known": ", ".join(known)}, nearest(str(key), known),
                    )
                )  # fmt: skip

    def both(self, path: Path, value: Any, longest: int, *, liquid: bool = False) -> dict[str, str]:
        """A text in both languages; one given alone serves for both."""
        if isinstance(value, Mapping):
            self.keys(path, value, LANGUAGES)
            found = {k: str(value[k]) for k in LANGUAGES if value.get(k) is not None}
        else:
            found = {} if value is None else {k: str(value) for k in LANGUAGES}
        if not any(text.strip() for text in found.values()):
            self.wrong(path, "needs_text")
            return dict.fromkeys(LANGUAGES, "")
        is_apart = isinstance(value, Mapping)
        for language, text in found.items():
            if len(text) > longest:
                self.wrong(path, "too_long", most=str(longest))
            if liquid and (is_apart or language == LANGUAGES[0]):
                self.liquid((*path, language) if is_apart else path, text)
        return {k: found.get(k) or next(iter(found.values())) for k in LANGUAGES}

    def liquid(self, path: Path, text: str) -> None:
        try:
            found = check_fields(parse(text), self.known)
        except TemplateProblem as error:
            found = [error]
        for one in found:
            word = one.params.get("field") or one.params.get("filter") or one.params.get("tag") or ""
            problem = SpokenProblem(self.line_of(path, word), f"liquid_{one.code}", one.params, one.did_you_mean)
            self.problems.append(problem)

    def line_of(self, path: Path, word: str) -> int:
        """The line of the word that is wrong: a text may go on for several."""
        first = self.source.place(path)[0]
        for n, line in enumerate(self.source.text.split("\n")[first - 1 : first + 40], first):
            if word and word in line:
                return n
        return first


def written(kind: Kind, content: Any) -> str:
    """The text of a content, as an owner edits it; `read` gives the content back."""
    if kind == "script":
        out = ["title:", *_both(content["title"], 2), "lines:"]
        for line in content["lines"]:
            out += _line(line)
        return "\n".join(out) + "\n"
    if kind == "questions":
        out = []
        for one in content:
            out += ["- question:", *_both(one["question"], 4), "  answer:", *_both(one["answer"], 4)]
            out += [f"  category: {_quoted(one['category'])}"] if one.get("category") else []
            out += [f"  products: [{', '.join(map(_quoted, one['products']))}]"] if one.get("products") else []
        return "\n".join(out) + "\n"
    return (
        "\n".join(f"- {line[2:]}" if i == 0 else line for one in content for i, line in enumerate(_both(one, 2))) + "\n"
    )


def _line(line: Mapping[str, Any]) -> list[str]:
    step = line["step"]
    out = [f"  - step: {_quoted(step)}"] if isinstance(step, str) else ["  - step:", *_both(step, 8)]
    out += ["    branch: true"] if line.get("branch") else []
    out += [f"    when: [{', '.join(line['when'])}]"] if line.get("when") else []
    for name in ("say", "do"):
        out += [f"    {name}:", *_both(line[name], 6)] if line.get(name) else []
    return [*out, f"    outcome: {line['outcome']}"] if line.get("outcome") else out


def _both(texts: Mapping[str, str], indent: int) -> list[str]:
    out = []
    for language in LANGUAGES:
        text = texts.get(language, "")
        pad = " " * indent
        if (len(text) < WIDTH - indent and "\n" not in text) or "\n" in text or text != text.strip() or "  " in text:
            out.append(f"{pad}{language}: {_quoted(text)}")
        else:
            out.append(f"{pad}{language}: >-")
            whole = _TAG.sub(lambda tag: tag[0].replace(" ", _GLUE), text)  # a tag stays on one line
            wrapped = textwrap.wrap(whole, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
            out += [f"{pad}  {line.replace(_GLUE, ' ')}" for line in wrapped]
    return out


def _quoted(text: str) -> str:
    """In double quotes, with what they need escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
