"""Tasks: work for a person, with a deadline. One owner, one outcome."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce

from regulars.base.fields import IdField, made_at

STATES = ("open", "claimed", "finished", "closed")
RANK = models.Case(
    models.When(why_next="asked", then=0),
    models.When(why_next="retry", then=2),
    default=1,
    output_field=models.SmallIntegerField(),
)
LIMIT = Coalesce("due_at", models.Value(datetime.max.replace(tzinfo=UTC), models.DateTimeField()))
"""Whoever has no limit stands behind all others, as in desk/queries.py."""
WAITING = models.Q(state__in=["open", "claimed"])
DONE = models.Q(state__in=["finished", "closed"])
UNSETTLED = models.Q(settles_at__isnull=False)


class Task(models.Model):
    """`target_at` is hoped for, `due_at` the limit; `not_before` hides a retry until its time.

    `settles_at`: an outcome given on the screen counts from then on, and may be taken back until then; null when it
    counts already. `event_id` is kept for its event, whose place in the log is the moment of finishing.
    """

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
    settles_at = models.DateTimeField(null=True)
    event_id = models.BigIntegerField(null=True)
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
            # desk/queries.py RANK: one range a kind of task, each in the order of its limits
            models.Index(
                "shop_id",
                RANK,
                "due_at",
                "id",
                name="desk_task_rank",
                condition=models.Q(state="open"),
                include=["not_before"],
            ),
            models.Index(
                fields=["shop_id", "not_before", "id"], name="desk_task_later", condition=models.Q(state="open")
            ),
            models.Index(fields=["shop_id", "claimed_by"], name="desk_task_mine", condition=models.Q(state="claimed")),
            models.Index(fields=["shop_id", "state", "-finished_at", "-id"], name="desk_task_done", condition=DONE),
            models.Index(
                fields=["shop_id", "team", "state", "-finished_at", "-id"], name="desk_task_team_done", condition=DONE
            ),
            models.Index("shop_id", LIMIT, "id", name="desk_task_limit", condition=WAITING),
            models.Index(fields=["settles_at"], name="desk_task_settles", condition=UNSETTLED),
            models.Index(fields=["person_id"], name="desk_task_unsettled", condition=UNSETTLED),
        ]


class Draft(models.Model):
    """What somebody has begun to write in a card, kept until the task is finished: by person, so that two don't meet.

    `call_at` is the wall time as it was chosen, at the buyer's clock.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    task_id = models.BigIntegerField()
    actor = models.TextField()
    outcome = models.TextField(db_default="", blank=True)
    note = models.TextField(db_default="", blank=True)
    call_at = models.TextField(db_default="", blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "desk_draft"
        constraints = [models.UniqueConstraint("task_id", "actor", name="desk_draft_once")]


class Look(models.Model):
    """Who has a card open, by machine time. Says nothing about shifts or presence, and is dropped after an hour."""

    id = IdField()
    shop_id = models.BigIntegerField()
    task_id = models.BigIntegerField()
    actor = models.TextField()
    seen_at = made_at()

    class Meta:
        db_table = "desk_look"
        constraints = [models.UniqueConstraint("task_id", "actor", name="desk_look_once")]
        indexes = [models.Index(fields=["seen_at"], name="desk_look_seen")]
