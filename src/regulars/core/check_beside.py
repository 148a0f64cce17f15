"""Judgement on a scheme beside the others that are live: two that advertise to the same people within a day.

Owns this warning. It is given only where one person certainly can meet both: by one moment in his life, with conditions
of which one asks no more than the other, and nothing said already about who goes first or how much may go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from regulars.core.advertised import Advertisement, Said, advertisements
from regulars.core.certainty import Domain, assume, judge, starting
from regulars.core.condition_tree import Call, Name, Tree, operands
from regulars.core.known import Known
from regulars.core.problems import WARNING, Problem
from regulars.core.scheme import Scheme
from regulars.core.source import Source

__all__ = ["check_beside"]

_A_DAY = timedelta(days=1)
_OF_SCHEMES = ("person.tags", "person.fields.", "code.", "points.")
_TOLD_OF_SCHEMES = (
    "message.",
    "enrolment.",
    "person.tagged",
    "person.untagged",
    "person.field_set",
    "code.",
    "points.",
)
"""Facts and events that schemes bring about themselves: by asking for them one scheme may give way to another."""


def check_beside(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """The steps that advertise within a day of a step of another live scheme, each once with all whom it meets."""
    if known.cap is None or known.cap[0] == 0:
        return
    met: dict[str, list[str]] = {}
    for other in known.beside:
        if other.name != scheme.name and _are_level(scheme, other):
            for step, its_step in _meetings(scheme, other, known):
                met.setdefault(step, []).append(f"{other.name} ({its_step})")
    for step, others in met.items():
        limit, days = known.cap
        yield source.problem(
            ("steps", step),
            "advertising_beside",
            at_key=True,
            severity=WARNING,
            found=step,
            others=", ".join(others),
            limit=limit,
            days=days,
        )


def _are_level(one: Scheme, other: Scheme) -> bool:
    """Whether nobody has decided yet which of the two gives way: by its priority, or by a budget of its own."""
    return (one.per, one.priority) == (other.per, other.priority) and one.budget is None and other.budget is None


def _meetings(one: Scheme, other: Scheme, known: Known) -> Iterator[tuple[str, str]]:
    """By step of the one, the first step of the other that it meets."""
    stops = {trigger.event for scheme in (one, other) for trigger in scheme.stops}
    certain = starting(known.values)
    found: set[str] = set()
    for mine in advertisements(one):
        for its in advertisements(other) if mine.step not in found else ():
            if _meet(mine, its) and not _exclude(mine, its, stops) and _same_people(mine, its, certain):
                found.add(mine.step)
                yield mine.step, its.step
                break


def _meet(one: Advertisement, other: Advertisement) -> bool:
    """Whether both are counted from one moment, and lie within a day then."""
    if one.anchor != other.anchor:
        return False
    # The one may begin by what the other has waited for; else one thing must have begun them both.
    if one.begun != other.begun and one.anchor not in (one.begun, other.begun):
        return False
    return any(abs(mine - its) < _A_DAY for mine, its in zip(one.times, other.times, strict=True))


def _exclude(one: Advertisement, other: Advertisement, stops: Collection[str]) -> bool:
    """Whether what must come for the one ends the other, or must not come for it."""
    needed = set(one.needed | other.needed)
    if one.begun != other.begun:
        for mine, its in ((one, other), (other, one)):
            needed |= {mine.begun[0]} - {"since", "date", its.before}
    return bool(needed & {*stops, *one.silent, *other.silent})


def _same_people(one: Advertisement, other: Advertisement, certain: dict[str, Domain]) -> bool:
    """Whether all whom the one reaches would be reached by the other, or the other way round."""
    said = one.said + other.said
    if one.begun != other.begun and any(_asks_event(tree) for tree, _ in said):
        return False  # `event.*` is another event in each
    if any(_asks_schemes(tree) for tree, _ in said):
        return False
    return _implies(one.said, other.said, certain) or _implies(other.said, one.said, certain)


def _implies(given: tuple[Said, ...], asked: tuple[Said, ...], certain: dict[str, Domain]) -> bool:
    domains: dict[str, Domain] | None = certain
    for tree, holds in given:
        domains = assume(tree, domains, holds) if domains is not None else None
    if domains is None:
        return False
    return all((tree, holds) in given or judge(tree, domains) is holds for tree, holds in asked)


def _asks_event(tree: Tree) -> bool:
    return any(isinstance(asked, Name) and asked.path.startswith("event.") for asked in operands(tree))


def _asks_schemes(tree: Tree) -> bool:
    for asked in operands(tree):
        if isinstance(asked, Name) and asked.path.startswith(_OF_SCHEMES):
            return True
        if isinstance(asked, Call) and asked.arguments and asked.arguments[0].startswith(_TOLD_OF_SCHEMES):
            return True
    return False
