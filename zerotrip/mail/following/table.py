"""What a scan from outside means for one of our own pieces: the second table of its life, beside `mail.states.MAIL`.

People move a piece step by step, with evidence; the post's own trace may skip steps, but it never leaves an end and
never goes back in time. What is no row here is no fact: it contradicts what is known, and somebody must look.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from zerotrip.core.machine import Machine, transition
from zerotrip.core.roles import Role
from zerotrip.mail import codes, kinds
from zerotrip.mail.models import State
from zerotrip.mail.trace.rules import RULES

_ON_ITS_WAY: Final = (State.ACCEPTED, State.IN_TRANSIT, State.ARRIVED, State.OUT, State.UNDELIVERED)
_SYSTEM: Final = (Role.SYSTEM,)

OUTSIDE: Final = Machine(
    name="mail_outside",
    states={state.value: state.label for state in State},
    initial=State.REQUESTED,
    final=frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED}),
    transitions=(
        transition("accept", State.REQUESTED, State.ACCEPTED, roles=_SYSTEM, label=_("收寄")),
        transition("move", _ON_ITS_WAY, State.IN_TRANSIT, roles=_SYSTEM, label=_("运输")),
        transition("move", State.RETURNING, State.RETURNING, roles=_SYSTEM, label=_("运输")),
        transition("arrive", _ON_ITS_WAY, State.ARRIVED, roles=_SYSTEM, label=_("到达")),
        transition("arrive", State.RETURNING, State.RETURNING, roles=_SYSTEM, label=_("到达")),
        transition("go_out", _ON_ITS_WAY, State.OUT, roles=_SYSTEM, label=_("下段")),
        transition("fail", _ON_ITS_WAY, State.UNDELIVERED, roles=_SYSTEM, label=_("未妥投")),
        transition("go_back", _ON_ITS_WAY, State.RETURNING, roles=_SYSTEM, label=_("退回")),
        transition("sign", _ON_ITS_WAY, State.DELIVERED, roles=_SYSTEM, label=_("妥投")),
        transition("sign", State.RETURNING, State.RETURNED, roles=_SYSTEM, label=_("退回签收")),
        transition("return", (*_ON_ITS_WAY, State.RETURNING), State.RETURNED, roles=_SYSTEM, label=_("退回签收")),
        transition("cancel", State.ACCEPTED, State.CANCELLED, roles=_SYSTEM, label=_("撤销")),
    ),
)

_OF_STAGE: Final = {
    "accepted": "accept", "in_transit": "move", "arrived": "arrive", "out": "go_out", "undelivered": "fail",
    "returning": "go_back", "delivered": "sign", "returned": "return", "cancelled": "cancel",
}  # fmt: skip

VERBS: Final = {rule.code: _OF_STAGE[rule.stage] for rule in RULES.values()}
"""The verb of each operation code; a code nobody knows has none and tells nothing."""

RANK_OF_KIND: Final[dict[str, int]] = {
    kind.code: RULES[code].rank
    for kind, code in (
        (kinds.ACCEPTED, "345"), (kinds.DISPATCHED, "912"), (kinds.ARRIVED, codes.AT_PLACE), (kinds.OUT, codes.OUT),
        (kinds.ATTEMPT_FAILED, codes.FAILED), (kinds.LOST, codes.FAILED), (kinds.SENT_BACK, codes.SENT_BACK),
        (kinds.HANDED_IN, "748"), (kinds.DELIVERED, "748"), (kinds.RETURNED, codes.RETURNED),
        (kinds.CANCELLED, codes.CANCELLED),
    )
}  # fmt: skip
"""The kinds of entries that say where a piece is, with the highest rank of the scans that mean the same."""

ENDS: Final = frozenset({"sign", "return", "cancel"})
EVEN_LATE: Final = ENDS | {"go_back"}
"""What changes where a piece ends: it is followed also when later scans were followed before it."""
