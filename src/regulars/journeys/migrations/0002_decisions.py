"""Decision records: partitioned by id. The enrolment table is vacuumed early, since its due time is indexed nowhere
but its state changes often."""

from django.db import migrations

FORWARD = """
create table journeys_decision (
  id bigint not null default next_id(), shop_id bigint not null, enrolment_id bigint not null,
  person_id bigint not null, version_id bigint not null, at timestamptz not null, happening text not null,
  event_id bigint, from_step text, to_step text, reasons jsonb not null, effects jsonb not null,
  recorded_at timestamptz not null default machine_now(), primary key (id)
) partition by range (id);
create table journeys_decision_default partition of journeys_decision default;
create index journeys_decision_enrolment on journeys_decision (enrolment_id, id);
alter table journeys_enrolment set (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 70);
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "drop table journeys_decision")]
