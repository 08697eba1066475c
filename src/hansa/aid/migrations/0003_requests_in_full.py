"""What a resource request asks besides, by phone or in writing; what its changes replaced; what a pledge lent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """After the floors that end."""

    dependencies = [("aid", "0002_floors_that_end")]

    operations = [
        migrations.AddField(
            "need",
            "how",
            models.CharField(
                choices=[("written", "In writing"), ("phone", "By phone")],
                default="written",
                max_length=7,
            ),
        ),
        migrations.AddField("need", "taken_by", models.CharField(default="", max_length=140)),
        migrations.AddField("need", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField("need", "details", models.JSONField(default=dict)),
        migrations.AddField("need", "before", models.JSONField(default=list)),
        migrations.AddField("pledge", "lent", models.BigIntegerField(default=0)),
        migrations.AddField("pledge", "offer", models.CharField(default="", max_length=80)),
        migrations.AddIndex("need", models.Index(fields=["how", "home"], name="need_by_how")),
    ]
