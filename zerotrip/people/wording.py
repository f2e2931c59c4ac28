"""Names of roles, documents and fields as people here say them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zerotrip.core.roles import Role
from zerotrip.rules.errors import RuleError

ROLE_NAMES: dict[str, str | Promise] = {
    Role.CITIZEN: _("市民"),
    Role.COURIER: _("揽投员"),
    Role.HALL_CLERK: _("大厅收寄员"),
    Role.OUTLET_CLERK: _("网点营业员"),
    Role.AGENCY_OFFICER: _("部门窗口人员"),
    Role.POLICE_REVIEWER: _("公安审核员"),
    Role.COURT_CLERK: _("书记员"),
    Role.JUDGE: _("法官"),
    Role.CARE_AGENT: _("客服"),
    Role.PROJECT_MANAGER: _("项目经理"),
    Role.BRANCH_MANAGER: _("分公司负责人"),
    Role.AUDITOR: _("审计人员"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
    Role.PARTNER: _("合作单位"),
    Role.SYSTEM: _("系统"),
}
"""What each role is called on screens."""

FIELD_NAMES: dict[str, str | Promise] = {
    "name": _("姓名"),
    "id_number": _("证件号码"),
    "phone": _("手机号码"),
    "detail": _("详细地址"),
    "legal_representative": _("法定代表人"),
}
"""What each sealed field is called in the entry of a reading."""


def role_name(role: str) -> str:
    """The role as people here say it; the code itself for an unknown one."""
    return str(ROLE_NAMES.get(role, role))


def refusal(error: RuleError) -> str:
    """The sentence of a rule in the language of the reader."""
    return error.en if (get_language() or "").startswith("en") else error.zh
