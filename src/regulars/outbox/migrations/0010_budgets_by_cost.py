"""What a scheme has advertised in a period is counted in money too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0009_held_versions")]
    operations = [
        migrations.AddField("budget", "cost", models.BigIntegerField(db_default=0)),
        migrations.AddField("budget", "currency", models.TextField(null=True)),
    ]
