"""How far an uploaded paper may be trusted: grades A to D, and the watermark each carries.

Source: 国办函〔2016〕108号 “互联网＋政务服务”技术体系建设指南.
Confidence: C. Our own reading, K: what a courier scans on the way is graded C until a window has compared it with the
original.

>>> from datetime import date
>>> grade_for(Origin.COURIER_SCAN).zh, needs_original(Grade.C), may_be_reused(Grade.B)
('用户上传，须核对原件', True, True)
>>> watermark(Grade.A, organ="南昌市公安局", until=date(2027, 1, 31))
'此件由南昌市公安局提供，仅供办理政务服务事项时使用，有效期至2027年1月31日'
>>> after_comparison(Grade.C)
<Grade.B: 'B'>
"""

from datetime import date

from zerotrip.rules.calendar_cn import day_zh
from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidFormat


class Grade(CodeList):
    """The grade of an electronic paper."""

    A = "A", "机构出具，可直接使用", "issued by an agency under electronic seal, used as it is"
    B = "B", "窗口已核对原件，可重复使用", "compared with the original by window staff, may be used again"
    C = "C", "用户上传，须核对原件", "uploaded by the applicant, to be compared with the original"
    D = "D", "用户自制，由用户负责", "made by the applicant, who answers for it"


class Origin(CodeList):
    """Where an electronic paper came from."""

    ISSUED = "issued", "机构签发（电子签章）", "issued under electronic seal"
    WINDOW_SCAN = "window_scan", "窗口核对原件后扫描", "scanned at the window beside the original"
    COURIER_SCAN = "courier_scan", "揽收时扫描", "scanned by the courier"
    UPLOAD = "upload", "申请人上传证照复印件", "a document uploaded by the applicant"
    SELF_MADE = "self_made", "申请人自制", "made by the applicant"


_GRADES = {
    Origin.ISSUED: Grade.A,
    Origin.WINDOW_SCAN: Grade.B,
    Origin.COURIER_SCAN: Grade.C,
    Origin.UPLOAD: Grade.C,
    Origin.SELF_MADE: Grade.D,
}


def grade_for(origin: Origin) -> Grade:
    """The grade a paper of this origin starts with."""
    return _GRADES[origin]


def after_comparison(grade: Grade) -> Grade:
    """The grade once window staff have compared the paper with the original: C becomes B, the others stay."""
    return Grade.B if grade is Grade.C else grade


def needs_original(grade: Grade) -> bool:
    """Whether the original must still be seen."""
    return grade is Grade.C


def may_be_reused(grade: Grade) -> bool:
    """Whether the paper may serve another case without being asked for again."""
    return grade in {Grade.A, Grade.B}


def watermark(grade: Grade, *, organ: str = "", until: date | None = None) -> str:
    """The watermark of the grade; empty for C and D. Grade A needs the organ and the last day of validity."""
    if grade is Grade.A:
        if not organ or until is None:
            raise InvalidFormat(
                "A级材料的水印须有出具机构和有效期。", "The watermark of grade A names the organ and validity."
            )
        return f"此件由{organ}提供，仅供办理政务服务事项时使用，有效期至{day_zh(until)}"
    return "此件经与原件核对无误，仅供办理政务服务事项时使用" if grade is Grade.B else ""
