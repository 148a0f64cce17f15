"""Messages on their way, what was sent, and the shop's templates. Big tables are partitioned, made by SQL."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.base.fields import IdField, made_at

STATES = ("queued", "sending", "sent", "refused", "failed", "unknown", "cancelled")


class Message(models.Model):
    """One message to one person.

    `meant_at`: the due time that lateness counts from; `send_after`: not before (quiet hours, back-off). `phase`
    0 = claimed, 1 = being handed over (set before the dot of an advertisement). `why`: the gate's checks.
    `scheme` by its name, `terms`: its budget, and who of a higher priority is due soon ("ahead"). `counted_in`: the first
    day of the period of the budget that it was counted in.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    version_id = models.BigIntegerField(null=True)
    step = models.TextField(null=True)
    visit = models.IntegerField(null=True)
    attempt = models.IntegerField(null=True)
    part = models.TextField(null=True)
    purpose = models.TextField()
    by = ArrayField(models.TextField())
    channel = models.TextField(null=True)
    address = models.TextField(null=True)
    content = models.JSONField()
    late = models.JSONField(null=True)
    held_out = models.BooleanField(db_default=False)
    scheme = models.TextField(null=True)
    priority = models.SmallIntegerField(db_default=5)
    terms = models.JSONField(null=True)
    counted_in = models.DateField(null=True)
    state = models.TextField(db_default="queued")
    reason = models.TextField(null=True)
    why = models.JSONField(db_default={})
    meant_at = models.DateTimeField()
    send_after = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    process_id = models.BigIntegerField(null=True)
    claim = models.BigIntegerField(null=True)
    phase = models.SmallIntegerField(db_default=0)
    tries = models.SmallIntegerField(db_default=0)
    created_at = made_at()

    class Meta:
        managed = False
        db_table = "outbox_message"


class Budget(models.Model):
    """How many advertisements of a scheme went in the period that begins on a day, and what they cost: ten-thousandths of
    `currency`, by the prices of their moments."""

    pk = models.CompositePrimaryKey("shop_id", "scheme", "every", "begins")
    shop_id = models.BigIntegerField()
    scheme = models.TextField()
    every = models.TextField()
    begins = models.DateField()
    used = models.BigIntegerField(db_default=0)
    cost = models.BigIntegerField(db_default=0)
    currency = models.TextField(null=True)

    class Meta:
        db_table = "outbox_budget"


class HeldVersion(models.Model):
    """A version of a paused scheme: its letters are put off."""

    version_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()

    class Meta:
        db_table = "outbox_held_version"


class MessageBody(models.Model):
    """The stored bytes that a repeat sends again; emptied after the shop's term."""

    id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()
    subject = models.TextField()
    raw = models.BinaryField(null=True)
    deflated = models.BooleanField(db_default=False)

    class Meta:
        managed = False
        db_table = "outbox_body"


class Delivery(models.Model):
    """One attempt at a message, with the provider's answer."""

    id = IdField()
    shop_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    channel = models.TextField()
    outcome = models.TextField()
    code = models.TextField(null=True)
    reply = models.TextField(null=True)
    at = models.DateTimeField()
    recorded_at = made_at()

    class Meta:
        managed = False
        db_table = "outbox_delivery"


class Template(models.Model):
    """A shop's own version of a letter; where there is none, the starter of that key serves."""

    id = IdField()
    shop_id = models.BigIntegerField()
    key = models.TextField()
    version = models.IntegerField()
    content = models.JSONField()
    created_at = made_at()

    class Meta:
        db_table = "outbox_template"
        constraints = [models.UniqueConstraint("shop_id", "key", "version", name="outbox_template_version")]


class Channel(models.Model):
    """State of a channel: paused until when and why (login refused, DNS dead)."""

    id = IdField()
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    paused_until = models.DateTimeField(null=True)
    trouble = models.TextField(null=True)
    failures = models.IntegerField(db_default=0)
    since = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_channel"
        constraints = [models.UniqueConstraint("shop_id", "kind", name="outbox_channel_kind")]


class Command(models.Model):
    """One thing to be told to another system, by a handler of its kind (outbox/commands.py).

    `not_before`: business time; `retry_at`: machine time, as is the lease. `maybe_taken`: an attempt's fate is unknown.
    `good_until`: after it nobody wants it any more. `target` is whom it is for: what fails is paused by target.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    key = models.TextField()
    target = models.TextField()
    payload = models.JSONField()
    person_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    task_id = models.BigIntegerField(null=True)
    actor = models.TextField()
    state = models.TextField(db_default="queued")
    tries = models.SmallIntegerField(db_default=0)
    maybe_taken = models.BooleanField(db_default=False)
    not_before = models.DateTimeField()
    good_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    process_id = models.BigIntegerField(null=True)
    claim = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "outbox_command"
        constraints = [models.UniqueConstraint("shop_id", "key", name="outbox_command_key")]
        indexes = [
            models.Index(fields=["not_before", "id"], name="outbox_command_due", condition=models.Q(state="queued")),
            models.Index(fields=["process_id"], name="outbox_command_held", condition=models.Q(state="sending")),
            models.Index(fields=["shop_id", "-id"], name="outbox_command_list"),
            models.Index(
                fields=["shop_id", "state", "-id"],
                name="outbox_command_open",
                condition=models.Q(state__in=["queued", "sending", "failed", "unknown"]),
            ),
            models.Index(
                fields=["order_id", "id"], name="outbox_command_order", condition=models.Q(order_id__isnull=False)
            ),
        ]


class Target(models.Model):
    """Whom commands go to, while it fails: paused until when (machine time) and why. No row: all is well."""

    id = IdField()
    shop_id = models.BigIntegerField()
    target = models.TextField()
    failures = models.IntegerField(db_default=0)
    paused_until = models.DateTimeField(null=True)
    trouble = models.TextField()
    since = made_at()

    class Meta:
        db_table = "outbox_target"
        constraints = [models.UniqueConstraint("shop_id", "target", name="outbox_target_target")]


class Spoken(models.Model):
    """A version of what operators say: a script, the questions, the closing phrases, what texts may say of the shop.

    The newest version counts; one without `content` gives the ready text back. `kind`: script, questions, closing, about.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    key = models.TextField()
    version = models.IntegerField()
    content = models.JSONField(null=True)
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "outbox_spoken"
        constraints = [models.UniqueConstraint("shop_id", "kind", "key", "version", name="outbox_spoken_version")]
