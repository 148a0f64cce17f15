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
    """Weekly working hours with days off, as rules.worktime reads them; `version` grows with each change."""

    id = IdField()
    shop_id = models.BigIntegerField()
    key = models.TextField()
    hours = models.JSONField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "shop_calendar"
        constraints = [models.UniqueConstraint("shop_id", "key", name="shop_calendar_key")]


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
