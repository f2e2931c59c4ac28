"""What the mail room does while nobody asks: pieces follow their trace, silence is noticed, old scans are archived,
labels are printed, money is asked after."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerotrip.mail.labels import tasks as labels
from zerotrip.mail.payments import tasks as payments

__all__ = ["labels", "payments"]


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="mail.follow", name="mail.follow")
def follow(timestamp: int = 0) -> None:
    """Our own pieces that were scanned outside, as soon as a delivery brought scans, and every minute what was left."""
    from zerotrip.mail.following.queue import follow_all

    follow_all()


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="mail.watch", name="mail.watch")
def watch(timestamp: int = 0) -> None:
    """Every ten minutes: pieces silent for too long, past their promise, or scanned again."""
    from zerotrip.mail.silence import watch as silence

    silence.watch()


@app.periodic(cron="5-59/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="mail.escalate", name="mail.escalate")
def escalate(timestamp: int = 0) -> None:
    """Every ten minutes: differences of hand-over lists that have been open for too long."""
    from zerotrip.mail.actions.differences import escalate_late

    escalate_late()


@app.periodic(cron="23 2 * * *")
@app.task(queue="housekeeping", queueing_lock="mail.archive", name="mail.archive")
def archive(timestamp: int = 0) -> None:
    """Every night: months older than the setting, from the oldest on. What breaks off goes on the next night."""
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.mail.archive import months

    for month in months.due(now()):
        months.archive(month, actor=SYSTEM, at=now())
