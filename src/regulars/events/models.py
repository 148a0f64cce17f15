"""The one append-only log of what happens to people, its consumers' queue, and each person's mailbox.

The log's tables are made by SQL in the migrations (partitioned by id), so Django does not manage them.
"""

from django.db import models

from regulars.base.fields import IdField, made_at


class Event(models.Model):
    """`data` holds no name, phone, address or free text. `cause` names what led to it: an actor, a delivery, an event."""

    id = IdField()
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    v = models.SmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    recorded_at = made_at()
    live = models.BooleanField()
    person_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    cause = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "events_event"


class Pending(models.Model):
    """An event that a consumer has yet to take; deleted in the consumer's own transaction."""

    pk = models.CompositePrimaryKey("consumer", "person_id", "event_id")
    consumer = models.TextField()
    person_id = models.BigIntegerField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "events_pending"


class Subscription(models.Model):
    """Which kinds a consumer wants from which shop; recording an event reads it. `by_mailbox`: see actions.subscribe."""

    pk = models.CompositePrimaryKey("shop_id", "kind", "consumer")
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    consumer = models.TextField()
    by_mailbox = models.BooleanField(db_default=True)

    class Meta:
        db_table = "events_subscription"


class Mailbox(models.Model):
    """A person's lock, and when somebody must look at him: at once (an event came) or at his next timer."""

    person_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "events_mailbox"
        indexes = [
            models.Index(fields=["due_at"], name="events_mailbox_due", condition=models.Q(due_at__isnull=False)),
        ]
