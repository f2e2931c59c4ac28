"""The fonts of papers and labels: our own cut of Noto Sans SC, and the wide fonts that draw rare characters.

`data/fonts` holds 8,522 characters in two weights (made by update/fonts.py); the package pylopdf-fonts-zh-cn holds
30,890 in a sans and a serif of one weight. No font of the machine is used: a paper looks the same wherever it was made.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typst

SANS: Final = "ZeroTrip Sans"
WIDE_SANS: Final = "Noto Sans SC"
SERIF: Final = "Noto Serif SC"

PACKAGED: Final = Path(__file__).resolve().parent / "data" / "fonts"
GETA: Final = "〓"
"""What stands for a character that no font can draw (the compositors' mark for a missing sort)."""

STANDS_FOR: Final = {"𬮤": "閤"}
"""The unsimplified form of characters that no font here holds, for 𬮤山镇 in 樟树."""

_CONTROLS: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SPACES: Final = frozenset(map(ord, "\u200b\u3000 \n"))


def wide_folder() -> Path:
    """Where the wide fonts lie. Raises FileNotFoundError when their package is missing."""
    found = find_spec("pylopdf_fonts_zh_cn")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package pylopdf-fonts-zh-cn is not installed")
    return Path(found.submodule_search_locations[0])


@lru_cache(maxsize=1)
def loaded() -> typst.Fonts:
    """All fonts, read once for the whole process. Raises FileNotFoundError when a family is missing."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(PACKAGED), str(wide_folder())]
    )
    missing = {SANS, WIDE_SANS, SERIF} - set(fonts.families())
    if missing:
        raise FileNotFoundError(f"fonts missing: {', '.join(sorted(missing))}")
    return fonts


@lru_cache(maxsize=1)
def coverage() -> frozenset[int]:
    """The code points that can be drawn in both sans and serif."""
    return characters(wide_folder() / "NotoSansSC-Regular.otf") & characters(wide_folder() / "NotoSerifSC-Regular.otf")


def undrawable(text: str) -> str:
    """The characters of `text` that no font here holds, each once, in order."""
    covered = coverage()
    return "".join(dict.fromkeys(c for c in text if ord(c) not in covered and ord(c) not in _SPACES))


def drawable(text: str) -> str:
    """`text` with what cannot be drawn replaced by its unsimplified form or `GETA`, and without control characters."""
    kept = "".join(" " if unicodedata.category(c) in _CONTROLS and c != "\n" else c for c in text)
    for character in undrawable(kept):
        kept = kept.replace(character, STANDS_FOR.get(character, GETA))
    return kept


def characters(font: Path) -> frozenset[int]:
    """The code points in a font's character map (OpenType `cmap`, format 12). Raises ValueError without such a map."""
    data = font.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    for index in range(tables):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if tag == b"cmap":
            return _from_cmap(data, offset, font.name)
    raise ValueError(f"{font.name} has no character map")


def _from_cmap(data: bytes, cmap: int, name: str) -> frozenset[int]:
    for index in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">HHI", data, cmap + 4 + 8 * index)[2]
        if struct.unpack_from(">H", data, table)[0] == 12:
            groups = struct.unpack_from(">I", data, table + 12)[0]
            ranges = (struct.unpack_from(">III", data, table + 16 + 12 * g) for g in range(groups))
            return frozenset(code for first, last, _glyph in ranges for code in range(first, last + 1))
    raise ValueError(f"{name} has no character map of format 12")
