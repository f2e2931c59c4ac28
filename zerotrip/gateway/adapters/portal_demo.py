"""The demo's own portal: a real request to the sandbox that the demo serves."""

from __future__ import annotations

from django.conf import settings

from zerotrip.gateway.adapters.portal_real import Real

INBOX = "/sandbox/inbox/portal"


class Demo(Real):
    """Sends as `Real` does, to this installation's own sandbox."""

    def __init__(self) -> None:
        super().__init__(f"{settings.ZEROTRIP_BASE_URL}{INBOX}")
