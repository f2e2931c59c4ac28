"""Addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.places import codes
from zerotrip.places.addresses import recognise
from zerotrip.places.table import packaged

CLEAR = [
    ("江西省赣州市章贡区水东镇七里村5号", "360702102", "七里村5号"),
    ("江西省 赣州市 章贡区 水东镇", "360702102", ""),
    ("江西省,赣州市，章贡区·水东镇 七里村", "360702102", "七里村"),
    ("赣州章贡区水东镇七里村", "360702102", "七里村"),
    ("章贡区水东镇", "360702102", ""),
    ("赣州市水东镇", "360702102", ""),
    ("江西省章贡区红旗大道2号", "360702", "红旗大道2号"),
    ("江西南昌县向塘镇", "360121101", ""),
    ("南昌市南昌县向塘镇", "360121101", ""),
    ("吉安市吉安县敦厚镇", "360821100", ""),
    ("南昌八一大道1号", "360100", "八一大道1号"),
    ("南昌市东湖大道", "360100", "东湖大道"),
    ("南昌市红谷滩新区", "360100", "红谷滩新区"),
    ("赣州经济技术开发区", "360700", "经济技术开发区"),
    ("抚州资溪高田", "361028105", ""),
    ("江西省抚州市南丰", "361023", ""),
    ("南丰县市山镇", "361023105", ""),
    ("地址：341000 江西省赣州市于都县贡江镇", "360731100", ""),
    ("收件地址:江西省南昌市东湖区", "360102", ""),
    ("江西省南昌市江西省南昌市东湖区八一桥", "360102", "八一桥"),
    ("江西省赣州市赣州市章贡区", "360702", ""),
    ("中国江西省宜春市宜春市袁州区", "360902", ""),
    ("铅山县河口镇", "361124100", ""),
    ("浙江省杭州市西湖区文三路90号", "330106", "文三路90号"),
    ("杭州西湖区文三路", "330106", "文三路"),
    ("南昌东湖区八一大道", "360102", "八一大道"),
    ("吉安青原山", "360800", "青原山"),
    ("九江湖口县", "360429", ""),
    ("萍乡湘东区", "360313", ""),
    ("江西南昌西湖区桃源街道", "360103024", ""),
    ("北京市朝阳区建国路1号", "110105", "建国路1号"),
    ("河南济源市沁园街道", "419001", "沁园街道"),
    ("新疆伊犁察布查尔锡伯自治县", "654022", ""),
    ("内蒙古呼和浩特", "150100", ""),
]


@pytest.mark.parametrize(("address", "code", "rest"), CLEAR)
def test_an_address_leads_to_its_deepest_division(address: str, code: str, rest: str) -> None:
    found = recognise(address)
    assert (found.code, found.rest, found.certainty) == (code, rest, "sure")
    assert found.full_name == packaged().full_name(code)
    assert not found.candidates


@pytest.mark.parametrize(
    ("address", "code", "old"),
    [
        ("鹰潭余江县锦江镇中山路", "360603101", "余江县"),
        ("南昌市湾里区梅岭镇", "360112112", "湾里区"),
        ("江西省龙南县", "360783", "龙南县"),
        ("上饶县旭日街道", "361104002", "上饶县"),
        ("临川市青泥镇", "361002114", "临川市"),
        ("波阳县鄱阳镇", "361128100", "波阳县"),
        ("东乡县孝岗镇", "361003100", "东乡县"),
        ("星子县", "360483", "星子县"),
        ("江西吉安地区泰和县", "360826", "吉安地区"),
        ("资溪县高田乡", "361028105", "高田乡"),
        ("南昌市郊区湖坊镇", "360111103", "郊区"),
        ("江西省清江县", "360982", "清江县"),
    ],
)
def test_an_old_name_is_understood_and_said_to_be_old(address: str, code: str, old: str) -> None:
    found = recognise(address)
    assert (found.code, found.certainty) == (code, "likely")
    assert [note.text for note in found.notes if note.kind == "former"] == [old]


@pytest.mark.parametrize(
    ("address", "among"),
    [
        ("西湖区文三路", {"330106", "360103"}),
        ("朝阳区建国路", {"110105", "220104"}),
        ("鼓楼区", {"320106", "320302", "350102", "410204"}),
        ("长安区", {"130102", "610116"}),
    ],
)
def test_what_two_cities_have_is_never_chosen_silently(address: str, among: set[str]) -> None:
    found = recognise(address)
    assert (found.code, found.certainty) == (None, "ambiguous")
    assert {candidate.code for candidate in found.candidates} == among
    assert found.rest == address


def test_at_home_the_home_one_is_likely_and_the_others_are_still_named() -> None:
    found = recognise("西湖区文三路", home="36")
    assert (found.code, found.certainty) == ("360103", "likely")
    assert {candidate.code for candidate in found.candidates} == {"360103", "330106"}


def test_several_townships_of_one_name_leave_what_they_share() -> None:
    names: dict[str, list[str]] = {}
    for row in packaged().rows:
        if row.level == codes.TOWNSHIP:
            names.setdefault(row.name, []).append(row.code)
    for name, twins in names.items():
        if len(twins) < 2:
            continue
        found = recognise(f"江西省{name}人民路")
        cities = {code[:4] for code in twins}
        assert found.certainty == "ambiguous", name
        assert found.code == (f"{cities.pop()}00" if len(cities) == 1 else "360000")
        assert {candidate.code for candidate in found.candidates} == set(twins[:12])


@pytest.mark.parametrize(
    ("address", "code", "contradiction"),
    [
        ("江西省赣州市青山湖区京东大道", "360700", "360111"),
        ("章贡区梅林镇", "360702", "360704001"),
        ("赣州市西湖区", "360700", "360103"),
    ],
)
def test_a_name_from_elsewhere_is_a_contradiction(address: str, code: str, contradiction: str) -> None:
    found = recognise(address)
    assert (found.code, found.certainty) == (code, "conflict")
    assert contradiction in {candidate.code for candidate in found.candidates}


@pytest.mark.parametrize(
    "address", ["", "   ", "hello", "南昌路12号", "城关镇", "九江路", "收件人", "红旗大道", "\x00", "。" * 5000]
)
def test_no_division_no_answer(address: str) -> None:
    found = recognise(address)
    assert (found.code, found.certainty, found.confidence) == (None, "none", 0.0)


def test_left_out_levels_are_filled_in_and_said() -> None:
    assert [(n.kind, n.text) for n in recognise("江西省章贡区").notes] == [("skipped", "赣州市")]


@given(st.sampled_from([row.code for row in packaged().rows]), st.sampled_from(["", " ", "，", "人民路1号", "5栋"]))
def test_every_full_name_is_read_back(code: str, tail: str) -> None:
    table = packaged()
    found = recognise(table.full_name(code) + tail)
    assert found.code == code
    assert found.rest == tail.strip(" ，")


@given(st.text(alphabet="江西省南昌市东湖区县赣州章贡水镇乡街道路 ，0", max_size=30), st.sampled_from(["", "36"]))
def test_nothing_makes_it_stumble(address: str, home: str) -> None:
    found = recognise(address, home=home)
    assert found.code is None or found.code in packaged().by_code
    assert found.rest in address
    assert (found.certainty == "none") == (found.code is None and not found.candidates)
