"""The composition root's wiring: who gives which facts, what lies due where, which feeds there are, who tells others what.

Nothing else may know more than one sibling; see ARCHITECTURE.md.
"""

from regulars import feeds
from regulars.base import due, facts, outside
from regulars.desk import due as outcomes_due
from regulars.desk import escalation, unconfirmed, write_back
from regulars.desk import queries as desk
from regulars.effects import webhooks
from regulars.events import due as mailboxes_due
from regulars.intake import dialling
from regulars.intake import due as deliveries_due
from regulars.journeys import backtest_prices, clocks
from regulars.loyalty import expiring
from regulars.loyalty import facts as loyalty_facts
from regulars.orders import facts as order_facts
from regulars.outbox import budgets, commands
from regulars.outbox import due as messages_due
from regulars.people import doubles
from regulars.people import facts as person_facts
from regulars.promises import due as promises_due
from regulars.promises import facts as promise_facts
from regulars.segments import keeping, pasts
from regulars.staff import due as shifts_due
from regulars.staff import presence, telling_due
from regulars.talks import calls_due

__all__ = ["wire"]


def wire() -> None:
    """Register everything once, when Django is ready."""
    facts.register("person", person_facts.load, person_facts.FIELDS)
    facts.register("order", order_facts.load, order_facts.FIELDS)
    facts.register("product", order_facts.load_products, order_facts.PRODUCT_FIELDS)
    facts.register("points", loyalty_facts.load_points, loyalty_facts.POINTS_FIELDS)
    facts.register("code", loyalty_facts.load_codes, loyalty_facts.CODE_FIELDS)
    facts.register("promise", promise_facts.load, promise_facts.FIELDS)
    facts.register("past", pasts.load, ())
    due.register("deliveries", deliveries_due.state)
    due.register("persons", mailboxes_due.state)
    due.register("dates", clocks.state)
    due.register("outcomes", outcomes_due.state)
    due.register("limits", escalation.state)
    due.register("messages", messages_due.state)
    due.register("commands", messages_due.commands)
    due.register("calls", calls_due.state)
    due.register("changes", unconfirmed.state)
    due.register("promises", promises_due.state)
    due.register("tellings", telling_due.state)
    due.register("shifts", shifts_due.state)
    due.register("points", expiring.state)
    due.register("doubles", doubles.state)
    due.register("segments", keeping.state)
    due.register("visitors", outside.state)
    presence.count_load(desk.load)
    budgets.price_by(backtest_prices.prices_of)
    commands.register(write_back.KIND, write_back.HANDLER)
    commands.register(dialling.KIND, dialling.HANDLER)
    commands.register(webhooks.KIND, webhooks.HANDLER)
    feeds.register_all()
