"""What is recorded of labels beyond a printing (`mail.label_printed`): void ones, replaced numbers, batches."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

PRINTED = kind(
    "mail.label_printed",
    zh="{actor} 第 {times} 次打印面单 {number}（{how}）",
    en="{actor} printed the label of {number}, time {times} ({how_en})",
    icon="printer",
)
VOID = kind(
    "mail.label_void",
    zh="{actor} 将邮件 {number} 已打印的 {labels} 张面单作废：{reason}",
    en="{actor} voided {labels} printed labels of mail piece {number}: {reason}",
    icon="circle-x",
)
RENUMBERED = kind(
    "mail.renumbered",
    zh="邮件号 {old} 作废，邮件改用 {number}：{reason}",
    en="Mail number {old} is void; the piece now bears {number}: {reason}",
    public=True,
    icon="replace",
)
BATCH_ASKED = kind(
    "mail.labels_asked",
    zh="{actor} 要求成批打印 {pieces} 件邮件的面单（{size}）",
    en="{actor} asked for the labels of {pieces} mail pieces ({size})",
    icon="printer",
)
BATCH_DONE = kind(
    "mail.labels_printed",
    zh="{actor} 的成批面单已排好：{printed} 件，{sheets} 张，{refused} 件未打印",
    en="The labels {actor} asked for are ready: {printed} pieces, {sheets} sheets, {refused} not printed",
    icon="printer",
)
BATCH_OPENED = kind(
    "mail.labels_opened",
    zh="{actor} 打开成批面单（{printed} 件，第 {opened} 次）",
    en="{actor} opened a batch of labels ({printed} pieces, time {opened})",
    icon="eye",
)
BATCH_STOPPED = kind(
    "mail.labels_stopped",
    zh="{actor} 停止了成批打印面单（{pieces} 件，均未打印）",
    en="{actor} stopped a batch of labels ({pieces} pieces, none printed)",
    icon="player-pause",
)
BATCH_FAILED = kind(
    "mail.labels_failed",
    zh="成批打印面单没有完成：{problem}",
    en="A batch of labels was not finished: {problem}",
    icon="alert-triangle",
)
