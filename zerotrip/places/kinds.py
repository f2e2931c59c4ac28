"""What is recorded of divisions, organisations and places."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

DIVISIONS_IMPORTED = kind(
    "places.divisions_imported",
    zh="{actor} 导入行政区划（{edition} 版）：新增 {added}，变更 {changed}，停用 {closed}，未变 {unchanged}",
    en="{actor} imported the divisions of {edition}: {added} new, {changed} changed, {closed} closed",
    icon="map-pin",
)
DIVISION_RENAMED = kind(
    "places.division_renamed",
    zh="{actor} 将 {division} {old} 更名为 {new}",
    en="{actor} renamed {division} {old} to {new}",
    icon="map-pin",
)
ORGANISATION_OPENED = kind(
    "places.organisation_opened",
    zh="{actor} 登记机构 {organisation}",
    en="{actor} registered the organisation {organisation}",
    icon="building",
)
PLACE_OPENED = kind(
    "places.place_opened", zh="{actor} 启用场所 {place}", en="{actor} opened the place {place}", icon="map-pin"
)
HOURS_CHANGED = kind(
    "places.hours_changed",
    zh="{actor} 调整 {place} 的开放时间：{hours}",
    en="{actor} changed the opening hours of {place}: {hours}",
    icon="clock",
)
DAY_CHANGED = kind(
    "places.day_changed",
    zh="{actor} 调整 {place} {day} 的开放时间：{hours}（{reason}）",
    en="{actor} changed the hours of {place} on {day}: {hours} ({reason})",
    icon="clock",
)
PLACE_CLOSED = kind(
    "places.place_closed",
    zh="{actor} 停用场所 {place}：{reason}",
    en="{actor} closed the place {place}: {reason}",
    icon="circle-x",
)
