"""Tables of the ground: clock, installation, audit, limits, blobs, processes, idempotency. No business words here."""

from django.db import models

from regulars.base.fields import IdField, made_at


class Clock(models.Model):
    """One row: business time = anchor_business + (machine − anchor_machine) × speed, not past cap_business.

    `target_business`: where a playground's clock is walking to (base/pace.py).
    """

    id = models.SmallIntegerField(primary_key=True)
    playground = models.BooleanField(db_default=False)
    anchor_machine = models.DateTimeField()
    anchor_business = models.DateTimeField()
    speed = models.FloatField(db_default=1)
    cap_business = models.DateTimeField(null=True)
    target_business = models.DateTimeField(null=True)

    class Meta:
        db_table = "base_clock"


class Outside(models.Model):
    """One row, on a playground: when its outside world acts next, good until a machine time (base/outside.py)."""

    id = models.SmallIntegerField(primary_key=True)
    next_business = models.DateTimeField()
    until_machine = models.DateTimeField()

    class Meta:
        db_table = "base_outside"


class Installation(models.Model):
    """One row: the fingerprint of the key outside the database, and whether sending stands still."""

    id = models.SmallIntegerField(primary_key=True)
    secret_fingerprint = models.TextField()
    paused = models.BooleanField(db_default=False)
    created_at = made_at()

    class Meta:
        db_table = "base_installation"


class RateLimit(models.Model):
    """A counter a bucket; one statement counts and judges."""

    bucket = models.TextField(primary_key=True)
    window_start = models.DateTimeField()
    hits = models.IntegerField()

    class Meta:
        db_table = "base_rate_limit"


class Blob(models.Model):
    """A file by its digest."""

    id = IdField()
    shop_id = models.BigIntegerField()
    digest = models.BinaryField()
    media_type = models.TextField()
    size = models.IntegerField()
    body = models.BinaryField()
    created_at = made_at()

    class Meta:
        db_table = "base_blob"
        constraints = [models.UniqueConstraint("shop_id", "digest", name="base_blob_digest")]


class Process(models.Model):
    """A running loop of ours that holds leases; gone when its lease has run out or its process is no more."""

    id = IdField()
    role = models.TextField()
    host = models.TextField()
    pid = models.IntegerField()
    pid_started = models.FloatField()
    lease_until = models.DateTimeField()
    created_at = made_at()

    class Meta:
        db_table = "base_process"


class Audit(models.Model):
    """What staff, keys and commands looked at and changed; insert only (a trigger refuses the rest)."""

    id = IdField()
    shop_id = models.BigIntegerField(null=True)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    action = models.TextField()
    object_kind = models.TextField()
    object_id = models.BigIntegerField(null=True)
    detail = models.JSONField(db_default={})
    at = made_at()

    class Meta:
        db_table = "base_audit"
        indexes = [models.Index(fields=["shop_id", "object_kind", "object_id"], name="base_audit_object")]


class Idempotency(models.Model):
    """The first answer given under an Idempotency-Key, repeated to whoever asks again."""

    id = IdField()
    shop_id = models.BigIntegerField()
    key_digest = models.BinaryField()
    body_digest = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    answer = models.BinaryField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "base_idempotency"
        constraints = [models.UniqueConstraint("shop_id", "key_digest", name="base_idempotency_key")]
