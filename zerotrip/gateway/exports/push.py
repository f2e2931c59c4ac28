"""Rows for the portal: queued once for each change, sent until they are answered.

`queue_case` compares the rows of a case with what was queued of it before; what changed is a new revision, and an
older one that still waits is replaced. `send_due` sends what is due, one case at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.crypto import keyed_digest
from zerotrip.core.errors import Problem
from zerotrip.gateway.exports import portal
from zerotrip.gateway.exports.load import Loader
from zerotrip.gateway.exports.models import PortalRow, Told
from zerotrip.gateway.exports.rows import Whole, rows_of
from zerotrip.gateway.exports.tables import BY_CODE
from zerotrip.gateway.exports.tally import Tally

PAUSES: Final = (30, 120, 600, 1800, 3600, 7200, 14400, 21600)
"""Seconds before the second, third, … try; the last one again and again: a row waits until it is answered."""

LATER: Final = timedelta(minutes=10)
"""After this a row that was received but not decided is asked about again."""

LEASE: Final = timedelta(minutes=2)
"""For so long nobody else sends a row that is being sent."""

CASES_AT_ONCE: Final = 50
IN_A_ROW: Final = 3
"""After so many messages without any answer a round ends: nobody is there."""


def pause(tries: int) -> timedelta:
    """How long to wait after the so-many-th try failed."""
    return timedelta(seconds=PAUSES[min(max(tries, 1), len(PAUSES)) - 1])


@dataclass(frozen=True, slots=True)
class _Present:
    """A row as it is now."""

    table: str
    key: str
    content: str

    @property
    def digest(self) -> bytes:
        return keyed_digest(hashlib.sha256(self.content.encode()).digest(), "gateway.portal")


def queue_case(number: str, at: datetime) -> int:
    """Queue what changed of this case. Returns how many revisions are new; the same state again queues nothing."""
    whole = Loader().one(number)
    if whole is None:
        return 0
    known: dict[tuple[str, str], PortalRow] = {}
    former = PortalRow.objects.select_for_update(no_key=True).defer("content").filter(case_number=number)
    for row in former.order_by("revision"):
        known[row.table, row.key] = row
    present = {(row.table, row.key): row for row in _present(whole)}
    fresh = [_revision(whole, row, known.get(place), at) for place, row in present.items()]
    gone = (row for place, row in known.items() if place not in present and not row.taken_back)
    made = [row for row in fresh if row is not None] + [_taken_back(row, at) for row in gone]
    for row in made:
        older = PortalRow.objects.filter(table=row.table, key=row.key, state__in=[Told.REQUESTED, Told.REJECTED])
        older.update(state=Told.REPLACED, next_at=None, content=None)
    PortalRow.objects.bulk_create(made)
    return len(made)


def _present(whole: Whole) -> Iterable[_Present]:
    tally = Tally()
    for code, row in rows_of(whole):
        table = BY_CODE[code]
        texts = tally.say(table, row, masked=False)
        if texts is not None:
            said = {name: text for name, text in zip(table.heads, texts, strict=True) if text}
            yield _Present(code, getattr(row, table.key), json.dumps(said, ensure_ascii=False))


def _revision(whole: Whole, row: _Present, former: PortalRow | None, at: datetime) -> PortalRow | None:
    """The next revision of a row; None when nothing changed."""
    digest = row.digest
    if former is not None and bytes(former.digest) == digest:
        return None
    return PortalRow(
        table=row.table,
        key=row.key,
        revision=former.revision + 1 if former else 1,
        case_number=whole.case.number,
        county=whole.case.county,
        digest=digest,
        content=row.content,
        queued_at=at,
        next_at=at,
    )


def _taken_back(former: PortalRow, at: datetime) -> PortalRow:
    return PortalRow(
        table=former.table,
        key=former.key,
        revision=former.revision + 1,
        case_number=former.case_number,
        county=former.county,
        digest=keyed_digest(b"", "gateway.portal"),
        taken_back=True,
        queued_at=at,
        next_at=at,
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """How sending a row went. `reply` is None when nothing settled it; `sentence` then says why."""

    row: PortalRow
    reply: portal.Reply | None
    sentence: str


def send_due(at: datetime | None = None, *, through: portal.Portal | None = None) -> int:
    """Send the rows that are due, oldest case first. Returns how many were sent; 0 when there is no portal to tell.

    Safe to run in several processes: each takes other rows. Ends early when nobody answers.
    """
    from zerotrip.gateway.exports import actions

    there = through or portal.port()
    if there is None:
        return 0
    sent = silent = 0
    for number in _due_cases(at or now()):
        tried: list[Tried] = []
        for row in _claim(number, at or now()):
            tried.append(_send(there, row))
            silent = 0 if tried[-1].reply is not None else silent + 1
            if silent >= IN_A_ROW:
                break
        if any(one.reply is not None or not one.row.tries for one in tried):
            actions.told(tried, actor=SYSTEM, at=at or now())
        else:  # nobody answered, again: written down, but no news
            with transaction.atomic():
                settle(tried, at or now())
        sent += len(tried)
        if silent >= IN_A_ROW:
            break
    return sent


def _due_cases(at: datetime) -> list[str]:
    due = PortalRow.objects.filter(state=Told.REQUESTED, next_at__lte=at).order_by("next_at", "pk")
    numbers = due.values_list("case_number", flat=True)[: CASES_AT_ONCE * 20]
    return list(dict.fromkeys(numbers))[:CASES_AT_ONCE]


def _claim(number: str, at: datetime) -> list[PortalRow]:
    """The due rows of a case, kept from others for a while."""
    with transaction.atomic():
        rows = list(
            PortalRow.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(case_number=number, state=Told.REQUESTED, next_at__lte=at)
            .order_by("pk")
        )
        PortalRow.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=at + LEASE)
    return rows


def _send(there: portal.Portal, row: PortalRow) -> Tried:
    message = portal.Message(BY_CODE[row.table], row.key, row.revision, row.content or "")
    try:
        reply = there.send(message)
    except Problem as error:
        return Tried(row, None, str(error)[: portal.LONGEST_SENTENCE])
    return Tried(row, reply, reply.sentence)


def settle(tried: Iterable[Tried], at: datetime) -> Counter[str]:
    """Write down how sending went, in the caller's transaction. Returns how many ended in which state."""
    ended: Counter[str] = Counter()
    for one in tried:
        mine = PortalRow.objects.filter(pk=one.row.pk, state=Told.REQUESTED)
        changes: dict[str, Any] = {"tries": F("tries") + 1, "tried_at": at, "sentence": one.sentence}
        result = one.reply.result if one.reply else ""
        if result == "accepted":
            changes |= {"state": Told.ACCEPTED, "next_at": None, "answered_at": at, "content": None}
        elif result == "rejected":
            changes |= {"state": Told.REJECTED, "next_at": None, "answered_at": at}
        else:
            changes["next_at"] = at + (LATER if result == "later" else pause(one.row.tries + 1))
        mine.update(**changes)
        ended[result or "unanswered"] += 1
    return ended


def queue_since(first: datetime, last: datetime, at: datetime) -> int:
    """Queue the cases applied for in that time, as when a portal is connected later. Returns how many revisions."""
    from zerotrip.cases.models import Case

    known = PortalRow.objects.filter(case_number=OuterRef("number"))
    cases = Case.objects.filter(applied_at__gte=first, applied_at__lt=last).exclude(Exists(known))
    made = 0
    for number in cases.order_by("pk").values_list("number", flat=True).iterator():
        with transaction.atomic():
            made += queue_case(number, at)
    return made


def wanted() -> bool:
    """Whether this installation tells a portal anything."""
    return bool(settings.ZEROTRIP_PORTAL)


def words_of(tried: Iterable[Tried]) -> str:
    """The names of the tables that were told, each once."""
    return "、".join(dict.fromkeys(BY_CODE[one.row.table].name for one in tried)) or _("无")
