"""What can happen to an exception, and that a citizen was told."""

from zerotrip.ledger.kinds import kind

OPENED = kind(
    "care.trouble_opened",
    zh="异常：{what}，由{place}处理",
    en="Exception: {what}; {place} deals with it",
    icon="alert-triangle",
)
TAKEN = kind(
    "care.trouble_taken", zh="{actor} 开始处理异常：{what}", en="{actor} took the exception: {what}", icon="hand-stop"
)
SETTLED = kind(
    "care.trouble_settled",
    zh="{actor} 处理了异常：{what}。结果：{how}",
    en="{actor} settled the exception: {what}. Result: {how}",
    icon="circle-check",
)
TOLD = kind(
    "care.told",
    zh="已短信告知申请人：{what}",
    en="The applicant was told by text message: {what}",
    icon="message-circle",
)
