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
    """One person, or one order, on his way through one version. `status`: 1 active, 2 ended, 3 set aside.

    `held_out`: by the scheme's own draw; `held_by_shop`: by that of the whole shop, which belongs to no scheme's figures.
    """

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
    held_by_shop = models.BooleanField(db_default=False)
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


class Winner(models.Model):
    """A split test that is decided: from then on everybody new goes to `target`."""

    pk = models.CompositePrimaryKey("shop_id", "scheme_id", "step")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    step = models.TextField()
    target = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.TextField()

    class Meta:
        db_table = "journeys_winner"


class TakenBack(models.Model):
    """A decision for `target` that a person took back where the figures decide: they don't again until a person lets them,
    or the split has other `ways`. A table of its own, so that a row of journeys_winner always stands."""

    pk = models.CompositePrimaryKey("shop_id", "scheme_id", "step")
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    step = models.TextField()
    target = models.TextField()
    ways = models.JSONField()
    taken_at = models.DateTimeField()
    taken_by = models.TextField()

    class Meta:
        db_table = "journeys_taken_back"


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


class Clock(models.Model):
    """What of a scheme begins by the clock, and how far people already known are reckoned. `key`: as the scheme calls it.

    `state`: filling (people known before are being looked through), kept, going (its rows are being deleted). `since`:
    moments before it begin nothing. `opened_in`: the transaction that opened it; nobody is looked through before all
    older ones are over. `position`: the person or order reached, `done` of `total`. `zone`: the shop's, by which those are
    reckoned whose own isn't known; when it is another, everybody is looked through anew.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    scheme_id = models.BigIntegerField()
    key = models.TextField()
    state = models.TextField(db_default="filling")
    since = models.DateTimeField()
    opened_in = models.BigIntegerField()
    zone = models.TextField()
    position = models.BigIntegerField(db_default=0)
    done = models.BigIntegerField(db_default=0)
    total = models.BigIntegerField(null=True)

    class Meta:
        db_table = "journeys_clock"
        constraints = [
            models.UniqueConstraint(
                "scheme_id", "key", condition=~models.Q(state="going"), name="journeys_clock_of_scheme"
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="journeys_clock_work", condition=~models.Q(state="kept")),
            models.Index(fields=["shop_id"], name="journeys_clock_shop"),
        ]


class StartDue(models.Model):
    """When a clock next brings somebody in: a person, or (`order_id` not 0) an order of his. `due_at` null: not again, as
    far as is known. `floor_at`: only later moments count; `year`: the last one that was reached, of a yearly day."""

    pk = models.CompositePrimaryKey("clock_id", "person_id", "order_id")
    clock_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(db_default=0)
    shop_id = models.BigIntegerField()
    floor_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    year = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "journeys_start_due"
        indexes = [
            models.Index(fields=["due_at"], name="journeys_start_due_next", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["person_id"], name="journeys_start_due_person"),
        ]


class Backtest(models.Model):
    """A run of one or two texts over the shop's past, kept for a while with its figures, so that it can be opened again.

    `name`: of the scheme. `asked`: the period, the seed, the versions with their texts, what was supposed. `state` says how
    far it is; `done` of `total` beginnings. `result`: see journeys/backtest_result.py. `problem`: why it failed.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    name = models.TextField()
    asked = models.JSONField()
    state = models.TextField(db_default="waiting")
    done = models.IntegerField(db_default=0)
    total = models.IntegerField(db_default=0)
    result = models.JSONField(null=True)
    problem = models.TextField(db_default="", blank=True)
    has_rows = models.BooleanField(db_default=False)
    created_at = made_at()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "journeys_backtest"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "ready", "failed", "cancelled"]),
                name="journeys_backtest_state",
            )
        ]
        indexes = [
            models.Index(fields=["shop_id", "name", "-id"], name="journeys_backtest_of"),
            models.Index(fields=["created_at"], name="journeys_backtest_old"),
        ]


class BacktestPart(models.Model):
    """Who would have got what in a run, packed (journeys/backtest_rows_file.py); ids and words of the scheme alone."""

    pk = models.CompositePrimaryKey("backtest_id", "n")
    backtest_id = models.BigIntegerField()
    n = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "journeys_backtest_part"


class PriceList(models.Model):
    """What a message by a channel and a call cost the shop, in its currency: {"sms": "3.50"}."""

    shop_id = models.BigIntegerField(primary_key=True)
    prices = models.JSONField(db_default={})

    class Meta:
        db_table = "journeys_price_list"


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
