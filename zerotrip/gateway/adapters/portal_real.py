"""The provincial portal over HTTPS, every message signed with our own key."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable
from zerotrip.gateway import outgoing
from zerotrip.gateway.exports import own_key
from zerotrip.gateway.exports.portal import TIME_OUT, Message, Reply, read
from zerotrip.gateway.signing import client


class Real:
    """The portal at `url`. Raises Forbidden for an address we do not send to."""

    def __init__(self, url: str) -> None:
        self.url = outgoing.check(url)

    def send(self, message: Message) -> Reply:
        body = message.body()
        headers = client.signed(
            "POST",
            self.url,
            body,
            key=own_key.private(),
            created=now(),
            headers={"Content-Type": "application/json", "Idempotency-Key": message.id},
        )
        answer = outgoing.post(self.url, body, headers, timeout=TIME_OUT)
        reply = read(answer)
        if reply is None:
            raise Unavailable(answer.complaint or _("接收方回答 {status}。").format(status=answer.status))
        return reply
