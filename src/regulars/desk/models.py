"""Tasks: work for a person, with a deadline. One owner, one outcome."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.base.fields import IdField, made_at

STATES = ("open", "claimed", "finished", "closed")


class Task(models.Model):
    """`target_at` is hoped for, `due_at` the limit; `not_before` hides a retry until its time."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    version_id = models.BigIntegerField(null=True)
    step = models.TextField(null=True)
    visit = models.IntegerField(null=True)
    attempt = models.IntegerField(db_default=1)
    kind = models.TextField()
    script = models.TextField(null=True)
    title = models.JSONField(db_default={})
    team = models.TextField()
    state = models.TextField(db_default="open")
    outcomes = ArrayField(models.TextField(), db_default=[])
    call_at_needed = ArrayField(models.TextField(), db_default=[])
    why_next = models.TextField(db_default="fresh")
    not_before = models.DateTimeField()
    target_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    claimed_by = models.TextField(null=True)
    claimed_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)
    note = models.TextField(db_default="", blank=True)
    call_at = models.DateTimeField(null=True)
    finished_by = models.TextField(null=True)
    finished_at = models.DateTimeField(null=True)
    banner = models.TextField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "desk_task"
        constraints = [models.CheckConstraint(condition=models.Q(state__in=STATES), name="desk_task_state")]
        indexes = [
            models.Index(
                fields=["shop_id", "team", "due_at"],
                name="desk_task_waiting",
                condition=models.Q(state__in=["open", "claimed"]),
            ),
            models.Index(fields=["order_id"], name="desk_task_order"),
            models.Index(fields=["person_id"], name="desk_task_person"),
            models.Index(fields=["enrolment_id"], name="desk_task_enrolment"),
        ]
