"""Feeds that are gone for good, and the way to a feed's last delivery; bodies that come by the API pay nothing for it."""

from django.db import migrations, models

FORWARD = "create index intake_delivery_feed on intake_delivery (feed_id, id) where feed_id is not null"


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_grouped")]
    operations = [
        migrations.AddField("feed", "removed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(FORWARD, "drop index intake_delivery_feed"),
    ]
