"""What is recorded of bags and seals. The subject of bag entries is the bag: together they are its story."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

BEGUN = kind(
    "mail.bag_begun",
    zh="{actor} 在{place}开始装袋：总包 {bag}，寄往{to}",
    en="{actor} began bag {bag} for {to} at {place}",
    icon="package",
)
COUNTED = kind(
    "mail.bag_counted",
    zh="{actor} 在总包 {bag} {did}邮件 {number}",
    en="{actor} changed bag {bag} ({did}): mail piece {number}",
    icon="scan",
)
SEALED = kind(
    "mail.bag_sealed",
    zh="{actor} 在{place}封袋：总包 {bag}，封签 {seal}，内装 {pieces} 件，寄往{to}",
    en="{actor} closed bag {bag} at {place} with seal {seal}: {pieces} pieces for {to}",
    icon="lock",
)
LISTED = kind(
    "mail.bag_listed",
    zh="{actor} 将总包 {bag}（封签 {seal}，{pieces} 件）{did}清单 {manifest}",
    en="{actor} changed list {manifest} ({did}): bag {bag}, seal {seal}, {pieces} pieces",
    icon="list-check",
)
TAKEN = kind(
    "mail.bag_taken",
    zh="{place}{actor} 扫描封签 {seal}，完好，总包 {bag} 整袋 {pieces} 件清点收到（清单 {manifest}）",
    en="{actor} at {place} scanned seal {seal}, intact: bag {bag} with {pieces} pieces counted in (list {manifest})",
    icon="checks",
)
REFUSED = kind(
    "mail.bag_refused",
    zh="{place}{actor} 不按整袋接收总包 {bag}：登记封签 {seal}，实见 {seen}，{reason}；袋内 {pieces} 件逐件清点",
    en="{actor} at {place} did not take bag {bag} as one: seal {seal} expected, {seen} seen, {reason}; its {pieces}"
    " pieces are counted one by one",
    icon="alert-triangle",
)
SETTLED = kind(
    "mail.bag_settled",
    zh="{actor} 处理清单 {manifest} 上整袋缺的总包 {bag}：{how}（{reason}）",
    en="{actor} settled bag {bag}, missing on list {manifest}: {how} ({reason})",
    icon="tool",
)
OPENED = kind(
    "mail.bag_opened",
    zh="{place}{actor} 开袋：总包 {bag}，封签 {seal}，取出 {pieces} 件。{reason}",
    en="{actor} opened bag {bag} at {place}, seal {seal}, {pieces} pieces taken out. {reason}",
    icon="package-import",
)
SEAL_BROKEN = kind(
    "mail.seal_broken",
    zh="邮件 {number} 送到时封签 {seal} 破损或不符：{reason}。请收件人当面核对内件",
    en="Mail piece {number} came with its seal {seal} broken or wrong: {reason}. Check what is inside",
    public=True,
    icon="alert-triangle",
)
