"""How long a piece may go without a scan, by the stage of its trace and by net.

Packaged: handbook 7.3 (主动客服: no scan for 24 hours; arrived and not out for more than a day); the others are values
of ours, 配置值，待核. Every hour counts, Sundays too, since the post carries every day; before a piece has left, only
hours of working days count, since halls and windows are closed on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail import kinds
from zerotrip.mail.models import Net, SilenceLimit, State, Watched
from zerotrip.rules.calendar_cn import packaged

NETS: Final = ("", *Net.values)
LONGEST: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Limit:
    """Hours without a scan; with `working_days` only those of working days count."""

    hours: int
    working_days: bool = False

    def cutoff(self, at: datetime) -> datetime:
        """A piece whose last scan lies before this moment has been silent for too long at `at`."""
        if not self.working_days:
            return at - timedelta(hours=self.hours)
        calendar, left, moment = packaged().tentative(), timedelta(hours=self.hours), at
        while True:
            here = local(moment)
            midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
            day = midnight.date() if here > midnight else midnight.date() - timedelta(days=1)
            begins = midnight if here > midnight else midnight - timedelta(days=1)
            if day >= calendar.first and calendar.is_off(day):
                moment = begins
                continue
            if moment - begins >= left:
                return moment - left
            left -= moment - begins
            moment = begins


PACKAGED: Final[Mapping[tuple[str, str], Limit]] = {
    (State.ACCEPTED.value, ""): Limit(24, working_days=True),
    (State.IN_TRANSIT.value, ""): Limit(24),
    (State.IN_TRANSIT.value, Net.NATIONAL.value): Limit(48),
    (State.ARRIVED.value, ""): Limit(24),
    (State.OUT.value, ""): Limit(24),
    (State.UNDELIVERED.value, ""): Limit(48),
    (State.RETURNING.value, ""): Limit(72),
}
"""By stage and net; "" stands for every net that has no row of its own."""


def limits() -> dict[tuple[str, str], Limit]:
    """The limit of every stage and net as they are in force: what was set goes before what is packaged."""
    own = {(row.stage, row.net): Limit(row.hours, row.working_days) for row in SilenceLimit.objects.all()}
    stages = {stage for stage, _net in (*PACKAGED, *own)}
    found = {}
    for stage in stages:
        for net in NETS:
            keys = ((own, (stage, net)), (PACKAGED, (stage, net)), (own, (stage, "")), (PACKAGED, (stage, "")))
            limit = next((table[key] for table, key in keys if key in table), None)
            if limit is not None:
                found[stage, net] = limit
    return found


@action("mail.set_silence_limit", roles={Role.SYSTEM_ADMIN, Role.BRANCH_MANAGER})
def set_limit(
    stage: str, net: str = "", *, hours: int, working_days: bool = False, actor: Actor, at: datetime
) -> SilenceLimit:
    """Change how long a piece may be silent in a stage ("" is every net). Raises BadInput."""
    if (stage, "") not in PACKAGED or net not in NETS:
        raise BadInput(_("没有这个状态或网别的提醒时限。"), fields={"stage": [_("请从列表中选择。")]})
    if not 1 <= hours <= LONGEST:
        sentence = _("提醒时限应为 1 至 {n} 小时。").format(n=LONGEST)
        raise BadInput(sentence, fields={"hours": [sentence]})
    row, _made = SilenceLimit.objects.update_or_create(
        stage=stage, net=net, defaults={"hours": hours, "working_days": working_days}
    )
    Watched.objects.filter(look_at__gt=at).update(look_at=at)  # a shorter limit holds at once
    name = str(Net(net).label) if net else _("所有网别")
    record(kinds.SILENCE_LIMIT_SET, row, state=str(State(stage).label), net=name, hours=hours)
    return row
