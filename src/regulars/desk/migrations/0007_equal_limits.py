from django.db import migrations, models

KIND = models.Case(
    models.When(then=0, why_next='missed'), models.When(then=1, why_next='asked'), models.When(then=2, why_next='message'),
    models.When(then=3, why_next='promise'), models.When(then=5, why_next='retry'),
    default=4, output_field=models.SmallIntegerField(),
)
OPEN = models.Q(('state', 'open'))


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0006_forecast_and_routing'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='placed_at',
            field=models.DateTimeField(null=True),
        ),
        # only those that wait are ranked
        migrations.RunSQL(
            "update desk_task t set placed_at = coalesce((select o.placed_at from orders_order o where o.id = t.order_id),"
            " t.opened_at) where t.state in ('open', 'claimed')",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(model_name='task', name='desk_task_rank'),
        migrations.RemoveIndex(model_name='task', name='desk_task_later'),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('shop_id'), models.F('team'), KIND, models.F('due_at'), models.F('placed_at'), models.F('id'), condition=OPEN, include=('not_before',), name='desk_task_rank'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('shop_id'), models.F('team'), KIND, models.F('not_before'), models.F('id'), condition=OPEN, include=('due_at', 'placed_at'), name='desk_task_later'),
        ),
    ]
