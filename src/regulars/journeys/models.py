"""Schemes and their versions, who stands where in them, and the record of every decision."""

from django.db import models

from regulars.base.fields import IdField, made_at

ACTIVE, ENDED, SET_ASIDE = 1, 2, 3


class Scheme(models.Model):
    """An interaction scheme by its name; `live_version_id` takes newcomers, null when it takes none.

    While `paused_at` is set nobody in it moves; `newcomers`: 'wait' for the end of the pause, or 'refuse'. `waking`: the
    pause is over, and people are being woken; `woken`: how far that is."""

    id = IdField()
    shop_id = models.BigIntegerField()
    name = models.TextField()
    live_version_id = models.BigIntegerField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.TextField(null=True)
    newcomers = models.TextField(null=True)
    waking = models.BooleanField(db_default=False)
    woken = models.JSONField(null=True)
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
    rules = models.JSONField(null=True)

    class Meta:
        db_table = "journeys_draft"


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


class Move(models.Model):
    """People moved to a version by rules, in slices; `state`: 'running', 'done' or 'stopped'.

    `rules`: [{version, step, do: 'move' | 'leave', to, reason}]; whoever no rule names finishes his version. `at_rule` and
    `after_id`: how far the walk through them is, `found`: whether this walk met anybody; the last one meets nobody."""

    id = IdField()
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    from_version_id = models.BigIntegerField(null=True)
    to_version_id = models.BigIntegerField()
    rules = models.JSONField()
    state = models.TextField(db_default="running")
    total = models.IntegerField()
    moved = models.IntegerField(db_default=0)
    gone = models.IntegerField(db_default=0)
    kept = models.IntegerField(db_default=0)
    at_rule = models.IntegerField(db_default=0)
    after_id = models.BigIntegerField(db_default=0)
    found = models.BooleanField(db_default=False)
    started_at = models.DateTimeField()
    started_by = models.TextField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "journeys_move"
        indexes = [
            models.Index(fields=["id"], name="journeys_move_running", condition=models.Q(state="running")),
            models.Index(fields=["scheme_id", "-id"], name="journeys_move_of"),
        ]


class Count(models.Model):
    """A number of a version, kept beside the enrolments by the database itself. `what`: 'waiting', 'passed' and 'ended'
    (`detail`: the reason) at a step, 'aside', 'began', 'held', 'goal', and 'began_on', 'ended_on', 'goal_on' a day."""

    pk = models.CompositePrimaryKey("version_id", "what", "step", "detail")
    version_id = models.BigIntegerField()
    what = models.TextField()
    step = models.TextField()
    detail = models.TextField()
    n = models.BigIntegerField()

    class Meta:
        db_table = "journeys_count"


class CountDelta(models.Model):
    """What a transaction changes of the numbers; folded into Count by a loop, so that no row is hot."""

    id = models.BigAutoField(primary_key=True)
    version_id = models.BigIntegerField()
    what = models.TextField()
    step = models.TextField()
    detail = models.TextField()
    n = models.BigIntegerField()

    class Meta:
        db_table = "journeys_count_delta"


class Kept(models.Model):
    """An event that came for somebody while the scheme was paused: taken when it goes on."""

    pk = models.CompositePrimaryKey("person_id", "scheme_id", "event_id")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "journeys_kept"
        indexes = [models.Index(fields=["scheme_id", "person_id"], name="journeys_kept_of")]


class Refusal(models.Model):
    """Why an event that starts a scheme began nothing for this person: 'where', 'active', 'once', 'too_soon' or
    'paused', with the facts that the condition saw."""

    id = IdField()
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField()
    at = models.DateTimeField()
    code = models.TextField()
    facts = models.JSONField(db_default={})

    class Meta:
        db_table = "journeys_refusal"
        indexes = [models.Index(fields=["person_id", "id"], name="journeys_refusal_of")]
