"""Finding people by the beginnings of the words of their names, and by their city."""

from django.db import migrations

FORWARD = """
create function name_words(name text) returns tsvector language sql immutable parallel safe as $$
  select pg_catalog.to_tsvector('pg_catalog.simple',
    pg_catalog.regexp_replace(pg_catalog.translate(pg_catalog.lower(name), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'))
$$;
create function city_key(address jsonb) returns text language sql immutable parallel safe as $$
  select pg_catalog.translate(pg_catalog.lower(pg_catalog.btrim(address->>'city')), 'ё', 'е')
$$;
-- without a list of pending entries: taking a person in costs the same each time, and a search never reads one
create index people_person_words on people_person using gin (name_words(name)) with (fastupdate = off)
  where merged_into is null;
create index people_person_city on people_person (shop_id, city_key(address), id)
  where merged_into is null and city_key(address) is not null;
"""
BACK = """
drop index people_person_words, people_person_city;
drop function name_words(text), city_key(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_lists")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
