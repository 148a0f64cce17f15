"""Segments, who is in each, and how each grew from day to day."""

from django.db import models
from django.db.models import Q

from regulars.base.fields import IdField, made_at

FILLING, READY = "filling", "ready"


class Segment(models.Model):
    """A name, a title by language, and the condition as its owner wrote it.

    `state`: 'filling' while everybody is asked once, else 'ready'. `round` grows with each filling; `begins_after`: the
    transaction that wanted it, before whose end no filling may look. `tells`: this filling records that people entered
    or left. `filled` of `to_fill` persons are done. `members`: so many are in.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    name = models.TextField()
    title = models.JSONField(db_default={})
    condition = models.TextField()
    state = models.TextField(db_default=FILLING)
    round = models.IntegerField(db_default=1)
    begins_after = models.BigIntegerField()
    tells = models.BooleanField(db_default=False)
    filled = models.BigIntegerField(db_default=0)
    to_fill = models.BigIntegerField(null=True)
    members = models.BigIntegerField(db_default=0)
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "segments_segment"
        constraints = [
            models.UniqueConstraint(
                "shop_id", "name", name="segments_segment_name", condition=Q(removed_at__isnull=True)
            )
        ]


class Member(models.Model):
    """Who is in (`since`), or is not and may come in as time goes by. `recheck_at`: when time alone may change it."""

    pk = models.CompositePrimaryKey("segment_id", "person_id")
    segment_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    since = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True)
    round = models.IntegerField()

    class Meta:
        db_table = "segments_member"
        indexes = [
            models.Index(fields=["recheck_at"], name="segments_member_due", condition=Q(recheck_at__isnull=False)),
            models.Index(fields=["person_id"], name="segments_member_person"),
            models.Index(
                fields=["segment_id", "-since", "-person_id"],
                name="segments_member_newest",
                condition=Q(since__isnull=False),
            ),
        ]


class Day(models.Model):
    """How many entered and left a segment on a day of the shop; fillings are not counted."""

    pk = models.CompositePrimaryKey("segment_id", "day")
    segment_id = models.BigIntegerField()
    day = models.DateField()
    entered = models.IntegerField(db_default=0)
    left = models.IntegerField(db_default=0)

    class Meta:
        db_table = "segments_day"
