"""Copies third-party browser files into zerotrip/web/static/web and writes their checksums.

Run it after changing update/vendor/package.json or update/vendor/icons.txt; it needs npm:

    python update/vendor.py            # install from the lock file, copy, build the icon sprite, write vendor.sha256
    python update/vendor.py --lock     # first make a new package-lock.json from package.json

The application itself never needs node: what this script writes is committed.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / "vendor"
STATIC = Path(__file__).resolve().parent.parent / "zerotrip" / "web" / "static" / "web"
VENDOR = STATIC / "vendor"
SPRITE = STATIC / "icons.svg"
SUMS = HERE / "vendor.sha256"

FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler/LICENSE-icons": "@tabler/icons/LICENSE",
    "weui/weui.min.css": "weui/dist/style/weui.min.css",
    "weui/LICENSE": "weui/LICENSE.txt",
    "echarts/echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "echarts/LICENSE-zrender": "zrender/LICENSE",
    "barcode-detector/ponyfill.js": "barcode-detector/dist/iife/ponyfill.js",
    "barcode-detector/LICENSE": "barcode-detector/LICENSE",
    "barcode-detector/zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "barcode-detector/LICENSE-zxing-wasm": "zxing-wasm/LICENSE",
}
"""Where each committed file comes from inside node_modules."""

WRITTEN = {
    "tabler/LICENSE": "mit-tabler.txt",
    "barcode-detector/NOTICE": "notice-zxing-cpp.txt",
}
"""Licence texts that the packages state but do not carry; kept in update/vendor/."""

_MAP_COMMENT = re.compile(rb"\s*(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")


def install(folder: Path, *, lock: bool) -> Path:
    """Install the locked packages into `folder` without running their scripts. Returns node_modules."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if (HERE / name).exists() and not (lock and name == "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
    command = ["npm", "install" if lock else "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    if lock:
        shutil.copy(folder / "package-lock.json", HERE / "package-lock.json")
    return folder / "node_modules"


def icon_names() -> list[tuple[str, str]]:
    """(name in the sprite, file below @tabler/icons/icons) of each wanted icon, in order."""
    wanted = []
    for line in (HERE / "icons.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("filled:"):
            name = line.removeprefix("filled:")
            wanted.append((f"{name}-filled", f"filled/{name}.svg"))
        else:
            wanted.append((line, f"outline/{line}.svg"))
    return wanted


def sprite(icons: Path) -> str:
    """One SVG with a <symbol> for each icon. Raises FileNotFoundError naming an icon Tabler does not have."""
    symbols = []
    for name, file in icon_names():
        source = (icons / file).read_text(encoding="utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>", source)
        drawn = "".join(re.sub(r"\s+/>", "/>", s) for s in shapes if 'd="M0 0h24v24H0z"' not in s)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    head = "<!-- Tabler Icons, MIT licence: see vendor/tabler/LICENSE-icons. Built by update/vendor.py. -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n' + "\n".join(symbols) + "\n</svg>\n"


def sums() -> str:
    """The checksum file's text for what lies in the static folder now, in the form `sha256sum -c` reads."""
    files = sorted(p for p in VENDOR.rglob("*") if p.is_file())
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(STATIC).as_posix()}" for p in [*files, SPRITE]
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Copy everything, build the sprite, write the checksums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lock", action="store_true", help="make a new package-lock.json first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        modules = install(Path(temporary), lock=options.lock)
        shutil.rmtree(VENDOR, ignore_errors=True)
        for target, source in FILES.items():
            path = VENDOR / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_MAP_COMMENT.sub(b"\n", (modules / source).read_bytes()))
        for target, source in WRITTEN.items():
            shutil.copy(HERE / source, VENDOR / target)
        SPRITE.write_text(sprite(modules / "@tabler" / "icons" / "icons"), encoding="utf-8")
    SUMS.write_text(sums(), encoding="utf-8")
    print(f"{len(FILES) + len(WRITTEN)} files, {len(icon_names())} icons; sums in {SUMS.name}")


if __name__ == "__main__":
    main()
