"""What can happen to a case, as sentences."""

from zerotrip.ledger.kinds import kind

APPLIED = kind(
    "cases.applied", zh="已提交“{item}”申请（{source}）", en="Applied for “{item}” ({source})", public=True, icon="send"
)
RECEIVED = kind(
    "cases.received", zh="{place}收到材料，开始核对", en="{place} received the papers", public=True, icon="inbox"
)
CORRECTION_ASKED = kind(
    "cases.correction_asked", zh="{place}一次性告知补正 {count} 项", en="{place} asked once for {count} corrections",
    public=True, icon="edit",
)  # fmt: skip
CORRECTION_ANSWERED = kind(
    "cases.correction_answered",
    zh="补正材料已提交（{by}）",
    en="Corrections handed in ({by_en})",
    public=True,
    icon="check",
)
ACCEPTED = kind(
    "cases.accepted", zh="{place}已受理", en="{place} accepted the application", public=True, icon="clipboard-check"
)
NOT_ACCEPTED = kind(
    "cases.not_accepted",
    zh="{place}决定不予受理",
    en="{place} refused to accept the application",
    public=True,
    icon="x",
)
REVIEW_STARTED = kind(
    "cases.review_started", zh="{place}开始审查", en="{place} began its review", public=True, icon="search"
)
PAUSED = kind(
    "cases.paused", zh="进入特别程序：{procedure}，所需时间不计入办结时限",
    en="Special procedure: {procedure}; its time is not counted",
    public=True, icon="player-pause",
)  # fmt: skip
RESUMED = kind(
    "cases.resumed",
    zh="特别程序结束，继续审查",
    en="Special procedure over, review goes on",
    public=True,
    icon="player-play",
)
EXTENDED = kind(
    "cases.extended",
    zh="经负责人批准延长审查期限：{reason}",
    en="Review extended with approval: {reason}",
    public=True,
    icon="clock",
)
DECIDED = kind(
    "cases.decided", zh="{place}作出决定：{outcome}", en="{place} decided: {outcome}", public=True, icon="gavel"
)
PRODUCED = kind(
    "cases.produced",
    zh="结果已制好，编号 {certificate}",
    en="Result made, number {certificate}",
    public=True,
    icon="certificate",
)
BOUND = kind(
    "cases.bound",
    zh="{place}已封装，邮件号 {mail}，封签 {seal}",
    en="{place} sealed the result in mail {mail} with seal {seal}",
    public=True,
    icon="package",
)
UNBOUND = kind(
    "cases.unbound", zh="{place}拆封重装：{reason}", en="{place} unsealed it again: {reason}", icon="package"
)
SENT = kind("cases.sent", zh="结果已寄出", en="The result is on its way", public=True, icon="truck-delivery")
RETURNED = kind(
    "cases.returned", zh="没能送达，已退回大厅", en="Not delivered, back at the hall", public=True, icon="arrow-back-up"
)
COLLECTED = kind("cases.collected", zh="已在{place}当面领取", en="Collected at {place}", public=True, icon="user-check")
WITHDRAWN = kind("cases.withdrawn", zh="申请人撤回申请", en="The applicant withdrew", public=True, icon="arrow-back-up")
CLOSED = kind(
    "cases.closed",
    zh="办件完成：{outcome}，共出门 {trips} 次",
    en="Closed: {outcome}, {trips} trips in all",
    public=True,
    icon="circle-check",
)
VISITED = kind(
    "cases.visited",
    zh="申请人到{place}办理：{reason}",
    en="The applicant came to {place}: {reason}",
    public=True,
    icon="walk",
)
PROMISE_AT_RISK = kind(
    "cases.promise_at_risk",
    zh="预计 {forecast} 办好，晚于承诺的 {promise}",
    en="Expected to be done on {forecast_en}, later than the promised {promise_en}",
    public=True,
    icon="alert-triangle",
)
PROMISE_SAFE = kind(
    "cases.promise_safe",
    zh="预计 {forecast} 办好，回到承诺的 {promise} 之内",
    en="Expected to be done on {forecast_en}, within the promised {promise_en} again",
    public=True,
    icon="circle-check",
)
ITINERARY_ADOPTED = kind(
    "cases.itinerary_adopted",
    zh="余下的路线已改：预计 {forecast} 办好",
    en="The rest of the way was changed: expected to be done on {forecast_en}",
    public=True,
    icon="route",
)
