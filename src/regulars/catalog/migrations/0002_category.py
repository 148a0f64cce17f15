"""Goods of a kind that are in stock, for the alternatives in a call's card."""

from django.db import migrations

FORWARD = """
create index catalog_product_category on catalog_product (shop_id, (data->>'category'))
  where stock > 0 and data->>'category' is not null
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "drop index catalog_product_category")]
