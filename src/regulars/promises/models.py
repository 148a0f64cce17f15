"""The ledger of what was promised to whom by when, and whether it was kept."""

from django.db import models

from regulars.base.fields import IdField, made_at

STATES = ("intended", "open", "warned", "kept", "broken", "void")


class Promise(models.Model):
    """`due_at` is frozen when told. `key` is the identity of the effect that made it.

    `team` must keep it, and its hours run the clock from `begins_at` on (null: from the telling). `window_from`: a window
    was promised, whose end is `due_at`. `risk_at`: when the watch saw it at risk; `warning_id`: the letter that warns the
    buyer, `warned_at`: when that left. `reason`: why it is broken, will be, or is void. `follows_id`: the one it replaces.
    `held`: what would keep it has been done, but may yet be taken back; until that is settled the watch leaves it alone.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    key = models.TextField()
    kind = models.TextField()
    state = models.TextField(db_default="intended")
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    message_id = models.BigIntegerField(null=True)
    task_id = models.BigIntegerField(null=True)
    held = models.BooleanField(db_default=False)
    team = models.TextField(db_default="shop")
    begins_at = models.DateTimeField(null=True)
    window_from = models.DateTimeField(null=True)
    risk_at = models.DateTimeField(null=True)
    warning_id = models.BigIntegerField(null=True)
    reason = models.TextField(null=True)
    follows_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "promises_promise"
        constraints = [
            models.UniqueConstraint("shop_id", "key", name="promises_promise_key"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="promises_promise_state"),
        ]
        indexes = [
            models.Index(
                fields=["warn_at"],
                name="promises_promise_warn",
                condition=models.Q(state="open", risk_at__isnull=True),
            ),
            models.Index(
                fields=["due_at"], name="promises_promise_due", condition=models.Q(state__in=["open", "warned"])
            ),
            models.Index(
                fields=["shop_id", "state", "due_at", "id"],
                name="promises_promise_ahead",
                condition=models.Q(state__in=["intended", "open", "warned"]),
            ),
            models.Index(
                fields=["shop_id", "state", "-closed_at", "-id"],
                name="promises_promise_closed",
                condition=models.Q(state__in=["kept", "broken", "void"]),
            ),
            models.Index(fields=["order_id"], name="promises_promise_order"),
            models.Index(fields=["person_id"], name="promises_promise_person"),
            models.Index(
                fields=["message_id"], name="promises_promise_message", condition=models.Q(message_id__isnull=False)
            ),
            models.Index(
                fields=["warning_id"], name="promises_promise_warning", condition=models.Q(warning_id__isnull=False)
            ),
            models.Index(
                fields=["enrolment_id"], name="promises_promise_owed", condition=models.Q(enrolment_id__isnull=False)
            ),
            models.Index(
                fields=["shop_id", "due_at", "id"],
                name="promises_promise_risk",
                condition=models.Q(state="open", risk_at__isnull=False),
            ),
            models.Index(
                fields=["shop_id", "due_at", "id"],
                name="promises_promise_settled",
                condition=models.Q(state__in=["kept", "broken"]) | models.Q(state="void", reason="moved"),
            ),
            models.Index(
                fields=["shop_id", "state", "due_at"],
                name="promises_promise_trouble",
                condition=models.Q(state__in=["broken", "warned"]),
            ),
            models.Index(fields=["task_id"], name="promises_promise_task", condition=models.Q(task_id__isnull=False)),
        ]
