"""Accounts of the shop's people and what they may do. Buyers are not here."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from regulars.base.fields import IdField, made_at

ROLES = ("owner", "supervisor", "operator")


class AccountManager(BaseUserManager["Account"]):
    """Django wants a manager that finds by the natural key."""


class Account(AbstractBaseUser):
    """A person on the staff; one account may work in several shops. A new `epoch` ends all of its sessions."""

    id = IdField()
    email = models.TextField(unique=True)
    name = models.TextField()
    language = models.CharField(max_length=2, db_default="en")
    is_active = models.BooleanField(db_default=True)
    epoch = models.IntegerField(db_default=0)
    created_at = made_at()
    objects = AccountManager()

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "staff_account"

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Django's own, with the epoch in it: a session is good as long as this stays."""
        whole = f"{self.password}:{self.epoch}" if self.epoch else self.password
        return salted_hmac("regulars.staff.session", whole, secret=secret, algorithm="sha256").hexdigest()


class Membership(models.Model):
    """Role of an account in a shop. No teams: it works for all. `is_active` False: it works there no longer.

    `most_tasks`: how many tasks it may have at once; null: as many as the shop says. `extension`: the inner number by which
    the shop's telephony reaches it.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = models.TextField(choices=[(r, r) for r in ROLES])
    teams = models.JSONField(db_default=[])
    is_active = models.BooleanField(db_default=True)
    most_tasks = models.SmallIntegerField(null=True)
    extension = models.TextField(db_default="", blank=True)

    class Meta:
        db_table = "staff_membership"
        constraints = [
            models.UniqueConstraint(
                "shop_id", "extension", condition=~models.Q(extension=""), name="staff_membership_extension"
            ),
            models.UniqueConstraint("shop_id", "account", name="staff_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=ROLES), name="staff_membership_role"),
        ]


class LoginLink(models.Model):
    """A link that logs in once; only its digest is kept."""

    id = IdField()
    account = models.ForeignKey(Account, models.CASCADE)
    digest = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_login_link"


class SavedView(models.Model):
    """Filters of a list under a name. `query`: the list's own query text; deleted ones stay for a while, to be undone."""

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    page = models.TextField()
    name = models.TextField()
    query = models.TextField()
    shared = models.BooleanField(db_default=False)
    deleted_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "staff_saved_view"
        constraints = [
            models.UniqueConstraint(
                "shop_id", "account", "page", "name", name="staff_saved_view_once",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["shop_id", "page"], name="staff_saved_view_page")]


class Export(models.Model):
    """A list asked for as a file. `asked`: the list's filters; `done` of `total` rows; the file itself is a blob."""

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    page = models.TextField()
    form = models.TextField()
    asked = models.JSONField()
    whole_contacts = models.BooleanField()
    state = models.TextField(db_default="waiting")
    done = models.IntegerField(db_default=0)
    total = models.IntegerField(db_default=0)
    is_cut = models.BooleanField(db_default=False)
    digest = models.BinaryField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "staff_export"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "making", "ready", "failed"]), name="staff_export_state"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="staff_export_old")]


class Notice(models.Model):
    """Something that one of the staff is to be told, once by its `key`. No personal data: `subject` names what it is about.

    `kind` is one of staff/notices.py KINDS; `subject` is 'task:123', 'call:45' or the like; after `expires_at` it is told to
    nobody any more.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    kind = models.TextField()
    key = models.TextField()
    subject = models.TextField(db_default="", blank=True)
    params = models.JSONField(db_default={})
    is_urgent = models.BooleanField(db_default=False)
    told_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "staff_notice"
        constraints = [models.UniqueConstraint("account", "key", name="staff_notice_once")]
        indexes = [
            models.Index(
                fields=["account", "shop_id", "id"],
                name="staff_notice_unseen",
                condition=models.Q(seen_at__isnull=True),
            ),
            models.Index(fields=["account", "shop_id", "-id"], name="staff_notice_page"),
            models.Index(fields=["expires_at"], name="staff_notice_old"),
        ]


class Shift(models.Model):
    """Somebody's time at the desk, from 'I am here' or his first task until he leaves; one that runs at a time.

    `state`: on, break, away (silent; nothing is given to him), ended. `since`: in this state since, by business time;
    `seen_at`: his last sign of life, by machine time. `break_until`: when he means to be back. `returns_at`: from then on
    his tasks go back to the queue, for `returns_why` (ended, silent, break); null when there is nothing to give back.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    state = models.TextField(db_default="on")
    started_at = models.DateTimeField()
    since = models.DateTimeField()
    seen_at = made_at()
    break_until = models.DateTimeField(null=True)
    reason = models.TextField(db_default="", blank=True)
    returns_at = models.DateTimeField(null=True)
    returns_why = models.TextField(db_default="", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_shift"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["on", "break", "away", "ended"]), name="staff_shift_state"
            ),
            models.UniqueConstraint(
                "shop_id", "account", name="staff_shift_runs", condition=models.Q(ended_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                fields=["returns_at"], name="staff_shift_returns", condition=models.Q(returns_at__isnull=False)
            ),
            models.Index(fields=["shop_id", "account", "started_at"], name="staff_shift_of"),
        ]


class Planned(models.Model):
    """A planned shift: every week on `weekday` (0 is Monday), or on one `day`, which then counts instead of the week's.

    No `starts`: a day off. `ends` not after `starts` is on the next day. By the shop's clock.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    weekday = models.SmallIntegerField(null=True)
    day = models.DateField(null=True)
    starts = models.TimeField(null=True)
    ends = models.TimeField(null=True)
    reason = models.TextField(db_default="", blank=True)

    class Meta:
        db_table = "staff_planned"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=False, day__isnull=True)
                | models.Q(weekday__isnull=True, day__isnull=False),
                name="staff_planned_when",
            ),
            models.CheckConstraint(
                condition=models.Q(starts__isnull=True, ends__isnull=True)
                | models.Q(starts__isnull=False, ends__isnull=False),
                name="staff_planned_hours",
            ),
        ]
        indexes = [models.Index(fields=["shop_id", "account", "day"], name="staff_planned_of")]


class TellingChoice(models.Model):
    """How an account wants to be told; see rules/telling.py. `quiet_from` = `quiet_until`: never quiet."""

    id = IdField()
    account = models.OneToOneField(Account, models.CASCADE)
    kinds = models.JSONField(db_default={})
    always = models.BooleanField(db_default=False)
    quiet_from = models.TimeField(db_default="00:00")
    quiet_until = models.TimeField(db_default="00:00")
    bundle_minutes = models.SmallIntegerField(db_default=0)
    volume = models.SmallIntegerField(db_default=60)

    class Meta:
        db_table = "staff_telling_choice"


class Way(models.Model):
    """A way to somebody outside the product: his e-mail, or a service by its address, which is kept encrypted.

    `failures` in a row pause it until `paused_until` (machine time); `answer`: what came of the last attempt.
    """

    id = IdField()
    account = models.ForeignKey(Account, models.CASCADE)
    kind = models.TextField()
    label = models.TextField(db_default="", blank=True)
    secret = models.BinaryField(null=True)
    failures = models.SmallIntegerField(db_default=0)
    paused_until = models.DateTimeField(null=True)
    answer = models.TextField(db_default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "staff_way"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["email", "service"]), name="staff_way_kind"),
            models.UniqueConstraint(
                "account", name="staff_way_email_once", condition=models.Q(kind="email", removed_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["account"], name="staff_way_account")]


class Telling(models.Model):
    """A notice on its way to somebody outside the product. What it says is written when it goes, and kept nowhere else.

    `due_at` is business time; `retry_at` and `lease_until` are machine time. Those with one `claim` go as one message,
    in the hands of the process `process_id`.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE)
    notice = models.ForeignKey(Notice, models.CASCADE)
    way = models.ForeignKey(Way, models.CASCADE)
    state = models.TextField(db_default="waiting")
    reason = models.TextField(db_default="", blank=True)
    tries = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    process_id = models.BigIntegerField(null=True)
    claim = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "staff_telling"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sending", "sent", "kept", "failed", "dropped"]),
                name="staff_telling_state",
            ),
            models.UniqueConstraint("notice", "way", name="staff_telling_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="staff_telling_due", condition=models.Q(state="waiting")),
            models.Index(fields=["lease_until"], name="staff_telling_lease", condition=models.Q(state="sending")),
            models.Index(fields=["shop_id", "-id"], name="staff_telling_page"),
        ]
