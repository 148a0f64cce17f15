"""Orders as they stand, their lines, and every accepted state as a version without buyer data."""

from django.db import models
from django.db.models import F, Q

from regulars.base.fields import IdField, made_at

OPEN = ("new", "processing", "ready")
"""States in which an order waits for the shop."""
OWING = ("failed", "part_paid", "pending", "unpaid")
"""States of payment in which money is still to come."""
UNPAID = Q(status__in=OPEN, payment_status__in=OWING)


class Order(models.Model):
    """Money in minor units of `currency`. `version_at` is the shop's own time of change, `versions` how many we took."""

    id = IdField()
    shop_id = models.BigIntegerField()
    source = models.TextField()
    external_id = models.TextField()
    number = models.TextField()
    person_id = models.BigIntegerField(null=True)
    placed_at = models.DateTimeField()
    placed_offset = models.SmallIntegerField()
    version_at = models.DateTimeField()
    versions = models.IntegerField(db_default=1)
    status = models.TextField()
    payment_status = models.TextField(null=True)
    payment_method = models.TextField(null=True)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    shipping_total = models.BigIntegerField(db_default=0)
    discount_total = models.BigIntegerField(db_default=0)
    paid_total = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    live = models.BooleanField()
    note = models.TextField(db_default="", blank=True)
    data = models.JSONField(db_default={})
    created_at = made_at()

    class Meta:
        db_table = "orders_order"
        constraints = [models.UniqueConstraint("shop_id", "source", "external_id", name="orders_order_source")]
        indexes = [
            models.Index(fields=["person_id", "-placed_at"], name="orders_order_person"),
            models.Index(fields=["shop_id", "-placed_at", "-id"], name="orders_order_newest"),
            models.Index(fields=["shop_id", "external_id"], name="orders_order_external"),
            # most shops number orders by the id that we keep already
            models.Index(
                fields=["shop_id", "number"], name="orders_order_number", condition=~Q(number=F("external_id"))
            ),
            models.Index(
                fields=["shop_id", "status", "payment_status", "-placed_at", "-id"], name="orders_order_states"
            ),
            models.Index(fields=["shop_id", "-placed_at", "-id"], name="orders_order_unpaid", condition=UNPAID),
        ]


class OrderLine(models.Model):
    """Unit price as the shop gave it; never summed."""

    id = IdField()
    shop_id = models.BigIntegerField()
    # no index of its own: the constraint on (order, position) serves
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    sku = models.TextField()
    name = models.TextField()
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    price = models.DecimalField(max_digits=19, decimal_places=6)
    dropped = models.BooleanField(db_default=False)
    data = models.JSONField(db_default={})

    class Meta:
        db_table = "orders_line"
        constraints = [models.UniqueConstraint("order", "position", name="orders_line_position")]
        indexes = [models.Index(fields=["shop_id", "sku", "-order"], name="orders_line_product")]


class OrderVersion(models.Model):
    """An accepted state. The table is partitioned; events name the version by (order, n)."""

    id = IdField()
    shop_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    n = models.IntegerField()
    version_at = models.DateTimeField()
    body = models.JSONField()
    recorded_at = made_at()

    class Meta:
        managed = False
        db_table = "orders_version"
