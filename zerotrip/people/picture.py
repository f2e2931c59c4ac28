"""QR codes on pages."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString


def qr_code(text: str) -> SafeString:
    """`text` as an inline SVG on white, so that it is read in dark pages too."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return SafeString(drawn)  # drawn by segno from modules only: holds none of `text`
