"""Names as on the document, and what a label shows of names, phones and addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.rules import masking, person_name
from zerotrip.rules.errors import InvalidFormat

han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
rare = st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF)


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("张三", "张三"),
            (" 张　三 ", "张三"),
            ("欧阳小明", "欧阳小明"),
            ("买买提•艾力", "买买提·艾力"),
            ("阿依古丽・买买提", "阿依古丽·买买提"),
            ("𬱖䶮", "𬱖䶮"),
            ("王〇一", "王〇一"),
            ("\ue84f明", "\ue84f明"),
            ("Mary-Jane  O’Connor", "Mary-Jane O'Connor"),
            ("JOSÉ GARCÍA LÓPEZ", "JOSÉ GARCÍA LÓPEZ"),
            ("Suharto", "Suharto"),
            ("张" + "小" * 49, "张" + "小" * 49),
            ("田田", "田田"),
            ("李同", "李同"),
            ("安先", "安先"),
        ],
    )
    def test_real_names_pass(self, typed: str, stored: str) -> None:
        assert person_name.validate(typed) == stored == person_name.format(typed)

    @pytest.mark.parametrize(
        "typed",
        [
            *("", " ", "张", "A", "张1", "张三2", "张三（父）", "张三/李四", "张三😀", "张·", "·张三", "张··三"),
            *("张先生", "李女士", "王老师", "刘经理", "陈小姐", "周总经理", "收件人"),
            *("测试", "张测试", "test", "TEST", "abc", "匿名", "张某", "李某某", "某某公司", "哈哈哈", "xxx", "aaaa"),
            *("张" * 51, "a" * 101, "...", "- -", "123", "<script>", "张三\n李四1", "张Smith"),
        ],
    )
    def test_what_is_no_full_name_is_refused_with_a_sentence(self, typed: str) -> None:
        with pytest.raises(InvalidFormat) as caught:
            person_name.validate(typed)
        assert "请" in caught.value.zh
        assert caught.value.en
        assert not person_name.is_valid(typed)

    @pytest.mark.parametrize("typed", ["师经理", "高先生", "哈哈哈", "无名"])
    def test_a_clerk_who_has_read_it_on_the_document_is_believed(self, typed: str) -> None:
        assert not person_name.is_valid(typed)
        assert person_name.is_valid(typed, on_document=True)

    def test_form_is_checked_even_on_the_document(self) -> None:
        assert not person_name.is_valid("张", on_document=True)
        assert not person_name.is_valid("张3", on_document=True)

    @given(st.text(max_size=60))
    def test_no_text_breaks_it(self, text: str) -> None:
        if person_name.is_valid(text):
            stored = person_name.validate(text)
            assert person_name.validate(stored) == stored
            assert person_name.validate(f" {text} ") == stored


class TestMaskedNames:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张三", "张*"),
            ("张小明", "张**"),
            ("欧阳小明", "欧阳**"),
            ("欧阳明", "欧阳*"),
            ("欧阳", "欧*"),
            ("买买提·艾力", "买**·**"),
            ("JOHN SMITH", "J*** *****"),
            ("张", "*"),
            ("", ""),
        ],
    )
    def test_examples(self, name: str, masked: str) -> None:
        assert masking.name(name) == masked

    @given(st.lists(st.one_of(han, rare), min_size=2, max_size=20).map("".join))
    def test_at_least_one_character_is_hidden_and_nothing_after_the_surname_shows(self, name: str) -> None:
        masked = masking.name(name)
        shown = masked.rstrip("*")
        assert len(masked) == len(name)
        assert name.startswith(shown)
        assert 1 <= len(shown) <= 2
        assert "*" in masked


class TestMaskedPhones:
    @pytest.mark.parametrize(
        ("phone", "masked"),
        [
            ("13812345678", "138******78"),
            ("+86 138 1234 5678", "138******78"),
            ("0791-86661234", "0791-******34"),
            ("(0794)8221234", "0794-******4"),
            ("010-62345678", "010-******78"),
            ("0791-86661234-123", "0791-******34-***"),
            ("0791-86661234转8", "0791-******34-*"),
            ("4001234567", "400******7"),
            ("95588", "*****"),
            ("12345678", "12******"),
            ("13812345678/0791-86661234", "138******78/0791-******34"),
            ("13812345678、13912345678", "138******78/139******78"),
            ("", ""),
        ],
    )
    def test_examples(self, phone: str, masked: str) -> None:
        assert masking.phone(phone) == masked

    @given(st.text("0123456789+-() 转", max_size=30))
    def test_at_least_six_digits_are_hidden(self, phone: str) -> None:
        digits = len(re.findall(r"[0-9]", phone.replace("+86", "")))
        shown = len(re.findall(r"[0-9]", masking.phone(phone)))
        assert shown <= max(0, digits - 6)


ROADS = [
    "江西省南昌市东湖区八一大道100号",
    "抚州市临川区金巢大道12-3号",
    "九江市浔阳区甘棠南路甲1号",
    "南昌市新建区长堎镇解放路8号",
]
ESTATES = ["阳光花园", "中央公园", "鼓楼小区", "银座公寓", "栋梁苑", ""]
UNITS = [
    *(
        "3栋2单元501室",
        "3栋501",
        "B座1203",
        "12号楼3单元402",
        "三栋二单元三零二室",
        "5#2-301",
        "3-2-501",
        "1单元",
        "东单元1203",
    ),
    *(
        "28层2801",
        "5F301",
        "甲单元6楼",
        "第3幢302房",
        "附1号",
        "2801",
        "3号楼",
        "A栋",
        "7楼",
        "12户",
        "Ｂ座１２０１",
        "(张三家)",
    ),
]


class TestMaskedAddresses:
    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("江西省南昌市东湖区阳明路12号3栋2单元501室", "江西省南昌市东湖区阳明路12号***"),
            ("南昌市青山湖区北京东路12-3号", "南昌市青山湖区北京东路12-3号"),
            ("南昌市青山湖区北京东路12-3号楼501", "南昌市青山湖区北京东路***"),
            ("抚州市东乡区孝岗镇东坝村五组12号", "抚州市东乡区孝岗镇东坝村五组***"),
            ("抚州市东乡区孝岗镇东坝村88号", "抚州市东乡区孝岗镇东坝村***"),
            ("抚州市南城县盱江镇人民政府", "抚州市南城县盱江镇人民政府"),
            ("上海市浦东新区张杨路1234弄5号601室", "上海市浦东新区张杨路1234弄***"),
            ("江阴市周庄镇三房巷村", "江阴市周庄镇三房巷村"),
            ("崇仁县巴山镇百户村", "崇仁县巴山镇百户村"),
            ("南昌市银座路8号", "南昌市银座路8号"),
            ("鹰潭市月湖区胜利西路二十五号三楼302房", "鹰潭市月湖区胜利西路二十五号***"),
            ("330000 江西省南昌市东湖区阳明路12号", "330000 江西省南昌市东湖区阳明路12号"),
            ("南昌市东湖区阳明路12号电话13812345678", "南昌市东湖区阳明路12号电话***"),
            ("九江市浔阳区甘棠南路1号(张三家)", "九江市浔阳区甘棠南路1号***"),
            ("", ""),
        ],
    )
    def test_examples(self, address: str, masked: str) -> None:
        assert masking.address(address) == masked

    @pytest.mark.parametrize("unit", UNITS)
    @pytest.mark.parametrize("estate", ESTATES)
    @pytest.mark.parametrize("road", ROADS)
    def test_neither_building_nor_unit_nor_room_is_left(self, road: str, estate: str, unit: str) -> None:
        assert masking.address(road + estate + unit) == road + estate + "***"

    @pytest.mark.parametrize("road", ROADS)
    def test_road_and_house_number_stay(self, road: str) -> None:
        assert masking.address(road) == road

    @given(st.integers(1, 99), st.integers(1, 9), st.integers(101, 3399), st.sampled_from(ROADS))
    def test_the_room_number_never_shows(self, building: int, unit: int, room: int, road: str) -> None:
        hidden = f"{building}栋{unit}单元{room}室"
        assert masking.address(road + hidden) == road + "***"

    @given(st.text(max_size=60))
    def test_no_text_breaks_it_and_masking_twice_changes_nothing(self, text: str) -> None:
        once = masking.address(text)
        assert masking.address(once) == once


def test_identity_numbers_on_a_screen() -> None:
    assert masking.resident("11010519491231002X") == masking.id_number("11010519491231002X") == "110105********002X"
    assert masking.organisation_code("91110000600037341L") == "91110000******341L"
    assert masking.id_number("E12345678") == "E1*****78"
