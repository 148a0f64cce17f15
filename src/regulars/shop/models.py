"""The shop: its name, zone, languages, calendars, teams and API keys. Other apps lead every key with its id."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.base.fields import IdField, made_at


class Shop(models.Model):
    """`settings` and `brand` hold what an owner sets; shop/settings.py names and checks the keys."""

    id = IdField()
    slug = models.SlugField(unique=True)
    name = models.TextField()
    time_zone = models.TextField()
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    languages = ArrayField(models.TextField())
    settings = models.JSONField(db_default={})
    brand = models.JSONField(db_default={})
    created_at = made_at()

    class Meta:
        db_table = "shop_shop"


class Calendar(models.Model):
    """Working hours in force, as rules.worktime reads them: the week, and what the special days make of it.

    `version` grows with each change. `holidays_of`: the country whose holidays are kept, '' for none; `holiday_years`:
    those that were taken over.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    key = models.TextField()
    hours = models.JSONField()
    version = models.IntegerField(db_default=1)
    holidays_of = models.TextField(db_default="", blank=True)
    holiday_years = ArrayField(models.IntegerField(), db_default=[])

    class Meta:
        db_table = "shop_calendar"
        constraints = [models.UniqueConstraint("shop_id", "key", name="shop_calendar_key")]


class CalendarFeed(models.Model):
    """A calendar file (iCalendar) whose whole days are days off: fetched from `url` (encrypted), or put in by hand (null).

    `host` is shown for it. `problem`: why it could not be read the last time; its days stay. `left_out`: entries that
    are no whole days.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    calendar_key = models.TextField()
    name = models.TextField()
    url = models.BinaryField(null=True)
    host = models.TextField(db_default="", blank=True)
    fetched_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    problem = models.TextField(db_default="", blank=True)
    left_out = models.IntegerField(db_default=0)

    class Meta:
        db_table = "shop_calendar_feed"
        indexes = [
            models.Index(fields=["shop_id", "calendar_key"], name="shop_calendar_feed_of"),
            models.Index(fields=["tried_at"], name="shop_calendar_feed_due", condition=models.Q(url__isnull=False)),
        ]


class SpecialDay(models.Model):
    """A day that is not like its weekday, as one source says; rules/special_days.py says which source wins.

    `what`: off, usual (worked like an ordinary working day) or open (in `spans`). `switched_by`: whoever switched it, so
    that no refresh changes it any more.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    calendar_key = models.TextField()
    day = models.DateField()
    source = models.TextField()
    feed_id = models.BigIntegerField(null=True)
    title = models.JSONField(db_default={})
    what = models.TextField()
    spans = models.JSONField(db_default=[])
    is_on = models.BooleanField(db_default=True)
    switched_by = models.TextField(null=True)

    class Meta:
        db_table = "shop_special_day"
        constraints = [
            models.UniqueConstraint(
                fields=["shop_id", "calendar_key", "day", "source", "feed_id"],
                name="shop_special_day_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(what__in=["off", "usual", "open"]), name="shop_special_day_what"),
            models.CheckConstraint(
                condition=models.Q(source__in=["holidays", "feed", "hand"]), name="shop_special_day_source"
            ),
        ]


class Team(models.Model):
    """Who does a kind of work; its calendar runs its clocks. A scheme names it by `key`."""

    id = IdField()
    shop_id = models.BigIntegerField()
    key = models.TextField()
    title = models.JSONField(db_default={})
    calendar_key = models.TextField(db_default="main")

    class Meta:
        db_table = "shop_team"
        constraints = [models.UniqueConstraint("shop_id", "key", name="shop_team_key")]


class ApiKey(models.Model):
    """A key of one shop, shown once; only its digest is kept. `last_used_at` may be a minute behind."""

    id = IdField()
    shop_id = models.BigIntegerField()
    name = models.TextField()
    digest = models.BinaryField(unique=True)
    scopes = ArrayField(models.TextField())
    created_at = made_at()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "shop_api_key"


class SigningSecret(models.Model):
    """What we tell other systems is signed with it; `secret` is encrypted, `name` is how schemes call it."""

    pk = models.CompositePrimaryKey("shop_id", "name")
    shop_id = models.BigIntegerField()
    name = models.TextField()
    secret = models.TextField()
    created_at = made_at()

    class Meta:
        db_table = "shop_signing_secret"
