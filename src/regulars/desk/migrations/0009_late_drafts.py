from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0008_begun'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='undone',
            field=models.SmallIntegerField(db_default=0),
        ),
    ]
