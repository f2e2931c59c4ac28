"""The hall desk binds the result to a mail piece; what the post then does moves the case by itself."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.common import close, lock, reason_of, save, step, tell
from zerotrip.cases.actions.decide import _received
from zerotrip.cases.models import Case
from zerotrip.cases.states import CASES
from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action
from zerotrip.mail import actions as mail
from zerotrip.mail.bags import seals
from zerotrip.mail.models import Consignment

OPEN = ("requested", "accepted", "in_transit", "arrived", "out", "undelivered", "returning")


def contents_of(case: Case) -> list[tuple[str, int]]:
    """What goes into the envelope: the result or notice, and the applicant's originals where we hold them."""
    name = {
        "granted": case.version.result_name or _("办理结果"),
        "refused": _("不予许可决定书"),
        "not_accepted": _("不予受理决定书"),
        "withdrawn": _("撤回申请回执"),
    }[case.outcome]
    papers = [(name, 1)]
    if case.holds_papers:
        papers += [
            (row.name, max(1, row.originals))
            for row in case.materials.all()
            if row.received_at and row.originals and row.route in {"original", "hand"}
        ]
    return papers


@action("cases.bind", roles=CASES.roles("bind"))
def bind(
    number: str, *, certificate_number: str, seal: str, mail_number: str = "", actor: Actor, at: datetime
) -> Consignment:
    """Bind certificate ↔ seal of the pouch ↔ mail label by their bar codes; the piece is then in the hall's custody.

    A blank `mail_number` takes the next one. Raises BadInput for what is no seal, Conflict when the scanned result
    belongs to another case, the seal was ever used, or papers to be returned have not arrived. Nothing happens then.
    """
    case = lock(number, actor)
    CASES.row(case.state, "bind")
    scanned = "".join(certificate_number.split()).upper()
    if case.certificate_number and scanned != case.certificate_number:
        raise Conflict(
            _("扫描的证照编号 {scanned} 与办件登记的 {known} 不一致。请核对是否拿错了证照，不要寄出。").format(
                scanned=scanned or "—", known=case.certificate_number
            )
        )
    number_of_seal = seals.checked(seal)
    if number_of_seal == scanned:
        sentence = _("封签号与证照编号相同：扫到的可能是同一个条码。请扫描封签上的条码。")
        raise BadInput(sentence, fields={"seal": [sentence]})
    if case.result_route == "collect" and case.outcome in {"granted", "refused"}:
        raise Conflict(_("申请人选择到大厅领取，请按“当面领取”办理。"))
    _nothing_under_way(case)
    piece = mail.order(
        purpose="result" if case.outcome in {"granted", "refused"} else "papers",
        reference=case.number,
        sender_place=case.hall,
        recipient=case.contact,
        papers=contents_of(case),
        pickup=None,
        actor=actor,
        at=at,
    )
    piece = mail.accept(
        piece.pk, number=mail_number, place_code=case.hall.code, seal=number_of_seal, actor=actor, at=at
    )
    step(case, "bind")
    save(case)
    tell(
        kinds.BOUND,
        case,
        at_hall=True,
        mail=piece.number,
        certificate=case.certificate_number,
        seal=number_of_seal,
    )
    return piece


def _nothing_under_way(case: Case) -> None:
    """Papers that are still coming to the hall must arrive before they can be sent back."""
    if Consignment.objects.filter(reference=case.number, purpose="materials", state__in=OPEN).exists():
        raise Conflict(_("申请人的材料还在送来的途中，请等材料到大厅后一并寄还。"))


@action("cases.unbind", roles=CASES.roles("unbind"))
def unbind(number: str, *, reason: str, actor: Actor, at: datetime) -> Case:
    """Open the pouch again before it is dispatched: its mail number is cancelled, its seal void with the reason."""
    case = lock(number, actor)
    step(case, "unbind")
    why = reason_of(reason)
    for piece in Consignment.objects.filter(reference=case.number, state="accepted").exclude(purpose="materials"):
        mail.cancel(piece.pk, reason=why, actor=actor, at=at)
    save(case)
    tell(kinds.UNBOUND, case, at_hall=True, reason=why)
    return case


@action("cases.papers_came", roles={Role.SYSTEM})
def papers_came(number: str, *, actor: Actor, at: datetime) -> Case:
    """The piece was handed in at the window: the case is received, or a withdrawn one has its papers to return."""
    case = lock(number, actor)
    case.holds_papers = True
    if case.state == "applied":
        step(case, "receive")
        return _received(case, at)
    save(case, "holds_papers")
    tell(kinds.RECEIVED, case, at_window=True)
    return case


@action("cases.send", roles=CASES.roles("send"))
def send(number: str, *, actor: Actor, at: datetime) -> Case:
    """The piece left the hall."""
    case = lock(number, actor)
    step(case, "send")
    case.sent_at = at
    save(case, "sent_at")
    tell(kinds.SENT, case)
    return case


@action("cases.close_delivered", roles=CASES.roles("deliver"))
def close_delivered(number: str, *, actor: Actor, at: datetime) -> Case:
    """The piece was signed for: the case closes itself."""
    case = lock(number, actor)
    step(case, "deliver")
    return close(case, at)


@action("cases.come_back", roles=CASES.roles("come_back"))
def come_back(number: str, *, actor: Actor, at: datetime) -> Case:
    """The piece came back to the hall, which now owns what happens next."""
    case = lock(number, actor)
    step(case, "come_back")
    save(case)
    tell(kinds.RETURNED, case, at_hall=True)
    return case
