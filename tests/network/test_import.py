"""A timetable is imported whole or not at all, put into use, retired, and written out as it came."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Clock
from zerotrip.core.actors import NOBODY, SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from zerotrip.demo import network_feed
from zerotrip.ledger.models import Entry
from zerotrip.network import actions, queries
from zerotrip.network.engine import gtfs
from zerotrip.network.models import Feed, FeedStop
from zerotrip.network.transfer_cli import COMMANDS

pytestmark = pytest.mark.django_db
CLI = {command.name: command for command in COMMANDS}


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo province's feed as a folder."""
    folder = tmp_path_factory.mktemp("province")
    network_feed.write(folder, date(2026, 11, 1), date(2026, 12, 31))
    return folder


def run(name: str, *arguments: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    CLI[name].configure(parser)
    return CLI[name].run(parser.parse_args(list(arguments)))


def test_a_feed_is_taken_in_and_put_into_use(province: Path, clock: Clock) -> None:
    feed = actions.import_feed(province, actor=SYSTEM, at=now())
    assert (feed.state, feed.valid_from, feed.valid_until) == ("imported", date(2026, 11, 1), date(2026, 12, 31))
    assert feed.counts["stops"] == FeedStop.objects.count() == 1723
    assert feed.counts["connections"] >= 13_000
    with pytest.raises(Unavailable):
        queries.current()
    actions.activate(feed.pk, actor=SYSTEM, at=now())
    assert queries.timetable().digest == feed.digest
    assert [e.kind for e in Entry.objects.order_by("pk")] == ["network.feed_imported", "network.feed_activated"]


def test_stops_without_a_place_are_named_in_the_report(province: Path) -> None:
    feed = actions.import_feed(province, actor=SYSTEM, at=now())
    assert any("1723 个站点没有对应的场所" in finding["zh"] for finding in feed.report)


def test_a_wrong_feed_is_refused_whole_with_file_and_row(province: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(province, broken)
    trips = (broken / "trips.txt").read_text(encoding="utf-8").splitlines()
    trips[3] = trips[3].replace("DAILY", "NEVER").replace("WORK", "NEVER").replace("ORDINARY", "NEVER")
    (broken / "trips.txt").write_text("\n".join(trips) + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        actions.import_feed(broken, actor=SYSTEM, at=now())
    assert any(f["file"] == "trips.txt" and f["row"] == 4 for f in refused.value.extra["report"])
    assert not Feed.objects.exists()
    assert not FeedStop.objects.exists()


def test_the_same_content_is_not_taken_twice(province: Path) -> None:
    first = actions.import_feed(province, actor=SYSTEM, at=now())
    with pytest.raises(Conflict) as again:
        actions.import_feed(province, actor=SYSTEM, at=now())
    assert again.value.extra["feed"] == first.pk


def test_one_feed_is_in_use_at_a_time(province: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    network_feed.write(other, date(2026, 12, 1), date(2026, 12, 31))
    old, new = (actions.import_feed(path, actor=SYSTEM, at=now()) for path in (province, other))
    actions.activate(old.pk, actor=SYSTEM, at=now())
    actions.activate(new.pk, actor=SYSTEM, at=now())
    old.refresh_from_db()
    assert old.state == "retired"
    with pytest.raises(Conflict):
        actions.activate(new.pk, actor=SYSTEM, at=now())
    actions.retire(new.pk, actor=SYSTEM, at=now())
    with pytest.raises(Conflict):
        actions.retire(new.pk, actor=SYSTEM, at=now())
    with pytest.raises(Unavailable):
        queries.timetable()
    with pytest.raises(NotFound):
        actions.activate(10**9, actor=SYSTEM, at=now())


def test_nobody_imports_without_the_role(province: Path) -> None:
    with pytest.raises(NotAllowed):
        actions.import_feed(province, actor=NOBODY, at=now())


def test_what_is_exported_is_what_was_imported(
    province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import-gtfs", str(province), "--activate", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["imported"]
    assert said["state"] == "active"
    for name in ("out", "out.zip"):
        assert run("export-gtfs", str(tmp_path / name)) == 0
        out = gtfs.read(tmp_path / name)
        assert (out.digest, out.trips, out.rounds, out.services) == (
            said["digest"], *(getattr(gtfs.read(province), part) for part in ("trips", "rounds", "services")),
        )  # fmt: skip
    from gtfs_validator import cli  # type: ignore[import-untyped]

    cli.main(["-i", str(tmp_path / "out.zip"), "-o", str(tmp_path / "report")])
    notices = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))["notices"]
    assert not [notice["code"] for notice in notices if notice["severity"] == "ERROR"]
    assert run("import-gtfs", str(tmp_path / "out.zip"), "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["imported"] is False


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stops.txt").write_text("stop_id\nx\n", encoding="utf-8")
    assert run("import-gtfs", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "未导入" in said
    assert "trips.txt" in said
    assert run("import-gtfs", str(tmp_path / "absent.zip"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["imported"] is False
