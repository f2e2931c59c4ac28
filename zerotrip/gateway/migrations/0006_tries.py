"""How each try to deliver a message went."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0005_exports")]

    operations = [
        migrations.AddField(model_name="message", name="tries", field=models.JSONField(default=list)),
    ]
