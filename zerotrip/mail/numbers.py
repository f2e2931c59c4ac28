"""The mail numbers this installation may give out."""

from __future__ import annotations

from typing import Any

from zerotrip.rules import mail_number


def settings_range() -> tuple[int, int]:
    """The first and last number this installation may give out (setting ZEROTRIP_MAIL_RANGE, "first-last")."""
    from django.conf import settings

    text: Any = getattr(settings, "ZEROTRIP_MAIL_RANGE", "1099000000001-1099999999999")
    first, _dash, last = str(text).partition("-")
    mail_number.validate(first)
    mail_number.validate(last)
    return int(first), int(last)
