"""Scans as the post sends them from outside, for the stories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from zerotrip.core.clock import now
from zerotrip.ledger.readers import drain
from zerotrip.mail.following.queue import follow_all
from zerotrip.mail.ingest import load, rows

Scanned = tuple[str, datetime, str] | tuple[str, datetime, str, dict[str, Any]]
"""Code, time, office, attributes."""


def send(number: object, scans: Iterable[Scanned]) -> load.Counts:
    """One delivery of scans of a number, taken in as a request or a file is."""
    lines = []
    for code, at, office, *more in scans:
        row = {"number": str(number), "code": code, "at": at.isoformat(), "office": office, "operator": "外部"}
        lines.append(json.dumps(row | {"attributes": more[0] if more else {}}, ensure_ascii=False).encode())
    digest = hashlib.sha256(b"\n".join(lines)).digest()
    batch = load.begin("scans", "story", digest, now())
    counts = load.take_in(batch, rows.scans(lines, 1, now()))
    load.finish(batch, now())
    assert not counts.faults, counts.faults
    return counts


def scanned(number: object, scans: Iterable[Scanned]) -> int:
    """As `send`; then the piece follows and every room reacts. Returns how many facts were recorded."""
    send(number, scans)
    count = follow_all()
    drain()
    return count


def announce(number: str, *, at: datetime, target: str = "", promised: datetime | None = None, net: str = "") -> None:
    """One announced piece."""
    piece: dict[str, Any] = {"number": number, "at": at.isoformat(), "target": target, "net": net}
    if promised is not None:
        piece["promised_at"] = promised.isoformat()
    line = json.dumps(piece).encode()
    batch = load.begin("consignments", "story", hashlib.sha256(line).digest(), now())
    load.take_in(batch, rows.pieces([line], 1, now()))


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)
