"""The queue's index by purpose, so that a backlog of advertising does not stand before a service message.

And sent bytes are kept by LZ4, or as they are where the server was built without it: the default compression takes more
of a processor than everything else that the database does for a letter.
"""

from django.db import migrations

FORWARD = """
create index outbox_message_queue on outbox_message (purpose, send_after) where state = 'queued';
drop index outbox_message_queued;
do $$ begin
  alter table outbox_body alter column raw set compression lz4;
  alter table outbox_body_default alter column raw set compression lz4;
exception when feature_not_supported or invalid_parameter_value then
  alter table outbox_body alter column raw set storage external;
  alter table outbox_body_default alter column raw set storage external;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_messages")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
