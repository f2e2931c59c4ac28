"""Background work of the door for other systems."""

from zerotrip.gateway.exports import tasks as exports
from zerotrip.gateway.signing import tasks as signing
from zerotrip.gateway.trackers import tasks as trackers
from zerotrip.gateway.webhooks import tasks as webhooks

__all__ = ["exports", "signing", "trackers", "webhooks"]
