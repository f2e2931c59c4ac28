"""Following outside scans, silence, archived months."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_promise")]

    operations: list[Any] = []
