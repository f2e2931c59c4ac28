"""What the template of the route picture needs: words, icons and classes for every station and leg."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zerotrip.core.picture import Leg, Picture, Station

ICONS = {"person": "walk", "post": "truck-delivery", "data": "cloud-data-connection"}


def carriers() -> dict[str, str]:
    """The words for who or what travels."""
    return {"person": _("人跑"), "post": _("邮政跑"), "data": _("数据跑")}


def _leg_words(leg: Leg) -> str:
    if leg.state == "skipped":
        return {"person": _("这一趟不用跑"), "post": _("这一段不用寄"), "data": _("这一段不用传")}[leg.kind]
    return {"done": _("已走完"), "now": _("正在途中"), "planned": _("还未开始"), "failed": _("未成功")}[leg.state]


def _station_words(station: Station) -> str:
    return {"done": _("已完成"), "now": _("现在在这里"), "planned": _("还未到"), "failed": _("未成功")}[station.state]


def _size(picture: Picture) -> str:
    """How wide a page must be before the line lies flat: by the number of legs."""
    count = len(picture.legs)
    return "s" if count <= 3 else "m" if count == 4 else "l" if count <= 6 else "xl"


def context(picture: Picture, *, compact: bool = False, title: bool = True, mini: bool = False) -> dict[str, Any]:
    """The template context of one picture. The parts are in the order of travel, stations and legs alternating."""
    now, names = picture.now, carriers()
    parts = []
    for index, part in enumerate(picture.parts):
        here = index == now
        row: dict[str, Any] = {"part": part, "here": here, "state": part.state}
        if isinstance(part, Leg):
            at = round((picture.progress if picture.progress is not None else 0.5) * 10) * 10 if here else 50
            row |= {
                "leg": True,
                "icon": {"failed": "alert-triangle"}.get(part.state, ICONS[part.kind]),
                "carrier": names[part.kind],
                "words": _leg_words(part),
                "at": min(max(at, 20), 80),
            }
        else:
            following = picture.legs[index // 2] if index // 2 < len(picture.legs) else None
            row |= {"leg": False, "words": _station_words(part), "next": following}
        parts.append(row)
    trips, promised = picture.trips, picture.trips_promised
    extra = trips - (promised or 0)
    return {
        "picture": picture,
        "parts": parts,
        "size": _size(picture),
        "compact": compact,
        "mini": mini,
        "title": picture.title if title else "",
        "legend": [{"kind": kind, "name": names[kind], "icon": ICONS[kind]} for kind in picture.kinds],
        "trips_words": ngettext("{n} 次", "{n} 次", trips).format(n=trips),
        "promised_words": None
        if promised is None
        else _("承诺不用出门")
        if promised == 0
        else ngettext("承诺至多 {n} 次", "承诺至多 {n} 次", promised).format(n=promised),
        "extra_words": ngettext("比承诺多 {n} 次", "比承诺多 {n} 次", extra).format(n=extra),
        "kept": promised is not None and trips <= promised,
        "late": bool(
            picture.promise and picture.forecast and picture.promise.at and picture.forecast.at
            and picture.forecast.at > picture.promise.at
        ),
    }  # fmt: skip
