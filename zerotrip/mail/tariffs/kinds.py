"""What is recorded of tariffs and agreements."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

DRAFTED = kind(
    "mail.tariff_drafted",
    zh="{actor} 起草资费：{what}，首重 {first}，自 {since} 起（依据：{source}）",
    en="{actor} drafted a tariff: {what}, first step {first}, from {since} (source: {source})",
    icon="edit",
)
PUBLISHED = kind(
    "mail.tariff_published",
    zh="{actor} 发布资费：{what}，首重 {first}，自 {since} 起施行",
    en="{actor} published a tariff: {what}, first step {first}, in force from {since}",
    icon="send",
)
DROPPED = kind(
    "mail.tariff_dropped",
    zh="{actor} 作废资费 {what}（{since} 起）：{reason}",
    en="{actor} dropped the tariff {what} (from {since}): {reason}",
    icon="circle-x",
)
SIGNED = kind(
    "mail.agreement_signed",
    zh="{actor} 登记与 {organisation} 的安全协议 {number}，有效期 {since} 至 {until}",
    en="{actor} entered security agreement {number} with {organisation}, valid from {since} to {until}",
    icon="clipboard-check",
)
ENDED = kind(
    "mail.agreement_ended",
    zh="{actor} 终止与 {organisation} 的安全协议 {number}：{reason}",
    en="{actor} ended security agreement {number} with {organisation}: {reason}",
    icon="circle-x",
)
