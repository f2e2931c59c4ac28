"""Background work of the door for other systems."""

from zerotrip.gateway.signing import tasks as signing
from zerotrip.gateway.webhooks import tasks as webhooks

__all__ = ["signing", "webhooks"]
