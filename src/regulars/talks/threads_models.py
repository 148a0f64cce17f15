"""Threads of messages with buyers, what was said in them, and the accounts (mailbox, bot) by which it comes."""

from django.db import models

from regulars.base.fields import IdField, made_at

CHANNELS = ("email", "telegram")
WAITS = models.Q(waits_since__isnull=False)


class Thread(models.Model):
    """One talk: a person at one address of a channel.

    `waits_since`: when the first message came that nobody has answered; null when none waits. `order_id`: the order that
    was spoken of last. `greeted_at`: when a machine of ours last wrote first here (at most once a day).
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    channel = models.TextField()
    address = models.TextField()
    order_id = models.BigIntegerField(null=True)
    subject = models.TextField(db_default="", blank=True)
    team = models.TextField(db_default="", blank=True)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waits_since = models.DateTimeField(null=True)
    greeted_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "talks_thread"
        constraints = [
            models.UniqueConstraint("shop_id", "channel", "address", name="talks_thread_address"),
            models.CheckConstraint(condition=models.Q(channel__in=CHANNELS), name="talks_thread_channel"),
        ]
        indexes = [
            models.Index(fields=["person_id", "-last_at"], name="talks_thread_person"),
            models.Index(fields=["shop_id", "-last_at", "-id"], name="talks_thread_newest"),
            models.Index(fields=["shop_id", "channel", "-last_at", "-id"], name="talks_thread_of_channel"),
            models.Index(fields=["shop_id", "team", "-last_at", "-id"], name="talks_thread_of_team"),
            models.Index(fields=["shop_id", "waits_since", "id"], name="talks_thread_waits", condition=WAITS),
        ]


class Message(models.Model):
    """One thing said. `text`: the new words; `whole`: all that came, with what was quoted, '' when that is the same.

    `key`: what names it in its channel, so that twice is once. `auto`: why it awaits no answer ('' when it does).
    `letter_id`: the message of ours that it answers, whoever it was sent to. `files`: [{"name", "type", "size",
    "digest"} or, for what was not kept, "refused" with the reason]. `outbox_id`: of ours, what the outbox carries.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    # no index of its own: talks_message_of_thread begins with it
    thread = models.ForeignKey(Thread, models.CASCADE, db_index=False)
    inward = models.BooleanField()
    at = models.DateTimeField()
    text = models.TextField()
    whole = models.TextField(db_default="", blank=True)
    subject = models.TextField(db_default="", blank=True)
    key = models.TextField()
    refs = models.JSONField(db_default={})
    auto = models.TextField(db_default="", blank=True)
    order_id = models.BigIntegerField(null=True)
    letter_id = models.BigIntegerField(null=True)
    outbox_id = models.BigIntegerField(null=True)
    actor = models.TextField(null=True)
    files = models.JSONField(db_default=[])
    delivery_id = models.BigIntegerField(null=True)
    task_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "talks_message"
        constraints = [models.UniqueConstraint("thread", "inward", "key", name="talks_message_once")]
        indexes = [
            models.Index(fields=["thread", "-id"], name="talks_message_of_thread"),
            models.Index(fields=["task_id"], name="talks_message_task", condition=models.Q(task_id__isnull=False)),
        ]


class Account(models.Model):
    """A mailbox that is read, or a bot. `secret`: password or token, encrypted; `feed_id`: by which its bytes come in.

    `state`: how far it was read (UID or update number). Leases and times are the machine's; `process_id`: who reads it.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    channel = models.TextField()
    feed_id = models.BigIntegerField()
    settings = models.JSONField(db_default={})
    secret = models.TextField()
    polled = models.BooleanField(db_default=True)
    state = models.JSONField(db_default={})
    check_at = made_at()
    checked_at = models.DateTimeField(null=True)
    trouble = models.TextField(db_default="", blank=True)
    failures = models.IntegerField(db_default=0)
    lease = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    process_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "talks_account"
        constraints = [
            models.UniqueConstraint(
                "shop_id", "channel", condition=models.Q(removed_at__isnull=True), name="talks_account_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["check_at"],
                name="talks_account_check",
                condition=models.Q(removed_at__isnull=True, polled=True),
            )
        ]
