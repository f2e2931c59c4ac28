"""What the mail room does while nobody asks: pieces follow their trace, silence is noticed, old scans are archived."""

from __future__ import annotations

from procrastinate.contrib.django import app


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
