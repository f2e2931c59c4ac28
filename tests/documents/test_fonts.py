"""Every name can be written."""

from __future__ import annotations

import csv
import importlib.util

import pytest

from zerotrip.documents import fonts
from zerotrip.documents.charset import WANTED, gb2312

SPACES = set(map(ord, " \u3000\u00a0\u00ad"))


@pytest.mark.parametrize("file", ["ZeroTripSans-Regular.ttf", "ZeroTripSans-Bold.ttf"])
def test_both_weights_hold_gb_2312_and_rare_characters_of_names(file):
    held = fonts.characters(fonts.PACKAGED / file)
    assert len(gb2312()) == 7445
    assert not set(map(ord, gb2312())) - held
    assert not set(map(ord, WANTED)) - held
    assert not set(map(ord, "龚䶮㛃𬭎𫖯喆堃昇祎翀①⑳¥￥")) - held


def test_every_place_of_the_province_is_drawn_in_both_weights(project):
    held = fonts.characters(fonts.PACKAGED / "ZeroTripSans-Bold.ttf")
    with (project / "zerotrip/places/data/divisions.csv").open(encoding="utf-8") as table:
        used = {c for row in csv.reader(table) for cell in row for c in cell}
    assert not {c for c in used if ord(c) not in held} - set(fonts.STANDS_FOR)
    assert fonts.drawable("𬮤山镇") == "閤山镇"


def test_the_wide_fonts_draw_thirty_thousand_characters():
    assert len(fonts.coverage()) > 30_000
    assert fonts.undrawable("龚䶮㛃𬭎𫖯 繁體字 ① ¥20.00\u200b") == ""
    assert fonts.undrawable("张\U000323af😀张\U000323af") == "\U000323af😀"


def test_what_cannot_be_drawn_is_marked_and_control_characters_are_dropped():
    assert fonts.drawable("张\U000323af\x00\x1b李\u202e") == "张〓  李 "


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(fonts, "find_spec", lambda _name: None)
    with pytest.raises(FileNotFoundError, match="pylopdf-fonts-zh-cn"):
        fonts.wide_folder()


def test_only_our_fonts_are_used():
    assert set(fonts.loaded().families()) == {fonts.SANS, fonts.WIDE_SANS, fonts.SERIF}


def test_fonts_stay_small_enough_to_be_cloned(project):
    files = sorted(fonts.PACKAGED.glob("*.ttf"))
    assert len(files) == 2
    assert all(file.stat().st_size < 3_000_000 for file in files)
    assert "SIL Open Font License" in (fonts.PACKAGED / "OFL.txt").read_text(encoding="utf-8")
