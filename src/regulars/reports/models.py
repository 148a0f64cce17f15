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
