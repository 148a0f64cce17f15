"""What a spoken text may ask for, beyond the facts that every app offers; and the situations in which a step is shown.

Owns the allow-list only; who fills it in is the desk's screen.
"""

from regulars.base import facts

__all__ = ["FIELDS", "SITUATIONS", "known"]

FIELDS = frozenset(
    {
        "shop.name", "shop.phone", "shop.hours", "shop.return_days", "shop.refund_days", "shop.included",
        "operator.first_name", "promise.due", "promise.call", "promise.ship", "promise.delivery", "promise.delivery_words",
        "order.lines_spoken", "order.address", "order.payment_words", "order.status_words", "order.keep_until",
        "order.refundable", "slot.1", "slot.2", "day.1", "day.2", "window.1", "window.2", "offer.name", "offer.price",
        "offer.why", "alt.name", "alt.price", "alt.same", "alt.differs", "alt.days", "line.name", "options", "restock.at",
        "delivery.price", "delivery.free_from", "delivery.lift_price", "return.price", "product.warranty_months",
        "product.tips_spoken", "courier.arrives_at", "shipment.tried_at", "case.words", "case.summary",
        "case.ask_again_days", "gift.name", "other",
    }
)  # fmt: skip
SITUATIONS = (
    "in_stock", "out_of_stock", "stock_unknown", "paid", "unpaid", "new_buyer", "returning_buyer", "night_there",
    "has_offer", "has_alternative", "has_supplier", "will_be_restocked",
)  # fmt: skip
"""What may be so at a call; `when: not paid` says the opposite. A text may ask for `situation.paid`, too."""


def known() -> frozenset[str]:
    """All names that a spoken text may use."""
    return facts.known() | FIELDS | {f"situation.{name}" for name in SITUATIONS}
