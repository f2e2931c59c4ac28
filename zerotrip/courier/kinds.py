"""What can happen to a courier's errand."""

from zerotrip.ledger.kinds import kind

TASK_MADE = kind(
    "courier.task_made", zh="{place}新增任务：{task}", en="{place} has a new errand: {task}", icon="clipboard-list"
)
TASK_TAKEN = kind(
    "courier.task_taken", zh="{actor} 认领任务：{task}", en="{actor} took the errand: {task}", icon="user-check"
)
TASK_GIVEN_BACK = kind(
    "courier.task_given_back",
    zh="{actor} 退还任务：{task}（{reason}）",
    en="{actor} gave the errand back: {task} ({reason})",
    icon="arrow-back-up",
)
TASK_CLOSED = kind(
    "courier.task_closed", zh="任务结束：{task}，{result}", en="Errand over: {task}, {result}", icon="check"
)
