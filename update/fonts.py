"""Makes the fonts in zerotrip/documents/data/fonts: Noto Sans SC, regular and bold, cut down to what papers need.

Run it after changing zerotrip/documents/charset.py; it needs npm (the fonts come from @expo-google-fonts/noto-sans-sc):

    python update/fonts.py

The result is renamed, because a font that lacks most of its characters should not answer to the full one's name, and it
bears no time of making, so that the same input gives the same bytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._n_a_m_e import NameRecord

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "zerotrip" / "documents" / "data" / "fonts"
PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
FAMILY = "ZeroTrip Sans"
STYLES = {"Regular": "400Regular/NotoSansSC_400Regular.ttf", "Bold": "700Bold/NotoSansSC_700Bold.ttf"}
LARGEST = 3_000_000

sys.path.insert(0, str(ROOT))
from zerotrip.documents.charset import WANTED  # noqa: E402  # the script runs from anywhere


def fetch(folder: Path) -> Path:
    """Unpack the npm package below `folder` and return where its files are."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=sys.stderr)
    (archive,) = folder.glob("*.tgz")
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / "package"


def cut(source: Path, style: str) -> TTFont:
    """The font of `source` with only the wanted characters, named `FAMILY`."""
    options = subset.Options(
        layout_features=["kern", "liga", "locl", "vert", "vrt2", "tnum", "halt", "palt"],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        name_languages=[0x409],
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["DSIG", "BASE"],
    )
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=WANTED)
    cutter.subset(font)
    names = {1: FAMILY, 2: style, 3: f"ZeroTripSans-{style}", 4: f"{FAMILY} {style}", 6: f"ZeroTripSans-{style}"}
    for record in list(font["name"].names):
        if record.nameID in names:
            font["name"].setName(names[record.nameID], *_place(record))
    return font


def _place(record: NameRecord) -> tuple[int, int, int, int]:
    return record.nameID, record.platformID, record.platEncID, record.langID


def main() -> None:
    """Write both fonts and their licence; refuse one that is too large for the repository."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        package = fetch(Path(temporary))
        for style, file in STYLES.items():
            font, path = cut(package / file, style), TARGET / f"ZeroTripSans-{style}.ttf"
            font.save(path)
            size = path.stat().st_size
            missing = set(WANTED) - {chr(c) for c in font.getBestCmap()}
            if size > LARGEST:
                raise SystemExit(f"{path.name} has {size:,} bytes, more than {LARGEST:,}: want fewer characters")
            count = len(font.getBestCmap())
            print(f"{path.name}: {count:,} characters, {size:,} bytes; {len(missing)} missing")
        shutil.copy(package / "LICENSE_FONT", TARGET / "OFL.txt")


if __name__ == "__main__":
    main()
