"""What partners send and get. Unknown fields are refused by name, so that a misspelt one is not silently lost."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

IdTypeCode = Literal["111", "112", "113", "114", "115", "414", "511", "516", "553", "810", "830", "990"]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Phone = Annotated[str, Field(min_length=5, max_length=30)]


class In(Schema):
    """Base of everything received."""

    model_config = ConfigDict(extra="forbid")


class PersonIn(In):
    """A natural person. `id_type` by GA/T 2000.156: 111 resident ID card, 414 passport, 810/830 residence permits, …"""

    kind: Literal["person"]
    name: Name
    id_type: IdTypeCode = "111"
    id_number: str = Field(..., min_length=4, max_length=40)
    phone: Phone


class AgentIn(In):
    """The person who handles the application for a company."""

    name: Name
    id_type: IdTypeCode = "111"
    id_number: str = Field(..., min_length=4, max_length=40)
    phone: Phone


class CompanyIn(In):
    """A company or other organisation, by its unified social credit code (GB 32100)."""

    kind: Literal["company"]
    name: Name
    uscc: str = Field(..., min_length=18, max_length=18)
    legal_representative: str = Field("", max_length=60)
    agent: AgentIn | None = None


class ContactSent(In):
    """Where papers are collected and the result is sent. `division`: code of a county or township."""

    name: Name
    phone: Phone
    division: str = Field(..., pattern=r"^[0-9]{6,12}$")
    detail: str = Field(..., min_length=2, max_length=200)


class PickupIn(In):
    """When the courier may come, in Shanghai time."""

    day: date
    start: str = Field(..., alias="from", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    until: str = Field(..., pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


class MaterialIn(In):
    """A material that comes as a file, by its position in the item. `file_id` is the answer of POST /files."""

    position: int = Field(..., ge=0, le=999)
    file_id: UUID | None = None


EXAMPLE: dict[str, Any] = {
    "item_code": "11360000014501234X4000131001000",
    "county": "360102",
    "applicant": {
        "kind": "company",
        "name": "南昌示例科技有限公司",
        "uscc": "91360102MA35X0000A",
        "legal_representative": "示例",
        "agent": {"name": "示例", "id_type": "111", "id_number": "36010219860517001X", "phone": "13900000000"},
    },
    "contact": {
        "name": "示例",
        "phone": "13900000000",
        "division": "360102",
        "detail": "示例路1号3楼",
    },
    "materials_route": "courier",
    "result_route": "mail",
    "pickup": {"day": "2026-11-25", "from": "09:00", "until": "11:00"},
    "materials": [{"position": 1, "file_id": "0f8fad5b-d9cb-469f-a165-70867728950e"}],
}


class PlanChoice(In):
    """One of the ways that POST /plans answered: its `id`, and the `from` and `at` it was asked with."""

    division: str = Field(..., alias="from", pattern=r"^[0-9]{6,12}$")
    at: datetime
    id: str = Field(..., min_length=4, max_length=64)


class ApplicationIn(In):
    """An application for one service item. `county` is where it is handled; `pickup` goes with the route `courier`.

    With `plan` the case carries the chosen way and is held to it; `materials_route` and `result_route` then follow from
    it and may be left out. The routes `outlet`, `kiosk` and a result
    told `online` need a plan.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    item_code: str = Field(..., min_length=1, max_length=40)
    county: str = Field(..., pattern=r"^[0-9]{6}([0-9]{6})?$")
    applicant: Annotated[PersonIn | CompanyIn, Field(discriminator="kind")]
    contact: ContactSent
    materials_route: Literal["online", "courier", "hall", "outlet", "kiosk"] | None = None
    result_route: Literal["mail", "collect", "online"] | None = None
    plan: PlanChoice | None = None
    pickup: PickupIn | None = None
    materials: list[MaterialIn] = Field(default_factory=list, max_length=100)


class WithdrawIn(In):
    reason: str = Field(..., min_length=2, max_length=300)


class FileOut(Schema):
    """A stored file. Name it in a material within a day, or it is discarded. `sm3` is the digest (GB/T 32905)."""

    file_id: UUID
    media_type: str
    size: int
    sm3: str


class ItemRef(Schema):
    code: str
    name: str
    version: int


class PlaceRef(Schema):
    code: str
    name: str


class ApplicantOut(Schema):
    kind: Literal["person", "company"]
    name: str
    uscc: str | None


class ContactOut(Schema):
    name: str
    phone: str
    region: str


class CaseMaterialOut(Schema):
    """`route`: upload, original (carried by post), hand (brought to the hall), shared (fetched by the agency), none."""

    position: int
    name: str
    originals: int
    copies: int
    required: bool
    route: str
    received_at: datetime | None


class VisitOut(Schema):
    """The applicant present at a place."""

    place: str
    reason: str
    at: datetime


class PromiseOut(Schema):
    """The day by which the side whose turn it is must have acted; provisional when holidays are not decreed yet."""

    day: date
    provisional: bool


class ProblemToMend(Schema):
    material: str
    problem: str
    remedy: str


class CorrectionOut(Schema):
    asked_at: datetime
    answered_at: datetime | None
    problems: list[ProblemToMend]


class ConsignmentOut(Schema):
    """A mail piece of the case; `number` is null until the courier has accepted it."""

    number: str | None
    purpose: str
    state: str
    net: str
    payer: str
    postage: str | None
    ordered_at: datetime
    accepted_at: datetime | None
    delivered_at: datetime | None
    attempts: int


class StepOut(Schema):
    """One step of the timeline. `text` is the sentence people read."""

    at: datetime
    kind: str
    place: str
    text: str


class CaseLegOut(Schema):
    """One movement of the case's chosen way, as planned and as it went. `from`, `to`: place codes, or "home"."""

    kind: Literal["person", "post", "data"]
    origin: str = Field(..., alias="from")
    from_name: str
    target: str = Field(..., alias="to")
    to_name: str
    departs: datetime
    arrives: datetime
    departed_at: datetime | None
    arrived_at: datetime | None
    expected_at: datetime | None


class CaseOut(Schema):
    """A case. `trips` is how often the applicant has come so far, `trips_promised` what was promised.

    With a chosen way: `promised_at` by when it is sure to be done, `forecast_at` when as things stand, `at_risk` when
    that is later.
    """

    number: str
    state: str
    state_text: str
    outcome: str
    outcome_reason: str
    item: ItemRef
    county: str
    hall: PlaceRef
    window: PlaceRef
    applicant: ApplicantOut
    contact: ContactOut
    materials_route: str
    result_route: str
    materials: list[CaseMaterialOut]
    trips: int
    trips_promised: int
    visits: list[VisitOut]
    promise: PromiseOut | None
    promised_at: datetime | None
    forecast_at: datetime | None
    at_risk: bool
    legs: list[CaseLegOut]
    certificate_number: str
    correction: CorrectionOut | None
    consignments: list[ConsignmentOut]
    timeline: list[StepOut]
    applied_at: datetime
    received_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    sent_at: datetime | None
    closed_at: datetime | None


class CaseRow(Schema):
    """A case in a list."""

    number: str
    state: str
    outcome: str
    item: str = Field(..., alias="version.name")
    county: str
    due: date | None
    applied_at: datetime
    closed_at: datetime | None


class CasePage(Schema):
    """A page of cases, newest first. `next` is the number to send as `before` for the page after it."""

    cases: list[CaseRow]
    next: str | None
