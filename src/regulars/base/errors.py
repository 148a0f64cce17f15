"""What is wrong with something that came from outside: where it stands, a code for programs, a sentence for people.

Owns the shape of such a refusal; must not know any kind of item. The sentence names no personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["BadItem", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `pointer`: RFC 6901 JSON pointer to it, '' for the whole; `detail`: e.g. 'has no offset'."""

    code: str
    pointer: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer} {self.detail}" if self.pointer else self.detail


class BadItem(Exception):
    """An item that cannot be taken in. The attributes are those of the first problem; `problems` holds all."""

    def __init__(self, code: str, pointer: str, detail: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems) or (Problem(code, pointer, detail),)
        super().__init__("; ".join(map(str, self.problems)))
        self.code, self.pointer, self.detail = code, pointer, detail

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "BadItem":
        """The refusal that tells all of these; at least one is needed."""
        first = problems[0]
        return cls(first.code, first.pointer, first.detail, problems)
