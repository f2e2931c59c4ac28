"""What is recorded of partners. No token and no key appears in an entry, only a key's name."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

REGISTERED = kind(
    "gateway.partner_registered",
    zh="{actor} 登记接口合作方 {partner}，可用接口：{scopes}",
    en="{actor} registered the partner {partner}, allowed: {scopes}",
    icon="link",
)
CHANGED = kind(
    "gateway.partner_changed",
    zh="{actor} 调整合作方 {partner}：可用接口 {scopes}，每分钟 {rate} 次",
    en="{actor} changed the partner {partner}: allowed {scopes}, {rate} requests a minute",
    icon="adjustments",
)
TOKEN_RENEWED = kind(
    "gateway.token_renewed",
    zh="{actor} 更换了合作方 {partner} 的令牌，原令牌失效",
    en="{actor} renewed the token of {partner}; the former one is void",
    icon="key",
)
REVOKED = kind(
    "gateway.partner_revoked",
    zh="{actor} 停用合作方 {partner}：{reason}",
    en="{actor} revoked the partner {partner}: {reason}",
    icon="x",
)
KEY_ADDED = kind(
    "gateway.key_added",
    zh="{actor} 为合作方 {partner} 登记公钥 {keyid}（{algorithm}）",
    en="{actor} added the public key {keyid} ({algorithm}) of {partner}",
    icon="key",
)
KEY_REVOKED = kind(
    "gateway.key_revoked",
    zh="{actor} 停用合作方 {partner} 的公钥 {keyid}：{reason}",
    en="{actor} revoked the public key {keyid} of {partner}: {reason}",
    icon="x",
)

from zerotrip.gateway.exports import kinds as exports  # noqa: E402, F401  # loaded with the room's own
from zerotrip.gateway.webhooks import kinds as webhooks  # noqa: E402, F401  # loaded with the room's own
