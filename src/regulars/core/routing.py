"""Routing rules: to which team work goes that no scheme names a team for, and, where a rule says 'always', all work.

Owns the form of the text (a rule a line, as readable as a scheme), its errors, and which rule decides. Pure: facts and
`now` are arguments.

    always if task.kind == 'call' and person.language == 'en' then english-desk
    if not person.is_customer then acquisition
    if buyer.orders >= 3 then repeat-sales
    else order-desk
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from regulars.core.conditions import Condition, ConditionError, parse
from regulars.core.problems import nearest

__all__ = ["FACTS", "Problem", "Rule", "Rules", "read"]

FACTS = ("task.what", "task.kind", "task.script", "task.team", "buyer.orders")
"""What a rule may ask beside person.* and order.*. `task.what`: scheme, missed_call, message, lead, promise or other."""
MOST = 60
LONGEST = 8000

_RULE = re.compile(r"(?P<always>always\s+)?if\s+(?P<condition>.+?)\s+then\s+(?P<team>[^\s]+)\s*")
_ELSE = re.compile(r"else\s+(?P<team>[^\s]+)\s*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line. Codes: rule_form, rule_team, rule_after_else, rule_many, and those of conditions."""

    line: int
    code: str
    found: str = ""
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line; no condition: the last word. `always`: also for work whose team a scheme names."""

    line: int
    text: str
    condition: Condition | None
    team: str
    always: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in their order. `names`: the facts that they ask for."""

    rules: tuple[Rule, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All facts that are asked for."""
        return frozenset(n for r in self.rules if r.condition for n in r.condition.names)

    @property
    def has_always(self) -> bool:
        """Whether work of schemes is looked at, too."""
        return any(r.always for r in self.rules)

    def decide(self, facts: Mapping[str, Any], now: datetime, *, of_scheme: bool) -> Rule | None:
        """The first rule that holds; None: the work stays with the team it has."""
        for rule in self.rules:
            if of_scheme and not rule.always:
                continue
            if rule.condition is None or rule.condition.holds(facts, now):
                return rule
        return None


def read(text: str, facts: Collection[str], teams: Collection[str]) -> tuple[Rules, list[Problem]]:
    """Read the rules; with problems, those lines are left out."""
    return _read(text, frozenset(facts), frozenset(teams))


@lru_cache(maxsize=128)
def _read(text: str, facts: frozenset[str], teams: frozenset[str]) -> tuple[Rules, list[Problem]]:
    known = facts | set(FACTS)
    rules: list[Rule] = []
    problems: list[Problem] = []
    has_else = False
    for n, raw in enumerate(text[:LONGEST].splitlines(), 1):
        line = raw.partition("#")[0].strip() if "'" not in raw and '"' not in raw else raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _RULE.fullmatch(line)
        last = None if found else _ELSE.fullmatch(line)
        if has_else:
            problems.append(Problem(n, "rule_after_else", line))
        elif len(rules) >= MOST:
            problems.append(Problem(n, "rule_many", str(MOST)))
        elif found:
            _rule(n, line, found, known, teams, rules, problems)
        elif last:
            has_else = True
            _take(Rule(n, line, None, last["team"]), teams, rules, problems)
        else:
            first = line.split()[0]
            problems.append(Problem(n, "rule_form", line, nearest(first, ("if", "always", "else"))))
    return Rules(tuple(rules)), problems


def _rule(
    n: int,
    line: str,
    found: re.Match[str],
    known: frozenset[str],
    teams: frozenset[str],
    rules: list[Rule],
    problems: list[Problem],
) -> None:
    try:
        condition = parse(found["condition"], known)
    except ConditionError as error:
        problems.append(Problem(n, error.code, error.found, error.did_you_mean))
        return
    _take(Rule(n, line, condition, found["team"], bool(found["always"])), teams, rules, problems)


def _take(rule: Rule, teams: frozenset[str], rules: list[Rule], problems: list[Problem]) -> None:
    if rule.team in teams:
        rules.append(rule)
    else:
        problems.append(Problem(rule.line, "rule_team", rule.team, nearest(rule.team, teams)))
