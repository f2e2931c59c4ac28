"""Forget nonces whose signatures would be too old by now."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerotrip.core.clock import now
from zerotrip.gateway.models import UsedNonce


@app.periodic(cron="*/5 * * * *")
@app.task(queue="housekeeping", queueing_lock="gateway.forget_nonces", name="gateway.forget_nonces")
def forget_nonces(timestamp: int) -> None:
    """Delete the nonces that cannot come back: about as many as were signed in the last ten minutes stay."""
    forget_old()


def forget_old() -> int:
    """As `forget_nonces`, now. Returns how many."""
    return UsedNonce.objects.filter(until__lt=now()).delete()[0]
