"""What a password must be, and one-time codes by time (RFC 6238).

Source: GB/T 22239-2019 8.1.4.1 (a) asks for complexity and periodic change; the numbers are usual assessor practice.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import pyotp
from django.utils.translation import gettext as _

SHORTEST: Final = 10
LONGEST: Final = 128
CLASSES: Final = 3
REMEMBERED: Final = 5
"""How many passwords, the present one included, may not be taken again."""

GOOD_FOR: Final = timedelta(days=90)
STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
"""How many steps the clock of a phone may be off, either way."""

_SIGNS = "-_.!@#$%+="
_ALPHABETS = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789", _SIGNS)


def weaknesses(password: str, username: str) -> list[str]:
    """What is wrong with a new password, one sentence each; empty when it will do."""
    found = []
    if not SHORTEST <= len(password) <= LONGEST:
        found.append(_("密码应为 {n} 至 {most} 个字符。").format(n=SHORTEST, most=LONGEST))
    if len({_class(character) for character in password}) < CLASSES:
        found.append(_("密码应包含大写字母、小写字母、数字、符号中的至少三类。"))
    if username and username.lower() in password.lower():
        found.append(_("密码不能包含账号。"))
    if "\0" in password:
        found.append(_("密码含有不能使用的字符。"))
    return found


def _class(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.islower():
        return "lower"
    return "upper" if character.isupper() else "sign"


def fresh_password() -> str:
    """A random password that will do, without characters that look alike."""
    letters = [secrets.choice(alphabet) for alphabet in _ALPHABETS]
    letters += [secrets.choice("".join(_ALPHABETS)) for _n in range(10)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def fresh_totp_secret() -> str:
    """A new secret for an authenticator app: 160 bits in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_address(secret: str, username: str) -> str:
    """What the QR code of an authenticator app holds."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="ZeroTrip"))


def totp_code(secret: str, moment: datetime) -> str:
    """The code an authenticator app shows at `moment`."""
    return str(pyotp.TOTP(secret).generate_otp(int(moment.timestamp()) // STEP_SECONDS))


def matching_step(secret: str, code: str, moment: datetime, last: int | None) -> int | None:
    """The step whose code this is: within the drift and later than `last`, so that no code counts twice; else None."""
    typed = "".join(code.split())
    if len(typed) != 6 or not typed.isascii() or not typed.isdigit():
        return None
    totp, present = pyotp.TOTP(secret), int(moment.timestamp()) // STEP_SECONDS
    matching = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(str(totp.generate_otp(step)), typed) and (last is None or step > last):
            matching = step
    return matching
