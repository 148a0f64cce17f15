"""Questions asked of a buyer and their answers. Reviews and cases come with the issue that needs them."""

from django.db import models

from regulars.base.fields import IdField, made_at


class Question(models.Model):
    """A question put to a person, answered once, by a press of a button. `step`, `visit`: where its enrolment asked."""

    id = IdField()
    shop_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    step = models.TextField(null=True)
    visit = models.IntegerField(null=True)
    key = models.TextField()
    question = models.TextField()
    answers = models.JSONField(db_default=[])
    asked_at = models.DateTimeField()
    answer = models.TextField(null=True)
    comment = models.TextField(db_default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    created_at = made_at()

    class Meta:
        db_table = "feedback_question"
        constraints = [models.UniqueConstraint("shop_id", "key", name="feedback_question_key")]
        indexes = [models.Index(fields=["person_id"], name="feedback_question_person")]
