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
    """Role of an account in a shop. No teams: it works for all. `is_active` False: it works there no longer."""

    id = IdField()
    shop_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = models.TextField(choices=[(r, r) for r in ROLES])
    teams = models.JSONField(db_default=[])
    is_active = models.BooleanField(db_default=True)

    class Meta:
        db_table = "staff_membership"
        constraints = [
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
