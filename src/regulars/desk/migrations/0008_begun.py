from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0007_equal_limits'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('state__in', ['open', 'claimed'])), fields=['shop_id', 'not_before'], include=('team',), name='desk_task_begun'),
        ),
    ]
