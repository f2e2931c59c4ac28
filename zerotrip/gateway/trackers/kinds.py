"""What is recorded of outside trackers. No key appears in an entry."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

OPENED = kind(
    "gateway.tracker_opened",
    zh="{actor} 为 {partner} 开通快递100 兼容接口，公司编号 {customer}",
    en="{actor} opened the Kuaidi100-compatible interface for {partner}, customer {customer}",
    icon="link",
)
KEY_RENEWED = kind(
    "gateway.tracker_key_renewed",
    zh="{actor} 更换了 {partner} 快递100 兼容接口的授权 key，原 key 失效",
    en="{actor} renewed the key of {partner} for the Kuaidi100-compatible interface; the former one is void",
    icon="key",
)
CLOSED = kind(
    "gateway.tracker_closed",
    zh="{actor} 停用 {partner} 的快递100 兼容接口：{reason}",
    en="{actor} closed the Kuaidi100-compatible interface of {partner}: {reason}",
    icon="x",
)
SET_ASIDE = kind(
    "gateway.tracker_push_set_aside",
    zh="邮件 {number} 的轨迹推送 {host}（{partner}）试了 {tries} 次未成，已搁置：{trouble}",
    en="Pushing mail {number} to {host} ({partner}) failed {tries} times and is set aside: {trouble}",
    icon="alert-triangle",
)
SENT_AGAIN = kind(
    "gateway.tracker_push_again",
    zh="{actor} 要求向 {partner} 重新推送搁置的轨迹，共 {count} 件",
    en="{actor} asked for {count} set-aside pushes to {partner} to be sent again",
    icon="refresh",
)
