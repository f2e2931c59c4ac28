"""The side navigation of the desks: one row a job, shown to those whose roles can do it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role


@dataclass(frozen=True, slots=True)
class Row:
    """One job in the navigation."""

    name: str
    label: str | Promise
    icon: str
    roles: frozenset[str]


ROWS = (
    Row("counter:hall", _("大厅收寄台"), "building-community", frozenset({Role.HALL_CLERK})),
    Row("counter:outlet", _("网点收件台"), "building-store", frozenset({Role.OUTLET_CLERK})),
    Row("counter:agency", _("部门窗口"), "clipboard-check", frozenset({Role.AGENCY_OFFICER})),
    Row(
        "mail:manifests",
        _("交接清单"),
        "list-check",
        frozenset({Role.HALL_CLERK, Role.AGENCY_OFFICER, Role.OUTLET_CLERK}),
    ),
    Row("mail:labels", _("面单"), "printer", frozenset({Role.HALL_CLERK, Role.OUTLET_CLERK, Role.COURIER})),
    Row("courier:home", _("揽投任务"), "truck-delivery", frozenset({Role.COURIER})),
    Row(
        "care:exceptions",
        _("异常"),
        "alert-triangle",
        frozenset({Role.HALL_CLERK, Role.CARE_AGENT, Role.BRANCH_MANAGER}),
    ),
    Row("catalog:items", _("事项库"), "files", frozenset({Role.PROJECT_MANAGER, Role.HALL_CLERK, Role.AGENCY_OFFICER})),
    Row("places:divisions", _("区划与场所"), "map-pin", frozenset({Role.PROJECT_MANAGER, Role.SYSTEM_ADMIN})),
    Row(
        "network:home",
        _("邮路时刻"),
        "route",
        frozenset({Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.SYSTEM_ADMIN, Role.CARE_AGENT}),
    ),
    Row(
        "journey:coverage",
        _("覆盖分析"),
        "map-2",
        frozenset({Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.SYSTEM_ADMIN}),
    ),
    Row("mail:money", _("资金"), "wallet", frozenset({Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.AUDITOR})),
    Row("people:staff", _("人员与岗位"), "users", frozenset({Role.SECURITY_ADMIN})),
    Row(
        "gateway:partners",
        _("接口合作方"),
        "link",
        frozenset({Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}),
    ),
    Row("gateway:exports", _("导出办件数据"), "download", frozenset({Role.PROJECT_MANAGER, Role.BRANCH_MANAGER})),
    Row("gateway:webhooks", _("事件推送"), "bell", frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})),
    Row(
        "gateway:trackers",
        _("外部轨迹查询"),
        "scan",
        frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}),
    ),
    Row(
        "gateway:portal",
        _("省平台报送"),
        "send",
        frozenset({Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.SYSTEM_ADMIN, Role.AUDITOR}),
    ),
    Row("mail:deliveries", _("轨迹接收"), "database", frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})),
    Row(
        "mail:silence_limits", _("无轨迹提醒"), "clock-exclamation", frozenset({Role.SYSTEM_ADMIN, Role.BRANCH_MANAGER})
    ),
    Row("ledger:operations", _("运行状况"), "activity", frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})),
    Row("web:design", _("界面规范"), "palette", frozenset({Role.SYSTEM_ADMIN})),
)


def desk_navigation(actor: Actor, path: str) -> list[dict[str, object]]:
    """The rows `actor` may use, the present one marked."""
    rows: list[dict[str, object]] = []
    for row in ROWS:
        if not actor.has(*row.roles):
            continue
        try:
            url = reverse(row.name)
        except NoReverseMatch:
            continue
        rows.append({"label": row.label, "url": url, "icon": row.icon, "active": False, "count": None})
    here = [row for row in rows if path.startswith(str(row["url"]))]
    if here:  # some addresses begin with another's: /desk/operations/webhooks
        max(here, key=lambda row: len(str(row["url"])))["active"] = True
    return rows
