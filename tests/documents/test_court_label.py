"""A court's letter: the label goes on the envelope, the slip goes back to the court, the list of documents to both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents import pages
from tests.documents.test_labels import CHINESE, LONGEST, PLAIN, URL, squeezed
from zerotrip.documents.court import A_PAGE, LONGEST_ON_SLIP, MOST_DOCUMENTS, ON_SLIP, CourtData
from zerotrip.documents.labels import SIZE_130, SIZE_150, SIZE_180, LabelData, label_pdf, labels_pdf
from zerotrip.rules import masking

TEAR = (180 - 64) * pages.MM
"""Where the slip is torn off, in points from the bottom."""

DOCUMENTS = [("受理案件通知书", 1), ("应诉通知书", 1), ("传票", 2), ("起诉状副本", 1), ("证据目录及证据复印件", 3)]
COURT = CourtData(
    court="南昌市东湖区人民法院",
    department="立案庭",
    clerk=masking.name("刘小山"),
    phone=masking.phone("0791-86661234"),
    case_number="（2026）赣0102民初1234号",
    documents=DOCUMENTS,
)
LETTER = replace(PLAIN, product="法院专递", sender=COURT.court, contents="", case_number="", court=COURT)
FULLEST = replace(
    LONGEST,
    product="法院专递",
    court=CourtData(
        court="江西省赣江新区中级人民法院" * 3,
        department="第一审判业务综合保障庭" * 2,
        clerk="买买提·" + "阿" * 16,
        phone="0791-******34/138******78",
        case_number="（2026）赣0102民初1234号" * 2,
        documents=[(f"{i}" + "送" * (LONGEST_ON_SLIP - 2), 999) for i in range(ON_SLIP)],
    ),
)


def letter(documents: list[tuple[str, int]]) -> LabelData:
    return replace(LETTER, court=replace(COURT, documents=documents))


def test_a_scanner_reads_the_label_and_the_slip_also_after_they_were_torn_apart() -> None:
    image = pages.raster(label_pdf(LETTER, SIZE_180))
    tear = round(image.height * 64 / 180)
    assert pages.scanned(image.crop((0, 0, image.width, tear))) == {
        ("Code128", LETTER.number),
        ("QRCode", URL + LETTER.number),
    }
    assert pages.scanned(image.crop((0, tear, image.width, image.height))) == {("Code128", LETTER.number)}


def test_the_slip_asks_what_the_law_wants_and_answers_none_of_it_itself() -> None:
    drawn = pages.glyphs(label_pdf(LETTER, SIZE_180))
    slip = "".join(g.text for g in drawn if g.top < TEAR)
    outside = "".join(g.text for g in drawn if g.bottom > TEAR)
    assert len(slip) + len(outside) == len(drawn)
    for asked in (
        "回执联", "寄件法院", "案号", "受送达人", "文书名称及份数", "时间", "结果", "未妥投原因", "电话联系",
        "签收人签名", "证件类型", "证件号码", "身份", "受送达人本人", "法定代理人", "诉讼代理人",
        "法定代表人／主要负责人",
        "指定代收人",
        "同住成年家属", "办公室／收发室／值班室人员", "关系", "签收时间", "拒收", "内件不符", "退回原因", "退回日期",
        "投递员签名", "日戳", *(name for name, _copies in DOCUMENTS),
    ):  # fmt: skip
        assert asked in slip, asked
    for inside in ("证件", "传票", "民初1234号", "刘"):
        assert inside not in outside, inside
    assert "法院专递" in outside
    assert "法院文书5种8份" in outside
    assert not any(character.isdigit() for character in slip[slip.index("签收人签名") : slip.index("法释")])


def test_nothing_of_a_person_is_shown_but_masked_name_phone_and_address() -> None:
    shown = pages.text(label_pdf(LETTER, SIZE_180))
    assert "龚**" in shown
    assert "刘**" in shown
    for secret in ("小明", "小山", "13812345634", "86661234", "3栋", "2单元", "501"):
        assert secret not in shown


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(st.sampled_from(CHINESE + "0123456789（）"), min_size=1, max_size=120), st.integers(1, 999)),
        min_size=1,
        max_size=30,
    )
)
def test_every_document_stands_on_the_paper_in_full_with_its_copies(documents: list[tuple[str, int]]) -> None:
    one = letter(documents)
    pdf = label_pdf(one, SIZE_180)
    assert len(pages.document(pdf)) == one.sheets
    whole = "".join(pages.text(pdf, page) for page in range(one.sheets))
    for name, copies in documents:
        assert squeezed(name) in whole
        assert f"{copies}份" in whole
    for page in range(one.sheets):
        drawn = pages.glyphs(pdf, page)
        assert pages.collisions(drawn) == []
        assert min(min(g.left, g.bottom) for g in drawn) >= 0
        assert max(g.right for g in drawn) <= 100 * pages.MM
        assert max(g.top for g in drawn) <= 180 * pages.MM
        assert ("Code128", one.number) in pages.scanned(pages.raster(pdf, page))


def test_the_fullest_letter_keeps_every_word_in_its_place() -> None:
    pdf = label_pdf(FULLEST, SIZE_180)
    assert len(pages.document(pdf)) == 1
    drawn = pages.glyphs(pdf)
    assert pages.collisions(drawn) == []
    assert min(g.bottom for g in drawn) > 0
    assert min(g.left for g in drawn) > 0
    assert max(g.right for g in drawn) < 100 * pages.MM
    assert not any(g.bottom < TEAR < g.top for g in drawn)
    assert ("Code128", FULLEST.number) in pages.scanned(pages.raster(pdf))
    shown = pages.text(pdf)
    court = FULLEST.court
    assert court is not None
    for word in (
        FULLEST.sender_address,
        FULLEST.recipient,
        court.case_number,
        court.court,
        *(n for n, _ in court.documents),
    ):
        assert squeezed(word) in shown


def test_a_long_list_goes_on_behind_the_label_and_the_slip_says_so() -> None:
    one = letter([(f"证据材料第{i}号", 1) for i in range(1, A_PAGE + 2)])
    pdf = label_pdf(one, SIZE_180)
    assert (one.sheets, len(pages.document(pdf))) == (3, 3)
    first = pages.text(pdf)
    assert "另附文书清单2页" in first
    assert f"其余{A_PAGE + 1 - (ON_SLIP - 1)}种见文书清单续页" in first
    assert f"证据材料第{A_PAGE}号" in pages.text(pdf, 1)
    assert f"证据材料第{A_PAGE + 1}号" in pages.text(pdf, 2)
    assert "第2页，共2页" in pages.text(pdf, 2)


def test_a_name_too_long_for_the_slip_stands_in_full_on_the_list() -> None:
    name = "关于申请追加被执行人的" + "听证" * 40
    one = letter([(name, 2)])
    pdf = label_pdf(one, SIZE_180)
    assert one.sheets == 2
    assert name[: LONGEST_ON_SLIP - 1] + "…" in pages.text(pdf)
    assert name in pages.text(pdf, 1)


def test_letters_and_other_labels_are_one_paper() -> None:
    other = replace(PLAIN, number="1100000000001", tracking_url=URL + "1")
    pdf = labels_pdf([other, LETTER, other], SIZE_180)
    assert len(pages.document(pdf)) == 3
    assert ["回执联" in pages.text(pdf, page) for page in range(3)] == [False, True, False]


@pytest.mark.parametrize("size", [SIZE_150, SIZE_130], ids=str)
def test_a_slip_that_does_not_fit_is_refused(size) -> None:
    with pytest.raises(ValueError):
        labels_pdf([PLAIN, LETTER], size)


@pytest.mark.parametrize(
    "wrong",
    [
        {"court": " "},
        {"case_number": ""},
        {"case_number": "号" * 51},
        {"documents": []},
        {"documents": [("传票", 0)]},
        {"documents": [("传", 1)] * (MOST_DOCUMENTS + 1)},
        {"documents": [("票" * 121, 1)]},
        {"phone": "1" * 41},
    ],
)
def test_what_is_no_courts_letter_is_refused(wrong) -> None:
    with pytest.raises(ValueError):
        replace(COURT, **wrong)
