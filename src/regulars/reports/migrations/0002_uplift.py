"""Who was drawn into which group of a scheme, what became of it by day, and what each day's look showed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0001_motivation'),
    ]

    operations = [
        migrations.CreateModel(
            name='UpliftMark',
            fields=[
                ('shop_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('day', models.DateField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'reports_uplift_mark',
            },
        ),
        migrations.CreateModel(
            name='UpliftDay',
            fields=[
                ('pk', models.CompositePrimaryKey('scheme_id', 'part', 'day', 'share', 'days', 'arm', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('part', models.TextField()),
                ('day', models.DateField()),
                ('share', models.SmallIntegerField()),
                ('days', models.SmallIntegerField()),
                ('arm', models.TextField()),
                ('entered', models.IntegerField(db_default=0)),
                ('n', models.IntegerField(db_default=0)),
                ('again', models.IntegerField(db_default=0)),
                ('orders', models.BigIntegerField(db_default=0)),
                ('orders2', models.BigIntegerField(db_default=0)),
                ('revenue', models.BigIntegerField(db_default=0)),
                ('revenue2', models.DecimalField(db_default=0, decimal_places=0, max_digits=40)),
                ('goals', models.IntegerField(db_default=0)),
                ('others', models.IntegerField(db_default=0)),
                ('crossed', models.IntegerField(db_default=0)),
                ('same', models.IntegerField(db_default=0)),
                ('corrected', models.IntegerField(db_default=0)),
            ],
            options={
                'db_table': 'reports_uplift_day',
                'indexes': [models.Index(fields=['shop_id'], name='reports_uplift_day_shop')],
            },
        ),
        migrations.CreateModel(
            name='UpliftLook',
            fields=[
                ('pk', models.CompositePrimaryKey('scheme_id', 'part', 'metric', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('part', models.TextField()),
                ('metric', models.TextField()),
                ('day', models.DateField()),
                ('n_given', models.IntegerField()),
                ('n_held', models.IntegerField()),
                ('given', models.FloatField()),
                ('held', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('uplift', models.FloatField(null=True)),
                ('uplift_low', models.FloatField(null=True)),
                ('uplift_high', models.FloatField(null=True)),
                ('effective', models.FloatField()),
                ('variance', models.FloatField()),
                ('trusted', models.BooleanField()),
                ('afterwards', models.BooleanField()),
            ],
            options={
                'db_table': 'reports_uplift_look',
                'indexes': [models.Index(fields=['shop_id'], name='reports_uplift_look_shop')],
            },
        ),
        migrations.CreateModel(
            name='UpliftPerson',
            fields=[
                ('pk', models.CompositePrimaryKey('scheme_id', 'part', 'person_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('part', models.TextField()),
                ('person_id', models.BigIntegerField()),
                ('arm', models.TextField()),
                ('share', models.SmallIntegerField()),
                ('days', models.SmallIntegerField()),
                ('entered_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('start_order', models.BigIntegerField(null=True)),
                ('day', models.DateField()),
                ('state', models.SmallIntegerField(db_default=0)),
                ('orders', models.IntegerField(db_default=0)),
                ('revenue', models.BigIntegerField(db_default=0)),
                ('goal', models.BooleanField(db_default=False)),
                ('other', models.BooleanField(db_default=False)),
                ('corrected', models.BooleanField(db_default=False)),
            ],
            options={
                'db_table': 'reports_uplift_person',
                'indexes': [models.Index(condition=models.Q(('state', 0)), fields=['shop_id', 'closes_at'], name='reports_uplift_waiting'), models.Index(fields=['scheme_id', 'part', 'day', 'person_id'], name='reports_uplift_of_day'), models.Index(fields=['person_id'], name='reports_uplift_of_person')],
            },
        ),
    ]
