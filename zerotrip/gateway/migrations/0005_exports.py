"""Rows for the provincial portal."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gateway", "0004_trackers")]

    operations: list[Any] = []
