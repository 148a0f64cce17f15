"""Messages, their bytes and their attempts: partitioned by id; the hot indexes are partial."""

from django.db import migrations

FORWARD = """
create table outbox_message (
  id bigint not null default next_id(), shop_id bigint not null, person_id bigint not null, order_id bigint,
  enrolment_id bigint, version_id bigint, step text, visit integer, attempt integer, part text,
  purpose text not null check (purpose in ('service', 'advertising')), by text[] not null, channel text, address text,
  content jsonb not null, late jsonb, held_out boolean not null default false,
  state text not null default 'queued'
    check (state in ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown', 'cancelled')),
  reason text, why jsonb not null default '{}', meant_at timestamptz not null, send_after timestamptz not null,
  sent_at timestamptz, closed_at timestamptz, process_id bigint, claim bigint, phase smallint not null default 0,
  tries smallint not null default 0, created_at timestamptz not null default machine_now(), primary key (id)
) partition by range (id);
create table outbox_message_default partition of outbox_message default;
create index outbox_message_queued on outbox_message (send_after) where state = 'queued';
create index outbox_message_sending on outbox_message (process_id) where state = 'sending';
create index outbox_message_unknown on outbox_message (shop_id, id) where state = 'unknown';
create index outbox_message_person on outbox_message (person_id, id);
create index outbox_message_order on outbox_message (order_id, id) where order_id is not null;
create index outbox_message_enrolment on outbox_message (enrolment_id) where enrolment_id is not null;
create index outbox_message_cap on outbox_message (person_id, meant_at)
  where purpose = 'advertising' and state in ('sending', 'sent', 'unknown');
create table outbox_body (
  id bigint not null, shop_id bigint not null, subject text not null, raw bytea, primary key (id)
) partition by range (id);
create table outbox_body_default partition of outbox_body default;
create table outbox_delivery (
  id bigint not null default next_id(), shop_id bigint not null, message_id bigint not null, channel text not null,
  outcome text not null, code text, reply text, at timestamptz not null,
  recorded_at timestamptz not null default machine_now(), primary key (id)
) partition by range (id);
create table outbox_delivery_default partition of outbox_delivery default;
create index outbox_delivery_message on outbox_delivery (message_id);
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARD, "drop table outbox_message; drop table outbox_body; drop table outbox_delivery")
    ]
