"""Shops whose schemes were published before hear of orders that are set aside, too."""

from django.db import migrations

FORWARD = """
insert into events_subscription (shop_id, kind, consumer)
select distinct shop_id, 'order.set_aside', consumer from events_subscription where consumer = 'journeys' on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0003_drafts_and_who_stands_where"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
