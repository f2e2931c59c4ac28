"""Loading divisions and asking about them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zerotrip.__main__ import main
from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.places import queries
from zerotrip.places.actions import import_divisions, rename_division
from zerotrip.places.models import Division

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("province")]

HEAD = "# edition: 2027-01-31\ncode,parent,name,short,pinyin,lat,lon,position,postcode,former\n"
SMALL = (
    "360000,,江西省,江西,jiang xi,28.6,115.9,p,,\n"
    "360600,360000,鹰潭市,鹰潭,ying tan,28.2,117.0,p,335000,\n"
    "360602,360600,月湖区,月湖,yue hu,28.2,117.0,p,,\n"
    "360603,360600,信江区,信江,xin jiang,28.3,116.9,p,,\n"
    "360699,360600,新设区,新设,xin she,,,,,\n"
)


def test_the_province_is_loaded() -> None:
    jiangxi = Division.objects.in_prefix("36")
    assert [jiangxi.filter(level=level).count() for level in (1, 2, 3)] == [1, 11, 100]
    assert jiangxi.filter(level=4).count() >= 1550
    assert set(jiangxi.filter(level=4).values_list("position_source", flat=True)) == {"seeded"}


def test_loading_again_changes_nothing() -> None:
    before = Division.objects.count()
    report = import_divisions(actor=SYSTEM, at=now())
    assert (report.added, report.changed, report.closed) == (0, 0, 0)
    assert Division.objects.count() == before
    assert "未变" in Entry.objects.latest("id").sentence()


def test_a_newer_edition_renames_closes_and_adds_but_never_deletes(tmp_path: Path) -> None:
    file = tmp_path / "divisions.csv"
    file.write_text(HEAD + SMALL, encoding="utf-8")
    before = Division.objects.count()
    report = import_divisions(file, actor=SYSTEM, at=now())
    assert (report.added, report.total) == (1, 5)
    assert report.closed == 10 + 98
    assert Division.objects.count() == before + 1
    renamed = queries.division("360603", actor=NOBODY)
    assert renamed.name == "信江区"
    assert ("余江区", 2027) in renamed.former_names.values_list("name", "until")
    assert [d.code for d in queries.search_divisions("余江区", actor=NOBODY)] == ["360603"]
    gone = Division.objects.get(pk="360102")
    assert gone.valid_until is not None
    assert Division.objects.in_prefix("33").current().exists(), "what the file does not cover stays"
    import_divisions(actor=SYSTEM, at=now())
    assert Division.objects.get(pk="360102").valid_until is None
    assert Division.objects.get(pk="360603").name == "余江区"


@pytest.mark.parametrize("text", ["", "not a table", HEAD, HEAD + "36,,江西省\n", "\x00"])
def test_a_wrong_file_is_refused_and_nothing_changes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(text, encoding="utf-8")
    before = Division.objects.current().count()
    with pytest.raises(BadInput):
        import_divisions(file, actor=SYSTEM, at=now())
    with pytest.raises(BadInput):
        import_divisions(tmp_path / "missing.csv", actor=SYSTEM, at=now())
    assert Division.objects.current().count() == before


def test_only_the_administrator_loads_and_renames() -> None:
    clerk = Actor(kind="staff", id=1, roles=frozenset({Role.HALL_CLERK}))
    for actor in (clerk, NOBODY):
        with pytest.raises(NotAllowed):
            import_divisions(actor=actor, at=now())
        with pytest.raises(NotAllowed):
            rename_division("360603", name="信江区", actor=actor, at=now())


def test_a_renamed_division_is_found_by_both_names() -> None:
    rename_division("360603", name="信江区", short_name="信江", actor=SYSTEM, at=now())
    for text in ("信江", "余江区", "余江县"):
        assert "360603" in [d.code for d in queries.search_divisions(text, actor=NOBODY)]
    with pytest.raises(BadInput):
        rename_division("360603", name="信江区", actor=SYSTEM, at=now())
    with pytest.raises(NotFound):
        rename_division("999999", name="某区", actor=SYSTEM, at=now())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("铅山", "361124"),
        ("yanshan", "361124"),
        ("yan shan", "361124"),
        ("wuyuan", "361130"),
        ("波阳", "361128"),
        ("361002", "361002"),
        ("上顿渡", "361002102"),
        ("nanchang", "360100"),
        ("zgq", ""),
        ("   ", ""),
        ("%", ""),
        ("_", ""),
    ],
)
def test_search_knows_names_old_names_and_pinyin(text: str, code: str) -> None:
    found = [d.code for d in queries.search_divisions(text, actor=NOBODY, prefix="36")]
    assert (found[0] if found else "") == code


def test_going_down_and_up() -> None:
    assert len(queries.children(actor=NOBODY)) == 34
    assert [d.name for d in queries.children("360600", actor=NOBODY)] == ["月湖区", "余江区", "贵溪市"]
    assert [d.name for d in queries.ancestors("361028105", actor=NOBODY)] == ["江西省", "抚州市", "资溪县", "高田镇"]
    assert queries.full_name("110105", actor=NOBODY) == "北京市朝阳区"
    assert queries.full_names(["419001", "361028105"], actor=NOBODY) == {
        "419001": "河南省济源市",
        "361028105": "江西省抚州市资溪县高田镇",
    }


def test_former_and_long_codes_lead_to_the_division() -> None:
    assert queries.division("360622", actor=NOBODY).code == "360603"
    assert queries.division("362302", actor=NOBODY).name == "德兴市", "the code was 鹰潭's before it was 德兴's"
    assert queries.division("361028105000", actor=NOBODY).code == "361028105"
    for wrong in ("", "36062", "abc", "000000", "9" * 40):
        with pytest.raises(NotFound):
            queries.division(wrong, actor=NOBODY)


def test_an_empty_prefix_shows_nothing() -> None:
    assert not Division.objects.in_prefix("").exists()


def test_counts_for_the_tree() -> None:
    cities = queries.children("360000", actor=NOBODY)
    counts = queries.counts(cities, actor=NOBODY)
    assert sum(c.counties for c in counts.values()) == 100
    assert sum(c.townships for c in counts.values()) >= 1550


def test_the_command_tells_what_it_did(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerotrip.__main__._with_database", lambda _needed, work, **_more: work())
    assert main(["import-divisions", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 0
    assert main(["import-divisions"]) == 0
    assert "新增 0" in capsys.readouterr().out
    assert main(["import-divisions", "/nowhere"]) == 1
    assert "/nowhere" in capsys.readouterr().err
