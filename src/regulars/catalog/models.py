"""Products as the shop told us, who else has them, and by which words they are found."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from regulars.base.fields import IdField, made_at


class Product(models.Model):
    """`satisfaction_days`: days after delivery when a buyer knows whether he likes it. `price` of one piece.

    `features`: name → value. `accessories`: a list of {sku, reason}; `alternatives`: codes that the shop names itself;
    `offer`: {price, until, text}. `stock` is as of `version_at`. `code` and `word_ids` are what it is found by, made by
    rules of the version `keys`; 0 is not yet. `regrouped_at`: when its category or brand last changed, by the machine's
    clock. `data` keeps what else came.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    sku = models.TextField()
    name = models.TextField()
    satisfaction_days = models.IntegerField(null=True)
    stock = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    restock_at = models.DateTimeField(null=True)
    price = models.DecimalField(max_digits=19, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, null=True)
    category = models.TextField(null=True)
    brand = models.TextField(null=True)
    url = models.TextField(null=True)
    picture_url = models.TextField(null=True)
    features = models.JSONField(db_default={})
    accessories = models.JSONField(db_default=[])
    alternatives = models.JSONField(db_default=[])
    offer = models.JSONField(null=True)
    version_at = models.DateTimeField()
    data = models.JSONField(db_default={})
    code = models.TextField(db_default="")
    word_ids = ArrayField(models.BigIntegerField(), db_default=[])
    keys = models.SmallIntegerField(db_default=0)
    regrouped_at = made_at()
    created_at = made_at()

    class Meta:
        db_table = "catalog_product"
        constraints = [models.UniqueConstraint("shop_id", "sku", name="catalog_product_sku")]
        indexes = [
            models.Index(
                fields=["shop_id", "code"], opclasses=["int8_ops", "text_pattern_ops"], name="catalog_product_code"
            ),
            GinIndex(fields=["word_ids"], name="catalog_product_words", fastupdate=False),
            models.Index(
                fields=["shop_id", "category", "price"],
                name="catalog_product_like",
                condition=Q(stock__gt=0, category__isnull=False),
            ),
            models.Index(fields=["keys"], name="catalog_product_keys"),
            models.Index(fields=["shop_id", "regrouped_at"], name="catalog_product_regrouped"),
            # few products are on offer at a time
            models.Index(fields=["shop_id"], name="catalog_product_offer", condition=Q(offer__isnull=False)),
        ]


class Word(models.Model):
    """A word that stands in a shop's product names; `sounds` and `grams` are rules.sounds.mark of what is heard."""

    id = IdField()
    shop_id = models.BigIntegerField()
    text = models.TextField()
    stem = models.TextField()
    sounds = ArrayField(models.BigIntegerField())
    grams = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "catalog_word"
        constraints = [
            models.UniqueConstraint(
                fields=["shop_id", "text"], opclasses=["int8_ops", "text_pattern_ops"], name="catalog_word_text"
            )
        ]
        indexes = [
            models.Index(fields=["shop_id", "stem"], name="catalog_word_stem"),
            GinIndex(fields=["sounds"], name="catalog_word_sounds", fastupdate=False),
            GinIndex(fields=["grams"], name="catalog_word_grams", fastupdate=False),
        ]


class Supply(models.Model):
    """That somebody else has a product too: how many, at what price, in how many days it is here."""

    id = IdField()
    shop_id = models.BigIntegerField()
    sku = models.TextField()
    supplier = models.TextField()
    stock = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    price = models.DecimalField(max_digits=19, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, null=True)
    lead_days = models.IntegerField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_supply"
        constraints = [models.UniqueConstraint("shop_id", "sku", "supplier", name="catalog_supply_of")]


class Pair(models.Model):
    """Bought together: of `orders` orders with `sku`, `together` had `with_sku` too. Learned anew by a job."""

    id = IdField()
    shop_id = models.BigIntegerField()
    sku = models.TextField()
    with_sku = models.TextField()
    together = models.IntegerField()
    orders = models.IntegerField()

    class Meta:
        db_table = "catalog_pair"
        constraints = [models.UniqueConstraint("shop_id", "sku", "with_sku", name="catalog_pair_of")]


class Offered(models.Model):
    """What an operator offered in a talk (`task_id`) and what was said to it: 'accepted' or 'refused'.

    `because`: why it was offered: listed, together, on_offer.
    """

    id = IdField()
    shop_id = models.BigIntegerField()
    task_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    sku = models.TextField()
    because = models.TextField()
    answer = models.TextField()
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "catalog_offered"
        constraints = [models.UniqueConstraint("shop_id", "task_id", "sku", name="catalog_offered_once")]
        indexes = [models.Index(fields=["shop_id", "sku", "at"], name="catalog_offered_sku")]
