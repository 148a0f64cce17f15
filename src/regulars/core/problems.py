"""What may be wrong with a scheme, said so that its owner can mend it: where, what, how, and what was meant.

Owns the form of a problem; its words, English and Russian, are `problem_words`. It must not find problems: that is the
reader's and the checks' work.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars.core.problem_words import CATALOGUE

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `line` and `column` count from 1; `step` is None outside the steps; severity: error or warning."""

    file: str
    line: int
    column: int
    step: str | None
    code: str
    severity: str = ERROR
    params: Mapping[str, Any] = field(default_factory=dict)
    did_you_mean: str | None = None

    @property
    def message_en(self) -> str:
        """What is wrong, in English."""
        return CATALOGUE[self.code][0].format(**self.params)

    @property
    def message_ru(self) -> str:
        """What is wrong, in Russian."""
        return CATALOGUE[self.code][1].format(**self.params)

    @property
    def mend_en(self) -> str:
        """How to mend it, in English; empty where 'did you mean' says all."""
        return CATALOGUE[self.code][2].format(**self.params)

    @property
    def mend_ru(self) -> str:
        """How to mend it, in Russian."""
        return CATALOGUE[self.code][3].format(**self.params)

    def sentence(self, language: str = "en") -> str:
        """The whole in one line: "after-order.yaml, line 31, step 'pay': it goes on to 'thank', …"."""
        if language == "ru":
            where = f"{self.file}, строка {self.line}" + (f", шаг «{self.step}»" if self.step else "")
            meant = f"Может быть, «{self.did_you_mean}»?" if self.did_you_mean else ""
            parts = (self.message_ru, meant, self.mend_ru)
        else:
            where = f"{self.file}, line {self.line}" + (f", step '{self.step}'" if self.step else "")
            meant = f"Did you mean '{self.did_you_mean}'?" if self.did_you_mean else ""
            parts = (self.message_en, meant, self.mend_en)
        return f"{where}: " + " ".join(part for part in parts if part)

    def record(self) -> dict[str, Any]:
        """The JSON form, for the API and `--json`."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "step": self.step,
            "code": self.code,
            "severity": self.severity,
            "message": {"en": self.message_en, "ru": self.message_ru},
            "mend": {"en": self.mend_en, "ru": self.mend_ru},
            "did_you_mean": self.did_you_mean,
        }


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.55)
    return near[0] if near else None
