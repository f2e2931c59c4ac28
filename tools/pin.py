"""Pins every package, exactly and with hashes, without naming any registry.

    python tools/pin.py             # newest versions that pyproject.toml allows
    python tools/pin.py --keep      # keep the versions pinned now; add and drop what pyproject.toml says

Writes `requirements.txt` (hashes, for `make setup`), `tools/requirements-uv.txt` (the installer and the build backend)
and the `constraint-dependencies` of pyproject.toml (for `uv run`). A lock file of uv would name the registry's
addresses on every line.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "pyproject.toml"
PINS = ROOT / "requirements.txt"
INSTALLER = ROOT / "tools" / "requirements-uv.txt"
INSTALLERS = ["uv>=0.13,<0.14", "uv-build>=0.13,<0.14"]
_BLOCK = re.compile(r"constraint-dependencies = \[.*?\n\]\n", re.DOTALL)


def compiled(*arguments: str, given: str = "") -> str:
    """What `uv pip compile` resolves, for every platform, with hashes and without comments."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header"]
    command += ["--no-annotate", "--python-version", "3.11", "-q", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    if "://" in done.stdout:
        raise SystemExit("an address got into the pins; was an index given on the command line?")
    return done.stdout


def pins_of(requirements: str) -> list[str]:
    """The exact pins, with their markers: "name==1.0 ; marker"."""
    lines = (line.rstrip("\\ ") for line in requirements.splitlines())
    return sorted({line for line in lines if re.match(r"[A-Za-z0-9]", line)})


def with_constraints(project: str, pins: list[str]) -> str:
    """pyproject.toml with `pins` as the constraints of uv."""
    block = "constraint-dependencies = [\n" + "".join(f'  "{pin}",\n' for pin in pins) + "]\n"
    return _BLOCK.sub("", project).replace("[tool.uv]\n", f"[tool.uv]\n{block}", 1)


def main() -> None:
    """Resolve and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep the versions pinned now where they still fit")
    keep = parser.parse_args().keep
    before = PROJECT.read_text(encoding="utf-8")
    kept = ["-c", "requirements.txt"] if keep and PINS.exists() else []
    PROJECT.write_text(_BLOCK.sub("", before), encoding="utf-8")  # the old pins must not bind the new ones
    try:
        pins = compiled("pyproject.toml", "--group", "dev", *kept)
    except BaseException:
        PROJECT.write_text(before, encoding="utf-8")
        raise
    PINS.write_text(pins, encoding="utf-8")
    old = INSTALLER.read_text(encoding="utf-8") if keep and INSTALLER.exists() else ""
    INSTALLER.write_text(compiled("-", given="\n".join(pins_of(old) or INSTALLERS)), encoding="utf-8")
    PROJECT.write_text(with_constraints(_BLOCK.sub("", before), pins_of(pins)), encoding="utf-8")
    print(f"{len(pins_of(pins))} packages pinned")


if __name__ == "__main__":
    main()
