from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aid", "0004_sums_from_indexes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="acceptance",
            name="acceptance_sums",
        ),
        migrations.AddIndex(
            model_name="acceptance",
            index=models.Index(fields=["pledge", "home", "quantity"], name="acceptance_by_pledge"),
        ),
    ]
