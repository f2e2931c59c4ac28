"""What is recorded of webhooks: decisions about them and their ends, not each message. No secret, no full address."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

REGISTERED = kind(
    "gateway.webhook_registered",
    zh="{actor} 为 {partner} 登记了推送地址 {host}",
    en="{actor} registered the webhook {host} for {partner}",
    icon="link",
)
ROTATED = kind(
    "gateway.webhook_rotated",
    zh="{actor} 更换了 {partner} 推送地址 {host} 的密钥，原密钥 {hours} 小时后失效",
    en="{actor} rotated the secret of webhook {host} of {partner}; the former one ends in {hours} hours",
    icon="key",
)
REMOVED = kind(
    "gateway.webhook_removed",
    zh="{actor} 删除了 {partner} 的推送地址 {host}",
    en="{actor} removed the webhook {host} of {partner}",
    icon="x",
)
PAUSED = kind(
    "gateway.webhook_paused",
    zh="{actor} 暂停向 {partner} 的 {host} 推送：{reason}",
    en="{actor} paused the webhook {host} of {partner}: {reason}",
    icon="player-pause",
)
RESUMED = kind(
    "gateway.webhook_resumed",
    zh="{actor} 恢复向 {partner} 的 {host} 推送",
    en="{actor} resumed the webhook {host} of {partner}",
    icon="player-play",
)
REPLAYED = kind(
    "gateway.webhook_replayed",
    zh="{actor} 要求从序号 {sequence} 起向 {host} 重新推送，共 {count} 条",
    en="{actor} asked for messages from {sequence} on to be sent to {host} again, {count} in all",
    icon="refresh",
)
SENT_AGAIN = kind(
    "gateway.webhook_sent_again",
    zh="{actor} 要求向 {host} 再发一次序号 {sequence}",
    en="{actor} asked for message {sequence} to be sent to {host} again",
    icon="refresh",
)
SET_ASIDE = kind(
    "gateway.webhook_set_aside",
    zh="{actor} 搁置了发往 {host} 的序号 {sequence}：{reason}",
    en="{actor} set aside message {sequence} for {host}: {reason}",
    icon="tool",
)
TESTED = kind(
    "gateway.webhook_tested",
    zh="{actor} 向 {host} 发送测试，序号 {sequence}",
    en="{actor} sent a test to {host}, message {sequence}",
    icon="send",
)
GIVEN_UP = kind(
    "gateway.webhook_given_up",
    zh="{host}（{partner}）自 {since} 起一直送不到，已试 {attempts} 次，推送暂停在序号 {sequence}：{trouble}",
    en="{host} ({partner}) has not been reached since {since}; after {attempts} tries it is paused at message "
    "{sequence}: {trouble}",
    icon="alert-triangle",
)
GONE = kind(
    "gateway.webhook_gone",
    zh="{host}（{partner}）回答 410，推送停在序号 {sequence}",
    en="{host} ({partner}) answered 410; it is stopped at message {sequence}",
    icon="alert-triangle",
)
