"""Tariffs, agreements and payments."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0006_custody")]

    operations: list[Any] = []
