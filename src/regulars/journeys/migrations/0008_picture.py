from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journeys", "0007_backtests")]

    operations = [
        migrations.CreateModel(
            name="DraftEdit",
            fields=[
                ("pk", models.CompositePrimaryKey("shop_id", "account_id", "name", "n", blank=True, editable=False, primary_key=True, serialize=False)),
                ("shop_id", models.BigIntegerField()),
                ("account_id", models.BigIntegerField()),
                ("name", models.TextField()),
                ("n", models.IntegerField()),
                ("before", models.TextField()),
                ("after", models.TextField()),
                ("said", models.TextField()),
                ("undone", models.BooleanField(db_default=False)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "journeys_draft_edit"},
        ),
        migrations.CreateModel(
            name="AcceptedWarning",
            fields=[
                ("pk", models.CompositePrimaryKey("shop_id", "name", "step", "code", blank=True, editable=False, primary_key=True, serialize=False)),
                ("shop_id", models.BigIntegerField()),
                ("name", models.TextField()),
                ("step", models.TextField()),
                ("code", models.TextField()),
                ("reason", models.TextField()),
                ("accepted_by", models.TextField()),
                ("accepted_at", models.DateTimeField()),
            ],
            options={"db_table": "journeys_accepted"},
        ),
    ]
