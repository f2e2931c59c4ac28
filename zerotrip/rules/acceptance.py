"""Taking a piece into the mail: whose identity is checked, what is written down, what is inspected.

Source: 邮政法 (2015) 25 (inspection; a letter may be opened only by request and never read; who refuses is refused),
55 (official documents of state organs only by the postal enterprise); 快递条例 (2018) 22 (record of sender and
addressee, identity checked except letters and agreement customers; no other identity data on the waybill), 31 (mark
of inspection); 实名收寄管理办法 (交通运输部令2018年第24号, in force 2018-10-22); 反恐怖主义法 20; 快递市场管理办法
(交通运输部令2023年第22号, in force 2024-03-01) on lockers.
Confidence: A for the postal law and 快递条例, B for
实名收寄 and lockers.

>>> from datetime import date
>>> sender = Sender(IdType.RESIDENT_ID, "11010519491231002X", "张三", original_seen=True)
>>> check_sender(sender, today=date(2026, 11, 23))
[]
>>> found = check_contents({"营业执照副本": 1, "申请表": 2}, {"申请表": 1, "公章": 1})
>>> [(finding.code.rpartition(".")[2], finding.field) for finding in found]
[('missing', '营业执照副本'), ('fewer', '申请表'), ('extra', '公章')]
>>> allow_locker(Contents.CERTIFICATE), allow_locker(Contents.GOODS)
(False, True)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from zerotrip.rules import other_id, person_name, uscc
from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import NotPermitted, RuleError
from zerotrip.rules.findings import Finding, Severity
from zerotrip.rules.id_types import IdType

REAL_NAME = "实名收寄管理办法（交通运输部令2018年第24号）"
WAYBILL = "快递条例第二十二条"
INSPECT = "邮政法第二十五条"
OFFICIAL = "邮政法第五十五条"

ACCEPTED_IDS = frozenset(
    {
        IdType.RESIDENT_ID,
        IdType.TEMPORARY_RESIDENT_ID,
        IdType.MILITARY_OFFICER,
        IdType.ARMED_POLICE,
        IdType.HK_MACAO_RESIDENCE_PERMIT,
        IdType.TAIWAN_RESIDENCE_PERMIT,
        IdType.HK_MACAO_TRAVEL_PERMIT,
        IdType.TAIWAN_TRAVEL_PERMIT,
        IdType.PASSPORT,
        IdType.FOREIGN_PERMANENT_RESIDENT,
        IdType.OTHER,
    }
)
"""Documents with which a sender may identify himself; a household register is not one of them."""


class Contents(CodeList):
    """What is in a piece, as far as the rules treat it differently."""

    LETTER = "letter", "信件", "letter"
    APPLICATION = "application", "申请材料", "application papers"
    CERTIFICATE = "certificate", "证照", "licence or certificate"
    COURT = "court", "法律文书", "court document"
    OFFICIAL = "official", "国家机关公文", "official document of a state organ"
    SIM_CARD = "sim_card", "电话卡", "SIM card"
    GOODS = "goods", "物品", "goods"


@dataclass(frozen=True)
class Sender:
    """Who hands a piece over; for an organisation ``organisation_code`` is its own, the document its agent's."""

    id_type: IdType
    id_number: str
    name: str
    original_seen: bool
    organisation_code: str = ""
    by_organisation: bool = False


def check_sender(sender: Sender, *, today: date) -> list[Finding]:
    """Why this sender cannot be accepted: kind of document, number, name, original not seen, organisation's code."""
    findings = []
    if sender.id_type not in ACCEPTED_IDS:
        findings.append(
            _error(
                "acceptance.sender.kind",
                "id_type",
                f"{sender.id_type.zh}不能用于实名收寄，请出示居民身份证、护照、通行证等有效身份证件。",
                f"A {sender.id_type.en} does not do for sending mail; please show an ID card, passport or travel "
                "permit.",
                REAL_NAME,
            )
        )
    elif problem := _problem(lambda: other_id.validate(sender.id_number, sender.id_type, today=today)):
        findings.append(_error("acceptance.sender.number", "id_number", problem.zh, problem.en, REAL_NAME))
    if problem := _problem(lambda: person_name.validate(sender.name, on_document=sender.original_seen)):
        findings.append(_error("acceptance.sender.name", "name", problem.zh, problem.en, REAL_NAME))
    if not sender.original_seen:
        findings.append(
            _error(
                "acceptance.sender.original",
                "original_seen",
                "须当面查验寄件人身份证件原件；拒绝出示的，不予收寄。",
                "The sender's original document must be seen; who refuses to show it is refused.",
                REAL_NAME,
            )
        )
    if sender.by_organisation and (problem := _problem(lambda: uscc.validate(sender.organisation_code))):
        findings.append(
            _error("acceptance.sender.organisation", "organisation_code", problem.zh, problem.en, REAL_NAME)
        )
    return findings


def identity_needed(contents: Contents, *, agreement_customer: bool = False) -> bool:
    """Whether the sender's identity must be checked: always, except for letters and security-agreement customers."""
    return not (contents is Contents.LETTER or agreement_customer)


WAYBILL_FIELDS: Mapping[str, tuple[str, str]] = {
    "sender_name": ("寄件人姓名", "sender's name"),
    "sender_address": ("寄件人地址", "sender's address"),
    "sender_phone": ("寄件人电话", "sender's phone"),
    "addressee_name": ("收件人姓名", "addressee's name"),
    "addressee_address": ("收件人地址", "addressee's address"),
    "addressee_phone": ("收件人电话", "addressee's phone"),
    "contents_name": ("寄递物品名称", "name of the contents"),
    "contents_nature": ("寄递物品性质", "nature of the contents"),
    "contents_quantity": ("寄递物品数量", "quantity of the contents"),
}
"""What a waybill must hold (快递条例 22); no other identity data may stand on it."""

_IDENTITY_FIELDS = frozenset({"id_number", "id_type", "birth_date", "sex", "nationality", "ethnic_group"})


def check_waybill(record: Mapping[str, object]) -> list[Finding]:
    """What is missing on a waybill, and identity data that may not stand on it.

    >>> [finding.code for finding in check_waybill(dict.fromkeys(WAYBILL_FIELDS, "x") | {"id_number": "1"})]
    ['acceptance.waybill.identity']
    """
    findings = [
        _error(
            "acceptance.waybill.missing",
            field,
            f"面单缺少{zh}，请补充后再收寄。",
            f"The waybill lacks the {en}; please add it before accepting the piece.",
            WAYBILL,
        )
        for field, (zh, en) in WAYBILL_FIELDS.items()
        if not str(record.get(field) or "").strip()
    ]
    findings += [
        _error(
            "acceptance.waybill.identity",
            field,
            "面单上不得出现除姓名、地址、电话以外的身份信息，请删除。",
            "A waybill may hold no identity data besides name, address and phone; please remove it.",
            WAYBILL,
        )
        for field in sorted(_IDENTITY_FIELDS & record.keys())
        if record[field]
    ]
    return findings


def check_contents(listed: Mapping[str, int], found: Mapping[str, int]) -> list[Finding]:
    """The differences between the material list and what lies in the envelope, in the order of the list.

    Missing and fewer pieces, and pieces not on the list, are errors: the list or the contents must be put right first.
    """
    findings = []
    for name, count in listed.items():
        have = found.get(name, 0)
        if have == count:
            continue
        if have == 0:
            code, zh, en = (
                "missing",
                f"清单上的“{name}”（{count}份）不在邮件内",
                f"“{name}” ({count}) is on the list but absent",
            )
        elif have < count:
            code, zh, en = "fewer", f"“{name}”应有{count}份，实有{have}份", f"“{name}”: {count} listed, {have} found"
        else:
            code, zh, en = "more", f"“{name}”清单为{count}份，实有{have}份", f"“{name}”: {count} listed, {have} found"
        findings.append(_contents(code, name, zh, en))
    findings += [
        _contents("extra", name, f"“{name}”（{count}份）不在清单上", f"“{name}” ({count}) is not on the list")
        for name, count in found.items()
        if name not in listed and count
    ]
    return findings


def check_inspection(contents: Contents, *, inspected: bool, refused: bool = False) -> None:
    """`NotPermitted` if the piece was not inspected or the sender refused; a letter need not be inspected."""
    if refused:
        raise NotPermitted(
            "寄件人拒绝验视，不予收寄。",
            "The sender refuses inspection; the piece cannot be accepted.",
            article=INSPECT,
        )
    if not inspected and contents is not Contents.LETTER:
        raise NotPermitted(
            "邮件须当面验视内件后方可收寄，请验视并登记。",
            "The contents must be inspected before the piece is accepted; please inspect and record it.",
            article=INSPECT,
        )


def check_carrier(contents: Contents, *, postal_enterprise: bool) -> None:
    """`NotPermitted` if another carrier than the postal enterprise is to carry an official document."""
    if contents is Contents.OFFICIAL and not postal_enterprise:
        raise NotPermitted(
            "国家机关公文只能由邮政企业寄递，请改由邮政企业承运。",
            "Official documents of state organs may be carried by the postal enterprise only; please give them to it.",
            article=OFFICIAL,
        )


def allow_locker(contents: Contents, *, consented: bool = True) -> bool:
    """Whether the piece may be left in a locker or at a pick-up point.

    Never for application papers, certificates, official and court documents and SIM cards; else only with the
    addressee's consent.
    """
    return consented and contents in {Contents.LETTER, Contents.GOODS}


def _contents(code: str, name: str, zh: str, en: str) -> Finding:
    return _error(
        f"acceptance.contents.{code}",
        name,
        f"{zh}，请与寄件人核对后更正清单或内件。",
        f"{en}; please settle it with the sender and put the list or the contents right.",
        INSPECT,
    )


def _error(code: str, field: str, zh: str, en: str, source: str) -> Finding:
    return Finding(code, field, zh, en, Severity.ERROR, source)


def _problem(check: Callable[[], object]) -> RuleError | None:
    try:
        check()
    except RuleError as error:
        return error
    return None
