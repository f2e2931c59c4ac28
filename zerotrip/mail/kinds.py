"""What is recorded of mail pieces and hand-overs. `data` holds consignment (its id) and purpose; of names the masks."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

ORDERED = kind("mail.ordered", zh="已登记寄递：{what}", en="Mail ordered: {what}", public=True, icon="calendar")
ACCEPTED = kind(
    "mail.accepted",
    zh="{place}{actor} 已收寄邮件 {number}，验视内件 {papers} 种",
    en="{actor} accepted mail piece {number} at {place}; {papers} kinds of contents inspected",
    public=True,
    icon="package-import",
)
CANCELLED = kind(
    "mail.cancelled",
    zh="邮件寄递已撤销：{reason}",
    en="The mail piece was cancelled: {reason}",
    public=True,
    icon="circle-x",
)
MANIFEST_OPENED = kind(
    "mail.manifest_opened",
    zh="{actor} 新建交接清单 {manifest}：{giver} → {taker}",
    en="{actor} opened hand-over list {manifest}: {giver} → {taker}",
    icon="list-check",
)
MANIFEST_COUNTED = kind(
    "mail.manifest_counted",
    zh="{actor} 在清单 {manifest} {did} {number}",
    en="{actor} counted {number} on list {manifest}: {did}",
    icon="scan",
)
MANIFEST_GIVEN = kind(
    "mail.manifest_given",
    zh="{actor} 清点交出清单 {manifest}，共 {pieces} 件",
    en="{actor} gave list {manifest}, {pieces} pieces",
    icon="package-export",
)
MANIFEST_CLOSED = kind(
    "mail.manifest_closed",
    zh="{place}{actor} 清点接收清单 {manifest}，共 {pieces} 件",
    en="{actor} closed list {manifest} at {place}, {pieces} pieces",
    icon="checks",
)
MANIFEST_DIFFERS = kind(
    "mail.manifest_differs",
    zh="清单 {manifest} 点数不符：缺 {missing_count} 件，多 {extra_count} 件（{giver} → {taker}）",
    en="List {manifest} does not tally: {missing_count} missing, {extra_count} too many ({giver} → {taker})",
    icon="alert-triangle",
)
MANIFEST_SETTLED = kind(
    "mail.manifest_settled",
    zh="{actor} 处理清单 {manifest} 的差异 {number}：{how}（{reason}）",
    en="{actor} settled the difference {number} on list {manifest}: {how} ({reason})",
    icon="tool",
)
MANIFEST_ESCALATED = kind(
    "mail.manifest_escalated",
    zh="清单 {manifest}（{giver} → {taker}）的差异已升级给{whom}：{reason}",
    en="The difference on list {manifest} ({giver} → {taker}) was escalated to: {whom_en} ({reason})",
    icon="flag",
)
DISPATCHED = kind(
    "mail.dispatched",
    zh="邮件 {number} 已从 {place} 发往 {to}",
    en="Mail piece {number} left {place} for {to}",
    public=True,
    icon="truck",
)
ARRIVED = kind(
    "mail.arrived",
    zh="邮件 {number} 到达 {place}",
    en="Mail piece {number} arrived at {place}",
    public=True,
    icon="map-pin",
)
HANDED_IN = kind(
    "mail.handed_in",
    zh="材料（邮件 {number}）已交到 {place}",
    en="The papers (mail piece {number}) were handed in at {place}",
    public=True,
    icon="building",
)
OUT = kind(
    "mail.out_for_delivery",
    zh="{place} 的投递员正在投递邮件 {number}",
    en="A courier of {place} is delivering mail piece {number}",
    public=True,
    icon="truck-delivery",
)
ATTEMPT_FAILED = kind(
    "mail.attempt_failed",
    zh="邮件 {number} 第 {attempt} 次投递未成功：{reason}",
    en="Attempt {attempt} to deliver mail piece {number} failed: {reason}",
    public=True,
    icon="alert-triangle",
)
DELIVERED = kind(
    "mail.delivered",
    zh="邮件 {number} 已妥投，签收人：{signer}（{relation_text}）",
    en="Mail piece {number} was delivered, signed by {signer} ({relation})",
    public=True,
    icon="mail-opened",
)
SENT_BACK = kind(
    "mail.sent_back",
    zh="邮件 {number} 正在退回：{reason}",
    en="Mail piece {number} is going back: {reason}",
    public=True,
    icon="truck-return",
)
RETURNED = kind(
    "mail.returned",
    zh="邮件 {number} 已退回 {place}",
    en="Mail piece {number} is back at {place}",
    public=True,
    icon="truck-return",
)
LOST = kind(
    "mail.lost",
    zh="邮件 {number} 下落正在查找（轨迹登记为丢失，{place}）",
    en="Mail piece {number} is being searched for (the trace says lost, {place})",
    public=True,
    icon="alert-triangle",
)
NOTED_LATE = kind(
    "mail.noted_late",
    zh="补记邮件 {number} 较早的轨迹：{what}（{reason}）",
    en="An earlier scan of mail piece {number} came late: {what} ({reason})",
    icon="history",
)
CONTRADICTED = kind(
    "mail.contradicted",
    zh="邮件 {number} 的轨迹与现状矛盾：现为“{state}”，却有“{what}”（{place}），请核查",
    en="The trace of mail piece {number} contradicts what is known: it is {state}, yet there is {what} ({place})",
    icon="alert-triangle",
)
SILENT = kind(
    "mail.silent",
    zh="邮件 {number} 停在“{state}”已超过 {hours} 小时没有新轨迹（最后一次：{place}）",
    en="Mail piece {number} ({state}) has not been scanned for more than {hours} hours; seen last at {place}",
    icon="clock-exclamation",
)
HEARD = kind(
    "mail.heard",
    zh="邮件 {number} 又有了新轨迹：{state}",
    en="Mail piece {number} was scanned again: {state}",
    icon="scan",
)
LATE = kind(
    "mail.late",
    zh="邮件 {number} 已过承诺的送达时间，现为“{state}”（{place}）",
    en="Mail piece {number} is past its promised time; now {state} ({place})",
    icon="clock-exclamation",
)
LATE_ENDED = kind(
    "mail.late_ended",
    zh="超过承诺时间的邮件 {number} 已有结果：{state}",
    en="Mail piece {number}, past its promise, has ended: {state}",
    icon="check",
)
SILENCE_LIMIT_SET = kind(
    "mail.silence_limit_set",
    zh="{actor} 将“{state}”（{net}）无轨迹的提醒时限改为 {hours} 小时",
    en="{actor} set the limit of silence for {state} ({net}) to {hours} hours",
    icon="settings",
)
SCANS_ARCHIVED = kind(
    "mail.scans_archived",
    zh="{month} 的轨迹 {rows} 条已归档到文件 {file}",
    en="{rows} scans of {month} were archived to {file}",
    icon="archive",
)
SCANS_RESTORED = kind(
    "mail.scans_restored",
    zh="{month} 的轨迹 {rows} 条已从文件 {file} 恢复",
    en="{rows} scans of {month} were restored from {file}",
    icon="archive",
)
REFUSED_READ = kind(
    "mail.refused_read",
    zh="{actor} 查看了“{source}”第 {line} 行未接收轨迹的原文，理由：{reason}",
    en="{actor} read the text of line {line} of {source}, which was not taken in; reason: {reason}",
    icon="eye",
)
REFUSED_SETTLED = kind(
    "mail.refused_settled",
    zh="{actor} 处理了“{source}”的 {rows} 行未接收轨迹：{how}",
    en="{actor} settled {rows} rows of {source} that were not taken in: {how}",
    icon="checks",
)
