"""Which of two states of an order counts: by the shop's version, then by how far payment and status have come.

Pure. An older state never overwrites a newer one; of two with the same version the further one counts (a WooCommerce
refund leaves the time of change as it was), and where neither is further, the one that came later.
"""

from datetime import datetime

from regulars.orders.snapshot import OrderSnapshot

__all__ = ["Progress", "is_newer", "progress", "progress_of"]

Progress = tuple[datetime, int, int]

_PAYMENT = {
    None: 0, "pending": 1, "unpaid": 1, "failed": 2, "authorized": 3, "part_paid": 4, "paid": 5, "part_refunded": 6,
    "refunded": 7,
}  # fmt: skip
_STATUS = {"new": 0, "processing": 1, "ready": 2, "shipped": 3, "delivered": 4, "returned": 5, "cancelled": 6}


def progress(version_at: datetime, payment_status: str | None, status: str) -> Progress:
    """What is compared: version, progress of payment, progress of status."""
    return (version_at, _PAYMENT[payment_status], _STATUS[status])


def progress_of(snapshot: OrderSnapshot) -> Progress:
    """The same of a snapshot; no status counts as a new order."""
    return progress(snapshot.updated_at, snapshot.payment.status, snapshot.status or "new")


def is_newer(coming: Progress, known: Progress) -> bool:
    """Whether the state that came later replaces the known one (if their bodies differ at all)."""
    return coming >= known
