"""The installation's secrets: from the environment, else made once under the data folder, readable by its owner only.

`ZEROTRIP_KEYS` holds JSON of the same shape as the file `keys.json`:
`{"seal": {"1": "<64 hex>"}, "blind": "<64 hex>", "web": "<text>"}`. The highest number seals; older ones still open.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """Sealing keys by number, the key of the blind indexes, and the web secret (sessions, CSRF)."""

    seal: dict[int, bytes]
    blind: bytes
    web: str


def load(folder: Path) -> Keys:
    """The keys of this installation; made on first use. Raises ValueError when they are malformed."""
    text = os.environ.get("ZEROTRIP_KEYS")
    return parse(text or _file(folder).read_text())


def parse(text: str) -> Keys:
    """Read keys from their JSON form. Raises ValueError when a key is missing or too short."""
    try:
        raw = json.loads(text)
        seal = {int(number): bytes.fromhex(key) for number, key in raw["seal"].items()}
        blind, web = bytes.fromhex(raw["blind"]), str(raw["web"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        shape = '{"seal": {"1": "<64 hex>"}, "blind": "<64 hex>", "web": "<text>"}'
        raise ValueError(f"keys must look like {shape}") from error
    if not seal or min(map(len, [*seal.values(), blind])) < 32 or len(web) < 32 or not all(0 < n < 65536 for n in seal):
        raise ValueError("sealing and blind keys need 32 bytes, the web secret 32 characters, key numbers 1 to 65535")
    return Keys(seal, blind, web)


def from_environment() -> bool:
    """True when the keys come from ZEROTRIP_KEYS: then whoever sets it adds keys, not we."""
    return bool(os.environ.get("ZEROTRIP_KEYS"))


def add_seal_key(folder: Path) -> int:
    """Add a new sealing key to the file and return its number; older ones stay to open what they sealed."""
    path = _file(folder)
    with open(path.with_name(f"{path.name}.lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would each write their own key 2, and one of them would be lost
        raw = json.loads(path.read_text())
        number = max(map(int, raw["seal"])) + 1
        raw["seal"][str(number)] = secrets.token_hex(32)
        _write(path, raw)
    return number


def _file(folder: Path) -> Path:
    path = folder / "keys.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = {"seal": {"1": secrets.token_hex(32)}, "blind": secrets.token_hex(32), "web": secrets.token_urlsafe(48)}
        try:
            _write(path, fresh, exclusive=True)
        except FileExistsError:
            return path  # another process was quicker: its keys count
    return path


def _write(path: Path, raw: object, *, exclusive: bool = False) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(json.dumps(raw, indent=1) + "\n")
            handle.flush()
            os.fsync(handle.fileno())  # a key lost in a power cut would take everything it sealed with it
        os.link(fresh, path) if exclusive else os.replace(fresh, path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        fresh.unlink(missing_ok=True)
