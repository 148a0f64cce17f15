"""Raw deliveries as they came, what has yet to be taken in, and what could not be understood."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Left

from regulars.base.fields import IdField, made_at


class Feed(models.Model):
    """A way in: `slug` is the unguessable last part of its address, `kind` a folder in feeds/, secrets encrypted.

    `credentials`: what opens the vendor's own API, by name, encrypted. Not `active`: its address is unknown for the time
    being; with `removed_at` it is for ever, and has no secrets.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    slug = models.TextField(unique=True)
    kind = models.TextField()
    source = models.TextField()
    secrets = ArrayField(models.TextField(), db_default=[])
    settings = models.JSONField(db_default={})
    credentials = models.JSONField(db_default={})
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
    """A delivery, or one item of it, that could not be taken in: where, what, and what became of it.

    `place`: the pointer with `*` for each number, so that all lines of orders fall into one group. `deed_id`: the same for
    what one press of a button closed; `note`: the reason that a person gave.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    delivery_id = models.BigIntegerField()
    position = models.IntegerField(null=True)
    source = models.TextField()
    kind = models.TextField()
    item_key = models.TextField(null=True)
    code = models.TextField()
    pointer = models.TextField(db_default="", blank=True)
    place = models.GeneratedField(
        expression=Left(
            models.Func(
                "pointer",
                models.Value("/[0-9]+(?=/|$)"),
                models.Value("/*"),
                models.Value("g"),
                function="regexp_replace",
                output_field=models.TextField(),
            ),
            200,
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    detail = models.TextField()
    body = models.BinaryField()
    state = models.TextField(db_default="open")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    replay_delivery_id = models.BigIntegerField(null=True)
    deed_id = models.BigIntegerField(null=True)
    note = models.TextField(db_default="", blank=True)
    created_at = made_at()

    class Meta:
        db_table = "intake_quarantine"
        indexes = [
            models.Index(fields=["shop_id", "-id"], name="intake_quarantine_open", condition=models.Q(state="open")),
            models.Index(fields=["delivery_id"], name="intake_quarantine_delivery"),
            models.Index(
                fields=["shop_id", "code", "place", "id"],
                name="intake_quarantine_group",
                condition=models.Q(state="open"),
            ),
            models.Index(
                fields=["shop_id", "state", "-closed_at", "-id"],
                name="intake_quarantine_closed",
                condition=~models.Q(state="open"),
            ),
            models.Index(fields=["deed_id"], name="intake_quarantine_deed", condition=models.Q(deed_id__isnull=False)),
            models.Index(
                fields=["replay_delivery_id"],
                name="intake_quarantine_replay",
                condition=models.Q(replay_delivery_id__isnull=False),
            ),
        ]
