"""The demo's people: one login a role, with passwords and second factors that anybody may know."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from zerotrip.core.actors import SYSTEM
from zerotrip.core.roles import Role
from zerotrip.people import actions as people
from zerotrip.people.models import Account
from zerotrip.places.models import Organisation, Place

PASSWORD = "Demo-2026-pass"  # noqa: S105  # printed by the demo for everybody
CITIZEN_PHONE = "19900000001"
SECOND_CITIZEN_PHONE = "19900000002"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the demo. `places`: codes of places; a trailing `*` stands for all that begin so."""

    username: str
    name: str
    role: str
    job: str
    places: tuple[str, ...] = ()
    organisation: str = ""
    division: str = ""

    @property
    def secret(self) -> str:
        """The key of the second factor, the same on every demo."""
        return base64.b32encode(hashlib.sha256(f"demo {self.username}".encode()).digest()[:20]).decode()


STAFF = (
    Login("courier.nc", "演示揽投员甲", Role.COURIER, "南昌东湖揽投员", ("P360102*",)),
    Login("hall.nc", "演示收寄员甲", Role.HALL_CLERK, "南昌东湖大厅收寄台", ("H360102",)),
    Login("officer.nc", "演示经办人甲", Role.AGENCY_OFFICER, "南昌东湖企业综合窗口", ("W360102MKT",)),
    Login("police.nc", "演示经办人丙", Role.AGENCY_OFFICER, "南昌东湖公安综合窗口", ("W360102POL",)),
    Login("courier.fz", "演示揽投员乙", Role.COURIER, "抚州临川揽投员", ("P361002*",)),
    Login("hall.fz", "演示收寄员乙", Role.HALL_CLERK, "抚州临川大厅收寄台", ("H361002",)),
    Login("officer.fz", "演示经办人乙", Role.AGENCY_OFFICER, "抚州临川公安综合窗口", ("W361002POL",)),
    Login("general.fz", "演示经办人丁", Role.AGENCY_OFFICER, "抚州临川社会事务窗口", ("W361002GEN",)),
    Login("outlet.nc", "演示网点员甲", Role.OUTLET_CLERK, "南昌东湖网点（接收带回的邮件）", ("P360102*",)),
    Login("outlet.fz", "演示网点员乙", Role.OUTLET_CLERK, "抚州临川网点（接收带回的邮件）", ("P361002*",)),
    Login("care", "演示客服", Role.CARE_AGENT, "客服", division="36"),
    Login("manager", "演示项目经理", Role.PROJECT_MANAGER, "项目经理（事项库）", division="36"),
    Login("branch", "演示分公司负责人", Role.BRANCH_MANAGER, "分公司负责人", division="36"),
    Login("auditor", "演示审计员", Role.AUDITOR, "审计"),
    Login("sysadmin", "演示系统管理员", Role.SYSTEM_ADMIN, "系统管理员（运行状况）"),
    Login("secadmin", "演示安全管理员", Role.SECURITY_ADMIN, "安全管理员（人员）"),
    Login("auditadmin", "演示审计管理员", Role.AUDIT_ADMIN, "审计管理员"),
)


def hire_all(at: datetime) -> int:
    """Hire the demo's staff with their duties. Returns how many."""
    known = {place.code: place.pk for place in Place.objects.filter(code__regex=r"^[PHW]36(0102|1002)")}
    organisations = {o.code: o.pk for o in Organisation.objects.all()}
    for login in STAFF:
        codes = [code for wanted in login.places for code in sorted(known) if _fits(code, wanted)]
        people.hire(
            login.username,
            name=login.name,
            password=PASSWORD,
            role=login.role,
            place=known[codes[0]] if codes else None,
            organisation=organisations.get(login.organisation),
            division=login.division,
            totp_secret=login.secret,
            must_change=False,
            actor=SYSTEM,
            at=at,
        )
        for code in codes[1:]:
            people.assign_duty(login.username, login.role, place=known[code], actor=SYSTEM, at=at)
    return len(STAFF)


def _fits(code: str, wanted: str) -> bool:
    return code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted


def account(username: str) -> Account:
    """The account of a demo login."""
    return Account.objects.get(username=username)
