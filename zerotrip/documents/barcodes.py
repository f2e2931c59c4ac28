"""Bar codes as SVG: Code 128 (ISO/IEC 15417) drawn by zint, QR codes (ISO/IEC 18004) by segno.

A bar code is drawn in modules, one unit each; whoever places it chooses the width of a module. On a thermal printer
that must be a whole number of dots, otherwise bars come out uneven: `fitting_module` finds it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Final

import segno
import zint

DOT_MM: Final = 25.4 / 203.2
"""One dot of a 203 dpi label printer (8 dots a millimetre), in mm."""

QUIET: Final = 10
"""Modules of white that Code 128 needs on either side (ISO/IEC 15417, 4.2)."""

SMALLEST_MODULE_MM: Final = 2 * DOT_MM
"""The narrowest bar that hand-held scanners read reliably, in mm."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A drawn code: its SVG, and its width in modules with the white around it."""

    svg: str
    modules: int

    def fitting_module(self, width_mm: float) -> float:
        """The widest module, in mm, of whole printer dots with which the code fits into `width_mm`.

        Raises ValueError when even the narrowest readable one is too wide.
        """
        dots = floor(width_mm / self.modules / DOT_MM)
        if dots * DOT_MM < SMALLEST_MODULE_MM:
            raise ValueError(f"{self.modules} modules do not fit into {width_mm} mm")
        return dots * DOT_MM


@lru_cache(maxsize=2048)
def code128(text: str) -> Barcode:
    """`text` (printable ASCII) as Code 128; numbers are packed two digits a character.

    The SVG is one unit high and stretches. Raises ValueError for an empty text or one that is not printable ASCII.
    """
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError(f"Code 128 holds printable ASCII, not {text!r}")
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.CODE128
    symbol.show_hrt = False
    try:
        symbol.encode(text)
        symbol.buffer_vector()
    except RuntimeError as error:
        raise ValueError(f"{text!r} is too long for Code 128") from error
    picture = symbol.vector
    assert picture is not None
    unit = picture.width / symbol.width
    bars = "".join(
        f"M{QUIET + round(bar.x / unit)} 0h{round(bar.width / unit)}v1h-{round(bar.width / unit)}z"
        for bar in picture.rectangles
    )
    modules = symbol.width + 2 * QUIET
    return Barcode(_svg(modules, 1, bars, stretch=True), modules)


@lru_cache(maxsize=2048)
def qr(text: str, *, border: int = 4, error: str = "m") -> Barcode:
    """`text` as a QR code with a `border` of white modules (ISO/IEC 18004 asks for 4).

    Raises ValueError when it is empty or too long.
    """
    if not text:
        raise ValueError("a QR code needs a content")
    try:
        symbol = segno.make(text, error=error, micro=False, boost_error=False)
    except segno.DataOverflowError as overflow:
        raise ValueError("the text is too long for a QR code") from overflow
    out = io.BytesIO()
    symbol.save(out, kind="svg", border=border, xmldecl=False, omitsize=True, nl=False, svgclass=None, lineclass=None)
    return Barcode(out.getvalue().decode(), int(symbol.symbol_size(border=border)[0]))


def _svg(width: int, height: int, path: str, *, stretch: bool) -> str:
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{ratio} shape-rendering="crispEdges">'
        f'<path d="{path}"/></svg>'
    )
