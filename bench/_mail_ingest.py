"""What taking scans in costs, beside the least that a database can do with the same rows.

The ceiling: rows that are checked and written as COPY text beforehand, 10,000 a transaction: COPY into a temporary
table, INSERT … ON CONFLICT into the same partitions of mail_scan, and one UPDATE of a plain table of pieces (number,
last code, time, office; no generated columns) from the latest of them. No Python per row, fsync on. Ours: the command
`zerotrip ingest`, from NDJSON, with everything it does.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.common import ROOT, Figure

BLOCK = 10_000
_BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
_CODES = ("203", "303", "305", "954", "389", "954", "389", "306", "702", "704")
_STAGE = 'number text COLLATE "C", code text, at timestamptz, office text, operator text, reason text, attributes text'
_PIECES = """CREATE TABLE IF NOT EXISTS bench_piece (number varchar(13) COLLATE "C" PRIMARY KEY, code varchar(6),
    at timestamptz, office varchar(40)) WITH (fillfactor = 70)"""
_MERGE = """
WITH new AS (
    INSERT INTO mail_scan SELECT * FROM bench_stage ON CONFLICT DO NOTHING RETURNING number, code, at, office
), latest AS (SELECT DISTINCT ON (number) number, code, at, office FROM new ORDER BY number, at DESC)
UPDATE bench_piece p SET code = l.code, at = l.at, office = l.office FROM latest l
WHERE p.number = l.number AND (p.at IS NULL OR p.at < l.at)
"""


@dataclass(frozen=True, slots=True)
class Files:
    """Made files: pieces, scans in the order in which they happened, and the same half doubled and shuffled."""

    pieces: Path
    scans: Path
    mixed: Path


def make(folder: Path, pieces: int, scans: int) -> Files:
    """`scans` of `pieces` over a year, in the order of their times, 3 % late; the same for the same counts."""
    chance = random.Random(7)
    files = Files(folder / "pieces.ndjson", folder / "scans.ndjson", folder / "mixed.ndjson")
    each, more = divmod(scans, pieces)
    offices = [f"P36{n:07d}" for n in range(1700)]
    with files.pieces.open("w") as file:
        for n in range(pieces):
            ends = f'"origin":"{offices[n % 1700]}","target":"{offices[n % 1699]}","net":"province"'
            at = _time(n * 31536000 // pieces)
            file.write(f'{{"number":"{_number(n)}","at":"{at}","product":"标快",{ends}}}\n')
    lines = []
    for n in range(pieces):
        second = n * 31536000 // pieces
        for k in range(min(each + (n < more), len(_CODES))):
            late = chance.randrange(2 * 86400) if chance.random() < 0.03 else 0
            line = (f'{{"number":"{_number(n)}","code":"{_CODES[k]}","at":"{_time(second)}",'
                    f'"office":"{offices[(n + k * 7) % 1700]}","operator":"演示员","attributes":'
                    f'{{"trip":"{n % 977:05d}","device":"PDA{n % 313:03d}","note":"演示数据"}}}}\n')  # fmt: skip
            lines.append((second + late, line))
            second += 7200 + chance.randrange(14400)
    lines.sort()
    with files.scans.open("w") as file:
        file.writelines(line for _at, line in lines)
    mixed = [line for _at, line in lines[: len(lines) // 2]] * 2
    chance.shuffle(mixed)
    with files.mixed.open("w") as file:
        file.writelines(mixed)
    return files


def _number(n: int) -> str:
    return f"117{n:010d}"


def _time(second: int) -> str:
    return (_BEGINS - timedelta(days=365) + timedelta(seconds=second)).isoformat(timespec="seconds")


def empty(pieces: Path) -> None:
    """No scan, every piece announced, as after loading them; statistics are those of an installation in use."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail_scan, mail_trace, mail_batch, mail_refused")
        cursor.execute("SELECT to_regclass('bench_kept')")
        if cursor.fetchone()[0] is None:
            command("ingest", str(pieces))
            cursor.execute("CREATE TABLE bench_kept AS SELECT number, product, origin, target, net, announced_at"
                           " FROM mail_trace")  # fmt: skip
        else:
            cursor.execute(
                "INSERT INTO mail_trace (number, known, product, origin, target, net, announced_at, ends, attempts,"
                " scans, unknown) SELECT number, true, product, origin, target, net, announced_at, 0, 0, 0, 0"
                " FROM bench_kept"
            )
        cursor.execute(_PIECES)
        cursor.execute("TRUNCATE bench_piece")
        cursor.execute("INSERT INTO bench_piece SELECT number FROM bench_kept")
        for table in ("mail_trace", "bench_piece"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


def forget() -> None:
    """No delivery and no scan is known any more; the pieces stay."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail_scan, mail_batch, mail_refused")


def ceiling(scans: Path, writers: int = 1) -> float:
    """Rows a second of the least the database can do, by one or more writers who share out the pieces."""
    from zerotrip.core.clock import now
    from zerotrip.mail.ingest import rows
    from zerotrip.mail.trace import merge

    lines = scans.read_bytes().splitlines()
    shares = [[line for line in lines if int(line[11:24]) % writers == n] for n in range(writers)]
    blocks: list[list[bytes]] = []
    for share in shares:
        texts = []
        for start in range(0, len(share), BLOCK):
            parsed = rows.scans(share[start : start + BLOCK], 1, now())
            for month in parsed.months:
                merge.ensure_month(month)
            texts.append(b"".join(row.rpartition(b"\t")[0] + b"\n" for row in parsed.text.splitlines()))
        blocks.append(texts)
    count = len(lines)
    del lines, shares
    threads = [threading.Thread(target=_merge_all, args=(texts,)) for texts in blocks]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def _merge_all(texts: Iterable[bytes]) -> None:
    from django.db import connection, transaction

    try:
        for text in texts:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS bench_stage ({_STAGE}) ON COMMIT DELETE ROWS")
                with cursor.copy("COPY bench_stage FROM STDIN") as copy:
                    copy.write(text)
                cursor.execute(_MERGE)
    finally:
        connection.close()


def command(*arguments: str) -> dict[str, Any]:
    """A command of the product as a process: what it prints with --json, and the most megabytes its processes held."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zerotrip", *arguments, "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    most: dict[int, int] = {}
    stop = threading.Event()
    watching = threading.Thread(target=_watch, args=(process.pid, most, stop))
    watching.start()
    out, _err = process.communicate()
    stop.set()
    watching.join()
    if process.returncode:
        raise SystemExit(f"zerotrip {' '.join(arguments)} ended with {process.returncode}")
    return {**json.loads(out), "megabytes": sum(most.values()) / 1024}


def _watch(pid: int, most: dict[int, int], stop: threading.Event) -> None:
    """The largest resident size so far of a process and of its children (Linux; elsewhere nothing is seen)."""
    while not stop.wait(0.2):
        children = Path(f"/proc/{pid}/task/{pid}/children")
        for one in [pid, *_started_by(pid, children)]:
            try:
                status = Path(f"/proc/{one}/status").read_text()
            except OSError:
                continue
            if peak := next((line for line in status.splitlines() if line.startswith("VmHWM")), ""):
                most[one] = max(most.get(one, 0), int(peak.split()[1]))


def _started_by(pid: int, children: Path) -> list[int]:
    """Children, the database server aside: it is no part of the reading."""
    try:
        found = [int(child) for child in children.read_text().split()]
        return [child for child in found if b"reader" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def figures(files: Files, pieces: int, scans: int, rounds: int = 2) -> list[Figure]:
    """The figures of ingest. Ceiling and ours are measured in turns."""
    ceilings, ours = [], []
    for _ in range(rounds):
        empty(files.pieces)
        ceilings.append(ceiling(files.scans))
        empty(files.pieces)
        ours.append(command("ingest", str(files.scans)))
    empty(files.pieces)
    two = ceiling(files.scans, writers=2)
    empty(files.pieces)
    mixed = command("ingest", str(files.mixed))
    top = max(ceilings)
    best = max(ours, key=lambda run: run["rows_per_second"])
    assert best["accepted"] == scans, best
    assert mixed["duplicates"] == scans // 2, mixed
    said = (
        f"{scans:,} scans over {pieces:,} pieces; runs {_runs(ours)} against {', '.join(f'{c:,.0f}' for c in ceilings)}"
    )
    return [
        Figure("ingest", best["rows_per_second"], "rows/s", top, 0.6, said),
        Figure("ingest, half doubled, random order", mixed["rows_per_second"], "rows/s", top, 0.3),
        Figure("ceiling with two writers", two, "rows/s", note="for comparison; ours has one writer and a reader"),
        Figure("memory of ingest", best["megabytes"], "MB", goal=-300, note="largest sizes of both processes added"),
    ]


def _runs(ours: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{run['rows_per_second']:,}" for run in ours)


def full(folder: Path, pieces: int = 420_000) -> list[Figure]:
    """A province-year by `make-year`, loaded by the command into an empty database."""
    from django.db import connection

    subprocess.run(
        [sys.executable, "-m", "zerotrip", "make-year", "--consignments", str(pieces), "--seed", "1", "--out", folder],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail_scan, mail_trace, mail_batch, mail_refused")
    announced = command("ingest", str(folder / "consignments.ndjson"))
    loaded = command("ingest", str(folder / "scans.ndjson"))
    lines = loaded["accepted"] + loaded["duplicates"]
    return [
        Figure("a province-year loaded", announced["seconds"] + loaded["seconds"], "s", goal=-180,
               note=f"{pieces:,} pieces in {announced['seconds']:.0f} s, {lines:,} scans in {loaded['seconds']:.0f} s"),
        Figure("scans of the province-year", loaded["rows_per_second"], "rows/s"),
    ]  # fmt: skip


def years(files: Files, count: int, scans: int, pieces: int, first: float) -> list[Figure]:
    """Ingest again on top of `count` - 1 earlier years of the same size, copied into the tables by the database."""
    from django.db import connection

    from zerotrip.mail.trace import merge

    empty(files.pieces)
    command("ingest", str(files.scans))
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at), max(at) FROM mail_scan")
        begin, end = cursor.fetchone()
        for back in range(1, count):
            day = begin
            while day < end + timedelta(days=31):
                month = day.replace(day=1, year=day.year - back)
                merge.ensure_months([month])
                day += timedelta(days=27)
            cursor.execute(
                "INSERT INTO mail_scan SELECT (number::bigint + %s)::text, code, at - %s * interval '1 year', office,"
                " operator, reason, attributes FROM mail_scan WHERE at >= %s ON CONFLICT DO NOTHING",
                [back * 10**9, back, begin],
            )
            cursor.execute(
                "INSERT INTO mail_trace (number, known, product, origin, target, net, announced_at, ends, attempts,"
                " scans, unknown) SELECT (number::bigint + %s)::text, true, product, origin, target, net,"
                " announced_at - %s * interval '1 year', 0, 0, 3, 0 FROM bench_kept",
                [back * 10**9, back],
            )
        cursor.execute("DELETE FROM mail_scan WHERE at >= %s", [begin])
        cursor.execute(
            "UPDATE mail_trace t SET last = NULL, ended = NULL, ends = 0, seen = NULL, scans = 0 FROM bench_kept k"
            " WHERE t.number = k.number"
        )
        cursor.execute("DELETE FROM mail_batch")
        cursor.execute("VACUUM ANALYZE mail_trace, mail_scan")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT count(*) FROM mail_trace")
        stored = cursor.fetchone()[0]
    again = command("ingest", str(files.scans))["rows_per_second"]
    note = f"{stored:,} pieces stored, {count - 1} earlier years of {scans:,} scans each"
    return [
        Figure(f"ingest with {count} years stored", again, "rows/s", first, 0.9, f"{note}; ceiling is ours with one")
    ]
