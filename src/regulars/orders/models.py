"""Orders as they stand, their lines, and every accepted state as a version without buyer data."""

from django.db import models
from django.db.models import F, Q

from regulars.base.fields import IdField, made_at

OPEN = ("new", "processing", "ready")
"""States in which an order waits for the shop."""
OWING = ("failed", "part_paid", "pending", "unpaid")
"""States of payment in which money is still to come."""
COUNTS = Q(mark__isnull=True) & ~Q(status="cancelled")
"""Orders that count among what a person has bought."""
UNPAID = Q(status__in=OPEN, payment_status__in=OWING)


class Order(models.Model):
    """Money in minor units of `currency`. `version_at` is the shop's own time of change, `versions` how many we took.

    `mark` 'test' or 'double': nothing goes on about it, and it counts in no figure; `mark_reason`: the rule, or 'hand'.
    """

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
    mark = models.TextField(null=True)
    mark_reason = models.TextField(null=True)
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
            models.Index(
                fields=["shop_id", "-placed_at", "-id"], name="orders_order_marked", condition=Q(mark__isnull=False)
            ),
            # what segments ask of everybody's orders is read from this alone
            models.Index(
                fields=["shop_id", "placed_at"],
                include=["id", "person_id", "currency", "total"],
                name="orders_order_counts",
                condition=COUNTS,
            ),
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
        indexes = [
            models.Index(fields=["shop_id", "sku", "-order"], name="orders_line_product"),
            models.Index(
                fields=["shop_id", "sku"], include=["order"], name="orders_line_bought", condition=Q(dropped=False)
            ),
        ]


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


class Change(models.Model):
    """A change of one field that the desk wants of the shop's order; see rules/changes.py for what becomes of it.

    `deed_id`: those that were asked for together. `known`: values that are no news; `shop_value`: what stood against it.
    `told`: the shop's program has taken it; it counts as written when the order is seen so. `check_at`: by then it should
    be; `unconfirmed_at`: it was not. `decision_task_id`: the task in which a person decides a conflict. Values may hold an
    address: erased with the person.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    task_id = models.BigIntegerField(null=True)
    deed_id = models.BigIntegerField()
    field = models.TextField()
    label = models.TextField(db_default="", blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    known = models.JSONField(db_default=[])
    shop_value = models.JSONField(null=True)
    state = models.TextField(db_default="waiting")
    reason = models.TextField(null=True)
    told = models.BooleanField(db_default=False)
    check_at = models.DateTimeField(null=True)
    unconfirmed_at = models.DateTimeField(null=True)
    decision_task_id = models.BigIntegerField(null=True)
    actor = models.TextField()
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "orders_change"
        indexes = [
            models.Index(fields=["order_id", "-id"], name="orders_change_order"),
            models.Index(fields=["order_id", "id"], name="orders_change_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["shop_id", "id"],
                name="orders_change_undecided",
                condition=Q(state="conflict", decision_task_id__isnull=True),
            ),
            models.Index(fields=["deed_id"], name="orders_change_deed"),
            models.Index(
                fields=["check_at"],
                name="orders_change_check",
                condition=Q(state="waiting", check_at__isnull=False),
            ),
        ]


class WayBack(models.Model):
    """How changes of a source's orders are told to it: `way` 'woocommerce' or 'webhook'; secrets encrypted.

    No row: nobody is told, and what was changed is entered in the shop by hand. `settings`: confirm_minutes.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    source = models.TextField()
    way = models.TextField()
    url = models.TextField()
    secrets = models.JSONField(db_default={})
    settings = models.JSONField(db_default={})
    changed_at = made_at()

    class Meta:
        db_table = "orders_way_back"
        constraints = [models.UniqueConstraint("shop_id", "source", name="orders_way_back_source")]


class BothMeant(models.Model):
    """Two orders that look like one, and are both meant: nobody is asked again."""

    id = IdField()
    shop_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "orders_both_meant"
        constraints = [models.UniqueConstraint("order_id", "other_id", name="orders_both_meant_pair")]


class Twin(models.Model):
    """An order that looks like an earlier one, as long as nobody has decided about the two."""

    order_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()
    other_id = models.BigIntegerField()

    class Meta:
        db_table = "orders_twin"
        indexes = [
            models.Index(fields=["shop_id", "order_id"], name="orders_twin_shop"),
            models.Index(fields=["other_id"], name="orders_twin_other"),
        ]
