"""Order versions: partitioned by id."""

from django.db import migrations

FORWARD = """
create table orders_version (
  id bigint not null default next_id(), shop_id bigint not null, order_id bigint not null, n integer not null,
  version_at timestamptz not null, body jsonb not null, recorded_at timestamptz not null default machine_now(),
  primary key (id)
) partition by range (id);
create table orders_version_default partition of orders_version default;
create index orders_version_order on orders_version (order_id, n);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "drop table orders_version")]
