"""The lines of each step in a text: its own, with the remarks that belong to it, and what lies between two of them.

Owns putting steps in, taking them out and letting them change places as whole lines. It must not know what stands in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from regulars.core.spans import Span

__all__ = ["Blocks"]


class Blocks:
    """The steps of a text as lines. A remark right above a step is the step's, and so is one below it that is indented
    further than its name; empty lines and other remarks lie between steps and stay where they are."""

    def __init__(self, text: str, steps: Span) -> None:
        """`steps`: the mapping of the steps, a block. Raises ValueError where a step doesn't begin its line."""
        self.lines = text.split("\n")
        self.break_ = "\r" if "\r\n" in text else ""
        firsts, bodies = [], []
        for entry in steps.entries.values():
            before = text[text.rfind("\n", 0, entry.start) + 1 : entry.start]
            if before.strip():
                raise ValueError("a step that doesn't begin its line")
            self.column = len(before)
            firsts.append(text.count("\n", 0, entry.start))
            bodies.append(text.count("\n", 0, entry.end))
        self.places: dict[str, tuple[int, int]] = {}
        for at, name in enumerate(steps.entries):
            floor = self.places[list(steps.entries)[at - 1]][1] if at else -1
            first = self._with_remarks(firsts[at], floor)
            until = firsts[at + 1] if at + 1 < len(firsts) else len(self.lines)
            self.places[name] = (first, self._own_end(bodies[at], until))

    def _is_remark(self, at: int) -> bool:
        return self.lines[at].lstrip().startswith("#")

    def _indent(self, at: int) -> int:
        return len(self.lines[at]) - len(self.lines[at].lstrip())

    def _with_remarks(self, first: int, floor: int) -> int:
        while first - 1 > floor and self._is_remark(first - 1) and self._indent(first - 1) <= self.column:
            first -= 1
        return first

    def _own_end(self, last: int, until: int) -> int:
        end = last
        for at in range(last + 1, until):
            if not self.lines[at].strip():
                continue
            if not self._is_remark(at) or self._indent(at) <= self.column:
                break
            end = at
        return end

    def swapped(self, upper: str) -> str:
        """The text with that step and the one below it in each other's place."""
        names = list(self.places)
        (a, b), (c, d) = self.places[upper], self.places[names[names.index(upper) + 1]]
        lines = self.lines
        first, gap, second = lines[a : b + 1], lines[b + 1 : c], lines[c : d + 1]
        if d == len(lines) - 1 and self.break_:  # the last line of a file may lack its end
            first, second = [*first[:-1], first[-1].rstrip("\r")], [*second[:-1], second[-1].rstrip("\r") + "\r"]
        return "\n".join([*lines[:a], *second, *gap, *first, *lines[d + 1 :]])

    def with_lines(self, new: Sequence[str], after: str | None) -> str:
        """The text with new lines after that step, or before the first; an empty line between where steps stand so."""
        names = list(self.places)
        new = [line + self.break_ for line in new]
        at = 0 if after is None else names.index(after) + 1
        if at == len(names):
            end = self.places[names[-1]][1] + 1
            head, rest = self.lines[:end], self.lines[end:]
            if self.break_ and not rest:  # the last line of a file may lack its end
                head, new = [*head[:-1], head[-1] + "\r"], [*new[:-1], new[-1].rstrip("\r")]
            return "\n".join([*head, *([self.break_] if self._are_spaced() else []), *new, *rest])
        begin = self.places[names[at]][0]
        is_spaced = self._are_spaced() if at == 0 else begin > self.places[names[at - 1]][1] + 1
        return "\n".join([*self.lines[:begin], *new, *([self.break_] if is_spaced else []), *self.lines[begin:]])

    def without(self, name: str) -> str:
        """The text without that step, and without one of the gaps that it stood between."""
        first, last = self.places[name]
        names, lines = list(self.places), self.lines
        above, below = self._empty_above(first), self._empty_below(last)
        if name == names[-1]:
            first -= above
        elif above or name == names[0]:
            last += below
        rest = [*lines[:first], *lines[last + 1 :]]
        if self.break_ and last == len(lines) - 1 and rest:
            rest[-1] = rest[-1].rstrip("\r")
        return "\n".join(rest)

    def _are_spaced(self) -> bool:
        """Whether empty lines stand between the steps, as a rule."""
        places = list(self.places.values())
        gaps = [after > end + 1 for (_, end), (after, _) in pairwise(places)]
        return sum(gaps) * 2 > len(gaps)

    def _empty_above(self, first: int) -> int:
        n = 0
        while first - n - 1 >= 0 and not self.lines[first - n - 1].strip():
            n += 1
        return n

    def _empty_below(self, last: int) -> int:
        n = 0
        while last + n + 1 < len(self.lines) and not self.lines[last + n + 1].strip():
            n += 1
        return n
