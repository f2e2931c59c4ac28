"""A repeat gets the first answer with all its headers, however long."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RemoveField("idempotencykey", "media_type"),
        migrations.RemoveField("idempotencykey", "location"),
        migrations.AddField("idempotencykey", "headers", models.JSONField(default=dict)),
    ]
