"""What is recorded of accounts, duties, sign-in and the vault. Names of applicants appear masked only."""

from __future__ import annotations

from zerotrip.ledger.kinds import kind

HIRED = kind(
    "people.hired",
    zh="{actor} 开通工作账号 {username}（{name}）",
    en="{actor} opened the staff account {username} ({name})",
    icon="user-plus",
)
DUTY_ASSIGNED = kind(
    "people.duty_assigned",
    zh="{actor} 安排 {name} 担任{duty}（{scope}）",
    en="{actor} assigned {name} the duty {role} ({scope})",
    icon="id-badge-2",
)
DUTY_ENDED = kind(
    "people.duty_ended",
    zh="{actor} 结束 {name} 的岗位：{duty}（{scope}）",
    en="{actor} ended the duty {role} of {name} ({scope})",
    icon="id-off",
)
ACCOUNT_CLOSED = kind(
    "people.account_closed",
    zh="{actor} 停用账号 {username}（{name}）：{reason}",
    en="{actor} closed the account {username} ({name}): {reason}",
    icon="circle-x",
)
SIGN_IN_RESET = kind(
    "people.sign_in_reset",
    zh="{actor} 重设 {name} 的初始密码并解除动态口令：{reason}",
    en="{actor} reset the password and second factor of {name}: {reason}",
    icon="key",
)
SIGNED_IN = kind("people.signed_in", zh="{actor} 登录", en="{actor} signed in", icon="login")
SIGNED_OUT = kind("people.signed_out", zh="{actor} 退出登录", en="{actor} signed out", icon="logout")
SIGN_IN_FAILED = kind(
    "people.sign_in_failed",
    zh="账号 {name} 登录失败（{step}），连续第 {tries} 次",
    en="Sign-in to account {name} failed ({step}), try {tries} in a row",
    icon="alert-triangle",
)
SIGN_IN_LOCKED = kind(
    "people.sign_in_locked",
    zh="账号 {name} 连续输错，锁定至 {until}",
    en="Account {name} locked until {until} after wrong tries",
    icon="lock",
)
PASSWORD_CHANGED = kind(
    "people.password_changed", zh="{actor} 修改了密码", en="{actor} changed the password", icon="key"
)
SECOND_FACTOR_ENROLLED = kind(
    "people.second_factor_enrolled",
    zh="{actor} 绑定了动态口令",
    en="{actor} enrolled a second factor",
    icon="shield-lock",
)
CODE_SENT = kind(
    "people.code_sent", zh="向 {phone} 发送登录验证码", en="A sign-in code was sent to {phone}", icon="message"
)
PERSON_REGISTERED = kind(
    "people.person_registered",
    zh="{actor} 登记申请人 {whom}（{document}）",
    en="{actor} registered the applicant {whom} ({document})",
    icon="user-check",
)
PERSON_LINKED = kind(
    "people.person_linked",
    zh="{actor} 完成实名登记：{whom}（{document}）",
    en="{actor} registered a real name: {whom} ({document})",
    icon="user-check",
)
PHONE_UPDATED = kind(
    "people.phone_updated",
    zh="{actor} 更新 {whom} 的联系电话",
    en="{actor} updated the phone of {whom}",
    icon="phone",
)
COMPANY_REGISTERED = kind(
    "people.company_registered",
    zh="{actor} 登记单位 {company}（{uscc}）",
    en="{actor} registered the company {company} ({uscc})",
    icon="building-skyscraper",
)
COMPANY_JOINED = kind(
    "people.company_joined",
    zh="{actor} 成为 {company} 的经办人",
    en="{actor} became an agent of {company}",
    icon="building-skyscraper",
)
PERSONAL_DATA_READ = kind(
    "people.personal_data_read",
    zh="{actor} 查看了{whom}的{what}，理由：{reason}",
    en="{actor} read {what} of {whom}; reason: {reason}",
    icon="eye",
)
