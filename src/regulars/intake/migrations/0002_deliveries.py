"""Raw deliveries and the items split off them: partitioned by id."""

from django.db import migrations

FORWARD = """
create table intake_delivery (
  id bigint not null default next_id(), shop_id bigint not null, feed_id bigint, source text not null,
  kind text not null, item_key text, batch boolean not null default false, live boolean,
  headers jsonb not null default '{}', body bytea, actor text not null,
  received_at timestamptz not null default machine_now(), taken_at timestamptz, result jsonb, person_id bigint,
  primary key (id)
) partition by range (id);
create table intake_delivery_default partition of intake_delivery default;
create index intake_delivery_key on intake_delivery (shop_id, item_key) where item_key is not null;
create table intake_item (
  id bigint not null default next_id(), shop_id bigint not null, delivery_id bigint not null,
  position integer not null, item_key text, body bytea, person_id bigint, primary key (id)
) partition by range (id);
create table intake_item_default partition of intake_item default;
create index intake_item_delivery on intake_item (delivery_id, position);
alter table intake_pending set (autovacuum_vacuum_scale_factor = 0.01);
"""


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "drop table intake_delivery; drop table intake_item")]
