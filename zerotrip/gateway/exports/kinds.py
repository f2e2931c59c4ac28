"""What is recorded of exports and of what the provincial portal was told. No personal data: counts, days, reasons."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

EXPORT_ASKED = kind(
    "gateway.export_asked",
    zh="{actor} 导出 {first} 至 {last} 的办件（{form}，{how}）",
    en="{actor} asked for an export of the cases of {first} to {last} ({form}, {how_en})",
    icon="download",
)
FULL_EXPORT_ASKED = kind(
    "gateway.full_export_asked",
    zh="{actor} 导出 {first} 至 {last} 的办件，含完整个人信息，理由：{reason}",
    en="{actor} asked for an export of the cases of {first} to {last} with personal data in full; reason: {reason}",
    icon="eye",
)
EXPORT_DONE = kind(
    "gateway.export_done",
    zh="{first} 至 {last} 的导出完成：{cases} 个办件，{rows} 行",
    en="The export of {first} to {last} is done: {cases} cases, {rows} rows",
    icon="circle-check",
)
EXPORT_FAILED = kind(
    "gateway.export_failed",
    zh="{first} 至 {last} 的导出没有完成：{problem}",
    en="The export of {first} to {last} failed: {problem}",
    icon="circle-x",
)
EXPORT_STOPPED = kind(
    "gateway.export_stopped",
    zh="{actor} 停止了 {first} 至 {last} 的导出",
    en="{actor} stopped the export of {first} to {last}",
    icon="player-pause",
)
EXPORT_READ = kind(
    "gateway.export_read",
    zh="{actor} 下载了 {first} 至 {last} 的导出文件（{how}）",
    en="{actor} downloaded the export of {first} to {last} ({how_en})",
    icon="download",
)
EXPORT_CLEARED = kind(
    "gateway.export_cleared",
    zh="{first} 至 {last} 的导出文件已到期清除",
    en="The file of the export of {first} to {last} was removed after its time",
    icon="trash",
)
PORTAL_TOLD = kind(
    "gateway.portal_told",
    zh="向省平台报送办件 {case} 的 {rows} 行（{tables}），依据：{basis}；已接收 {accepted} 行，退回 {rejected} 行",
    en="Told the provincial portal {rows} rows of the case {case} ({tables}); basis: {basis};"
    " {accepted} accepted, {rejected} rejected",
    icon="send",
)
PORTAL_ASKED_AGAIN = kind(
    "gateway.portal_asked_again",
    zh="{actor} 要求再次报送 {table} {key}",
    en="{actor} asked for {table} {key} to be sent to the portal again",
    icon="refresh",
)
