"""Tasks: work for a person, with a deadline. One owner, one outcome."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce

from regulars.base.fields import IdField, made_at
from regulars.rules.rank import KINDS

STATES = ("open", "claimed", "finished", "closed")
KIND = models.Case(
    *(models.When(why_next=name, then=n) for n, name in enumerate(KINDS) if name != "fresh"),
    default=KINDS.index("fresh"),
    output_field=models.SmallIntegerField(),
)
LIMIT = Coalesce("due_at", models.Value(datetime.max.replace(tzinfo=UTC), models.DateTimeField()))
"""Whoever has no limit stands behind all others, as in desk/queries.py."""
WAITING = models.Q(state__in=["open", "claimed"])
DONE = models.Q(state__in=["finished", "closed"])
UNSETTLED = models.Q(settles_at__isnull=False)
OPEN = models.Q(state="open")


class Task(models.Model):
    """`target_at` is hoped for, `due_at` the limit; `not_before` hides a retry until its time. `placed_at`: when its order
    was placed, of a task without one when it was opened; of equal limits the earlier stands first.

    `call_id`, `thread_id`, `promise_id`: the call, the talk or the promise in danger that it is about. `pause`: the waiting
    state in which its clock stands since `paused_at` until `not_before`, with `left_target` and `left_limit` of working
    time to go; the `was_…` are the times that it had, and stay when the clock has gone on: so does the amount that was left.
    `escalate_at`: when somebody above is told next; `escalated`: how often that was done. `extended`: how often a lead gave it
    a later limit, which then stands whatever becomes of the hours.

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
    placed_at = models.DateTimeField(null=True)
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
    call_id = models.BigIntegerField(null=True)
    thread_id = models.BigIntegerField(null=True)
    promise_id = models.BigIntegerField(null=True)
    pause = models.TextField(null=True)
    paused_at = models.DateTimeField(null=True)
    left_target = models.DurationField(null=True)
    left_limit = models.DurationField(null=True)
    pause_note = models.TextField(db_default="", blank=True)
    was_not_before = models.DateTimeField(null=True)
    was_target_at = models.DateTimeField(null=True)
    was_due_at = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)
    escalated = models.SmallIntegerField(db_default=0)
    extended = models.SmallIntegerField(db_default=0)
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
            # desk/ranking.py: one range a team and kind of task, each in the order of its limits
            models.Index(
                "shop_id",
                "team",
                KIND,
                "due_at",
                "placed_at",
                "id",
                name="desk_task_rank",
                condition=OPEN,
                include=["not_before"],
            ),
            models.Index(
                "shop_id",
                "team",
                KIND,
                "not_before",
                "id",
                name="desk_task_later",
                condition=OPEN,
                include=["due_at", "placed_at"],
            ),
            models.Index(
                fields=["shop_id", "paused_at", "id"],
                name="desk_task_stands",
                condition=models.Q(state="open", pause__isnull=False),
            ),
            models.Index(fields=["shop_id", "claimed_by"], name="desk_task_mine", condition=models.Q(state="claimed")),
            models.Index(fields=["shop_id", "state", "-finished_at", "-id"], name="desk_task_done", condition=DONE),
            models.Index(
                fields=["shop_id", "team", "state", "-finished_at", "-id"], name="desk_task_team_done", condition=DONE
            ),
            models.Index("shop_id", LIMIT, "id", name="desk_task_limit", condition=WAITING),
            models.Index(fields=["shop_id", "not_before"], name="desk_task_begun", condition=WAITING, include=["team"]),
            models.Index(fields=["settles_at"], name="desk_task_settles", condition=UNSETTLED),
            models.Index(
                fields=["escalate_at"],
                name="desk_task_escalate",
                condition=models.Q(state__in=["open", "claimed"], escalate_at__isnull=False),
            ),
            models.Index(fields=["call_id"], name="desk_task_call", condition=models.Q(call_id__isnull=False)),
            models.Index(fields=["thread_id"], name="desk_task_thread", condition=models.Q(thread_id__isnull=False)),
            models.Index(fields=["promise_id"], name="desk_task_promise", condition=models.Q(promise_id__isnull=False)),
            models.Index(fields=["person_id"], name="desk_task_unsettled", condition=UNSETTLED),
        ]


class Draft(models.Model):
    """What somebody has begun to write in a card, kept until the task is finished: by person, so that two don't meet.

    `call_at` is the wall time as it was chosen, at the buyer's clock. `left_at`: its writer had the task then and has it no
    longer; whoever takes it next is shown what he had begun. `undone`: how often he has taken back his outcome; what a page
    from before that sends is late.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    task_id = models.BigIntegerField()
    actor = models.TextField()
    outcome = models.TextField(db_default="", blank=True)
    note = models.TextField(db_default="", blank=True)
    call_at = models.TextField(db_default="", blank=True)
    saved_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    undone = models.SmallIntegerField(db_default=0)

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


class Forecast(models.Model):
    """A shop's last forecast and when the next is due. `seen`: tasks of which the leads were told; `pace`: desk/pace.py."""

    id = IdField()
    shop_id = models.BigIntegerField(unique=True)
    next_at = models.DateTimeField()
    seen = models.JSONField(db_default=[])
    pace = models.JSONField(null=True)
    pace_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        db_table = "desk_forecast"
        indexes = [models.Index(fields=["next_at"], name="desk_forecast_next")]


class Routing(models.Model):
    """A version of a shop's routing rules, as written; the newest holds. See desk/routing.py."""

    id = IdField()
    shop_id = models.BigIntegerField()
    n = models.IntegerField()
    text = models.TextField()
    actor = models.TextField()
    created_at = made_at()

    class Meta:
        db_table = "desk_routing"
        constraints = [models.UniqueConstraint("shop_id", "n", name="desk_routing_n")]
