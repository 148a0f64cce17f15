from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [
        migrations.AddField("account", "epoch", models.IntegerField(db_default=0)),
        migrations.AddField("membership", "is_active", models.BooleanField(db_default=True)),
    ]
