"""The table of telephone calls. What was said in them is not here."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.base.fields import IdField, made_at

CALL_STATES = ("ringing", "answered", "missed", "ended", "failed")
CERTAINTIES = ("certain", "maybe", "unknown")


class Call(models.Model):
    """One conversation by telephone, however often it was passed on.

    `number` is the outside one, normalised, and null where it is hidden. `certainty`: whether `person_id` is known by the
    number ('certain'), one of `candidates` ('maybe': until that is settled he stands for them, `stand_in_id`), or a lead made
    of the call ('unknown'). `facts`: all that came, as rules/calls.py folds it; `told`: events recorded already. `task_id`:
    the task that it asks for. `heard_at`: when something new of it came last; `check_at`: when it counts as over though
    nobody says so.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    source = models.TextField()
    external_id = models.TextField()
    direction = models.TextField(db_default="", blank=True)
    number = models.TextField(null=True)
    line = models.TextField(null=True)
    extension = models.TextField(null=True)
    account_id = models.BigIntegerField(null=True)
    state = models.TextField()
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ring_seconds = models.IntegerField(null=True)
    talk_seconds = models.IntegerField(null=True)
    recordings = ArrayField(models.TextField(), db_default=[])
    person_id = models.BigIntegerField(null=True)
    certainty = models.TextField(db_default="unknown")
    candidates = ArrayField(models.BigIntegerField(), db_default=[])
    stand_in_id = models.BigIntegerField(null=True)
    settled_by = models.TextField(null=True)
    settled_at = models.DateTimeField(null=True)
    task_id = models.BigIntegerField(null=True)
    facts = models.JSONField(db_default={})
    told = ArrayField(models.TextField(), db_default=[])
    live = models.BooleanField()
    heard_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "talks_call"
        constraints = [
            models.UniqueConstraint("shop_id", "source", "external_id", name="talks_call_once"),
            models.CheckConstraint(condition=models.Q(state__in=CALL_STATES), name="talks_call_state"),
            models.CheckConstraint(condition=models.Q(certainty__in=CERTAINTIES), name="talks_call_certainty"),
        ]
        indexes = [
            models.Index(fields=["shop_id", "-started_at", "-id"], name="talks_call_listed"),
            models.Index(fields=["shop_id", "state", "-started_at", "-id"], name="talks_call_by_state"),
            models.Index(fields=["shop_id", "direction", "-started_at", "-id"], name="talks_call_by_direction"),
            models.Index(fields=["person_id", "-started_at", "-id"], name="talks_call_person"),
            models.Index(
                fields=["stand_in_id"], name="talks_call_stand_in", condition=models.Q(stand_in_id__isnull=False)
            ),
            models.Index(fields=["check_at"], name="talks_call_check", condition=models.Q(check_at__isnull=False)),
            models.Index(fields=["task_id"], name="talks_call_task", condition=models.Q(task_id__isnull=False)),
            models.Index(
                fields=["shop_id", "number"], name="talks_call_number", condition=models.Q(number__isnull=False)
            ),
        ]
