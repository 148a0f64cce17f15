"""Letters of paused schemes: the versions that are held, and an index to what was put off."""

from django.db import migrations, models

FORWARD = """
create index outbox_message_put_off on outbox_message (version_id) where state = 'queued' and reason = 'scheme_paused';
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0008_whose_it_is")]
    operations = [
        migrations.CreateModel(
            name="HeldVersion",
            fields=[
                ("version_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("shop_id", models.BigIntegerField()),
            ],
            options={"db_table": "outbox_held_version"},
        ),
        migrations.RunSQL(FORWARD, "drop index outbox_message_put_off"),
    ]
