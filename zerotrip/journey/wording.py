"""Plans in words: modes, nets, times, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from zerotrip.catalog import codes
from zerotrip.core.clock import local
from zerotrip.core.words import listed
from zerotrip.places.wording import WEEKDAYS
from zerotrip.rules.calendar_cn import packaged

HOME_NAME = gettext_lazy("家")

NETS: dict[str, str | Promise] = {
    "city": gettext_lazy("同城"),
    "province": gettext_lazy("省内"),
    "national": gettext_lazy("省际"),
}
LEGS: dict[str, str | Promise] = {
    "person": pgettext_lazy("leg", "本人"),
    "post": gettext_lazy("邮寄"),
    "data": gettext_lazy("数据"),
}


def mode_name(mode: str) -> str:
    """办理方式 in the language of the reader."""
    return codes.label(codes.MODE, mode)


def paper_names(papers: Iterable[str]) -> str:
    """Papers in words: 申请材料原件、旧证（牌）."""
    return listed(codes.label(codes.PAPER, paper) for paper in papers)


def when(at: datetime) -> str:
    """A moment as people say it: 11月26日 周四 17:00."""
    wall = local(at)
    return _("{month}月{day}日 {weekday} {clock}").format(
        month=wall.month, day=wall.day, weekday=WEEKDAYS[wall.weekday()], clock=f"{wall:%H:%M}"
    )


def postage_name(net: str, pieces: int) -> str:
    """The name of a part of the price: 邮寄费（省内，2 件）."""
    return _("邮寄费（{net}，{n} 件）").format(net=NETS.get(net, net), n=pieces)


def provisional_note(at: datetime) -> str:
    """The sentence to show when a time lies past the published holidays; empty when it does not."""
    told = packaged().forecast(local(at).date())
    return told.en if (get_language() or "").startswith("en") else told.zh
