"""Schemes and their versions, who stands where in them, and the record of every decision."""

from django.db import models

from regulars.base.fields import IdField, made_at

ACTIVE, ENDED, SET_ASIDE = 1, 2, 3


class Scheme(models.Model):
    """An interaction scheme by its name; `live_version_id` takes newcomers, null when it takes none."""

    id = IdField()
    shop_id = models.BigIntegerField()
    name = models.TextField()
    live_version_id = models.BigIntegerField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "journeys_scheme"
        constraints = [models.UniqueConstraint("shop_id", "name", name="journeys_scheme_name")]


class Version(models.Model):
    """A published text of a scheme, kept for ever; those inside it finish it."""

    id = IdField()
    shop_id = models.BigIntegerField()
    scheme = models.ForeignKey(Scheme, models.CASCADE)
    n = models.IntegerField()
    text = models.TextField()
    digest = models.BinaryField()
    templates = models.JSONField(db_default={})
    goal_kind = models.TextField(null=True)
    published_at = models.DateTimeField()
    published_by = models.TextField()

    class Meta:
        db_table = "journeys_version"
        constraints = [models.UniqueConstraint("scheme", "n", name="journeys_version_n")]


class Enrolment(models.Model):
    """One person, or one order, on his way through one version. `status`: 1 active, 2 ended, 3 set aside."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    scheme_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    status = models.SmallIntegerField(db_default=ACTIVE)
    step = models.TextField(null=True)
    visit = models.IntegerField(db_default=0)
    attempt = models.IntegerField(db_default=0)
    started_at = models.DateTimeField()
    entered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(null=True)
    held_out = models.BooleanField(db_default=False)
    goal_at = models.DateTimeField(null=True)
    data = models.JSONField(db_default={})
    problem = models.JSONField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "journeys_enrolment"
        constraints = [
            models.UniqueConstraint(
                "scheme_id", "order_id", condition=models.Q(order_id__isnull=False), name="journeys_enrolment_order"
            ),
            models.UniqueConstraint(
                "scheme_id",
                "person_id",
                condition=models.Q(order_id__isnull=True, status=ACTIVE),
                name="journeys_enrolment_person",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id"], name="journeys_enrolment_of", condition=models.Q(status=ACTIVE)),
            models.Index(fields=["person_id", "id"], name="journeys_enrolment_all"),
            models.Index(
                fields=["version_id", "step", "id"], name="journeys_enrolment_stands", condition=models.Q(status=ACTIVE)
            ),
            models.Index(fields=["version_id", "-started_at", "-id"], name="journeys_enrolment_began"),
            models.Index(
                fields=["shop_id", "-id"], name="journeys_enrolment_aside", condition=models.Q(status=SET_ASIDE)
            ),
        ]


class Draft(models.Model):
    """A text that an account is at, until it publishes or drops it. `name`: the scheme, '' for one that is new;
    `base_n`: the version that the text was taken from, 0 for none."""

    pk = models.CompositePrimaryKey("shop_id", "account_id", "name")
    shop_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    name = models.TextField()
    text = models.TextField()
    base_n = models.IntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "journeys_draft"


class DraftEdit(models.Model):
    """What an account did to its draft on the picture, so that it can be undone: the text `before` and `after`; `said`: the
    deed in the words that its author saw. `undone`: it was taken back and may be done again."""

    pk = models.CompositePrimaryKey("shop_id", "account_id", "name", "n")
    shop_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    name = models.TextField()
    n = models.IntegerField()
    before = models.TextField()
    after = models.TextField()
    said = models.TextField()
    undone = models.BooleanField(db_default=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "journeys_draft_edit"


class AcceptedWarning(models.Model):
    """A warning that the owner keeps, and why: by the scheme's name, so that it holds for its next versions. `step`: '' for
    one in the head of the text."""

    pk = models.CompositePrimaryKey("shop_id", "name", "step", "code")
    shop_id = models.BigIntegerField()
    name = models.TextField()
    step = models.TextField()
    code = models.TextField()
    reason = models.TextField()
    accepted_by = models.TextField()
    accepted_at = models.DateTimeField()

    class Meta:
        db_table = "journeys_accepted"


class HoldOut(models.Model):
    """Whether a person is held out of a scheme: decided at the first entry, kept for ever."""

    pk = models.CompositePrimaryKey("shop_id", "scheme_id", "person_id")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    held = models.BooleanField()

    class Meta:
        db_table = "journeys_hold_out"


class EffectKey(models.Model):
    """The identity of an effect: doing it again is a no-op."""

    pk = models.CompositePrimaryKey("enrolment_id", "step", "visit", "attempt", "part")
    enrolment_id = models.BigIntegerField()
    step = models.TextField()
    visit = models.IntegerField()
    attempt = models.IntegerField()
    part = models.TextField()

    class Meta:
        db_table = "journeys_effect_key"


class DecisionRecord(models.Model):
    """What was decided for an enrolment at one happening, with the facts used; 'why' is rendered from it alone."""

    id = IdField()
    shop_id = models.BigIntegerField()
    enrolment_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    at = models.DateTimeField()
    happening = models.TextField()
    event_id = models.BigIntegerField(null=True)
    from_step = models.TextField(null=True)
    to_step = models.TextField(null=True)
    reasons = models.JSONField()
    effects = models.JSONField()
    recorded_at = made_at()

    class Meta:
        managed = False
        db_table = "journeys_decision"
