"""What can be done with accounts, duties, sign-in and the vault."""

from zerotrip.people.actions.secrets import change_password, enrol_totp
from zerotrip.people.actions.sign_in import (
    check_password,
    check_second_factor,
    send_code,
    sign_in_citizen,
    sign_in_staff,
    sign_out,
)
from zerotrip.people.actions.staff import assign_duty, close_account, end_duty, hire, reset_sign_in
from zerotrip.people.actions.texts import text
from zerotrip.people.actions.unmasking import unmask, unmask_row
from zerotrip.people.actions.vault import ensure_company, ensure_person, register_person, save_contact

__all__ = [
    "assign_duty",
    "change_password",
    "check_password",
    "check_second_factor",
    "close_account",
    "end_duty",
    "enrol_totp",
    "ensure_company",
    "ensure_person",
    "hire",
    "register_person",
    "reset_sign_in",
    "save_contact",
    "send_code",
    "sign_in_citizen",
    "sign_in_staff",
    "sign_out",
    "text",
    "unmask",
    "unmask_row",
]
