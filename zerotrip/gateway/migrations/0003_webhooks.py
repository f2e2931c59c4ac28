"""Webhooks and their deliveries."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_signatures")]

    operations: list[Any] = []
