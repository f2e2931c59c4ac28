"""A feed's plan (see timetable.Plan) kept on disk by the feed's content: the next process need not read the feed.

Plain arrays and JSON, though `kept` would be shorter: `promise --feed` is tried in any folder, and takes what lies in
its `var/cache`.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np

from . import gtfs
from .gtfs_model import Rounds, Service
from .timetable import Plan

KEPT: Final = 8
"""Plans kept in a folder; the oldest go."""
_MODULES: Final = (
    "gtfs", "gtfs_files", "gtfs_fields", "gtfs_check", "gtfs_trips", "gtfs_model", "blocks", "timetable",
    "scan_kernels", "scan_parts", "lateness", "kept", "feed_plan",
)  # fmt: skip


def plan_of(path: Path, keep: Path | None = None) -> Plan:
    """The plan of the feed at `path` (folder or zip); kept in the folder `keep` and taken from there when it can be.

    Raises FeedRefused. A folder that cannot be written or a kept file that cannot be read is no error.
    """
    key = _key(path) if keep else ""
    kept = keep / f"plan-{key}.npz" if keep and key else None
    if kept:
        with suppress(OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            plan = _load(kept)
            kept.touch()
            return plan
    plan = Plan.of(gtfs.read(path))
    if kept:
        with suppress(OSError):
            _store(plan, kept)
    return plan


def _key(path: Path) -> str:
    """A name for these bytes read by this version of the reader; "" when they cannot be read."""
    whole = hashlib.blake2b(reader().encode(), digest_size=16)
    try:
        files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.is_file())
        for file in files:
            whole.update(f"{file.name if len(files) > 1 else ''}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    whole.update(block)
    except OSError:
        return ""
    return whole.hexdigest()


@cache
def reader() -> str:
    """What the modules are that make what is kept: another version may understand a feed differently."""
    whole = hashlib.blake2b(digest_size=16)
    for name in _MODULES:
        source = Path(__file__).with_name(f"{name}.py")
        whole.update(source.read_bytes() if source.exists() else name.encode())
    return whole.hexdigest()


def _store(plan: Plan, path: Path) -> None:
    arrays = {f.name: getattr(plan, f.name) for f in fields(plan) if isinstance(getattr(plan, f.name), np.ndarray)}
    rest: dict[str, Any] = {f.name: getattr(plan, f.name) for f in fields(plan) if f.name not in arrays}
    rest["services"] = [asdict(service) | {"added": sorted(service.added), "removed": sorted(service.removed)}
                        for service in plan.services]  # fmt: skip
    text = json.dumps(rest, default=date.isoformat, ensure_ascii=False).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid4().hex}.npz")
    try:
        np.savez(part, rest=np.frombuffer(text, np.uint8), **arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for old in sorted(path.parent.glob("plan-*.npz"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def _load(path: Path) -> Plan:
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    rest = json.loads(arrays.pop("rest").tobytes())
    for name in ("first_day", "last_day"):
        rest[name] = date.fromisoformat(rest[name])
    rest["stations"] = {station: tuple(stops) for station, stops in rest["stations"].items()}
    rest["services"] = tuple(_service(**service) for service in rest["services"])
    rest["rounds"] = Rounds(*map(tuple, rest["rounds"]))
    return Plan(**rest | {name: tuple(rest[name]) for name in ("stops", "trips", "routes")}, **arrays)


def _service(
    weekdays: list[bool], first: str | None, last: str | None, added: list[str], removed: list[str]
) -> Service:
    begins, ends = (date.fromisoformat(text) if text else None for text in (first, last))
    days, never = ({date.fromisoformat(text) for text in texts} for texts in (added, removed))
    return Service(tuple(weekdays), begins, ends, days, never)
