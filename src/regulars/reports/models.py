"""What reports keep of their own: the shop's motivation rule, in all its versions."""

from django.db import models

from regulars.base.fields import IdField, made_at


class Motivation(models.Model):
    """A version of the rule by which operators earn; never changed, a later one takes its place from `effective_from` on."""

    id = IdField()
    shop_id = models.BigIntegerField()
    effective_from = models.DateField()
    rule = models.JSONField()
    made_by = models.TextField()
    created_at = made_at()

    class Meta:
        db_table = "reports_motivation"
        indexes = [models.Index(fields=["shop_id", "id"], name="reports_motivation_shop")]


class UpliftPerson(models.Model):
    """A person as he was drawn into a scheme's groups at his first entry, and what he did until `closes_at`.

    `part`: '' for the hold-out, else the split test's step. `arm`: GIVEN or HELD, or the way that the split test chose.
    `share`: permille that were to be held out, `days`: the window; together they are the stratum. `day`: of the shop's
    clock, on which the window closed. `state`: see UPLIFT_STATES. `revenue`: minor units of the shop's currency.
    `other`: he was in another scheme that advertises meanwhile. `corrected`: changed after he was first counted.
    """

    pk = models.CompositePrimaryKey("scheme_id", "part", "person_id")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    part = models.TextField()
    person_id = models.BigIntegerField()
    arm = models.TextField()
    share = models.SmallIntegerField()
    days = models.SmallIntegerField()
    entered_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    start_order = models.BigIntegerField(null=True)
    day = models.DateField()
    state = models.SmallIntegerField(db_default=0)
    orders = models.IntegerField(db_default=0)
    revenue = models.BigIntegerField(db_default=0)
    goal = models.BooleanField(db_default=False)
    other = models.BooleanField(db_default=False)
    corrected = models.BooleanField(db_default=False)

    class Meta:
        db_table = "reports_uplift_person"
        indexes = [
            models.Index(fields=["shop_id", "closes_at"], name="reports_uplift_waiting", condition=models.Q(state=0)),
            models.Index(fields=["scheme_id", "part", "day", "person_id"], name="reports_uplift_of_day"),
            models.Index(fields=["person_id"], name="reports_uplift_of_person"),
        ]


class UpliftDay(models.Model):
    """Sums of those whose window closed on a day, a group and stratum; `entered`: who was drawn into it on that day.

    `again`: people who ordered; `orders2`, `revenue2`: sums of squares. `crossed`: left out, being one with somebody of
    another group; `same`: one with somebody who is counted. Corrected when the past is: the looks are what keeps it.
    """

    pk = models.CompositePrimaryKey("scheme_id", "part", "day", "share", "days", "arm")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    part = models.TextField()
    day = models.DateField()
    share = models.SmallIntegerField()
    days = models.SmallIntegerField()
    arm = models.TextField()
    entered = models.IntegerField(db_default=0)
    n = models.IntegerField(db_default=0)
    again = models.IntegerField(db_default=0)
    orders = models.BigIntegerField(db_default=0)
    orders2 = models.BigIntegerField(db_default=0)
    revenue = models.BigIntegerField(db_default=0)
    revenue2 = models.DecimalField(max_digits=40, decimal_places=0, db_default=0)
    goals = models.IntegerField(db_default=0)
    others = models.IntegerField(db_default=0)
    crossed = models.IntegerField(db_default=0)
    same = models.IntegerField(db_default=0)
    corrected = models.IntegerField(db_default=0)

    class Meta:
        db_table = "reports_uplift_day"
        indexes = [models.Index(fields=["shop_id"], name="reports_uplift_day_shop")]


class UpliftLook(models.Model):
    """What a day's look showed, never rewritten. `metric`: 'again', 'orders', 'revenue' or 'goal'.

    Means a person, weighed over the strata; ends of the intervals null where there are none yet. `effective`, `variance`:
    see rules/proof.py. `afterwards`: worked out later than on its day, from what was known then. `trusted`: no alarm rang.
    """

    pk = models.CompositePrimaryKey("scheme_id", "part", "metric", "day")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    part = models.TextField()
    metric = models.TextField()
    day = models.DateField()
    n_given = models.IntegerField()
    n_held = models.IntegerField()
    given = models.FloatField()
    held = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    uplift = models.FloatField(null=True)
    uplift_low = models.FloatField(null=True)
    uplift_high = models.FloatField(null=True)
    effective = models.FloatField()
    variance = models.FloatField()
    trusted = models.BooleanField()
    afterwards = models.BooleanField()

    class Meta:
        db_table = "reports_uplift_look"
        indexes = [models.Index(fields=["shop_id"], name="reports_uplift_look_shop")]


class UpliftMark(models.Model):
    """How far the roll-up has come: `day` is done, and what was recorded until `seen_at` (machine time) is in it."""

    shop_id = models.BigIntegerField(primary_key=True)
    day = models.DateField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reports_uplift_mark"
