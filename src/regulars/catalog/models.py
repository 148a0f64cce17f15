"""Products as the shop told us. Stock movements and suppliers come with the issue that needs them."""

from django.db import models

from regulars.base.fields import IdField, made_at


class Product(models.Model):
    """`satisfaction_days`: days after delivery when a buyer knows whether he likes it. `data` keeps what else came."""

    id = IdField()
    shop_id = models.BigIntegerField()
    sku = models.TextField()
    name = models.TextField()
    satisfaction_days = models.IntegerField(null=True)
    stock = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    version_at = models.DateTimeField()
    data = models.JSONField(db_default={})
    created_at = made_at()

    class Meta:
        db_table = "catalog_product"
        constraints = [models.UniqueConstraint("shop_id", "sku", name="catalog_product_sku")]
