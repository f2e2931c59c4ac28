"""Pages only a demo has: who can sign in, and what was sent to which phone."""

from __future__ import annotations

import pyotp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound
from zerotrip.demo import logins
from zerotrip.people import queries as people
from zerotrip.people.access import open_to_everyone


@open_to_everyone
def inbox(request: HttpRequest) -> HttpResponse:
    """The logins with their present one-time codes, and the newest text messages. NotFound outside a demo."""
    if not settings.ZEROTRIP_DEMO:
        raise NotFound(_("只有演示环境才有演示收件箱。"))
    moment = now()
    staff = [
        {"login": login, "code": pyotp.TOTP(login.secret).at(moment), "left": 30 - int(moment.timestamp()) % 30}
        for login in logins.STAFF
    ]
    context = {"staff": staff, "password": logins.PASSWORD, "messages_sent": people.demo_inbox(), "phones": [
        logins.CITIZEN_PHONE, logins.SECOND_CITIZEN_PHONE,
    ]}  # fmt: skip
    return render(request, "demo/inbox.html", context)
