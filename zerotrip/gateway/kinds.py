"""What is recorded of partners. No token appears in an entry."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

REGISTERED = kind(
    "gateway.partner_registered",
    zh="{actor} 登记接口合作方 {partner}，可用接口：{scopes}",
    en="{actor} registered the partner {partner}, allowed: {scopes}",
    icon="link",
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
