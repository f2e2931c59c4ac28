"""A case with all that its rows are made of, and what every row of it can say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from zerotrip.cases.models import Case, CaseMaterial, Pause
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import local
from zerotrip.gateway.exports.values import Public
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment, IdentityCheck
from zerotrip.people.models import Contact
from zerotrip.places.models import Organisation, Place
from zerotrip.rules.item_codes import CaseType

MAIL_KINDS: Final = ("mail.accepted", "mail.handed_in", "mail.delivered")


@dataclass(frozen=True)
class Whole:
    """A case with all that its rows are made of."""

    case: Case
    version: ItemVersion
    materials: list[CaseMaterial]
    pauses: list[Pause]
    entries: list[Entry]
    pieces: list[Consignment] = field(default_factory=list)
    signed: dict[int, IdentityCheck] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    payments: list[Any] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.case.number

    @property
    def contact(self) -> Contact:
        return self.case.contact

    @property
    def organ(self) -> Organisation:
        """Who decides: the body behind the window."""
        return self.case.window.organisation

    def entry(self, *kinds: str) -> Entry | None:
        """The last entry of one of these kinds."""
        return next((entry for entry in reversed(self.entries) if entry.kind in kinds), None)

    def clerk(self, *kinds: str) -> Public | None:
        """The member of staff who did it; nobody's secret in office."""
        found = self.entry(*kinds)
        return staff(found) if found else None

    @cached_property
    def case_kind(self) -> str | None:
        known = CaseType.get(self.version.case_kind)
        return known.zh if known else None


class About:
    """A row of a case: what it does not say itself, the case says."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.case, self.version, self.organ = whole.case, whole.version, whole.organ

    @property
    def key(self) -> str:
        return self.case.number

    @property
    def case_kind(self) -> str | None:
        return self.whole.case_kind


def staff(entry: Entry) -> Public | None:
    """Who did it, when it was a member of staff."""
    return Public(entry.actor_name) if entry.actor_kind == "staff" and entry.actor_name else None


def day(moment: datetime | None) -> date | None:
    """The day of a moment in Shanghai."""
    return local(moment).date() if moment else None
