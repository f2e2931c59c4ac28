"""Many write the same numbers at once, in any order: nobody is refused, each scan counts once, statuses are right."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from zerotrip.core.errors import Unavailable
from zerotrip.mail.ingest import load, rows
from zerotrip.mail.ingest.posted import Posted
from zerotrip.mail.ingest.posted import take_in as take_in_posted
from zerotrip.mail.models import Batch, Scan, Trace
from zerotrip.mail.trace import merge
from zerotrip.mail.trace.summary import Scanned, of_scans, status

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NOW = MONDAY + timedelta(days=1)
NUMBERS = [f"119{n:010d}" for n in range(60)]
CODES = ("203", "305", "954", "306", "702", "705", "708", "704", "988")


def story(chance: random.Random) -> list[tuple[str, Scanned]]:
    """Scans of all numbers; some of a piece share their time."""
    return [
        (number, Scanned(code, MONDAY + timedelta(hours=chance.randrange(12)), office))
        for number in NUMBERS
        for code in CODES
        for office in ("P360102001", "C360100")
    ]


def parsed(scans: Iterable[tuple[str, Scanned]]) -> rows.Parsed:
    lines = [
        f'{{"number":"{number}","code":"{s.code}","at":"{s.at.isoformat()}","office":"{s.office}"}}'.encode()
        for number, s in scans
    ]
    return rows.scans(lines, 1, NOW)


def together(*works: Callable[[], Any]) -> None:
    """Each in a thread with a connection of its own. Raises what one of them raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait(20)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def file_like(scans: list[tuple[str, Scanned]], seed: int, size: int) -> Callable[[], None]:
    """Blocks, one transaction each."""

    def work() -> None:
        mixed = random.Random(seed).sample(scans, len(scans))
        batch = load.begin("scans", f"file {seed}", bytes([seed]) * 32, NOW)
        for start in range(0, len(mixed), size):
            load.take_in(batch, parsed(mixed[start : start + size]))
        load.finish(batch, NOW)

    return work


def request_like(scans: list[tuple[str, Scanned]], seed: int) -> Callable[[], None]:
    """One batch inside a larger transaction, as the API has it."""

    def work() -> None:
        mixed = random.Random(seed).sample(scans, len(scans))
        for part in (mixed[::2], mixed[1::2], mixed):
            sent = parsed(part)
            with transaction.atomic():
                take_in_posted(Posted(sent, bytes([seed]) * 32), "portal", NOW)

    return work


def actions_like(scans: list[tuple[str, Scanned]], seed: int) -> Callable[[], None]:
    """What our own actions do: a few scans a transaction, in the order in which somebody scanned them."""

    def work() -> None:
        mixed = random.Random(seed).sample(scans, len(scans))
        for start in range(0, len(mixed), 12):
            with transaction.atomic():
                some = [merge.row(n, s.code, s.at, s.office, "", "", "{}") for n, s in mixed[start : start + 12]]
                merge.add(some)

    return work


def assert_exact(scans: list[tuple[str, Scanned]]) -> None:
    assert Scan.objects.count() == len({(n, s.code, s.at, s.office) for n, s in scans})
    assert Trace.objects.count() == len(NUMBERS)
    for trace in Trace.objects.all():
        whole = of_scans(s for number, s in scans if number == trace.number)
        assert (trace.scans, trace.unknown, trace.attempts) == (whole.scans, whole.unknown, whole.attempts)
        assert (trace.last, trace.ended, trace.ends, trace.back) == (whole.last, whole.end, whole.ends, whole.back)
        assert (trace.stage, trace.after_end) == (status(whole).stage, status(whole).after_end)


@pytest.mark.parametrize("seed", [1, 2])
def test_files_requests_and_actions_write_the_same_numbers_at_once(seed: int) -> None:
    scans = story(random.Random(seed))
    together(
        file_like(scans, 10 + seed, 150), file_like(scans, 20 + seed, 97), request_like(scans, 30 + seed),
        actions_like(scans, 40 + seed), actions_like(scans, 50 + seed),
    )  # fmt: skip
    assert_exact(scans)
    counted = Batch.objects.filter(source__startswith="file")
    assert all(batch.accepted + batch.duplicates == len(scans) for batch in counted)


def test_the_first_scans_of_a_month_come_from_many_at_once() -> None:
    months = [datetime(2025, month, 15, tzinfo=UTC) for month in range(1, 7)]
    scans = [(number, Scanned("203", at, "P360102001")) for number in NUMBERS for at in months]
    with connection.cursor() as cursor:
        for month in range(1, 7):
            cursor.execute(f"DROP TABLE IF EXISTS mail_scan_2025_0{month}")
    merge._ready.clear()

    def work(seed: int) -> Callable[[], None]:
        def run() -> None:
            sent = parsed(random.Random(seed).sample(scans, len(scans)))
            load.prepare(sent)
            file_like(scans, seed, 100)()

        return run

    together(work(1), work(2), work(3), actions_like(scans, 4))
    assert_exact(scans)


def test_a_circle_of_waiting_is_broken_and_tried_again() -> None:
    """Somebody holds two traces in the other order: whoever is ended for it, the block lands."""
    first, last = NUMBERS[0], NUMBERS[-1]
    merge.add([merge.row(n, "203", MONDAY, "P360102001", "", "", "{}") for n in (first, last)])
    held, waiting = threading.Event(), threading.Event()

    def other_way_round() -> None:
        with transaction.atomic():
            Trace.objects.select_for_update().get(pk=last)
            held.set()
            waiting.wait(10)
            try:
                Trace.objects.select_for_update().get(pk=first)
            except OperationalError:
                transaction.set_rollback(True)

    def block() -> None:
        held.wait(10)
        threading.Timer(0.3, waiting.set).start()
        file_like([(n, Scanned("305", MONDAY, "P360102001")) for n in (first, last)], 1, 10)()

    together(other_way_round, block)
    assert list(Trace.objects.order_by("pk").values_list("stage", "scans")) == [("in_transit", 2)] * 2


def test_who_is_kept_waiting_too_long_is_told_to_send_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "TRIES", 2)

    class Locked(Exception):
        sqlstate = "55P03"

    def work() -> None:
        raise OperationalError("lock") from Locked()

    with pytest.raises(Unavailable, match="原样再发一次"):
        load.persistently(work)
    with pytest.raises(OperationalError):
        load.persistently(lambda: (_ for _ in ()).throw(OperationalError("the server is gone")))
