"""Messages name their scheme, its priority and its terms; what a scheme has advertised is counted by period."""

from django.db import migrations, models

FORWARD = """
alter table outbox_message add column scheme text, add column priority smallint not null default 5,
  add column terms jsonb, add column counted_in date;
create index outbox_message_waiting on outbox_message (person_id) where state = 'queued' and purpose = 'advertising';
"""
BACK = """
drop index outbox_message_waiting;
alter table outbox_message drop column scheme, drop column priority, drop column terms, drop column counted_in;
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0007_what_is_spoken")]
    operations = [
        migrations.RunSQL(FORWARD, BACK),
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "shop_id", "scheme", "every", "begins", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("shop_id", models.BigIntegerField()),
                ("scheme", models.TextField()),
                ("every", models.TextField()),
                ("begins", models.DateField()),
                ("used", models.BigIntegerField(db_default=0)),
            ],
            options={"db_table": "outbox_budget"},
        ),
    ]
