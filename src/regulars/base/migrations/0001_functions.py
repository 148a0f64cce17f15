"""The two functions that every table's defaults call. They come before all tables."""

from django.db import migrations

FORWARD = """
create sequence if not exists id_seq as bigint minvalue 0 maxvalue 1048575 cycle;
create or replace function machine_now() returns timestamptz language sql volatile as 'select clock_timestamp()';
create or replace function next_id() returns bigint language sql volatile as
  'select ((extract(epoch from clock_timestamp()) * 1000)::bigint << 20) | nextval(''id_seq'')';
create or replace function id_at(t timestamptz) returns bigint language sql immutable as
  'select (extract(epoch from t) * 1000)::bigint << 20';
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
"""


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
