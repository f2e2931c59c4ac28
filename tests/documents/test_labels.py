"""A label is printed, stuck on, and scanned: codes read back, everything inside, nobody's secrets shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents import pages
from zerotrip.documents import labels
from zerotrip.documents.charset import RARE_IN_NAMES, gb2312
from zerotrip.documents.labels import SIZE_130, SIZE_150, SIZE_180, LabelData, label_pdf, labels_pdf
from zerotrip.rules import mail_number, masking, s10

URL = "https://zerotrip.example.cn/t/"
PLAIN = LabelData(
    number="1234567890136",
    product="政务专递",
    service="标准快递",
    recipient=masking.name("龚小明"),
    recipient_phone=masking.phone("13812345634"),
    recipient_address=masking.address("江西省抚州市临川区金巢大道阳光花园3栋2单元501室"),
    sender="南昌市政务服务中心 邮政专区",
    sender_phone=masking.phone("0791-86661234"),
    sender_address="江西省南昌市红谷滩区红谷中大道1号",
    tracking_url=URL + "1234567890136",
    route="抚州 A07",
    from_place="南昌红谷滩",
    to_place="抚州临川",
    contents="营业执照正本、副本 各1件",
    fee="¥20.00（申请人支付）",
    accepted_at=datetime(2026, 11, 24, 2, 15, tzinfo=UTC),
    flags=(labels.REAL_NAME, labels.INSPECTED, labels.IN_PERSON, labels.NO_LOCKER),
    case_number="JX36010220261123000001Y",
)

CHINESE = "".join(c for c in gb2312() if "\u4e00" <= c <= "\u9fff")
domestic = st.from_regex(r"(1[0-9]|50|51|95|96|97|98|99)[0-9]{11}", fullmatch=True)
abroad = st.builds(
    s10.compose,
    st.sampled_from(["EA", "EE", "LZ", "RA", "CP"]),
    st.integers(0, 99_999_999),
    st.sampled_from(["CN", "CS", "HK"]),
)
numbers = st.one_of(domestic, abroad).filter(mail_number.is_valid)
names = st.text(st.sampled_from(CHINESE + RARE_IN_NAMES + "·*ABCxyz"), min_size=1, max_size=60)
addresses = st.text(st.sampled_from(CHINESE + RARE_IN_NAMES + "0123456789-（）号栋ABC*# "), min_size=1, max_size=200)
words = st.text(st.sampled_from(CHINESE + "0123456789 、"), max_size=40)
full = st.builds(
    LabelData,
    number=numbers,
    product=st.sampled_from(["政务专递", "法院专递", "警邮专递", "证照寄递到家服务"]),
    service=words.map(lambda w: w[:10]),
    recipient=names,
    recipient_phone=st.sampled_from(["138******34", "0791-******34", "138******34/0791-******34"]),
    recipient_address=addresses,
    sender=names,
    sender_phone=st.sampled_from(["", "0791-******34"]),
    sender_address=addresses,
    tracking_url=numbers.map(lambda number: URL + number),
    route=words.map(lambda w: w[:14]),
    from_place=words.map(lambda w: w[:24]),
    to_place=words.map(lambda w: w[:24]),
    contents=st.text(st.sampled_from(CHINESE), max_size=80),
    fee=words,
    flags=st.sampled_from(
        [(), PLAIN.flags, ("实名", "验视", "须本人签收", "不得投柜", "易碎", "保价特快"), ("实名验视",)]
    ),
    case_number=st.sampled_from(["", "JX36010220261123000001Y", "（2026）赣0702民初1234号"]),
    papers=st.lists(st.text(st.sampled_from(CHINESE), min_size=1, max_size=20), max_size=8),
    note=words,
)
sizes = st.sampled_from([SIZE_150, SIZE_180, SIZE_130])


def printed(label: LabelData, size: labels.Size = SIZE_150) -> set[tuple[str, str]]:
    return pages.scanned(pages.raster(label_pdf(label, size)))


def squeezed(words: str) -> str:
    return "".join(words.split())


@pytest.mark.parametrize("size", [SIZE_150, SIZE_180, SIZE_130], ids=str)
def test_a_scanner_reads_both_codes_from_the_printed_label(size):
    assert printed(PLAIN, size) == {("Code128", "1234567890136"), ("QRCode", URL + "1234567890136")}


@pytest.mark.parametrize("size", [SIZE_150, SIZE_180, SIZE_130], ids=str)
def test_the_page_has_the_size_of_the_paper(size):
    (page,) = pages.document(label_pdf(PLAIN, size))
    assert page.get_size() == pytest.approx((size.width * pages.MM, size.height * pages.MM), abs=0.1)


def test_both_parts_bear_the_number_so_that_the_signed_one_can_be_scanned_alone():
    image = pages.raster(label_pdf(PLAIN))
    tear = round(image.height * 90 / 150)
    assert ("Code128", "1234567890136") in pages.scanned(image.crop((0, 0, image.width, tear)))
    assert pages.scanned(image.crop((0, tear, image.width, image.height))) == {("Code128", "1234567890136")}


@settings(max_examples=25, deadline=None)
@given(full, sizes)
def test_whatever_stands_on_it_one_page_holds_it_and_scanners_read_it(label, size):
    pdf = label_pdf(label, size)
    assert len(pages.document(pdf)) == 1
    assert pages.scanned(pages.raster(pdf)) == {
        ("Code128", label.number),
        ("QRCode", label.tracking_url),
    }
    drawn = pages.glyphs(pdf)
    for glyph in drawn:
        assert glyph.left >= 0
        assert glyph.bottom >= 0
        assert glyph.right <= size.width * pages.MM
        assert glyph.top <= size.height * pages.MM
    assert pages.collisions(drawn) == []
    shown = pages.text(pdf)
    for field in (
        "recipient",
        "recipient_address",
        "sender",
        "sender_address",
        "contents",
        "case_number",
        "fee",
        "note",
    ):
        assert squeezed(getattr(label, field)) in shown, field


LONGEST = replace(
    PLAIN,
    number="LZ290346175CN",
    product="证照寄递到家服务",
    service="标准快递次日上午达",
    route="赣州章贡中心局B07格口东",
    from_place="南昌红谷滩" * 4,
    to_place="抚州临川" * 6,
    recipient="买买提·" + "阿卜杜拉" * 14,
    recipient_address="江西省赣州市章贡区长征大道阳光花园" * 11,
    sender="江西省高级人民法院" * 6,
    sender_address="江西省" + "W" * 197,
    contents="龚䶮" * 40,
    fee="¥20.00（法院统付）" * 2,
    papers=("起诉状副本", *["应诉通知书"] * 31),
    note="请妥善保管" * 8,
    tracking_url=URL + "x" * 170,
)


@pytest.mark.parametrize("size", [SIZE_150, SIZE_180, SIZE_130], ids=str)
def test_the_fullest_label_still_keeps_every_word_in_its_place(size):
    pdf = label_pdf(LONGEST, size)
    assert len(pages.document(pdf)) == 1
    assert pages.collisions(pages.glyphs(pdf)) == []
    assert ("Code128", LONGEST.number) in pages.scanned(pages.raster(pdf))
    shown = pages.text(pdf)
    assert LONGEST.sender_address in shown
    assert shown.count("应诉通知书") == 31


def test_the_receipt_stays_below_the_tear_line_and_everything_else_above():
    tear = 60 * pages.MM
    drawn = pages.glyphs(label_pdf(LONGEST))
    upper = "".join(g.text for g in drawn if g.bottom > tear)
    lower = "".join(g.text for g in drawn if g.top < tear)
    assert len(upper) + len(lower) == len(drawn)
    assert "请妥善保管" * 8 in upper.replace("\u200b", "")
    assert "签收联" in lower
    assert "请妥善保管" not in lower


def test_nothing_of_the_person_is_shown_but_masked_name_phone_and_address():
    shown = pages.text(label_pdf(PLAIN))
    assert "龚**" in shown
    assert "138******34" in shown
    for secret in ("小明", "13812345634", "123456783", "3栋", "2单元", "501"):
        assert secret not in shown


def test_rare_names_are_drawn():
    shown = pages.text(label_pdf(replace(PLAIN, recipient="龚䶮㛃𬭎𫖯")))
    assert "龚䶮㛃𬭎𫖯" in shown


def test_what_no_font_can_draw_becomes_a_geta_mark_and_not_an_empty_box():
    assert "张〓" in pages.text(label_pdf(replace(PLAIN, recipient="张\U000323af")))


def test_text_is_never_markup():
    trick = "#panic() $x$ *a* _b_ \\ <c> @d [e]"
    shown = pages.text(label_pdf(replace(PLAIN, recipient_address=trick, contents="\x00\x1b\u202e")))
    assert squeezed(trick) in shown


def test_the_same_label_gives_the_same_bytes_also_from_many_threads(clock):
    first = label_pdf(PLAIN)
    clock.advance(days=1)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: label_pdf(PLAIN), range(12))) == {first}


def test_many_labels_are_one_paper_in_their_order():
    many = [replace(PLAIN, number=f"11{i:011d}", tracking_url=f"{URL}{i}") for i in range(40)]
    pdf = labels_pdf(many)
    assert len(pages.document(pdf)) == 40
    for page in (0, 17, 39):
        assert pages.scanned(pages.raster(pdf, page)) == {("Code128", many[page].number), ("QRCode", f"{URL}{page}")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "6901234567892"},
        {"number": "LZ290346176CN"},
        {"number": ""},
        {"recipient_address": "巷" * 201},
        {"flags": ("须本人签收",) * 7},
        {"papers": ("起诉状",) * 60},
        {"tracking_url": "https://zerotrip.example.cn/" + "x" * 200},
    ],
)
def test_what_cannot_stand_on_a_label_is_refused(wrong):
    with pytest.raises(ValueError):
        replace(PLAIN, **wrong)


def test_no_labels_are_no_paper():
    with pytest.raises(ValueError):
        labels_pdf([])
