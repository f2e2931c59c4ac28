"""What happens to timetables, and what is learnt about them."""

from zerotrip.ledger.kinds import kind

FEED_IMPORTED = kind(
    "network.feed_imported",
    zh="{actor} 导入了时刻表 {feed}：{stops} 个站点，{runs} 个班次",
    en="{actor} imported the timetable {feed}: {stops} stops, {runs} runs",
    icon="route",
)
FEED_ACTIVATED = kind(
    "network.feed_activated",
    zh="{actor} 启用了时刻表 {feed}，有效期 {first} 至 {last}",
    en="{actor} put the timetable {feed} into use, valid from {first} to {last}",
    icon="route",
)
FEED_RETIRED = kind(
    "network.feed_retired",
    zh="{actor} 停用了时刻表 {feed}",
    en="{actor} retired the timetable {feed}",
    icon="route",
)
OBSERVED = kind(
    "network.observed",
    zh="从轨迹学习了 {count} 次到达、处理和投递的准点情况",
    en="Learnt from {count} scans how punctual arrivals, sorting and deliveries were",
    icon="activity",
)
OUTCOMES_ADDED = kind(
    "network.outcomes_added",
    zh="计入了 {count} 件承诺的结果",
    en="Counted how {count} promises ended",
    icon="activity",
)
