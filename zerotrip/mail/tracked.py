"""A piece as anybody with its number may see it: announced, scanned or our own; one statement, no personal data.

The database builds the document with its scans (the function `mail_tracked`, see its migration); what the scans mean is
said here by the same rules as everywhere (`trace.summary.status`). Who scanned, what was written beside a scan, and
offices that nobody registered (their names are free text from outside) are not part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound
from zerotrip.mail.codes import OPERATIONS
from zerotrip.mail.models import State
from zerotrip.mail.trace.rules import FAILED, REASONS, RULES, UNSAID
from zerotrip.mail.trace.summary import Status, Summary, status, time_of
from zerotrip.rules import mail_number

SQL: Final = "SELECT mail_tracked(%s)::text"

UNPROMISED: Final = frozenset({State.CANCELLED, State.RETURNING, State.RETURNED})
"""Stages in which no delivery is promised any more."""

WHO: Final[dict[str, str | Promise]] = {
    "": gettext_lazy("无人"),
    "sender": gettext_lazy("寄件人"),
    "addressee": gettext_lazy("收件人"),
    "post": gettext_lazy("邮政"),
    "nature": gettext_lazy("不可抗力"),
    "place": gettext_lazy("邮政"),
    "transit": gettext_lazy("邮政"),
    "courier": gettext_lazy("投递员"),
}
"""Who must act, who caused a failure, who holds a piece: the words of `trace.rules` as people read them."""

_ANNOUNCED: Final = gettext_lazy("邮件信息已登记，等待收寄。")
_OTHER: Final = gettext_lazy("邮政内部处理")


@dataclass(frozen=True, slots=True)
class _Tongue:
    """Every sentence a document may hold, in one language."""

    operations: dict[str, str]
    reasons: dict[str, str]
    who: dict[str, str]
    states: dict[str, str]
    other: str


def read(number: str) -> dict[str, Any]:
    """The raw document of the database for a number: `trace`, `own`, `events` and what was announced.

    Raises NotFound, with what to do, for what is no mail number and for numbers nobody announced or scanned.
    """
    compact = mail_number.compact(number[:40])
    row = None
    if mail_number.is_valid(compact):
        with connection.cursor() as cursor:
            cursor.execute(SQL, [compact])
            row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFound(_("没有查到这个邮件号，请核对面单上的号码；刚交寄的邮件可能要过一会儿才能查到。"))
    raw: dict[str, Any] = orjson.loads(row[0])
    return raw


def document(number: str) -> dict[str, Any]:
    """What the API and the tracking page say of a number, worded in the reader's language. Raises NotFound."""
    return worded(read(number), now())


def worded(raw: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """The document of `read`, said as of `moment`: state and sentence, who must act, promise, scans oldest first."""
    last, ended, ends, back, failed, attempts, scans, unknown = raw["trace"]
    means = status(Summary(last, ended, ends, back, failed, attempts, None, scans, unknown))
    tongue = _tongue(get_language() or "zh-hans")
    events = _events(raw["events"], tongue)
    own = raw["own"]
    if own:
        purpose, net, accepted, delivered, half_by, promised, origin, target = own
    else:
        purpose, net, half_by = "", raw["net"], None
        accepted = next((e["at"] for e in events if e["code"] == "203"), None)
        delivered = time_of(ended).isoformat() if ended and means.stage == State.DELIVERED else None
        origin, target, promised = raw["from"] or "", raw["to"] or "", raw["promised_p95"]
    zh, en = _both(means)
    return {
        "number": raw["number"],
        "known": raw["known"] or bool(own),
        "state": means.stage,
        "state_label": tongue.states[means.stage],
        "sentence": {"zh": zh, "en": en},
        "must_act": means.must_act,
        "must_act_label": tongue.who[means.must_act],
        "cause": {
            "code": means.cause,
            "by": means.caused_by,
            "by_label": tongue.who[means.caused_by],
            "text": tongue.reasons[means.cause],
        }
        if means.caused_by
        else None,
        "holder": means.holder,
        "attempts": means.attempts,
        "disputed": means.after_end,
        "product": raw["product"],
        "purpose": purpose,
        "net": net,
        "from": origin,
        "to": target,
        "announced_at": raw["announced_at"],
        "accepted_at": accepted,
        "delivered_at": delivered,
        "promised_at": half_by,
        "promised_p95": promised,
        "late": _late(means.stage, promised, delivered, moment),
        "events": events,
    }


def _late(stage: str, promised: str | None, delivered: str | None, moment: datetime) -> bool | None:
    """Whether the promise is broken; None when nothing is promised (any more)."""
    if promised is None or stage in UNPROMISED:
        return None
    return (datetime.fromisoformat(delivered) if delivered else moment) > datetime.fromisoformat(promised)


def _events(rows: list[list[Any]], tongue: _Tongue) -> list[dict[str, Any]]:
    """The scans, oldest first; those of one instant in the order of the rules."""
    found = [
        {
            "code": code,
            "name": tongue.operations.get(code, tongue.other),
            "reason": tongue.reasons.get(reason, "") if code == FAILED else "",
            "place": place or area or "",
            "area_code": area_code or "",
            "area": area or "",
            "at": at,
        }
        for code, at, reason, _office, place, area_code, area in rows
    ]
    if len({event["at"] for event in found}) < len(found):
        found.sort(key=_order)
    return found


def _order(event: dict[str, Any]) -> tuple[str, int]:
    rule = RULES.get(event["code"])
    return event["at"], rule.rank if rule else 0


@cache
def _tongue(language: str) -> _Tongue:
    with override(language):
        return _Tongue(
            {code: str(name) for code, (name, _icon) in OPERATIONS.items()},
            {"": str(UNSAID.sentence)} | {code: str(reason.sentence) for code, reason in REASONS.items()},
            {code: str(name) for code, name in WHO.items()},
            {state.value: str(state.label) for state in State},
            str(_OTHER),
        )


def _both(means: Status) -> tuple[str, str]:
    """The sentence of a status in Chinese and in English, whatever the reader's language."""
    pair = _pairs(get_language() or "zh-hans").get(str(means.sentence))
    return pair or (str(means.sentence), str(means.sentence))


@cache
def _pairs(language: str) -> dict[str, tuple[str, str]]:
    """Every sentence of the rules, as `language` says it → in Chinese and in English."""
    rules = [*(rule.sentence for rule in RULES.values()), *(reason.sentence for reason in REASONS.values())]

    def said(tongue: str) -> list[str]:
        with override(tongue):
            return [str(sentence) for sentence in (*rules, UNSAID.sentence, _ANNOUNCED)]

    return dict(zip(said(language), zip(said("zh-hans"), said("en"), strict=True), strict=True))
