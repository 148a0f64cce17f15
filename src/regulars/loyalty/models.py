"""Points and codes. Points are an append-only ledger of transfers between accounts; codes are one row each.

A balance is never stored: it is the sum of the transfers. Spending, holds and reversals are further accounts and kinds
of transfer, not further tables; the terms of what was earned stay with its lot.
"""

from django.db import models

from regulars.base.fields import IdField, made_at


class Lot(models.Model):
    """Points earned together, with their terms as they were then. `closed_at`: nothing of it is left, or may be used.

    `key`: the identity of the deed that earned it; `valid_until` null: for good.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    key = models.TextField()
    points = models.BigIntegerField()
    terms = models.JSONField(db_default={})
    earned_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "loyalty_lot"
        constraints = [
            models.UniqueConstraint("shop_id", "key", name="loyalty_lot_key"),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="loyalty_lot_positive"),
        ]
        indexes = [
            models.Index(fields=["person_id", "id"], name="loyalty_lot_person"),
            models.Index(
                fields=["valid_until", "id"],
                name="loyalty_lot_due",
                condition=models.Q(closed_at__isnull=True, valid_until__isnull=False),
            ),
        ]


class Entry(models.Model):
    """A transfer of points of one lot from one account to another; never changed, never deleted (a trigger sees to it).

    Accounts: 'shop' (where they come from), 'available', 'expired'.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    lot = models.ForeignKey(Lot, models.PROTECT)
    source = models.TextField()
    target = models.TextField()
    points = models.BigIntegerField()
    key = models.TextField()
    at = models.DateTimeField()
    cause = models.TextField()
    recorded_at = made_at()

    class Meta:
        db_table = "loyalty_entry"
        constraints = [
            models.UniqueConstraint("shop_id", "key", name="loyalty_entry_key"),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="loyalty_entry_positive"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="loyalty_entry_moves"),
        ]


class Code(models.Model):
    """A code of discount. `gives` 'percent', 'amount' (minor units) or 'free_shipping'; good `uses_left` times more.

    `state`: 'issued', and later held, used, void. `code` is unguessable, upper case, without letters that look alike.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    key = models.TextField()
    code = models.TextField()
    gives = models.TextField()
    percent = models.SmallIntegerField(null=True)
    amount = models.BigIntegerField(null=True)
    currency = models.TextField(null=True)
    terms = models.JSONField(db_default={})
    state = models.TextField(db_default="issued")
    uses_left = models.IntegerField(db_default=1)
    issued_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "loyalty_code"
        constraints = [
            models.UniqueConstraint("shop_id", "code", name="loyalty_code_code"),
            models.UniqueConstraint("shop_id", "key", name="loyalty_code_key"),
            models.CheckConstraint(
                condition=models.Q(gives="percent", percent__gte=1, percent__lte=100, amount__isnull=True)
                | models.Q(gives="amount", amount__gt=0, currency__isnull=False, percent__isnull=True)
                | models.Q(gives="free_shipping", amount__isnull=True, percent__isnull=True),
                name="loyalty_code_gives",
            ),
        ]
        indexes = [models.Index(fields=["person_id", "-issued_at", "-id"], name="loyalty_code_person")]
