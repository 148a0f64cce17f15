"""The log itself: partitioned by id, with its default partition; month partitions are made by the product."""

from django.db import migrations

FORWARD = """
create table events_event (
  id bigint not null default next_id(), shop_id bigint not null, kind text not null, v smallint not null default 1,
  occurred_at timestamptz not null, recorded_at timestamptz not null default machine_now(), live boolean not null,
  person_id bigint, order_id bigint, data jsonb not null default '{}', cause text, primary key (id)
) partition by range (id);
create table events_event_default partition of events_event default;
create index events_event_person on events_event (person_id, id) where person_id is not null;
create index events_event_order on events_event (order_id, id) where order_id is not null;
create trigger events_event_append_only before update or delete on events_event
  for each row when (current_setting('regulars.repair', true) is distinct from 'on') execute function refuse_change();
alter table events_mailbox set (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 80);
alter table events_pending set (autovacuum_vacuum_scale_factor = 0.01);
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "drop table events_event")]
