from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0009_moves_numbers_pauses'),
    ]

    operations = [
        migrations.CreateModel(
            name='TakenBack',
            fields=[
                ('pk', models.CompositePrimaryKey('shop_id', 'scheme_id', 'step', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('scheme_id', models.BigIntegerField()),
                ('step', models.TextField()),
                ('target', models.TextField()),
                ('ways', models.JSONField()),
                ('taken_at', models.DateTimeField()),
                ('taken_by', models.TextField()),
            ],
            options={
                'db_table': 'journeys_taken_back',
            },
        ),
    ]
