"""Reads rendered pages the way a printer and a scanner do."""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL import Image

LABEL_DPI = 203
MM = 72 / 25.4


@dataclass(frozen=True)
class Glyph:
    """One drawn character and its box in points, the origin at the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def document(pdf: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf)


def raster(pdf: bytes, page: int = 0, dpi: int = LABEL_DPI) -> Image.Image:
    """The page as a thermal printer prints it: black or white, nothing between."""
    grey = document(pdf)[page].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
    return grey.point(lambda value: 255 if value > 127 else 0)


def scanned(image: Image.Image) -> set[tuple[str, str]]:
    """(format, content) of every code a scanner finds."""
    return {
        (str(found.format).rsplit(".", 1)[-1].replace(" ", ""), found.text) for found in zxingcpp.read_barcodes(image)
    }


def text(pdf: bytes, page: int = 0) -> str:
    """The page's text without the white between its parts."""
    return "".join(document(pdf)[page].get_textpage().get_text_range().replace("\u200b", "").split())


def glyphs(pdf: bytes, page: int = 0) -> list[Glyph]:
    """Every visible character with its box."""
    source = document(pdf)[page].get_textpage()
    found = []
    for index in range(source.count_chars()):
        character = source.get_text_range(index, 1)
        if character.strip("\u200b \r\n\t\ufffe"):
            found.append(Glyph(character, *source.get_charbox(index)))
    return found


def collisions(drawn: list[Glyph]) -> list[tuple[str, str]]:
    """Pairs of characters of which one covers more than a quarter of the other."""
    clashes = []
    ordered = sorted(drawn, key=lambda g: g.left)
    for i, one in enumerate(ordered):
        for two in ordered[i + 1 :]:
            if two.left >= one.right:
                break
            wide = min(one.right, two.right) - two.left
            high = min(one.top, two.top) - max(one.bottom, two.bottom)
            smaller = min((g.right - g.left) * (g.top - g.bottom) for g in (one, two))
            if wide > 0 and high > 0 and wide * high > smaller / 4:
                clashes.append((one.text, two.text))
    return clashes
