from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('talks', '0002_threads'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='process_id',
            field=models.BigIntegerField(null=True),
        ),
    ]
