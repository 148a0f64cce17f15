"""The clock's row, and the audit log closed to change."""

from django.db import migrations

FORWARD = """
insert into base_clock (id, playground, anchor_machine, anchor_business, speed)
  values (1, false, machine_now(), machine_now(), 1) on conflict do nothing;
update base_clock set anchor_business = anchor_machine where id = 1;
create trigger base_audit_append_only before update or delete on base_audit
  for each row execute function refuse_change();
create trigger base_audit_no_truncate before truncate on base_audit execute function refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("base", "0002_initial")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
