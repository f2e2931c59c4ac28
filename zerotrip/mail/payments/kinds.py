"""What is recorded of money. Amounts are text; of payers nothing but what the errand's own entries say."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

OPENED = kind(
    "mail.order_opened",
    zh="待支付 {amount}：{what}",
    en="{amount} to be paid: {what}",
    icon="wallet",
)
OFFERED = kind(
    "mail.order_offered",
    zh="支付渠道 {channel} 已受理订单 {order}",
    en="Channel {channel} took order {order}",
    icon="wallet",
)
PAID = kind(
    "mail.order_paid",
    zh="已支付 {amount}：{what}",
    en="{amount} paid: {what}",
    public=True,
    icon="wallet",
)
CLOSED = kind(
    "mail.order_closed",
    zh="订单 {order}（{amount}）未支付已关闭：{reason}",
    en="Order {order} ({amount}) was closed unpaid: {reason}",
    icon="circle-x",
)
REFUND_ASKED = kind(
    "mail.refund_asked",
    zh="{actor} 申请退款 {amount}（{reason}）：{what}",
    en="{actor} asked for a refund of {amount} ({reason}): {what}",
    icon="arrow-back-up",
)
REFUND_ACCEPTED = kind(
    "mail.refund_accepted",
    zh="支付渠道已受理退款 {amount}",
    en="The channel took the refund of {amount}",
    icon="clock",
)
REFUND_DONE = kind(
    "mail.refund_done",
    zh="已退款 {amount}：{reason}",
    en="{amount} refunded: {reason}",
    public=True,
    icon="arrow-back-up",
)
REFUND_FAILED = kind(
    "mail.refund_failed",
    zh="退款 {refund}（{amount}）失败：{failure}",
    en="Refund {refund} ({amount}) failed: {failure}",
    icon="alert-triangle",
)
SET_ASIDE = kind(
    "mail.payment_set_aside",
    zh="支付通知搁置（{problem}）：{number}，应为 {expected}，报来 {reported}",
    en="A payment notice was set aside: {number}, expected {expected}, reported {reported}",
    icon="alert-triangle",
)
SETTLED = kind(
    "mail.payment_settled",
    zh="{actor} 处理搁置的支付 {number}：{how}",
    en="{actor} settled the set-aside payment {number}: {how}",
    icon="tool",
)
RECONCILED = kind(
    "mail.reconciled",
    zh="{day} 对账：一致 {matched} 笔，差异 {differences} 笔；邮政收入 {revenue}，代收 {collected}",
    en="Books of {day} reconciled: {matched} equal, {differences} different; revenue {revenue}, collected {collected}",
    icon="checks",
)
