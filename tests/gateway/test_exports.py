"""GB/T 39046-2020: a finished errand said table by table, field for field; what we do not know stays empty."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import stories
from tests.town import Town, divisions, town
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.gateway.exports import files, tables
from zerotrip.gateway.exports.load import Loader
from zerotrip.gateway.exports.rows import rows_of
from zerotrip.gateway.exports.tally import Tally
from zerotrip.gateway.exports.values import Format, Public, Unsayable

__all__ = ["divisions", "town"]

LOGISTICS = [
    "办件编号", "物流单号", "寄送单位", "寄送日期", "寄送人", "接收单位", "接收人", "接收日期",
    "评估指标", "评估项目", "评估时间", "评估等级", "评估结果",
]  # fmt: skip
"""Table 15 as the standard prints it."""


@pytest.fixture
def done(town: Town) -> Case:
    """A citizen of 南昌 handed in at the hall, and the result came home by post."""
    case, _number = stories.apply_in_person(town.nc)
    if case.state == "applied":
        cases.receive(case.number, actor=town.nc.police_officer, at=now())
    stories.decide(case, town.nc.police_officer, certificate="赣驾0001")
    piece = stories.send_home(case, town.nc, "赣驾0001")
    stories.deliver(piece, town.nc, "周小兰")
    case.refresh_from_db()
    assert case.state == "closed"
    return case


def said(case: Case, code: str, *, masked: bool = True) -> list[dict[str, str]]:
    """The rows of one table, element by element."""
    whole = Loader().one(case.number)
    assert whole is not None
    table, tally = tables.BY_CODE[code], Tally()
    rows = [tally.say(table, row, masked=masked) for c, row in rows_of(whole) if c == code]
    return [dict(zip(table.heads, row, strict=True)) for row in rows if row is not None]


def test_the_logistics_table_is_that_of_the_standard() -> None:
    assert list(tables.LOGISTICS.heads) == LOGISTICS
    assert [element.number for element in tables.LOGISTICS.elements] == list(range(1, 14))


def test_each_table_names_its_elements_in_the_standards_order() -> None:
    for table in tables.TABLES:
        numbers = [element.number for element in table.elements]
        assert numbers == sorted(numbers), table.title
        assert len(set(table.heads)) == len(table.heads)
        assert all(Format.of(e.format) and (not e.sent_as or Format.of(e.sent_as)) for e in table.elements)
        assert all(e.source or e.note for e in table.elements), f"{table.title}: say why an element has no source"


def test_what_the_applicant_said(done: Case) -> None:
    [row] = said(done, "application")
    assert row["办件编号"] == done.number
    assert row["申请者名称"] == "周**"
    assert row["申请者证件类型代码"] == "111"
    assert "*" in row["申请者证件号码"]
    assert row["联系人手机号码"].startswith("139***")
    assert row["申报来源代码"] == "1"
    assert row["申请时间"] == "20261124T091000"
    assert row["投资项目编号"] == row["联系人/代理人证件号码"] == ""
    [full] = said(done, "application", masked=False)
    assert full["申请者名称"] == "周小兰"
    assert "*" not in "".join(full.values())


def test_a_company_is_named_in_full_and_applies_by_post(town: Town) -> None:
    from tests.actors import citizen

    _account, actor = citizen(name="周小兰")
    case = stories.apply_as_company(actor, town.nc)
    [row] = said(case, "application")
    assert row["申请者名称"] == "南昌示例食品有限公司"
    assert row["申请者证件类型代码"] == "001"
    assert row["申请者证件号码"] == stories.company_code()
    assert row["申报来源代码"] == "4"
    assert {m["是否收取"] for m in said(case, "materials")} >= {"0"}
    assert said(case, "acceptance") == said(case, "completion") == said(case, "logistics") == []
    [waiting] = said(case, "steps")
    assert (waiting["环节名称"], waiting["环节办理状态代码"]) == ("材料送达", "1")
    assert waiting["环节结束时间"] == waiting["环节开始时间"]


def test_the_steps_follow_one_another(done: Case) -> None:
    steps = said(done, "steps")
    names = [step["环节名称"] for step in steps]
    assert names[-1] == "结束"
    assert [n for n in ("受理", "审查", "决定", "制证", "封装结果", "寄出结果") if n in names] == [
        "受理", "审查", "决定", "制证", "封装结果", "寄出结果",
    ]  # fmt: skip
    assert all(step["环节办理状态代码"] == "2" for step in steps)
    [decision] = [step for step in steps if step["环节名称"] == "决定"]
    assert (decision["业务动作"], decision["环节处理意见"]) == ("通过", "准予")
    assert decision["环节处理人"] == "李敏"


def test_the_completion_says_that_the_result_went_by_post(done: Case) -> None:
    [row] = said(done, "completion")
    assert row["办结时间"] == "2026112409:10:00"
    assert (row["结果证照编号"], row["是否快递寄送结果"]) == ("赣驾0001", "1")
    assert row["发证/盖章单位"] == "公安局"


def test_the_piece_is_said_as_table_15_asks(done: Case) -> None:
    [row] = said(done, "logistics", masked=False)
    assert list(row) == LOGISTICS
    assert row["寄送单位"] == "nc政务服务大厅"
    assert (row["寄送日期"], row["接收日期"]) == ("20261124", "20261124")
    assert (row["寄送人"], row["接收人"]) == ("李敏", "周小兰")
    assert row["评估等级"] == ""
    [masked] = said(done, "logistics")
    assert (masked["寄送人"], masked["接收人"]) == ("李敏", "周**")


@pytest.mark.parametrize("form", files.FORMATS)
def test_the_files(done: Case, tmp_path: Path, form: str) -> None:
    target = tmp_path / "out.zip"
    tally = files.write(Case.objects.all(), target, form=form, masked=True)
    assert tally.rows["application"] == tally.rows["logistics"] == 1
    with zipfile.ZipFile(target) as packed:
        assert len(packed.namelist()) == len(tables.TABLES) + 1
        body = packed.read(f"表15-物流信息.{'ndjson' if form == 'json' else form}")
        report = packed.read("填写情况.csv").decode("utf-8-sig")
    assert "投资项目编号,0,1,不登记" in report
    rows = _read(form, body)
    assert rows[0]["办件编号"] == done.number
    assert rows[0]["接收人"] == "周**"
    assert not list((target.parent).glob("export-*"))


def _read(form: str, body: bytes) -> list[dict[str, Any]]:
    if form == "json":
        return [json.loads(line) for line in body.decode().splitlines()]
    if form == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    from openpyxl import load_workbook

    heads, *rows = load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert list(heads) == LOGISTICS
    return [dict(zip(LOGISTICS, row, strict=True)) for row in rows]


def test_nothing_is_cut_to_fit_and_no_code_invented() -> None:
    element = tables.Element(1, "满意度代码", "n1", "grade", codes=tables.Satisfaction)
    row = type("Row", (), {"grade": "7"})
    with pytest.raises(Unsayable, match="code"):
        element.say(row, masked=False)
    with pytest.raises(Unsayable, match="long"):
        Format.of("an..5").write("六个汉字超长")
    with pytest.raises(Unsayable, match="kind"):
        Format.of("n..16,2").write(20.0)
    with pytest.raises(Unsayable, match="kind"):
        Format.of("n..16,2").write(Decimal("20.005"))


def test_personal_data_is_masked_unless_said_to_be_public() -> None:
    element = tables.Element(1, "姓名", "a..30", "who", personal="name")
    assert element.say(type("Row", (), {"who": "王小明"}), masked=True) == "王**"
    assert element.say(type("Row", (), {"who": Public("王小明")}), masked=True) == "王小明"


@given(st.text(max_size=60), st.sampled_from(["an..50", "a..30", "n6", "n..9", "..ul", "an..18"]))
def test_what_is_written_fits_its_format(text: str, form: str) -> None:
    known = Format.of(form)
    try:
        written = known.write(text)
    except Unsayable:
        return
    assert not known.longest or len(written) <= known.longest
    assert "\n" not in written
    assert "\r" not in written
    if known.kind == "digits":
        assert written.isdigit()


def test_the_page_of_tables_is_written_from_the_tables(project: Path) -> None:
    from tools import gbt39046

    assert (project / "docs/reference/gbt39046.md").read_text(encoding="utf-8") == gbt39046.render()


def test_every_source_is_an_attribute_of_its_row(done: Case) -> None:
    """A name that is misspelt in the table of sources fails here, not in the night of an export."""
    whole = Loader().one(done.number)
    assert whole is not None
    for code, row in rows_of(whole):
        for element in tables.BY_CODE[code].elements:
            if element.source:
                attrgetter(element.source)(row)
