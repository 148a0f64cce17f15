"""Raw deliveries as they came, what has yet to be taken in, and what could not be understood."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.base.fields import IdField, made_at


class Feed(models.Model):
    """A way in: `slug` is the unguessable last part of its address, `kind` a folder in feeds/, secrets encrypted.

    Not `active`: its address is unknown for the time being; with `removed_at` it is for ever, and has no secrets.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    slug = models.TextField(unique=True)
    kind = models.TextField()
    source = models.TextField()
    secrets = ArrayField(models.TextField(), db_default=[])
    settings = models.JSONField(db_default={})
    active = models.BooleanField(db_default=True)
    removed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "intake_feed"


class RawDelivery(models.Model):
    """A body as it arrived, committed before the answer. `kind`: orders, people, products, events, or vendor."""

    id = IdField()
    shop_id = models.BigIntegerField()
    feed_id = models.BigIntegerField(null=True)
    source = models.TextField()
    kind = models.TextField()
    item_key = models.TextField(null=True)
    batch = models.BooleanField(db_default=False)
    live = models.BooleanField(null=True)
    headers = models.JSONField(db_default={})
    body = models.BinaryField(null=True)
    actor = models.TextField()
    received_at = made_at()
    taken_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    person_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "intake_delivery"


class RawItem(models.Model):
    """One item of a batch, split off when the batch was parsed, so that a person's erasure can reach it."""

    id = IdField()
    shop_id = models.BigIntegerField()
    delivery_id = models.BigIntegerField()
    position = models.IntegerField()
    item_key = models.TextField(null=True)
    body = models.BinaryField(null=True)
    person_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "intake_item"


class PendingDelivery(models.Model):
    """The normaliser's queue."""

    delivery_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()

    class Meta:
        db_table = "intake_pending"
        indexes = [models.Index(fields=["shop_id", "delivery_id"], name="intake_pending_shop")]


class Seen(models.Model):
    """Identity of what has no version (events, webhook ids): the second time changes nothing."""

    pk = models.CompositePrimaryKey("shop_id", "source", "item_key")
    shop_id = models.BigIntegerField()
    source = models.TextField()
    item_key = models.TextField()
    body_digest = models.BinaryField()

    class Meta:
        db_table = "intake_seen"


class Quarantined(models.Model):
    """A delivery, or one item of it, that could not be taken in: where, what, and what became of it."""

    id = IdField()
    shop_id = models.BigIntegerField()
    delivery_id = models.BigIntegerField()
    position = models.IntegerField(null=True)
    source = models.TextField()
    kind = models.TextField()
    item_key = models.TextField(null=True)
    code = models.TextField()
    pointer = models.TextField(db_default="", blank=True)
    detail = models.TextField()
    body = models.BinaryField()
    state = models.TextField(db_default="open")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    replay_delivery_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "intake_quarantine"
        indexes = [
            models.Index(fields=["shop_id", "-id"], name="intake_quarantine_open", condition=models.Q(state="open")),
            models.Index(fields=["delivery_id"], name="intake_quarantine_delivery"),
        ]
