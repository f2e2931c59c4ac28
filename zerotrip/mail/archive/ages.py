"""How long scans stay in the database: a year of answers (邮政法 49: inquiries within a year), and a month of grace."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings


def oldest_kept(on: date) -> date:
    """The first day of the oldest month that is not archived by itself (setting ZEROTRIP_SCAN_MONTHS)."""
    months = on.year * 12 + on.month - 1 - int(settings.ZEROTRIP_SCAN_MONTHS)
    return date(months // 12, months % 12 + 1, 1)


def folder() -> Path:
    """Where the files lie (setting ZEROTRIP_ARCHIVE); made if it is not there."""
    path = Path(settings.ZEROTRIP_ARCHIVE)
    path.mkdir(parents=True, exist_ok=True)
    return path
