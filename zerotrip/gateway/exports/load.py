"""Cases with everything their rows need, a few hundred at a time and in a dozen statements each time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from django.db.models import QuerySet

from zerotrip.cases.models import Case
from zerotrip.catalog.models import ItemVersion
from zerotrip.gateway.exports.rows import MAIL_KINDS, STEPS, Whole
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment, IdentityCheck, State
from zerotrip.places.models import Place

AT_ONCE: Final = 400

_KINDS: Final = (*STEPS, *MAIL_KINDS)
_RELATED: Final = (
    "applicant_person", "applicant_company", "contact__division", "window__organisation", "correction",
)  # fmt: skip
_VERSION: Final = (
    "name", "case_kind", "basic_code", "implementation_code", "result_name", "charges", "item_type",
    "legal_limit_value", "legal_limit_unit", "legal_limit_note", "promised_limit_value", "promised_limit_unit",
)  # fmt: skip


class Loader:
    """Loads cases; what many of them share (versions of items, places) is loaded once."""

    def __init__(self) -> None:
        self._versions: dict[int, ItemVersion] = {}
        self._places: dict[int, Place] = {}

    def all(self, cases: QuerySet[Case]) -> Iterator[list[Whole]]:
        """The chosen cases in the order of their ids, in lists of at most `AT_ONCE`; memory does not grow."""
        last = 0
        while True:
            part = list(
                cases.filter(pk__gt=last)
                .select_related(*_RELATED)
                .prefetch_related("materials", "pauses")
                .order_by("pk")[:AT_ONCE]
            )
            if not part:
                return
            last = part[-1].pk
            yield self.wholes(part)

    def one(self, number: str) -> Whole | None:
        """The case with this number."""
        found = Case.objects.select_related(*_RELATED).prefetch_related("materials", "pauses").filter(number=number)
        wholes = self.wholes(list(found))
        return wholes[0] if wholes else None

    def wholes(self, cases: list[Case]) -> list[Whole]:
        """These cases with their entries, pieces, signatures and places."""
        numbers = [case.number for case in cases]
        entries: dict[str, list[Entry]] = defaultdict(list)
        rows = Entry.objects.filter(case_number__in=numbers, kind__in=_KINDS)
        for entry in rows.order_by("id"):
            entries[entry.case_number].append(entry)
        pieces: dict[str, list[Consignment]] = defaultdict(list)
        posted = Consignment.objects.filter(reference__in=numbers, number__isnull=False)
        for piece in posted.exclude(state=State.CANCELLED).select_related(
            "sender", "sender_place", "recipient_place"
        ).order_by("pk"):  # fmt: skip
            pieces[piece.reference].append(piece)
        signed = {
            check.consignment_id: check
            for check in IdentityCheck.objects.filter(
                consignment__in=[piece.pk for some in pieces.values() for piece in some], moment="delivery"
            )
        }
        self._know(cases, (entry for some in entries.values() for entry in some))
        return [
            Whole(
                case=case,
                version=self._versions[case.version_id],
                materials=list(case.materials.all()),
                pauses=list(case.pauses.all()),
                entries=entries[case.number],
                pieces=pieces[case.number],
                signed=signed,
                places=self._places,
            )
            for case in cases
        ]

    def _know(self, cases: Iterable[Case], entries: Iterable[Entry]) -> None:
        versions = {case.version_id for case in cases} - self._versions.keys()
        if versions:
            self._versions |= ItemVersion.objects.only(*_VERSION).in_bulk(versions)
        places = {entry.place_id for entry in entries if entry.place_id} - self._places.keys()
        if places:
            self._places |= Place.objects.select_related("organisation").in_bulk(places)
