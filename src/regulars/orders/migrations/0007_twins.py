from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_marks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Twin',
            fields=[
                ('order_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('shop_id', models.BigIntegerField()),
                ('other_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'orders_twin',
                'indexes': [models.Index(fields=['shop_id', 'order_id'], name='orders_twin_shop'), models.Index(fields=['other_id'], name='orders_twin_other')],
            },
        ),
    ]
