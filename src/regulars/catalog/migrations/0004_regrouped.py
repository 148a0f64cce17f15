from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_what_a_call_needs'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='regrouped_at',
            field=models.DateTimeField(db_default=models.Func(function='machine_now', output_field=models.DateTimeField())),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['shop_id', 'regrouped_at'], name='catalog_product_regrouped'),
        ),
    ]
