"""Outside trackers and what was pushed to them."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_webhooks")]

    operations: list[Any] = []
