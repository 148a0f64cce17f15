"""The composition root's wiring: which app gives which facts, what lies due where, and which feeds there are.

Nothing else may know more than one sibling; see ARCHITECTURE.md.
"""

from regulars import feeds
from regulars.base import due, facts, outside
from regulars.desk import due as outcomes_due
from regulars.events import due as mailboxes_due
from regulars.intake import due as deliveries_due
from regulars.orders import facts as order_facts
from regulars.outbox import due as messages_due
from regulars.people import facts as person_facts
from regulars.promises import due as promises_due
from regulars.promises import facts as promise_facts

__all__ = ["wire"]


def wire() -> None:
    """Register everything once, when Django is ready."""
    facts.register("person", person_facts.load, person_facts.FIELDS)
    facts.register("order", order_facts.load, order_facts.FIELDS)
    facts.register("product", order_facts.load_products, order_facts.PRODUCT_FIELDS)
    facts.register("promise", promise_facts.load, promise_facts.FIELDS)
    due.register("deliveries", deliveries_due.state)
    due.register("persons", mailboxes_due.state)
    due.register("outcomes", outcomes_due.state)
    due.register("messages", messages_due.state)
    due.register("promises", promises_due.state)
    due.register("visitors", outside.state)
    feeds.register_all()
