"""Persons, the points by which they can be reached, their consents, and what must not be written to again."""

from django.db import models

from regulars.base.fields import IdField, made_at

CUSTOMER = models.Q(customer_since__isnull=False)


class Person(models.Model):
    """A lead until the first paid order, then a customer. A merge sets `merged_into`; no other row is rewritten.

    `epoch` grows when all public links of the person must die. `zone_source`: 'given', 'address', 'phone'.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    name = models.TextField(db_default="", blank=True)
    first_name = models.TextField(db_default="", blank=True)
    language = models.TextField(null=True)
    time_zone = models.TextField(null=True)
    zone_source = models.TextField(null=True)
    birthday = models.DateField(null=True)
    address = models.JSONField(db_default={})
    data = models.JSONField(db_default={})
    customer_since = models.DateTimeField(null=True)
    version_at = models.DateTimeField(null=True)
    merged_into = models.BigIntegerField(null=True)
    merged_at = models.DateTimeField(null=True)
    epoch = models.IntegerField(db_default=0)
    erased_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "people_person"
        indexes = [
            models.Index(fields=["shop_id", "id"], name="people_person_shop"),
            models.Index(
                fields=["merged_into"], name="people_person_merged", condition=models.Q(merged_into__isnull=False)
            ),
            models.Index(fields=["shop_id", "language", "id"], name="people_person_language"),
            # each person stands in one of the two: the rarer kind is found as quickly as the other
            models.Index(fields=["shop_id", "id"], name="people_person_customers", condition=CUSTOMER),
            models.Index(fields=["shop_id", "id"], name="people_person_leads", condition=~CUSTOMER),
            # counting a segment walks all who are there
            models.Index(
                fields=["shop_id", "id"],
                name="people_person_there",
                condition=models.Q(merged_into__isnull=True, erased_at__isnull=True),
            ),
        ]


class Identity(models.Model):
    """A person's number in a source (the shop's customer number)."""

    id = IdField()
    shop_id = models.BigIntegerField()
    source = models.TextField()
    external_id = models.TextField()
    person = models.ForeignKey(Person, models.CASCADE)

    class Meta:
        db_table = "people_identity"
        constraints = [models.UniqueConstraint("shop_id", "source", "external_id", name="people_identity_source")]


class ContactPoint(models.Model):
    """`kind` 'email' or 'phone'; `value` normalised. An address belongs to one person, a telephone may be shared."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE)
    kind = models.TextField()
    value = models.TextField()
    created_at = made_at()

    class Meta:
        db_table = "people_contact_point"
        constraints = [
            models.UniqueConstraint("shop_id", "kind", "value", "person", name="people_contact_point_once"),
            models.UniqueConstraint(
                "shop_id", "value", condition=models.Q(kind="email"), name="people_contact_point_email"
            ),
        ]


class Consent(models.Model):
    """One row each time somebody said yes or no; the newest counts. `proof`: text version, source, address of the net."""

    id = IdField()
    shop_id = models.BigIntegerField()
    # no index of its own: people_consent_newest begins with it
    person = models.ForeignKey(Person, models.CASCADE, db_index=False)
    channel = models.TextField()
    purpose = models.TextField()
    given = models.BooleanField()
    at = models.DateTimeField()
    proof = models.JSONField(db_default={})
    recorded_at = made_at()

    class Meta:
        db_table = "people_consent"
        indexes = [
            models.Index(fields=["person", "channel", "purpose", "-at", "-id"], name="people_consent_newest"),
            models.Index(fields=["shop_id", "channel", "purpose", "given", "person"], name="people_consent_given"),
        ]


class Suppression(models.Model):
    """An address that must not be written to: `reason` 'bounce', 'complaint', 'asked'; `scope` 'all' or 'advertising'."""

    id = IdField()
    shop_id = models.BigIntegerField()
    kind = models.TextField()
    value = models.TextField()
    reason = models.TextField()
    scope = models.TextField(db_default="all")
    detail = models.TextField(db_default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "people_suppression"
        constraints = [models.UniqueConstraint("shop_id", "kind", "value", "scope", name="people_suppression_once")]


class Tag(models.Model):
    """A tag of a person, put on by a scheme or by the staff."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE)
    tag = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "people_tag"
        constraints = [models.UniqueConstraint("shop_id", "tag", "person", name="people_tag_once")]


class Field(models.Model):
    """A field of a person's own. `value` is typed: a text, a number, true or false, {"day": …} or {"moment": …}."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE)
    name = models.TextField()
    value = models.JSONField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "people_field"
        constraints = [models.UniqueConstraint("shop_id", "name", "person", name="people_field_once")]


class Recheck(models.Model):
    """A person whose doubles have yet to be looked for: new, or described anew."""

    person_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()

    class Meta:
        db_table = "people_recheck"


class HoldOut(models.Model):
    """Whether a person belongs to the hold-out of the whole shop: drawn at the first contact while there is one, and kept.
    `at`: business time of the draw."""

    person_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()
    held = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        db_table = "people_hold_out"
        indexes = [models.Index(fields=["shop_id", "held", "at"], name="people_hold_out_shop")]


class MatchKey(models.Model):
    """By what a person's doubles are looked up: digests of his folded traits (rules/doubles.py)."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    kind = models.TextField()
    digest = models.BinaryField()

    class Meta:
        db_table = "people_match_key"
        indexes = [
            models.Index(fields=["shop_id", "kind", "digest", "person_id"], name="people_match_key_value"),
            models.Index(fields=["person_id"], name="people_match_key_person"),
        ]


class Double(models.Model):
    """Two persons who may be one; `one_id` is the older record. `state`: open, merged, different (never asked again).

    `moved_id`: whose pointer the merge set, which undoing drops.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    score = models.SmallIntegerField()
    reasons = models.JSONField()
    state = models.TextField(db_default="open")
    moved_id = models.BigIntegerField(null=True)
    decided_by = models.TextField(null=True)
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        db_table = "people_double"
        constraints = [models.UniqueConstraint("shop_id", "one_id", "other_id", name="people_double_pair")]
        indexes = [
            models.Index(
                fields=["shop_id", "-score", "-id"], name="people_double_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["one_id"], name="people_double_one"),
            models.Index(fields=["other_id"], name="people_double_other"),
        ]
