"""Labels, bags and escalated differences."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0005_watch")]

    operations: list[Any] = []
