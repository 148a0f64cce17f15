from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0009_late_drafts'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='extended',
            field=models.SmallIntegerField(db_default=0),
        ),
    ]
