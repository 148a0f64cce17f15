from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("apikey", "last_used_at", models.DateTimeField(null=True))]
