"""Pushing in the background, every ten seconds."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerotrip.gateway.trackers import push


@app.periodic(cron="* * * * * */10")
@app.task(queue="trackers", queueing_lock="gateway.push_to_trackers", name="gateway.push_to_trackers")
def push_to_trackers(timestamp: int) -> None:
    """Push what changed to those who follow it."""
    push.run()
