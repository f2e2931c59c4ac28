"""The items that come with the product are real, sourced, tidy and fit together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zerotrip.catalog.checks import check
from zerotrip.catalog.content import Content, fields
from zerotrip.catalog.models import PARTS
from zerotrip.catalog.packaged import FOLDER, packaged_items
from zerotrip.rules.findings import blocks

ITEMS = packaged_items()


def test_there_are_enough_and_of_every_kind() -> None:
    assert len(ITEMS) >= 45
    visits = [item["on_site_visits"] for item in ITEMS]
    assert visits.count(0) > 20
    assert visits.count(1) > 20
    assert 2 in visits  # a divorce by agreement needs two visits, the law says so


def test_police_business_of_the_post_is_all_there() -> None:
    codes = {item["code"] for item in ITEMS}
    driver = "EXPIRY LOST DAMAGED INFO TRANSFER AGE DOWN BODY DELAY CONTACT".split()  # noqa: SIM905
    vehicle = "PLATE LICENSE INSPECT INSPECT_FREE MARK CONTACT MORTGAGE MORTGAGE_END".split()  # noqa: SIM905
    assert {f"DL_{name}" for name in driver} | {f"VH_{name}" for name in vehicle} <= codes


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["code"])
def test_an_item_fits_together_and_names_its_sources(item: Content) -> None:
    assert not blocks(check(item)), [finding.zh for finding in check(item)]
    assert item["legal_bases"]
    assert all(basis["says"] and basis["confidence"] for basis in item["legal_bases"])
    assert item["sources"]
    assert all(source["where"] and source["confidence"] for source in item["sources"])
    assert item["materials"]
    assert item["name_initials"].isascii()


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["code"])
def test_nothing_is_invented(item: Content) -> None:
    assert item["consult_phone"] == ""
    assert item["promised_limit_value"] is None  # a promise is made by a place, and none was read
    assert item["basic_code"] == item["implementation_code"] == item["handling_code"] == ""
    known = {field.name for field in fields()} | set(PARTS)
    assert set(item["configured"]) <= known
    if item["materials_mailable"] is not None:
        assert "materials_mailable" in item["configured"]
    if item["on_site_visits"] and "on_site_visits" not in item["configured"]:
        assert "条" in item["on_site_reason"]  # presence by law names its article
    if item["legal_limit_value"] is not None:
        assert item["legal_limit_note"]
    for fee in item["fees"]:
        assert fee["basis"]
        assert fee["confidence"]


def test_limits_and_fees_that_are_known_are_right() -> None:
    by_code = {item["code"]: item for item in ITEMS}

    def limit(code: str) -> tuple[int, str]:
        return by_code[code]["legal_limit_value"], by_code[code]["legal_limit_unit"]

    def fee(code: str) -> str:
        return str(next(f["amount"] for f in by_code[code]["fees"] if f["payee"] == "state"))

    assert limit("DL_EXPIRY") == (1, "working_day")
    assert limit("VH_PLATE") == (15, "working_day")
    assert limit("ID_FIRST") == (60, "day")
    assert limit("PASSPORT_FIRST") == (15, "day")
    assert fee("DL_LOST") == "10.00"
    assert fee("VH_LICENSE") == "15.00"
    assert fee("PASSPORT_FIRST") == "120.00"
    assert by_code["ID_FIRST"]["charges"] is False


def test_files_are_tidy(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "update/items.py", "--check"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    names = {path.stem for path in FOLDER.glob("*.json")}
    assert names == {json.loads(path.read_text(encoding="utf-8"))["code"] for path in FOLDER.glob("*.json")}
