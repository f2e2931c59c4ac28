"""The official sheet: out and in again is the same; what cannot be read is named; nothing harmful is taken."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from zerotrip.catalog import content, sheet
from zerotrip.catalog.models import PARTS
from zerotrip.catalog.packaged import packaged_items
from zerotrip.core.errors import BadInput, TooLarge

ITEMS = packaged_items()


def read_back(body: bytes) -> list[content.Content | None]:
    return [read.content for read in sheet.read("实施清单", body).items]


@pytest.mark.parametrize("write", [sheet.to_csv, sheet.to_xlsx])
def test_all_packaged_items_come_back_the_same(write: Any) -> None:
    assert read_back(write(ITEMS)) == ITEMS


# -- any good content ------------------------------------------------------------------------------------------------

_letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])
_text = st.text(_letters | st.sampled_from("\n,;；\"'=+-@\t_x000D_0123是否"), max_size=30)
_words = st.lists(st.text(_letters, min_size=1, max_size=10), max_size=4)


def _values(field: content.Field) -> st.SearchStrategy[Any]:
    kinds = {
        "text": _text.map(lambda text: text[: field.longest or 30]),
        "yes": st.sampled_from([True, False, None]),
        "number": st.none() | st.integers(0, 9999),
        "day": st.none() | st.dates(date(1949, 10, 1), date(2199, 12, 31)),
        "money": st.none() | st.decimals(0, 99_999_999, places=2),
        "code": st.sampled_from([code for code, _name in field.choices] or [""]),
        "codes": st.lists(st.sampled_from([code for code, _name in field.choices] or [""]), unique=True),
        "words": _words if field.name != "configured" else st.just(["materials", "name"]),
    }
    return kinds[field.holds]


def _raw(fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field.name: _values(field) for field in fields})


_parts = st.fixed_dictionaries({part: st.lists(_raw(content.part_fields(part)), max_size=3) for part in PARTS})
_items = st.builds(lambda own, parts: own | parts, _raw(content.fields()), _parts)


def _cleaned(raw: dict[str, Any], n: int) -> content.Content | None:
    try:
        return content.clean(raw | {"code": f"ITEM_{n}"})
    except content.Refused:
        return None


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_items, min_size=1, max_size=3))
def test_whatever_is_good_content_comes_back_the_same(raws: list[dict[str, Any]]) -> None:
    for n, raw in enumerate(raws):  # make it good where only a required field stands in the way
        raw |= {"name": f"事项{n}", "valid_from": date(2026, 1, 1), "valid_until": None}
        raw |= {
            "legal_limit_value": None,
            "legal_limit_unit": "",
            "promised_limit_value": None,
            "promised_limit_unit": "",
        }
        for part in PARTS:
            for position, row in enumerate(raw[part]):
                row[content.part_fields(part)[0].name] = f"第{position}行"
    items = [good for n, raw in enumerate(raws) if (good := _cleaned(raw, n)) is not None]
    if not items:
        return
    assert read_back(sheet.to_csv(items)) == items
    assert read_back(sheet.to_xlsx(items)) == items


def test_clean_content_is_clean() -> None:
    assert [content.clean(item) for item in ITEMS] == ITEMS


# -- rows ------------------------------------------------------------------------------------------------------------


def table(*rows: dict[str, str]) -> bytes:
    """A CSV with just the columns the rows use."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    lines = [headings, *([row.get(heading, "") for heading in headings] for row in rows)]
    return "\n".join(",".join(line) for line in lines).encode()


GOOD = {"事项短码": "GOOD", "事项名称": "好事项", "生效日期": "2026-01-01"}


def test_bad_rows_are_named_and_good_rows_are_read() -> None:
    bad_type = GOOD | {"事项短码": "BAD_1", "事项类型": "99"}
    bad_day = GOOD | {"事项短码": "BAD_2", "生效日期": "2026-13-40"}
    no_name = GOOD | {"事项短码": "BAD_3", "事项名称": ""}
    found = sheet.read("清单.csv", table(GOOD, bad_type, bad_day, no_name, GOOD | {"事项短码": "GOOD_2"}))
    assert [read.code for read in found.items if read.content] == ["GOOD", "GOOD_2"]
    named = [(f.row, f.heading) for read in found.items for f in read.faults]
    assert named == [(3, "事项类型"), (4, "生效日期"), (5, "事项名称")]
    assert "99" in found.items[1].faults[0].sentence


def test_materials_go_on_below_their_item_and_a_fault_names_its_own_row() -> None:
    first = GOOD | {"材料名称": "申请表", "材料形式": "原件", "原件份数": "2份"}
    more = {"材料名称": "相片", "材料形式": "电子件"}
    wrong = {"材料名称": "合同", "材料形式": "石板"}
    found = sheet.read("清单.csv", table(first, more, GOOD | {"事项短码": "OTHER", "材料名称": "甲"}, wrong))
    good, bad = found.items
    assert good.content is not None
    assert [(m["name"], m["originals"]) for m in good.content["materials"]] == [("申请表", 2), ("相片", 0)]
    assert [(fault.row, fault.heading) for fault in bad.faults] == [(5, "材料形式")]


def test_a_code_repeated_in_every_row_of_its_item_is_the_same_item() -> None:
    found = sheet.read("a.csv", table(GOOD | {"材料名称": "甲"}, {"事项短码": "GOOD", "材料名称": "乙"}))
    assert [len(read.content["materials"]) for read in found.items if read.content] == [2]


def test_the_same_item_twice_is_refused_the_second_time() -> None:
    found = sheet.read("a.csv", table(GOOD, GOOD | {"事项短码": "OTHER"}, GOOD))
    assert [bool(read.content) for read in found.items] == [True, True, False]
    assert "2" in found.items[2].faults[0].sentence


def test_codes_are_understood_by_code_by_name_and_without_their_zero() -> None:
    for given_type in ("01", "1", "许可", "01 许可"):
        [read] = sheet.read("a.csv", table(GOOD | {"事项类型": given_type})).items
        assert read.content is not None, read.faults
        assert read.content["item_type"] == "01"
    [read] = sheet.read(
        "a.csv", table(GOOD | {"服务对象": "1；企业法人", "到办事现场次数": "0次", "是否收费": "否"})
    ).items
    assert read.content is not None
    assert (read.content["service_objects"], read.content["on_site_visits"], read.content["charges"]) == (
        ["1", "2"],
        0,
        False,
    )


def test_columns_we_do_not_know_are_left_aside_and_said() -> None:
    found = sheet.read("a.csv", table(GOOD | {"领导批示": "好"}))
    assert found.unknown == ["领导批示"]
    assert found.items[0].content is not None


def test_gb18030_is_read_too() -> None:
    body = table(GOOD).decode().encode("gb18030")
    assert read_back(body)[0]["name"] == "好事项"  # type: ignore[index]


def test_numbers_and_days_of_a_real_spreadsheet() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["事项短码", "事项名称", "生效日期", "到办事现场次数", "收费项目", "收费标准"])
    page.append(["NUMBERS", "数字", date(2026, 3, 1), 1.0, "工本费", 10.5])
    out = io.BytesIO()
    book.save(out)
    [read] = sheet.read("a.xlsx", out.getvalue()).items
    assert read.content is not None, read.faults
    assert read.content["valid_from"] == date(2026, 3, 1)
    assert read.content["on_site_visits"] == 1
    assert read.content["fees"][0]["amount"] == Decimal("10.50")


# -- harm ------------------------------------------------------------------------------------------------------------


def xlsx(**cells: str) -> bytes:
    book = load_workbook(io.BytesIO(sheet.to_xlsx(ITEMS[:2])))
    page = book.worksheets[0]
    for place, value in cells.items():
        page[place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_formula_is_refused_where_it_stands() -> None:
    first, second = sheet.read("a.xlsx", xlsx(B2='=HYPERLINK("http://x")')).items
    assert first.content is None
    assert first.faults[0].row == 2
    assert first.faults[0].heading == "事项名称"
    assert second.content is not None


def test_texts_that_look_like_formulas_are_written_so_that_no_spreadsheet_runs_them() -> None:
    item = content.clean(ITEMS[0] | {"name": "=1+1", "conditions": "'=cmd", "process": "-1"})
    text = sheet.to_csv([item]).decode("utf-8-sig")
    assert ",'=1+1," in text
    assert read_back(sheet.to_csv([item])) == [item]
    page = load_workbook(io.BytesIO(sheet.to_xlsx([item]))).worksheets[0]
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


def _repacked(body: bytes, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, members.get(info.filename, old.read(info)))
        for name in members.keys() - set(old.namelist()):
            new.writestr(name, members[name])
    return out.getvalue()


def test_a_zip_bomb_is_refused() -> None:
    bomb = _repacked(sheet.to_xlsx(ITEMS[:1]), **{"xl/media/zeros.bin": b"\0" * (sheet.MAX_UNPACKED + 1)})
    assert len(bomb) < 200_000
    with pytest.raises(TooLarge):
        sheet.read("bomb.xlsx", bomb)


def test_entities_and_macros_are_refused() -> None:
    good = sheet.to_xlsx(ITEMS[:1])
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    for member in ({"xl/workbook.xml": entity}, {"xl/vbaProject.bin": b"x"}):
        with pytest.raises(BadInput):
            sheet.read("bad.xlsx", _repacked(good, **member))


def test_a_sheet_with_too_many_rows_or_columns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_ROWS", 3)
    with pytest.raises(TooLarge):
        sheet.read("a.csv", table(*[GOOD | {"事项短码": f"N{n}"} for n in range(5)]))
    with pytest.raises(TooLarge):
        sheet.read("a.csv", table({f"列{n}": "x" for n in range(201)}))
    with pytest.raises(TooLarge):
        sheet.read("a.csv", b"x" * (sheet.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \n",
        b"PK\x03\x04 not a package",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel",
        b"%PDF-1.7",
        b"\x00\x01\x02\xff\xfe",
        "事项短码,事项名称\nA,乙".encode(),  # no first day
        "事项短码,事项名称,事项名称,生效日期\n".encode(),
        "事项短码,事项名称,生效日期\n".encode(),
        '事项短码,事项名称,生效日期\n"A'.encode(),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        sheet.read("a.xlsx", body)
    assert "a.xlsx" in str(refused.value.detail)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", "事项短码,事项名称,生效日期\n".encode()]))
def test_no_bytes_break_the_reader(body: bytes, head: bytes) -> None:
    with contextlib.suppress(BadInput, TooLarge):
        sheet.read("x", head + body)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damaged_spreadsheet_breaks_the_reader(data: st.DataObject) -> None:
    whole = bytearray(_WHOLE)
    for _n in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput, TooLarge):
        sheet.read("x.xlsx", bytes(whole))


_WHOLE = sheet.to_xlsx(ITEMS[:1])
