"""What is wrong with a condition's text, and where. Owns the exception only: the sentences are `problem_words`."""

from __future__ import annotations


class ConditionError(ValueError):
    """The condition can't be read. `line` and `column` count from 1 within its text.

    Codes: 'condition_syntax', 'condition_word', 'condition_fact', 'condition_too_long', 'condition_too_deep',
    'condition_value', 'condition_assignment'; of functions: 'condition_function', 'condition_argument',
    'condition_arguments', 'condition_event', 'condition_period', 'condition_goods', 'condition_too_many',
    'condition_circular'.
    """

    def __init__(self, code: str, line: int, column: int, found: str = "", did_you_mean: str | None = None) -> None:
        super().__init__(f"{code} at {line}:{column} {found!r}")
        self.code = code
        self.line = line
        self.column = column
        self.found = found
        self.did_you_mean = did_you_mean
