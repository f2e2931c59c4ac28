"""The processes of `test_readers.py`: writers with random long transactions, and readers made to be killed.

python -m tests.faults.storm write SEED SECONDS
python -m tests.faults.storm read
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if __name__ == "__main__":
    django.setup()

from django.db import connection, transaction

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.models import IdempotencyKey
from zerotrip.ledger import frame, readers
from zerotrip.ledger.kinds import kind
from zerotrip.ledger.models import Entry
from zerotrip.ledger.runner import Runner

SUBJECTS = 6
TABLES = """
CREATE TABLE storm_subject (id int PRIMARY KEY, turn int NOT NULL DEFAULT 0);
CREATE TABLE storm_effect (
    id bigserial PRIMARY KEY, reader text NOT NULL, entry bigint NOT NULL, subject int NOT NULL, turn int NOT NULL);
INSERT INTO storm_subject (id) SELECT generate_series(1, %s);
"""
TURNED = kind("storm.turned", zh="{about} 第 {turn} 次", en="turn {turn} of {about}")
ANSWERED = kind("storm.answered", zh="{about} 第 {turn} 次有回音", en="turn {turn} of {about} answered")


class GivenUp(Exception):
    """The writer changes its mind."""


@frame.action("storm.turn", roles=frame.ANYONE)
def turn(subject: int, nap: float, *, actor: Actor, at: datetime) -> None:
    """Lock the subject, take its next turn, record it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT turn FROM storm_subject WHERE id = %s FOR NO KEY UPDATE", [subject])
        (last,) = cursor.fetchone()
        time.sleep(nap)
        cursor.execute("UPDATE storm_subject SET turn = %s WHERE id = %s", [last + 1, subject])
    frame.record(TURNED, IdempotencyKey(pk=subject), about=subject, turn=last + 1)


@frame.action("storm.answer", roles=frame.ANYONE)
def answer(entry: Entry, *, actor: Actor, at: datetime) -> None:
    """What the first reader does: an action of its own, for the second reader to read."""
    frame.record(ANSWERED, IdempotencyKey(pk=entry.data["about"]), **entry.data)


def write(seed: int, seconds: float) -> None:
    """Turns, some in long transactions, some with an id taken long before the lock, some rolled back at the end."""
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        subjects = sorted(rng.sample(range(1, SUBJECTS + 1), rng.choice([1, 1, 1, 2])))
        with suppress(GivenUp), transaction.atomic():
            if rng.random() < 0.4:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_current_xact_id()")
                time.sleep(rng.choice([0, 0.01, 0.05]))
            for subject in subjects:
                turn(subject, rng.choice([0, 0, 0.002]), actor=SYSTEM, at=now())
            time.sleep(rng.choice([0, 0, 0, 0.005, 0.1]))  # written, not committed
            if rng.random() < 0.2:
                raise GivenUp
    connection.close()


def _effect(reader: str, entry: Entry) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO storm_effect (reader, entry, subject, turn) VALUES (%s, %s, %s, %s)",
            [reader, entry.pk, entry.data["about"], entry.data["turn"]],
        )


def first(entry: Entry) -> None:
    """Write down what was read, and act on it."""
    _effect("first", entry)
    time.sleep(0.001)
    answer(entry, actor=SYSTEM, at=now())


def second(entry: Entry) -> None:
    """Write down what the first reader's action recorded."""
    _effect("second", entry)


def main(arguments: list[str]) -> None:
    if arguments[0] == "write":
        seed, seconds = int(arguments[1]), float(arguments[2])
        threads = [threading.Thread(target=write, args=(seed * 100 + n, seconds)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        readers.READERS.clear()
        readers.reader("storm.first", kinds=[TURNED])(first)
        readers.reader("storm.second", kinds=[ANSWERED])(second)
        print("reading", flush=True)
        Runner().run()


if __name__ == "__main__":
    main(sys.argv[1:])
