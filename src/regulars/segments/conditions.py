"""What the condition of a segment may ask, and reading one: the language of core, over a person and what he has done.

Owns the facts of a person in SQL. Must not run anything.
"""

from regulars.core.condition_calls import FUNCTIONS, ORDER_KINDS, kinds_asked
from regulars.core.condition_errors import ConditionError
from regulars.core.condition_sql import SqlField
from regulars.core.condition_tree import calls_of
from regulars.core.conditions import Condition, parse
from regulars.people.facts import OWN_FIELDS
from regulars.segments.belongings import POINTS

__all__ = ["FIELDS", "NAMES", "OWN_KINDS", "PERSON_KINDS", "asks_groups", "asks_points", "kinds_of", "read"]

FIELDS = {
    "person.id": SqlField("p.id::text", "text"),
    "person.name": SqlField("nullif(p.name, '')", "text"),
    "person.first_name": SqlField("nullif(p.first_name, '')", "text"),
    "person.language": SqlField("p.language", "text"),
    "person.time_zone": SqlField("p.time_zone", "text"),
    "person.birthday": SqlField("p.birthday", "day"),
    "person.is_customer": SqlField("(p.customer_since is not null)", "bool"),
    "person.customer_since": SqlField("p.customer_since", "moment"),
    "person.country": SqlField("(p.address->>'country')", "text"),
    "person.city": SqlField("(p.address->>'city')", "text"),
    "person.tags": SqlField("tags.v", "texts", absent="'{}'"),
}
"""The facts of a person (people/facts.py) as expressions over `people_person p`, and over `tags` where they are asked for."""

NAMES = (*FIELDS, *POINTS)
"""All that a condition may name beside the fields of a person's own."""

PERSON_KINDS = frozenset(
    {
        "lead.created",
        "person.changed",
        "person.became_customer",
        "person.merged",
        "person.unmerged",
        "person.erased",
        "order.placed",
    }
)
"""After these a person is asked anew whatever the condition: he is new, another, or no more."""

TAG_KINDS = frozenset({"person.tagged", "person.untagged"})
"""After these he is asked anew where the condition asks for tags."""

FIELD_KINDS = frozenset({"person.field_set"})
POINTS_KINDS = frozenset({"points.earned", "points.expired"})
"""The same for fields of the person's own, and for points: what is past its day is told by an event too."""

OWN_KINDS = frozenset({"segment.entered", "segment.left"})
"""What segments record themselves: a segment that asks for it would chase its own tail."""


def read(text: str) -> Condition:
    """The condition of a segment. Raises ConditionError for the first thing that is wrong."""
    condition = parse(text, NAMES, (OWN_FIELDS,))
    for call in calls_of(condition.tree):
        if call.arguments and call.arguments[0] in OWN_KINDS:
            raise ConditionError("condition_circular", call.line, call.column, call.arguments[0])
    return condition


def kinds_of(condition: Condition) -> frozenset[str]:
    """The events after which a person's answer may be another, read from the condition."""
    calls = calls_of(condition.tree)
    about_orders = any(FUNCTIONS[call.function].about_orders for call in calls)
    asked = (
        (TAG_KINDS, "person.tags" in condition.names),
        (FIELD_KINDS, any(name.startswith(OWN_FIELDS) for name in condition.names)),
        (POINTS_KINDS, asks_points(condition)),
        (ORDER_KINDS, about_orders),
    )
    return PERSON_KINDS.union(kinds_asked(calls), *(kinds for kinds, is_asked in asked if is_asked))


def asks_points(condition: Condition) -> bool:
    """Whether it asks for the person's points."""
    return any(name in POINTS for name in condition.names)


def asks_groups(condition: Condition) -> bool:
    """Whether it asks in which category or of which brand a product is."""
    return any(call.function == "bought" and call.arguments[0] != "sku" for call in calls_of(condition.tree))
