"""The guarantee of the ledger, under the worst we can do to it: every committed entry is handled once, in order.

Ten writers work on six subjects at once, in long and short transactions, some rolled back at the very end; three reader
processes share the readers and are killed with -9 in the middle of batches, one after the other, and started again.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults import storm
from zerotrip.ledger.models import Cursor, Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
WRITING = 5.0


@pytest.fixture
def tables() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(storm.TABLES, [storm.SUBJECTS])
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE storm_subject, storm_effect")


class Crowd:
    """Processes on this test's database."""

    def __init__(self, project: Path) -> None:
        settings = connection.settings_dict
        address = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT']}"
        if not settings["HOST"].startswith("/"):
            address = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
        self.environment = {**os.environ, "ZEROTRIP_DATABASE_URL": address, "ZEROTRIP_LOG": "ERROR"}
        self.project = project
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.faults.storm", *arguments]
        one = subprocess.Popen(command, cwd=self.project, env=self.environment, stdout=subprocess.DEVNULL)
        self.running.append(one)
        return one

    def end(self) -> None:
        for one in self.running:
            one.kill()
            one.wait()


@pytest.fixture
def crowd(project: Path) -> Iterator[Crowd]:
    made = Crowd(project)
    yield made
    made.end()


def _effects(reader: str) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry, subject, turn FROM storm_effect WHERE reader = %s ORDER BY id", [reader])
        return list(cursor.fetchall())


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def test_every_committed_entry_is_handled_exactly_once_and_in_order(tables: None, crowd: Crowd) -> None:
    rng = random.Random(20261124)
    readers = [crowd.start("read") for _ in range(3)]
    writers = [crowd.start("write", str(seed), str(WRITING)) for seed in (1, 2)]
    killed = 0
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.4 + rng.random() / 2)
        if not Cursor.objects.exists():
            continue  # nobody reads yet
        victim = rng.randrange(3)
        readers[victim].kill()
        readers[victim].wait()
        readers[victim] = crowd.start("read")
        killed += 1
    assert [writer.returncode for writer in writers] == [0, 0]

    goal = _number("SELECT count(*) FROM ledger_entry WHERE kind = 'storm.turned'")
    give_up = time.monotonic() + 60
    while _number("SELECT count(*) FROM storm_effect WHERE reader = 'second'") < goal and time.monotonic() < give_up:
        time.sleep(0.1)

    for reader, kind in (("first", storm.TURNED), ("second", storm.ANSWERED)):
        effects = _effects(reader)
        committed = list(Entry.objects.filter(kind=kind.code).order_by("pk").values_list("pk", flat=True))
        assert [entry for entry, _subject, _turn in effects] == committed, "each once, none skipped, by number"
        turns: dict[int, list[int]] = defaultdict(list)
        for _entry, subject, turn in effects:
            turns[subject].append(turn)
        for subject, seen in turns.items():
            assert seen == list(range(1, len(seen) + 1)), f"subject {subject}: the order in which its row was held"
    assert goal > 200
    assert killed >= 3
    turned = _number("SELECT sum(turn) FROM storm_subject")
    assert turned == goal
    assert _number("SELECT count(*) FROM ledger_setaside") == 0
    given = _number("SELECT pg_sequence_last_value('ledger_entry_id_seq') - count(*) FROM ledger_entry")
    assert given > 20, "numbers of rolled back entries are the gaps that must not hold anybody up"
