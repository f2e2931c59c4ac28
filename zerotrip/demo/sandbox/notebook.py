"""What the sandbox sent and received, newest first; a file of its own, as another system would have."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from zerotrip.core.clock import now
from zerotrip.core.database import data_folder

MOST_KEPT: Final = 400
LONGEST_BODY: Final = 4000
SENT, TOLD, INBOX = "sent", "told", "inbox"
"""The notebook's pages: what it sent to us, what webhooks told it, what was pushed into its inbox."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS line (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, page TEXT NOT NULL, topic TEXT NOT NULL, title TEXT NOT NULL,
  ident TEXT NOT NULL, status INTEGER NOT NULL, note TEXT NOT NULL, body TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS line_ident ON line (page, ident);
CREATE TABLE IF NOT EXISTS arrived (stream TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (stream, sequence));
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `status` is how it was answered; `again` how often the same came once more."""

    at: datetime
    topic: str
    title: str
    ident: str
    status: int
    note: str
    body: str
    again: int

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def folder() -> Path:
    """The sandbox's own folder, readable by its owner only."""
    made = data_folder() / "sandbox"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder() / "notes.sqlite3", timeout=10)) as db, db:
        db.executescript(_TABLES)
        yield db


def write(page: str, topic: str, title: str, status: int, *, ident: str = "", note: str = "", body: Any = b"") -> None:
    """Note one message; of one that came before only that it came again."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    with _open() as db:
        if ident:
            known = db.execute(
                "UPDATE line SET again = again + 1 WHERE page = ? AND ident = ? AND status = ?", (page, ident, status)
            )
            if known.rowcount:
                return
        row = (now().isoformat(), page, topic[:80], title[:300], ident[:100], status, note[:300], text[:LONGEST_BODY])
        db.execute(
            "INSERT INTO line (at, page, topic, title, ident, status, note, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
        )
        db.execute(
            "DELETE FROM line WHERE page = ? AND id <= (SELECT id FROM line WHERE page = ? ORDER BY id DESC "
            "LIMIT 1 OFFSET ?)",
            (page, page, MOST_KEPT),
        )


def lines(page: str, count: int = 20) -> list[Line]:
    """The newest messages of a page."""
    with _open() as db:
        rows = db.execute(
            "SELECT at, topic, title, ident, status, note, body, again FROM line WHERE page = ? "
            "ORDER BY id DESC LIMIT ?",
            (page, count),
        ).fetchall()
    return [Line(datetime.fromisoformat(row[0]), *row[1:]) for row in rows]


def arrived(stream: str, sequence: int) -> None:
    """Remember that this number of a stream has arrived."""
    with _open() as db:
        db.execute("INSERT OR IGNORE INTO arrived VALUES (?, ?)", (stream, sequence))


def tally(stream: str) -> dict[str, int]:
    """First and last number of a stream, and how many between them have not arrived."""
    with _open() as db:
        first, last, count = db.execute(
            "SELECT coalesce(min(sequence), 0), coalesce(max(sequence), 0), count(*) FROM arrived WHERE stream = ?",
            (stream,),
        ).fetchone()
    return {"first": first, "last": last, "missing": last - first + 1 - count if count else 0}


def recall(name: str) -> Any:
    """A fact the sandbox keeps; None when there is none."""
    with _open() as db:
        row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row else None


def remember(name: str, value: Any) -> None:
    """Keep a fact."""
    with _open() as db:
        db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value)))
