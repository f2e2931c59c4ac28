"""Words put together as the reader's language does."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def listed(words: Iterable[object]) -> str:
    """Words as a list within a sentence: 甲、乙、丙 in Chinese, a, b, c in English."""
    return _("、").join(str(word) for word in words)
