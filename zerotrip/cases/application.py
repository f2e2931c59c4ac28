"""What somebody who applies has to say. Plain values: pages, the API and tests build them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PersonApplicant:
    """A natural person. `on_document`: a clerk has read name and number on the document itself."""

    name: str
    id_type: str
    id_number: str
    phone: str = ""
    on_document: bool = False


@dataclass(frozen=True, slots=True)
class CompanyApplicant:
    """A company or other organisation, with the person who handles it (经办人)."""

    name: str
    uscc: str
    legal_representative: str = ""
    agent: PersonApplicant | None = None


@dataclass(frozen=True, slots=True)
class ContactIn:
    """Where papers are collected and the result is sent. `division`: a county's or township's code."""

    name: str
    phone: str
    division: str
    detail: str


@dataclass(frozen=True, slots=True)
class Slot:
    """When a courier may come: a day and minutes after midnight."""

    day: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Application:
    """One application for one item, handled in `county`; `uploads` maps a material's position to a stored file.

    `handed_in` are the positions a clerk has in hand, `left_out` those the applicant need not or does not give.
    `itinerary`: the way chosen among those the planner offered, as `journey.itinerary` writes it; it then decides how
    papers and result go.
    """

    item_code: str
    county: str
    source: str
    applicant: PersonApplicant | CompanyApplicant
    contact: ContactIn
    materials_route: str
    result_route: str
    pickup: Slot | None = None
    uploads: Mapping[int, UUID] = field(default_factory=dict)
    handed_in: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    result_payer: str = "applicant"
    itinerary: Mapping[str, Any] | None = None
