"""Importing: good rows land, bad rows are named, nothing is half done; from the desk, the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.conftest import ADMIN, CLERK, MANAGER
from tests.catalog.test_sheet import GOOD, table
from zerotrip.__main__ import commands
from zerotrip.catalog import actions, queries, sheet
from zerotrip.catalog.actions import items as taking
from zerotrip.catalog.content import content_of
from zerotrip.catalog.models import ItemVersion, State
from zerotrip.catalog.packaged import packaged_items
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotAllowed
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.mark.usefixtures("clock")
def test_good_rows_land_and_bad_ones_are_named() -> None:
    bad = GOOD | {"事项短码": "BAD", "到办事现场次数": "很多"}
    report = actions.import_items("清单.csv", table(GOOD, bad, GOOD | {"事项短码": "G2"}), actor=ADMIN, at=now())
    assert [(o.code, o.result) for o in report.outcomes] == [("GOOD", "added"), ("BAD", "refused"), ("G2", "added")]
    assert [(f.row, f.heading) for f in report.faults] == [(3, "到办事现场次数")]
    assert set(ItemVersion.objects.values_list("item__code", "state")) == {("GOOD", "draft"), ("G2", "draft")}
    last = Entry.objects.order_by("-id")[0].sentence()
    assert last == "系统管理员 导入了“清单.csv”：新增 2 项，变更 0 项，无变化 0 项，未接收 1 项"


@pytest.mark.usefixtures("clock")
def test_publishing_on_import_needs_the_manager_and_refuses_what_does_not_fit() -> None:
    contradiction = GOOD | {"事项短码": "ODD", "到办事现场次数": "1"}
    body = table(GOOD, contradiction)
    with pytest.raises(NotAllowed):
        actions.import_items("a.csv", body, publish_them=True, actor=ADMIN, at=now())
    with pytest.raises(NotAllowed):
        actions.import_items("a.csv", body, actor=CLERK, at=now())
    report = actions.import_items("a.csv", body, publish_them=True, actor=MANAGER, at=now())
    assert report.counts() == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert "必须现场办理" in report.faults[0].sentence
    assert list(ItemVersion.objects.values_list("item__code", "state")) == [("GOOD", State.PUBLISHED)]


@pytest.mark.parametrize("write", [sheet.to_csv, sheet.to_xlsx])
@pytest.mark.usefixtures("clock")
def test_export_and_import_again_changes_nothing(write: Any) -> None:
    actions.load_packaged_items(actor=SYSTEM, at=now())
    before = [content_of(version) for version in queries.for_export(MANAGER, DAY)]
    report = actions.import_items("again", write(before), publish_them=True, actor=MANAGER, at=now())
    assert report.count("unchanged") == len(packaged_items())
    assert not report.faults
    assert [content_of(version) for version in queries.for_export(MANAGER, DAY)] == before


@pytest.mark.usefixtures("clock")
def test_a_changed_row_becomes_the_next_version() -> None:
    actions.import_items("a.csv", table(GOOD), publish_them=True, actor=MANAGER, at=now())
    changed = GOOD | {"受理条件": "新条件"}
    report = actions.import_items("b.csv", table(changed), publish_them=True, actor=MANAGER, at=now())
    assert report.counts()["refused"] == 1  # from the same day as version 1: say from when it shall be valid
    assert "2026-01-01" in report.faults[0].sentence
    later = changed | {"生效日期": "2026-12-01"}
    report = actions.import_items("b.csv", table(later), publish_them=True, actor=MANAGER, at=now())
    assert report.counts()["changed"] == 1
    assert queries.get("GOOD", date(2026, 12, 1)).conditions == "新条件"
    assert queries.get("GOOD", DAY).conditions == ""


@pytest.mark.usefixtures("clock")
def test_a_file_that_is_no_sheet_changes_nothing() -> None:
    with pytest.raises(BadInput):
        actions.import_items("a.csv", b"%PDF-1.7 ...", actor=MANAGER, at=now())
    assert not Entry.objects.exists()


def run(*words: str) -> int:
    import argparse

    command = commands()["import-items"]
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args(list(words)))


@pytest.mark.usefixtures("clock")
def test_the_command_takes_a_sheet_and_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "清单.csv"
    path.write_bytes(table(GOOD, GOOD | {"事项短码": "BAD", "事项类型": "77"}))
    assert run(str(path), "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["added"], said["refused"]) == (1, 1)
    assert said["faults"][0]["row"] == 3
    assert run(str(path)) == 1
    assert "第 3 行 事项类型" in capsys.readouterr().out
    assert run("--publish") == 0
    assert f"新增 {len(packaged_items())}" in capsys.readouterr().out
    with pytest.raises(BadInput, match="读不到"):
        run(str(tmp_path / "missing.csv"))


@pytest.mark.usefixtures("clock")
def test_a_row_the_database_refuses_does_not_take_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import DataError

    written = ItemVersion.save
    many = taking._insert

    def refuse(*args: Any) -> Any:
        many(*args)
        raise DataError("no")

    def save(version: ItemVersion, **kwargs: Any) -> None:
        if version.item.code == "BAD":
            raise DataError("no")
        written(version, **kwargs)

    monkeypatch.setattr(taking, "_insert", refuse)
    monkeypatch.setattr(ItemVersion, "save", save)
    rows = [GOOD | {"事项短码": code} for code in ("G1", "BAD", "G2")]
    report = actions.import_items("a.csv", table(*rows), actor=MANAGER, at=now())
    assert [(o.code, o.result) for o in report.outcomes] == [("G1", "added"), ("BAD", "refused"), ("G2", "added")]
    assert report.faults[0].row == 3
    assert sorted(ItemVersion.objects.values_list("item__code", flat=True)) == ["G1", "G2"]
