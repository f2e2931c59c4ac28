"""How the door for other systems reacts to what happens inside."""

from zerotrip.gateway.exports import readers as exports
from zerotrip.gateway.trackers import kinds as trackers
from zerotrip.gateway.webhooks import readers as webhooks

__all__ = ["exports", "trackers", "webhooks"]
