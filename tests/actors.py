"""People of the stories: citizens and staff made through actions, and signed in through the real pages.

account, clerk = staff(Role.HALL_CLERK, place=hall)
who, actor = citizen(name="王小明")
sign_in(client, account)
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any

from django.conf import settings
from django.test import Client

from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.people import actions, passwords
from zerotrip.people.actions.staff import OVER_DIVISION
from zerotrip.people.models import Account, PhoneCode, TextMessage
from zerotrip.people.queries import actor_of, phone_index
from zerotrip.rules import mobile, resident_id

PASSWORD = "Yizhan-2026-songda"
_serial = itertools.count(1)


def staff(
    role: str | None = None,
    place: Any = None,
    organisation: Any = None,
    *,
    division: str = "",
    name: str = "李敏",
    username: str = "",
) -> tuple[Account, Actor]:
    """A member of staff with one duty (none without `role`), the password PASSWORD and a second factor bound.

    `place` and `organisation` are rows or ids. Managers and care answer for the whole province unless told otherwise.
    """
    account = actions.hire(
        username or f"{(role or 'staff').replace('_', '.')}{next(_serial)}",
        name=name,
        password=PASSWORD,
        role=role or "",
        place=getattr(place, "pk", place),
        organisation=getattr(organisation, "pk", organisation),
        division=division or (settings.ZEROTRIP_PROVINCE if role in OVER_DIVISION else ""),
        totp_secret=passwords.fresh_totp_secret(),
        must_change=False,
        actor=SYSTEM,
        at=now(),
    )
    return account, actor_of(account)


def citizen(phone: str = "", *, name: str = "", id_number: str = "") -> tuple[Account, Actor]:
    """A citizen who has signed in once with a code; with `name` also registered under it (any valid ID number)."""
    phone = phone or f"139{next(_serial):08d}"
    account = actions.sign_in_citizen(phone, code_for(phone), at=now())
    if name:
        number = id_number or resident_number()
        actions.register_person(name, "111", number, actor=actor_of(account), at=now())
        account.refresh_from_db()
    return account, actor_of(account)


def sign_in(client: Client, account: Account) -> Client:
    """Sign somebody in through the pages, as a person does. Returns the client."""
    if account.kind == "citizen":
        PhoneCode.objects.filter(phone_index=account.phone_index).delete()  # as if the last one was long ago
        answer = client.post("/sign-in/phone", {"phone": account.phone})
        assert answer.status_code == 302, answer.content.decode()
        answer = client.post("/sign-in/phone/code", {"code": last_code(str(account.phone))})
    else:
        answer = client.post("/sign-in", {"username": account.username, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        answer = client.post("/sign-in/code", {"code": totp(account)})
    assert answer.status_code == 302, answer.content.decode()
    return client


def totp(account: Account) -> str:
    """The code on the account's phone now, as if no other had been used before."""
    Account.objects.filter(pk=account.pk).update(totp_step=None)
    account.refresh_from_db(fields=["totp_secret"])
    return passwords.totp_code(str(account.totp_secret), now())


def code_for(phone: str) -> str:
    """Ask for a one-time code and read it from the message."""
    PhoneCode.objects.filter(phone_index=phone_index(phone)).delete()
    actions.send_code(phone, actor=NOBODY, at=now())
    return last_code(phone)


def last_code(phone: str) -> str:
    """The one-time code in the newest message to `phone`."""
    index = mobile.compact(phone)
    for message in TextMessage.objects.filter(purpose="sign-in").order_by("-pk")[:50]:
        if message.phone == index:
            found = re.search(r"\d{6}", str(message.text))
            assert found, "a sign-in message without a code"
            return found[0]
    raise AssertionError(f"no code was sent to {phone}")


def resident_number(born: date = date(1986, 5, 17), county: str = "360102") -> str:
    """A valid resident ID number that nobody in the test has yet."""
    first = f"{county}{born:%Y%m%d}{next(_serial) % 1000:03d}"
    return first + resident_id.check_character(first)
