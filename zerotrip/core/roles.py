"""The roles people and machines act in. One name each, used by policies, pages and tests alike."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    CITIZEN = "citizen"
    COURIER = "courier"
    HALL_CLERK = "hall_clerk"
    OUTLET_CLERK = "outlet_clerk"
    AGENCY_OFFICER = "agency_officer"
    POLICE_REVIEWER = "police_reviewer"
    COURT_CLERK = "court_clerk"
    JUDGE = "judge"
    CARE_AGENT = "care_agent"
    PROJECT_MANAGER = "project_manager"
    BRANCH_MANAGER = "branch_manager"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    PARTNER = "partner"
    SYSTEM = "system"


STAFF: frozenset[str] = frozenset(Role) - {Role.CITIZEN, Role.PARTNER, Role.SYSTEM}
"""Roles that sign in at /desk/ or /courier/ with a second factor."""

ADMINS: frozenset[str] = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""The three administrators, held by three people (GB/T 22239-2019 8.1.4, separation of administrative rights)."""
