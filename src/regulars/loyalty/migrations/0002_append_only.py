"""The ledger of points, closed to change."""

from django.db import migrations

FORWARD = """
create trigger loyalty_entry_append_only before update or delete on loyalty_entry
  for each row execute function refuse_change();
create trigger loyalty_entry_no_truncate before truncate on loyalty_entry execute function refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial"), ("base", "0001_functions")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
