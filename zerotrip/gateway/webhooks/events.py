"""What a message says: the public entries of the ledger, as thin payloads.

A partner learns what the applicant and the tracking page may read of its own cases, no more. What has changed since is
asked of the API: a message names the case, it is not a copy of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput
from zerotrip.core.words import listed
from zerotrip.gateway.webhooks.models import Message, Webhook
from zerotrip.ledger.kinds import KINDS, Kind
from zerotrip.ledger.models import Entry

TEST: Final = "webhook.test"
"""The type of a test message; every webhook gets it when asked for, whatever it subscribed to."""


def kinds() -> list[Kind]:
    """Every kind of event that can be subscribed to: the public kinds of entries, by code."""
    return sorted((kind for kind in KINDS.values() if kind.public), key=lambda kind: kind.code)


def chosen(types: Collection[str]) -> list[str]:
    """The filter as it is kept. Raises BadInput for a type that does not exist."""
    known = {kind.code for kind in kinds()}
    rooms = {f"{code.split('.')[0]}.*" for code in known}
    unknown = sorted(set(types) - known - rooms)
    if unknown:
        sentence = _("没有这些事件类型：{types}。").format(types=listed(unknown[:5]))
        raise BadInput(sentence, fields={"types": [sentence]})
    return sorted(set(types))


def data_of(entry: Entry) -> dict[str, Any]:
    """What is told of an entry: which case, which mail piece, where, and the sentence in both languages."""
    with translation.override("zh-hans"):
        text = entry.sentence()
    with translation.override("en"):
        text_en = entry.sentence()
    return {
        "case": entry.case_number,
        "mail": entry.consignment_number or None,
        "place": entry.place_name or None,
        "text": text,
        "text_en": text_en,
        "learned_at": local(entry.learned_at).isoformat(timespec="seconds"),
        "url": f"{settings.ZEROTRIP_BASE_URL}/api/v1/cases/{entry.case_number}",
    }


def queue(webhook: Webhook, kind: str, at: datetime, data: dict[str, Any], made_at: datetime, **of: Any) -> Message:
    """Give a message the webhook's next sequence number, in the caller's transaction: a number is never lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_webhook SET last_sequence = last_sequence + 1 WHERE id = %s RETURNING last_sequence",
            [webhook.pk],
        )
        (sequence,) = cursor.fetchone()
    content = {
        "type": kind,
        "timestamp": local(at).isoformat(timespec="seconds"),
        "sequence": sequence,
        "data": data,
    }
    return Message.objects.create(
        webhook=webhook,
        sequence=sequence,
        message_id=f"msg_{ids.token(18)}",
        type=kind,
        body=orjson.dumps(content).decode(),
        made_at=made_at,
        **of,
    )
