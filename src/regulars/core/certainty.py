"""What is certain about facts once some conditions are known to hold: whether another condition can still go either way.

Owns the reckoning with what facts may be. Every answer is on the safe side: True and False are proven, None is anything
else. The words mean what `condition_predicate` says: a missing fact makes `==`, `<` and `in` false, `!=` true.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from regulars.core.condition_tree import Among, And, Call, Compare, Exists, Literal, Name, Not, Operand, Or, Tree, Truth

Value = tuple[str, object]
"""A value with its kind beside it, since to Python True is 1."""
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Domain:
    """What one fact may be. `known`: True, False (missing) or None (either); `only`: one of these if it is known, None
    for anything; `never`: none of these; `low` and `high`: if it is a number, (bound, whether the bound itself is allowed);
    `number`: it is one if it is known."""

    known: bool | None = None
    only: frozenset[Value] | None = None
    never: frozenset[Value] = frozenset()
    low: tuple[Decimal, bool] | None = None
    high: tuple[Decimal, bool] | None = None
    number: bool = False

    def allows(self, value: Value) -> bool:
        """Whether the fact may be this value."""
        if self.known is False or value in self.never or (self.only is not None and value not in self.only):
            return False
        kind, plain = value
        if kind == _NUMBER and isinstance(plain, Decimal):
            return not _below(plain, self.low) and not _above(plain, self.high)
        return not self.number

    def is_just(self, value: Value) -> bool:
        """Whether the fact is certainly this value."""
        return self.known is True and self.only is not None and self.only - self.never == {value}


ANYTHING = Domain()
_NUMBER = "Decimal"
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PLAIN = (str, bool, Decimal)  # a day and a moment may be the same; nothing is claimed of them
Domains = Mapping[str, Domain]


def starting(values: Mapping[str, Collection[str]]) -> dict[str, Domain]:
    """What is certain at the beginning: facts that can only be one of some values."""
    return {name: Domain(only=frozenset(_value(one) for one in allowed)) for name, allowed in values.items()}


def judge(tree: Tree, domains: Domains) -> bool | None:
    """True or False where the condition is certain, None where it may be either."""
    match tree:
        case Compare(operator, left, right):
            return _compare(operator, left, right, domains)
        case Among(left, items):
            return judge(Or(tuple(Compare("==", left, item) for item in items)), domains)
        case Exists(name):
            return _domain(name, domains).known
        case Truth(name):
            return _equal(_domain(name, domains), _value(True))
        case Not(item):
            found = judge(item, domains)
            return None if found is None else not found
        case And(items):
            return _all(items, domains)
        case Or(items):
            found = _all(tuple(Not(item) for item in items), domains)
            return None if found is None else not found
    return None


def assume(tree: Tree, domains: Domains, holds: bool) -> dict[str, Domain] | None:
    """What is certain once the condition is known to hold (or not to); None when it can't be so."""
    if judge(tree, domains) is (not holds):
        return None
    match tree:
        case Not(item):
            return assume(item, domains, not holds)
        case And(items) if holds:
            return _each(items, domains, holds)
        case Or(items) if not holds:
            return _each(items, domains, holds)
        case Among(left, items) if not holds:
            return _each([Compare("==", left, item) for item in items], domains, holds)
        case Among(Name(path), items) if holds and all(_is_plain(item) for item in items):
            allowed = frozenset(_value(item.value) for item in items if isinstance(item, Literal))
            return _narrowed(path, domains, _only(domains.get(path, ANYTHING), allowed))
        case Exists(Name(path)):
            return _narrowed(path, domains, replace(domains.get(path, ANYTHING), known=holds))
        case Truth(Name(path)):
            return _assume_equal(path, _value(True), domains, holds)
        case Compare(operator, left, right):
            return _assume_compare(operator, left, right, domains, holds)
    return dict(domains)


def joined(one: Domains, other: Domains) -> dict[str, Domain]:
    """What is certain when either of the two is the case."""
    return {name: _hull(one[name], other[name]) for name in one.keys() & other.keys()}


def _all(items: tuple[Tree, ...], domains: Domains) -> bool | None:
    """Whether all of them hold; each is judged in the light of those before it."""
    so_far: Domains = domains
    certain = True
    for item in items:
        found = judge(item, so_far)
        if found is False:
            return False
        certain = certain and found is True
        after = assume(item, so_far, True)
        if after is None:
            return False
        so_far = after
    return True if certain else None


def _each(items: Collection[Tree], domains: Domains, holds: bool) -> dict[str, Domain] | None:
    found: dict[str, Domain] | None = dict(domains)
    for item in items:
        found = assume(item, found, holds) if found is not None else None
    return found


def _compare(operator: str, left: Operand, right: Operand, domains: Domains) -> bool | None:
    if isinstance(left, Literal) and isinstance(right, Name | Call):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, Name | Call) or not isinstance(right, Literal) or not _is_plain(right):
        return None
    domain, value = _domain(left, domains), right.value
    if operator in ("==", "!="):
        equal = _equal(domain, _value(value))
        return equal if operator == "==" or equal is None else not equal
    if domain.known is False:
        return False
    return _ordered(operator, domain, value) if isinstance(value, Decimal) else None


def _equal(domain: Domain, value: Value) -> bool | None:
    if not domain.allows(value):
        return False
    return True if domain.is_just(value) else None


def _ordered(operator: str, domain: Domain, value: Decimal) -> bool | None:
    """Whether `fact operator value` for numbers, from the bounds of the fact."""
    if domain.only is not None:
        answers = {_holds(operator, one, value) for one in domain.only if domain.allows(one)}
        if True not in answers:
            return False
        return True if domain.known and answers == {True} else None
    test = Domain(known=True, low=domain.low, high=domain.high)
    inside, outside = _bounded(test, operator, value), _bounded(test, _OPPOSITE[operator], value)
    if inside is None:
        return False
    return True if outside is None and domain.known and domain.number else None


def _holds(operator: str, one: Value, value: Decimal) -> bool:
    number = one[1]
    if not isinstance(number, Decimal):
        return False
    return {"<": number < value, "<=": number <= value, ">": number > value, ">=": number >= value}[operator]


def _bounded(domain: Domain, operator: str, value: Decimal) -> Domain | None:
    """The domain with one more bound; None when nothing is left."""
    if operator in ("<", "<="):
        bound = (value, operator == "<=")
        tighter = domain.high is None or (bound[0], bound[1]) < domain.high
        domain = replace(domain, high=bound) if tighter else domain
    else:
        bound = (value, operator == ">=")
        tighter = domain.low is None or bound[0] > domain.low[0] or (bound[0] == domain.low[0] and not bound[1])
        domain = replace(domain, low=bound) if tighter else domain
    if domain.low is not None and domain.high is not None:
        (low, with_low), (high, with_high) = domain.low, domain.high
        if low > high or (low == high and not (with_low and with_high)):
            return None
    return domain


def _assume_compare(
    operator: str, left: Operand, right: Operand, domains: Domains, holds: bool
) -> dict[str, Domain] | None:
    if isinstance(left, Literal) and isinstance(right, Name | Call):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, Name | Call) or not isinstance(right, Literal) or not _is_plain(right):
        return dict(domains)
    if operator in ("==", "!="):
        return _assume_equal(left.path, _value(right.value), domains, holds is (operator == "=="))
    domain = domains.get(left.path, ANYTHING)
    if not isinstance(right.value, Decimal):
        return dict(domains)
    if holds:
        certain = replace(domain, known=True, number=True)
        return _narrowed(left.path, domains, _bounded(certain, operator, right.value))
    # What isn't smaller may be greater, missing or no number at all.
    bounded = _bounded(domain, _OPPOSITE[operator], right.value)
    return dict(domains) if bounded is None else _narrowed(left.path, domains, bounded)


def _assume_equal(path: str, value: Value, domains: Domains, holds: bool) -> dict[str, Domain] | None:
    domain = domains.get(path, ANYTHING)
    if holds:
        return _narrowed(path, domains, _only(domain, frozenset({value})))
    return _narrowed(path, domains, replace(domain, never=domain.never | {value}))


def _only(domain: Domain, values: frozenset[Value]) -> Domain | None:
    left = frozenset(value for value in values if domain.allows(value))
    return replace(domain, known=True, only=left, low=None, high=None, number=False) if left else None


def _narrowed(path: str, domains: Domains, domain: Domain | None) -> dict[str, Domain] | None:
    if domain is None:
        return None
    if domain.only is not None and not any(domain.allows(value) for value in domain.only):
        if domain.known is True:
            return None
        domain = replace(domain, known=False)
    return {**domains, path: domain}


def _value(plain: object) -> Value:
    return type(plain).__name__, plain


def _is_plain(item: Operand) -> bool:
    return isinstance(item, Literal) and isinstance(item.value, _PLAIN)


def _domain(name: Name | Call, domains: Domains) -> Domain:
    return domains.get(name.path, ANYTHING)


def _below(value: Decimal, low: tuple[Decimal, bool] | None) -> bool:
    return low is not None and (value < low[0] or (value == low[0] and not low[1]))


def _above(value: Decimal, high: tuple[Decimal, bool] | None) -> bool:
    return high is not None and (value > high[0] or (value == high[0] and not high[1]))


def _hull(one: Domain, other: Domain) -> Domain:
    """The least that is certain of both; what is missing in one of them says nothing of its values there."""
    if one.known is False:
        return replace(other, known=None if other.known is not False else False)
    if other.known is False:
        return replace(one, known=None)
    return Domain(
        known=one.known if one.known == other.known else None,
        only=None if one.only is None or other.only is None else one.only | other.only,
        never=frozenset(
            value for value in one.never | other.never if not one.allows(value) and not other.allows(value)
        ),
        low=None if one.low is None or other.low is None else min(one.low, other.low, key=lambda b: (b[0], not b[1])),
        high=None if one.high is None or other.high is None else max(one.high, other.high),
        number=one.number and other.number,
    )
