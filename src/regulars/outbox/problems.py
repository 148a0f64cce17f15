"""What can be wrong with a template, told so that its owner can mend it.

Owns the one exception that the template half of the outbox raises. Must not format for a language: it carries a code,
its parameters and an English sentence; screens translate by code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["TemplateProblem", "nearest"]


class TemplateProblem(ValueError):
    """{part}line {line}: {message}. {mend}

    `code` is stable: `syntax`, `unknown_filter`, `unknown_tag`, `unknown_field`, `missing_value`, `bad_value`,
    `too_much`, `layout`, `language`. `part` says which text (`subject.ru`, `text.en`, …); `line` counts from 1 in it,
    0 when it isn't known.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        line: int = 0,
        mend: str = "",
        did_you_mean: str | None = None,
        part: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        self.code, self.message, self.line, self.mend = code, message, line, mend
        self.did_you_mean, self.part, self.params = did_you_mean, part, params or {}
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole in one English sentence or two."""
        where = ", ".join(filter(None, (self.part, f"line {self.line}" if self.line else "")))
        text = f"{where}: {self.message}" if where else self.message
        if self.did_you_mean:
            return f"{text}. Did you mean '{self.did_you_mean}'?"
        return f"{text}. {self.mend}" if self.mend else text

    def inside(self, part: str) -> TemplateProblem:
        """The same problem, placed in the named text."""
        return TemplateProblem(
            self.code,
            self.message,
            line=self.line,
            mend=self.mend,
            did_you_mean=self.did_you_mean,
            part=part,
            params=self.params,
        )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, or None."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None
