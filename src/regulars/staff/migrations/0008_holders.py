from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0007_extension'),
    ]

    operations = [
        migrations.AddField(
            model_name='telling',
            name='process_id',
            field=models.BigIntegerField(null=True),
        ),
    ]
