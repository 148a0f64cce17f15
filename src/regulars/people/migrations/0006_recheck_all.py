"""Those who were known before are looked through for doubles, too."""

from django.db import migrations

FORWARD = """
insert into people_recheck (person_id, shop_id)
select id, shop_id from people_person where merged_into is null and erased_at is null on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0005_doubles")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
