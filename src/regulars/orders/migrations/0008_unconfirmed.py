from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0007_twins'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='check_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='change',
            name='unconfirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('check_at__isnull', False), ('state', 'waiting')), fields=['check_at'], name='orders_change_check'),
        ),
        migrations.RunSQL(
            "update orders_change set check_at = asked_at + interval '1 hour' where state = 'waiting' and told",
            migrations.RunSQL.noop,
        ),
    ]
