"""What the papers of a case say: receipt, acceptance, correction, refusal, decision, withdrawal, the courier's slip.

Source: 行政许可法 (2019 text, in force 2019-04-23) 32, 38, 42, 44; 行政复议法 (2023 text, in force 2024-01-01) 20;
行政诉讼法 (2017 text) 46; 邮政法 (2015 text) 25; 快递暂行条例 (2019 text) 22, renumbered in 2025 and
therefore cited by what it says.
Confidence: A for the articles. The forms are ours: agencies that have a prescribed form use theirs.

Each function gives a `Paper`; `papers.paper_pdf` sets it. The articles named are those of licences; for an item under
another law pass its own as `bases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from zerotrip.core.clock import local
from zerotrip.documents.papers import Listing, Paper, Signature
from zerotrip.rules import mail_number
from zerotrip.rules.calendar_cn import day_zh

_LICENCE: Final = "《中华人民共和国行政许可法》"
ACCEPT: Final = (
    f"{_LICENCE}第三十二条第一款第五项：申请事项属于本行政机关职权范围，申请材料齐全、符合法定形式，或者申请人按照"
    "本行政机关的要求提交全部补正申请材料的，应当受理行政许可申请。",
    f"{_LICENCE}第三十二条第二款：行政机关受理或者不予受理行政许可申请，应当出具加盖本行政机关专用印章和注明日期的"
    "书面凭证。",
)
CORRECT: Final = (
    f"{_LICENCE}第三十二条第一款第四项：申请材料不齐全或者不符合法定形式的，应当当场或者在五日内一次告知申请人需要"
    "补正的全部内容，逾期不告知的，自收到申请材料之日起即为受理。",
)
REFUSE: Final = (
    f"{_LICENCE}第三十二条第一款第一项、第二项：申请事项依法不需要取得行政许可的，应当即时告知申请人不受理；申请事项"
    "依法不属于本行政机关职权范围的，应当即时作出不予受理的决定，并告知申请人向有关行政机关申请。",
    ACCEPT[1],
)
GRANT: Final = (
    f"{_LICENCE}第三十八条第一款：申请人的申请符合法定条件、标准的，行政机关应当依法作出准予行政许可的书面决定。",
    f"{_LICENCE}第四十四条：行政机关作出准予行政许可的决定，应当自作出决定之日起十日内向申请人颁发、送达行政许可证件。",
)
DENY: Final = (
    f"{_LICENCE}第三十八条第二款：行政机关依法作出不予行政许可的书面决定的，应当说明理由，并告知申请人享有依法申请"
    "行政复议或者提起行政诉讼的权利。",
)
COLLECT: Final = (
    "《中华人民共和国邮政法》第二十五条：邮政企业应当依法建立并执行邮件收寄验视制度。",
    "《快递暂行条例》关于寄件人如实提供姓名、地址、电话和寄递物品名称、性质、数量，以及收寄时查验、登记寄件人身份的规定。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """What every paper of one case has in common. `applicant` is the full name: the paper is addressed to them."""

    organ: str
    case_number: str
    item: str
    applicant: str
    applied_on: date
    case_url: str = ""
    picture_svg: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """One line of a list of papers: what it is, 原件 or 复印件, how many, and a remark."""

    name: str
    form: str = "原件"
    copies: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing to be corrected: in which material, what is wrong, what to do."""

    material: str
    problem: str
    remedy: str


def receipt(head: CaseHead, *, at: datetime, materials: Sequence[Material], by: str = "") -> Paper:
    """申请材料接收凭证: what was received and when. It says that it is no acceptance."""
    return _paper(
        head,
        "申请材料接收凭证",
        local(at).date(),
        paragraphs=(
            f"本单位于{_moment(at)}收到你（单位）办理“{head.item}”的申请材料，清单如下。",
            "本凭证仅表明材料已经收到；是否受理，由行政机关依法审查后另行告知。",
        ),
        lists=(_materials("收到的材料", materials),),
        signatures=(Signature("提交人"), Signature("接收人", by)),
    )


def acceptance(
    head: CaseHead,
    *,
    on: date,
    decide_by: date,
    promised_by: date | None = None,
    materials: Sequence[Material] = (),
    fee: str = "",
    delivery: str = "",
    bases: Sequence[str] = ACCEPT,
) -> Paper:
    """受理通知书: accepted on `on`, to be decided by `decide_by` by law, and by `promised_by` as promised."""
    promise = f"，并承诺于{day_zh(promised_by)}前办结" if promised_by and promised_by < decide_by else ""
    return _paper(
        head,
        "受理通知书",
        on,
        paragraphs=(
            f"你（单位）于{day_zh(head.applied_on)}提出的“{head.item}”申请收悉。经审查，申请事项属于本机关职权范围，"
            "申请材料齐全、符合法定形式，决定予以受理。",
            f"本机关将依法于{day_zh(decide_by)}前作出决定{promise}。依法需要听证、检验、检测、检疫、鉴定和专家评审的，"
            "所需时间不计算在内，并将另行书面告知。",
        ),
        facts=(*_facts(head), ("受理日期", day_zh(on)), ("收费", fee), ("结果送达", delivery)),
        lists=(_materials("已接收的申请材料", materials),),
        bases=bases,
    )


def correction(
    head: CaseHead,
    *,
    on: date,
    corrections: Sequence[Correction],
    reply_by: date | None = None,
    send_to: str = "",
    bases: Sequence[str] = CORRECT,
) -> Paper:
    """一次性补正告知书: everything to be corrected, told once. Raises ValueError when there is nothing."""
    if not corrections:
        raise ValueError("a correction notice names what is to be corrected")
    rows = [[str(i), c.material, c.problem, c.remedy] for i, c in enumerate(corrections, 1)]
    until = f"请于{day_zh(reply_by)}前补正；" if reply_by else "请及时补正；"
    by_post = f"纸质材料可以通过邮政寄交，无需到场：{send_to}。" if send_to else ""
    return _paper(
        head,
        "一次性补正告知书",
        on,
        paragraphs=(
            f"你（单位）于{day_zh(head.applied_on)}提出的“{head.item}”申请收悉。经审查，申请材料不齐全或者不符合法定形式，"
            "现将需要补正的全部内容一次告知如下。",
            f"{until}可以在网上提交。{by_post}",
        ),
        lists=(Listing("需要补正的全部内容", ("序号", "材料", "问题", "如何补正"), rows, (1, 3, 4, 4), (0,)),),
        bases=bases,
        signatures=(Signature("申请人签收"),),
    )


def refusal(
    head: CaseHead,
    *,
    on: date,
    reason: str,
    right_organ: str = "",
    bases: Sequence[str] = REFUSE,
    review_organ: str = "",
    court: str = "",
) -> Paper:
    """不予受理决定书: why, to whom to turn instead, and the ways to object."""
    turn = f"请向{right_organ}申请。" if right_organ else ""
    return _paper(
        head,
        "不予受理决定书",
        on,
        paragraphs=(
            f"你（单位）于{day_zh(head.applied_on)}提出的“{head.item}”申请收悉。经审查，{_sentence(reason)}"
            f"本机关决定不予受理。{turn}",
        ),
        facts=_facts(head),
        bases=bases,
        remedy=_remedy(review_organ, court),
        signatures=(Signature("申请人签收"),),
    )


def decision(
    head: CaseHead,
    *,
    on: date,
    granted: bool,
    reason: str = "",
    result: str = "",
    result_number: str = "",
    valid_until: date | None = None,
    delivery: str = "",
    bases: Sequence[str] | None = None,
    review_organ: str = "",
    court: str = "",
) -> Paper:
    """准予 or 不予 decision. A negative one needs its reason (行政许可法 38): raises ValueError without."""
    if not granted and not reason.strip():
        raise ValueError("a negative decision states its reason")
    outcome = (
        f"经审查，{_sentence(reason) if reason else '申请符合法定条件、标准。'}本机关决定准予。"
        if granted
        else f"经审查，{_sentence(reason)}本机关决定不予准许。"
    )
    return _paper(
        head,
        "准予决定书" if granted else "不予准许决定书",
        on,
        paragraphs=(f"你（单位）于{day_zh(head.applied_on)}提出的“{head.item}”申请，{outcome}",),
        facts=(
            *_facts(head),
            ("决定日期", day_zh(on)),
            ("证件名称", result),
            ("证件编号", result_number),
            ("有效期至", day_zh(valid_until) if valid_until else ""),
            ("结果送达", delivery),
        ),
        bases=bases if bases is not None else GRANT if granted else DENY,
        remedy="" if granted else _remedy(review_organ, court),
    )


def withdrawal(
    head: CaseHead, *, on: date, asked_on: date, reason: str = "", returned: Sequence[Material] = (), delivery: str = ""
) -> Paper:
    """撤回申请确认书: the applicant has withdrawn, the case ends, and which originals go back how."""
    because = f"（理由：{reason.strip().rstrip('。')}）" if reason.strip() else ""
    back = f"你（单位）提交的原件按下列清单退还{f'，{delivery}' if delivery else ''}。" if returned else ""
    return _paper(
        head,
        "撤回申请确认书",
        on,
        paragraphs=(
            f"你（单位）于{day_zh(asked_on)}提出撤回“{head.item}”申请{because}。本机关予以确认，本办件自即日起终止办理。"
            "撤回不影响你（单位）今后再次提出申请。",
            *((back,) if back else ()),
        ),
        facts=_facts(head),
        lists=(_materials("退还的材料", returned),),
    )


def collection_slip(
    head: CaseHead,
    *,
    at: datetime,
    number: str,
    materials: Sequence[Material],
    courier: str,
    outlet: str,
    deliver_to: str,
) -> Paper:
    """材料揽收清单: what the courier took from the applicant, checked against the list; `number` is the mail number."""
    mail_number.validate(number)
    return Paper(
        organ=outlet,
        title="材料揽收清单",
        number=mail_number.compact(number),
        on=local(at).date(),
        paragraphs=(f"揽投员于{_moment(at)}上门揽收下列材料，已逐件清点，并当面验视、封装。",),
        facts=(
            ("办件编号", head.case_number),
            ("事项名称", head.item),
            ("寄件人", head.applicant),
            ("送往", deliver_to),
        ),
        lists=(_materials("揽收的材料", materials),),
        sections=(("依据", COLLECT),),
        case_url=head.case_url,
        signed=False,
        signatures=(Signature("寄件人"), Signature("揽投员", courier)),
        barcode=True,
        foot=_foot(head, "材料揽收清单"),
    )


def _paper(
    head: CaseHead,
    title: str,
    on: date,
    *,
    paragraphs: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
    lists: Sequence[Listing] = (),
    bases: Sequence[str] = (),
    remedy: str = "",
    signatures: Sequence[Signature] = (),
) -> Paper:
    sections = (("法律依据", tuple(bases)), ("权利救济", (remedy,) if remedy else ()))
    return Paper(
        organ=head.organ,
        title=title,
        number=head.case_number,
        on=on,
        addressee=head.applicant,
        paragraphs=paragraphs,
        facts=facts,
        lists=lists,
        sections=sections,
        case_url=head.case_url,
        picture_svg=head.picture_svg,
        signatures=signatures,
        foot=_foot(head, title),
    )


def _facts(head: CaseHead) -> tuple[tuple[str, str], ...]:
    return (("办件编号", head.case_number), ("事项名称", head.item), ("申请人", head.applicant))


def _materials(title: str, materials: Sequence[Material]) -> Listing:
    rows = [[str(i), m.name, m.form, str(m.copies), m.note] for i, m in enumerate(materials, 1)]
    return Listing(title, ("序号", "材料名称", "形式", "份数", "备注"), rows, (1, 6, 1.6, 1, 2.4), (0, 2, 3))


def _remedy(review_organ: str, court: str) -> str:
    return (
        f"如不服本决定，可以自收到本决定书之日起六十日内向{review_organ or '有权的行政复议机关'}申请行政复议，"
        f"或者自收到本决定书之日起六个月内依法向{court or '有管辖权的人民法院'}提起行政诉讼。"
    )


def _sentence(words: str) -> str:
    return words.strip().rstrip("。；，") + "。"


def _moment(at: datetime) -> str:
    return f"{day_zh(local(at).date())}{local(at):%H:%M}"


def _foot(head: CaseHead, title: str) -> str:
    return f"{title}　{head.case_number}" + (f"　咨询：{head.contact}" if head.contact else "")
