"""Papers of record: what the law wants to be said is said, and the file can be archived and read aloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.documents import pages
from zerotrip.documents import notices
from zerotrip.documents.manifests import ManifestData, ManifestLine, manifest_pdf
from zerotrip.documents.notices import CaseHead, Correction, Material
from zerotrip.documents.papers import Listing, Paper, Signature, paper_pdf

NUMBER = "JX36010220261123000001Y"
URL = f"https://zerotrip.example.cn/case/{NUMBER}"
ON, AT = date(2026, 11, 24), datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
LINE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 8"><path d="M0 4h60" stroke="green"/></svg>'
HEAD = CaseHead(
    organ="南昌市市场监督管理局",
    case_number=NUMBER,
    item="食品经营许可（新办）",
    applicant="南昌龚䶮商贸有限公司",
    applied_on=date(2026, 11, 23),
    case_url=URL,
    picture_svg=LINE,
    contact="0791-12345",
)
MATERIALS = [Material("食品经营许可申请书"), Material("营业执照", "复印件", 2, "加盖公章")]


def all_text(pdf: bytes) -> str:
    return "".join(pages.text(pdf, page) for page in range(len(pages.document(pdf))))


def codes(pdf: bytes) -> set[tuple[str, str]]:
    return pages.scanned(pages.raster(pdf, dpi=200))


EVERY = {
    "receipt": notices.receipt(HEAD, at=AT, materials=MATERIALS, by="王芳"),
    "acceptance": notices.acceptance(HEAD, on=ON, decide_by=date(2026, 12, 22), materials=MATERIALS),
    "correction": notices.correction(HEAD, on=ON, corrections=[Correction("营业执照", "未加盖公章", "加盖公章")]),
    "refusal": notices.refusal(HEAD, on=ON, reason="该事项不属于本机关职权范围"),
    "granted": notices.decision(HEAD, on=ON, granted=True, result="食品经营许可证"),
    "denied": notices.decision(HEAD, on=ON, granted=False, reason="经营场所不符合规定的条件"),
    "withdrawal": notices.withdrawal(HEAD, on=ON, asked_on=ON, returned=MATERIALS, delivery="由邮政寄回"),
    "slip": notices.collection_slip(
        HEAD,
        at=AT,
        number="1234567890136",
        materials=MATERIALS,
        courier="李强",
        outlet="红谷滩支局",
        deliver_to="市民中心",
    ),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_paper_names_organ_case_and_applicant_and_opens_the_case(name):
    pdf = paper_pdf(EVERY[name])
    said = all_text(pdf)
    for part in (EVERY[name].organ, EVERY[name].title, NUMBER, HEAD.applicant, HEAD.item):
        assert part in said
    assert ("QRCode", URL) in codes(pdf)
    assert "第1页共1页" in said or "第1页共2页" in said


@pytest.mark.parametrize("name", EVERY)
def test_every_paper_is_archival_tagged_and_nothing_overlaps(name):
    pdf = paper_pdf(EVERY[name])
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert pages.document(pdf).is_tagged()
    for page in range(len(pages.document(pdf))):
        assert pages.collisions(pages.glyphs(pdf, page)) == []


def test_the_same_paper_gives_the_same_bytes_whenever_it_is_made(clock):
    first = paper_pdf(EVERY["acceptance"])
    clock.advance(days=30)
    assert paper_pdf(EVERY["acceptance"]) == first
    assert b"2026-11-2" in first


def test_an_acceptance_promises_only_what_is_sooner_than_the_law():
    sooner = notices.acceptance(HEAD, on=ON, decide_by=date(2026, 12, 22), promised_by=date(2026, 12, 2))
    later = notices.acceptance(HEAD, on=ON, decide_by=date(2026, 12, 22), promised_by=date(2026, 12, 30))
    assert "承诺于2026年12月2日前办结" in all_text(paper_pdf(sooner))
    assert "承诺" not in all_text(paper_pdf(later))


def test_a_negative_decision_says_why_and_how_to_object():
    said = all_text(
        paper_pdf(
            notices.decision(
                HEAD,
                on=ON,
                granted=False,
                reason="经营场所不符合规定的条件。",
                review_organ="南昌市人民政府",
                court="某法院",
            )
        )
    )
    assert "经营场所不符合规定的条件。本机关决定不予准许。" in said
    assert "六十日内向南昌市人民政府申请行政复议" in said
    assert "六个月内依法向某法院提起行政诉讼" in said
    assert "第三十八条第二款" in said


def test_a_refusal_of_acceptance_names_the_right_organ():
    said = all_text(paper_pdf(notices.refusal(HEAD, on=ON, reason="不属于本机关职权范围", right_organ="农业农村局")))
    assert "请向农业农村局申请。" in said
    assert "有权的行政复议机关" in said


def test_without_its_reason_a_negative_decision_is_not_made():
    with pytest.raises(ValueError, match="reason"):
        notices.decision(HEAD, on=ON, granted=False, reason=" ")


def test_a_correction_notice_without_corrections_is_not_made():
    with pytest.raises(ValueError):
        notices.correction(HEAD, on=ON, corrections=[])


def test_an_item_under_another_law_names_its_own_articles():
    own = notices.acceptance(HEAD, on=ON, decide_by=date(2026, 12, 22), bases=("《居民身份证法》第十二条",))
    said = all_text(paper_pdf(own))
    assert "《居民身份证法》第十二条" in said
    assert "行政许可法" not in said


def test_a_seal_never_stands_on_a_page_alone():
    for count in range(1, 40):
        many = [Material(f"第{i}份材料") for i in range(count)]
        pdf = paper_pdf(notices.acceptance(HEAD, on=ON, decide_by=date(2026, 12, 22), materials=many))
        last = pages.text(pdf, len(pages.document(pdf)) - 1)
        assert "（印章）" in last
        assert "法律依据" in last


def test_text_is_never_markup_and_rare_names_are_drawn():
    trick = "#panic()$x$*a*_b_<c>@d[e]龚䶮㛃𬭎𫖯"
    said = all_text(paper_pdf(replace(EVERY["refusal"], addressee=trick, paragraphs=[trick], facts=[("名称", trick)])))
    assert said.count(trick) == 3


def test_a_table_whose_rows_do_not_fit_its_headings_is_refused():
    crooked = Listing("材料", ("序号", "名称"), [["1"]], (1, 2))
    with pytest.raises(ValueError, match="材料"):
        paper_pdf(Paper(organ="某局", title="清单", number="1", on=ON, lists=[crooked]))


def test_a_bare_paper_has_no_gaps_for_what_it_lacks():
    said = all_text(paper_pdf(Paper(organ="某局", title="通知", number="7", on=ON, signatures=[Signature("签收人")])))
    assert said.startswith("某局通知编号：7")
    assert "法律依据" not in said


def line(i: int, **more) -> ManifestLine:
    return ManifestLine(f"12345678{90100 + i}", f"JX3610022026112300{i:04d}Y", "申请材料", **({"given": True} | more))


def manifest(lines, **more) -> bytes:
    return manifest_pdf(
        ManifestData(
            **{
                "number": "JJ20261124000017",
                "organ": "南昌市邮政分公司",
                "giver": "市民中心 邮政专区",
                "taker": "市场监管局 综合窗口",
                "made_at": AT,
                "lines": lines,
                "url": "https://zerotrip.example.cn/m/17",
            }
            | more
        )
    )


def test_a_list_counts_both_sides_and_names_what_is_missing():
    pdf = manifest(
        [line(1, taken=True), line(2, taken=True), line(3, taken=False)],
        surplus=1,
        taken_at=AT,
        taker_name="陈明",
        differences=["12345678 90103 未见实物，已登记异常。"],
    )
    said = all_text(pdf)
    assert "3件（申请材料3）" in said
    assert "交出方3件；接收方3件（缺1，多1）" in said
    assert "1234567890103未见实物，已登记异常。" in said
    assert "接收方陈明" in said
    assert "2026-11-2410:15" in said
    assert codes(pdf) == {("Code128", "JJ20261124000017"), ("QRCode", "https://zerotrip.example.cn/m/17")}


def test_an_uncounted_list_leaves_room_for_hand_counting():
    said = all_text(manifest([line(1, given=None), line(2, given=None)]))
    assert "点数" not in said
    assert "差异" not in said
    assert "缺" not in said


def test_a_list_of_hundreds_repeats_its_headings_and_loses_none():
    pdf = manifest([line(i) for i in range(300)])
    count = len(pages.document(pdf))
    assert count > 4
    for page in range(count - 1):
        assert "邮件号" in pages.text(pdf, page)
        assert pages.collisions(pages.glyphs(pdf, page)) == []
    said = all_text(pdf)
    assert all(f"1234567890{100 + i}" in said for i in range(300))
    assert f"第{count}页共{count}页" in said
