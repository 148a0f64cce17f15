"""The letterbox's indexes: what was sent by when, what was closed otherwise, what is held; each entered once a message."""

from django.db import migrations

FORWARD = """
create index outbox_message_sent on outbox_message (shop_id, sent_at desc, id desc) where state = 'sent';
create index outbox_message_closed on outbox_message (shop_id, state, closed_at desc, id desc)
  where state in ('refused', 'failed', 'cancelled');
create index outbox_message_held on outbox_message (shop_id, id) where state = 'queued' and reason = 'late_held';
"""
BACK = "drop index outbox_message_sent; drop index outbox_message_closed; drop index outbox_message_held"


class Migration(migrations.Migration):
    dependencies = [("outbox", "0004_packed")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
