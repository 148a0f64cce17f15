"""Moves of people between versions, pauses, refusals, and the numbers of a version, which the database keeps itself.

Each statement that writes enrolments also writes what it changes of the numbers, in the same transaction: so they are
exact whoever writes. The rows are only ever added; a loop folds them into the sums.
"""

from django.db import migrations, models

# What one enrolment adds to the numbers of its version.
TALLY = """
create function journeys_tally(
  status smallint, step text, visits jsonb, reason text, held boolean, goal_at timestamptz, started_at timestamptz,
  ended_at timestamptz, zone text
) returns table (what text, at_step text, detail text) language sql stable as $$
  select 'began', '', ''
  union all select 'began_on', '', to_char(started_at at time zone zone, 'YYYY-MM-DD')
  union all select 'waiting', coalesce(step, ''), '' where status = 1
  union all select 'aside', '', '' where status = 3
  union all select 'passed', k, '' from jsonb_object_keys(coalesce(visits, '{}')) k
    where status = 2 or k is distinct from step
  union all select 'ended', coalesce(step, ''), coalesce(reason, '') where status = 2
  union all select 'ended_on', '', to_char(ended_at at time zone zone, 'YYYY-MM-DD') where status = 2 and ended_at is not null
  union all select 'held', '', '' where held
  union all select 'goal', '', '' where goal_at is not null
  union all select 'goal_on', '', to_char(goal_at at time zone zone, 'YYYY-MM-DD') where goal_at is not null
$$;
"""
_ROWS = """
  select e.version_id, t.what, t.at_step, t.detail, {sign} as n
  from {rows} e join shop_shop s on s.id = e.shop_id
  cross join lateral journeys_tally(e.status, e.step, e.data->'visits', e.end_reason, e.held_out, e.goal_at, e.started_at,
                                    e.ended_at, s.time_zone) t
"""
_ADD = """
create function journeys_counted_{event}() returns trigger language plpgsql as $$
begin
  insert into journeys_count_delta (version_id, what, step, detail, n)
  select version_id, what, at_step, detail, sum(n) from ({rows}) x group by 1, 2, 3, 4 having sum(n) <> 0;
  return null;
end $$;
create trigger journeys_counted_{event} after {event} on journeys_enrolment referencing {tables}
  for each statement execute function journeys_counted_{event}();
"""
_NEW, _OLD = _ROWS.format(rows="fresh", sign="1"), _ROWS.format(rows="stale", sign="-1")
TRIGGERS = (
    _ADD.format(event="insert", rows=_NEW, tables="new table as fresh")
    + _ADD.format(event="update", rows=f"{_NEW} union all {_OLD}", tables="old table as stale new table as fresh")
    + _ADD.format(event="delete", rows=_OLD, tables="old table as stale")
)
FILL = f"""
insert into journeys_count (version_id, what, step, detail, n)
select version_id, what, at_step, detail, sum(n) from ({_ROWS.format(rows="journeys_enrolment", sign="1")}) x
group by 1, 2, 3, 4;
"""  # noqa: S608 - our own words
BACK = "".join(
    f"drop trigger journeys_counted_{e} on journeys_enrolment; drop function journeys_counted_{e}();"
    for e in ("insert", "update", "delete")
) + (
    "drop function journeys_tally(smallint, text, jsonb, text, boolean, timestamptz, timestamptz, timestamptz, text);"
    "delete from journeys_count;"
)


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0008_picture'),
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Count',
            fields=[
                ('pk', models.CompositePrimaryKey('version_id', 'what', 'step', 'detail', blank=True, editable=False, primary_key=True, serialize=False)),
                ('version_id', models.BigIntegerField()),
                ('what', models.TextField()),
                ('step', models.TextField()),
                ('detail', models.TextField()),
                ('n', models.BigIntegerField()),
            ],
            options={
                'db_table': 'journeys_count',
            },
        ),
        migrations.CreateModel(
            name='CountDelta',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version_id', models.BigIntegerField()),
                ('what', models.TextField()),
                ('step', models.TextField()),
                ('detail', models.TextField()),
                ('n', models.BigIntegerField()),
            ],
            options={
                'db_table': 'journeys_count_delta',
            },
        ),
        migrations.AddField(
            model_name='draft',
            name='rules',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='scheme',
            name='newcomers',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='scheme',
            name='paused_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='scheme',
            name='paused_by',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='scheme',
            name='waking',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='scheme',
            name='woken',
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name='Kept',
            fields=[
                ('pk', models.CompositePrimaryKey('person_id', 'scheme_id', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('person_id', models.BigIntegerField()),
                ('event_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'journeys_kept',
                'indexes': [models.Index(fields=['scheme_id', 'person_id'], name='journeys_kept_of')],
            },
        ),
        migrations.CreateModel(
            name='Move',
            fields=[
                ('id', models.BigIntegerField(db_default=models.Func(function='next_id', output_field=models.BigIntegerField()), primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('from_version_id', models.BigIntegerField(null=True)),
                ('to_version_id', models.BigIntegerField()),
                ('rules', models.JSONField()),
                ('state', models.TextField(db_default='running')),
                ('total', models.IntegerField()),
                ('moved', models.IntegerField(db_default=0)),
                ('gone', models.IntegerField(db_default=0)),
                ('kept', models.IntegerField(db_default=0)),
                ('at_rule', models.IntegerField(db_default=0)),
                ('after_id', models.BigIntegerField(db_default=0)),
                ('found', models.BooleanField(db_default=False)),
                ('started_at', models.DateTimeField()),
                ('started_by', models.TextField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'journeys_move',
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='journeys_move_running'), models.Index(fields=['scheme_id', '-id'], name='journeys_move_of')],
            },
        ),
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.BigIntegerField(db_default=models.Func(function='next_id', output_field=models.BigIntegerField()), primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('version_id', models.BigIntegerField()),
                ('person_id', models.BigIntegerField()),
                ('order_id', models.BigIntegerField(null=True)),
                ('event_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('code', models.TextField()),
                ('facts', models.JSONField(db_default={})),
            ],
            options={
                'db_table': 'journeys_refusal',
                'indexes': [models.Index(fields=['person_id', 'id'], name='journeys_refusal_of')],
            },
        ),
        migrations.RunSQL(TALLY + TRIGGERS + FILL, BACK),
    ]
