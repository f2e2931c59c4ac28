"""No portal answers: rows wait, and are sent when one does."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zerotrip.core.errors import Unavailable
from zerotrip.gateway.exports.portal import Message, Reply


class Outage:
    """Takes nothing in."""

    def send(self, message: Message) -> Reply:
        raise Unavailable(_("省平台暂时不可用，稍后会再次报送。"))
