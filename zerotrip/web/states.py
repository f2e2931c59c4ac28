"""How a state looks: a tone (colour), an icon, and words for the commonest states.

A room that has its own words passes a member of its TextChoices (its label is shown) or gives the label itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TONES: dict[str, str] = {
    "plain": "circle-dashed",
    "wait": "hourglass",
    "go": "player-play",
    "move": "truck-delivery",
    "good": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "off": "archive",
}
"""Tone and its usual icon: grey, blue, green, green, green, amber, red, quiet grey."""


@dataclass(frozen=True, slots=True)
class Look:
    """A state as it is shown."""

    label: str | Promise
    tone: str
    icon: str


_KNOWN: dict[str, tuple[str, str, str | Promise]] = {
    # state: tone, icon ("" = the tone's), words
    "draft": ("plain", "pencil", _("草稿")),
    "planned": ("plain", "", _("计划中")),
    "created": ("plain", "", _("已创建")),
    "submitted": ("wait", "send", _("已提交")),
    "requested": ("wait", "", _("待确认")),
    "pending": ("wait", "", _("待处理")),
    "open": ("wait", "", _("待处理")),
    "checking": ("wait", "search", _("核验中")),
    "received": ("go", "package-import", _("已收到")),
    "correction": ("warn", "edit", _("待补正")),
    "correction_requested": ("warn", "edit", _("待补正")),
    "accepted": ("go", "clipboard-check", _("已受理")),
    "reviewing": ("go", "eye", _("审查中")),
    "in_review": ("go", "eye", _("审查中")),
    "decided": ("go", "gavel", _("已决定")),
    "approved": ("good", "", _("准予")),
    "produced": ("go", "certificate", _("已出证")),
    "collected": ("move", "package-import", _("已揽收")),
    "dispatched": ("move", "package-export", _("已寄出")),
    "in_transit": ("move", "truck", _("运输中")),
    "out_for_delivery": ("move", "truck-delivery", _("派送中")),
    "delivered": ("good", "mail-opened", _("已妥投")),
    "done": ("good", "", _("已完成")),
    "closed": ("good", "checks", _("已办结")),
    "published": ("good", "", _("已发布")),
    "active": ("good", "", _("有效")),
    "attempt_failed": ("warn", "", _("投递未成")),
    "failed": ("bad", "", _("未成功")),
    "returned": ("warn", "truck-return", _("已退回")),
    "returning": ("warn", "truck-return", _("退回中")),
    "refused": ("bad", "hand-stop", _("不予受理")),
    "rejected": ("bad", "", _("不予许可")),
    "lost": ("bad", "alert-triangle", _("丢失")),
    "exception": ("bad", "alert-triangle", _("异常")),
    "withdrawn": ("off", "arrow-back-up", _("已撤回")),
    "cancelled": ("off", "", _("已取消")),
    "expired": ("off", "clock", _("已失效")),
    "paused": ("wait", "player-pause", _("已暂停")),
}


def look(state: Any, *, label: str | Promise = "", tone: str = "") -> Look:
    """The look of `state`: its own label and tone if it has them, then the known ones, then grey.

    Raises ValueError for a tone that does not exist.
    """
    code = str(getattr(state, "value", state) or "")
    known_tone, icon, words = _KNOWN.get(code, ("plain", "", code))
    chosen = str(tone or getattr(state, "tone", "") or known_tone)
    if chosen not in TONES:
        raise ValueError(f"no tone {chosen!r}; there are {', '.join(TONES)}")
    if chosen != known_tone:
        icon = ""
    return Look(label or getattr(state, "label", "") or words, chosen, icon or TONES[chosen])
