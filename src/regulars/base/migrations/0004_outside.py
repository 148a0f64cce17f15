from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("base", "0003_first_rows")]

    operations = [
        migrations.CreateModel(
            name="Outside",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("next_business", models.DateTimeField()),
                ("until_machine", models.DateTimeField()),
            ],
            options={"db_table": "base_outside"},
        ),
    ]
