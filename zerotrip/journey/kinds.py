"""What is recorded of coverage."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

COVERAGE_ASKED = kind(
    "journey.coverage_asked",
    zh="{actor} 发起了全省覆盖计算（办事起点 {start}）",
    en="{actor} asked for the coverage of the province (errands begun {start})",
    icon="map-2",
)
COVERAGE_STOP_ASKED = kind(
    "journey.coverage_stop_asked",
    zh="{actor} 要求暂停覆盖计算（已完成 {done}/{total} 个乡镇）",
    en="{actor} asked to stop the coverage computation ({done} of {total} townships done)",
    icon="map-2",
)
COVERAGE_STOPPED = kind(
    "journey.coverage_stopped",
    zh="覆盖计算已暂停，完成 {done}/{total} 个乡镇",
    en="The coverage computation stopped at {done} of {total} townships",
    icon="map-2",
)
COVERAGE_CONTINUED = kind(
    "journey.coverage_continued",
    zh="{actor} 继续覆盖计算，从 {done}/{total} 个乡镇开始",
    en="{actor} continued the coverage computation from {done} of {total} townships",
    icon="map-2",
)
COVERAGE_DONE = kind(
    "journey.coverage_done",
    zh="覆盖计算完成：{total} 个乡镇、{items} 个事项，用时 {seconds} 秒",
    en="Coverage computed: {total} townships, {items} items, in {seconds} seconds",
    icon="map-2",
)
COVERAGE_FAILED = kind(
    "journey.coverage_failed",
    zh="覆盖计算中断：{problem}",
    en="The coverage computation broke off: {problem}",
    icon="alert-triangle",
)
STATIONS_SOUGHT = kind(
    "journey.stations_sought",
    zh="{actor} 测算新增 {count} 个“{service}”站点的位置",
    en="{actor} asked where to open {count} stations with {service}",
    icon="map-pin",
)
