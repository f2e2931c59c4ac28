"""API routes of divisions and places: public facts."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.params.functions import Query

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.errors import BadInput
from zerotrip.places import hours, queries
from zerotrip.places.addresses import recognise
from zerotrip.places.models import Division, Place
from zerotrip.places.wording import refusal
from zerotrip.rules.errors import RuleError

router = Router(tags=["places"])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


class DivisionOut(Schema):
    """A division. `position_source` says how far the position may be trusted: seeded ones are only for drawing."""

    code: str
    parent: str | None = Field(None, alias="parent_id")
    level: int
    name: str
    short_name: str
    pinyin: str
    lat: float | None
    lon: float | None
    position_source: str
    postcode: str


class PlaceOut(Schema):
    """A place where something can be done, handed over or delivered to."""

    code: str
    name: str
    kind: str
    organisation: str = Field(..., alias="organisation.code")
    division: str = Field(..., alias="division_id")
    parent: str | None = Field(None, alias="parent.code")
    address: str
    lat: float | None
    lon: float | None
    position_source: str
    phone: str
    days_off: str
    active: bool


class PeriodOut(Schema):
    opens: str
    closes: str


class PlaceDetail(PlaceOut):
    """A place with its weekly hours (Monday first) and, for a day asked for, the hours of that day."""

    week: list[list[PeriodOut]]
    day: date | None = None
    hours: list[PeriodOut] | None = None


class AddressIn(Schema):
    address: str = Field(..., max_length=300)
    home: str = Field("", pattern=r"^\d{0,6}$", description="code prefix that decides between equally good readings")


class CandidateOut(Schema):
    code: str
    full_name: str


class NoteOut(Schema):
    kind: str
    text: str
    code: str


class AddressOut(Schema):
    """What was read: nothing is chosen silently, see `certainty`, `candidates` and `notes`."""

    code: str | None
    full_name: str
    rest: str
    certainty: str
    confidence: float
    candidates: list[CandidateOut]
    notes: list[NoteOut]


REFUSED = {400: Problem, 401: Problem, 404: Problem, 422: Problem, 429: Problem}


@router.get(
    "/divisions", response={200: list[DivisionOut]} | REFUSED, summary="The divisions below one, or the provinces"
)
def list_divisions(
    request: HttpRequest, parent: str = Query("", max_length=12), q: str = Query("", max_length=60)
) -> list[Division]:
    """Without `parent` the provinces; with `q` those of that name, former name, pinyin or initials (at most 50)."""
    actor = _actor(request)
    if q.strip():
        prefix = queries.division(parent, actor=actor).prefix if parent else ""
        return queries.search_divisions(q, actor=actor, prefix=prefix, limit=50)
    if parent:
        parent = queries.division(parent, actor=actor).code
    return list(queries.children(parent, actor=actor))


@router.get(
    "/divisions/{code}", response={200: DivisionOut} | REFUSED, summary="One division, by present or former code"
)
def get_division(request: HttpRequest, code: str) -> Division:
    return queries.division(code, actor=_actor(request))


@router.post("/addresses", response={200: AddressOut} | REFUSED, summary="Read the division out of an address")
def read_address(request: HttpRequest, sent: AddressIn) -> AddressOut:
    return AddressOut.from_orm(recognise(sent.address, home=sent.home))


@router.get("/places", response={200: list[PlaceOut]} | REFUSED, summary="Places by kind, division and words")
def list_places(
    request: HttpRequest,
    kind: str = Query("", max_length=12),
    division: str = Query("", max_length=12),
    q: str = Query("", max_length=60),
    after: str = Query("", max_length=40, description="the last code of the page before"),
    limit: int = Query(100, ge=1, le=500),
) -> list[Place]:
    found = queries.places(actor=_actor(request), kind=kind, division=division, text=q)
    return list(found.filter(code__gt=after).order_by("code")[:limit])


@router.get("/places/{code}", response={200: PlaceDetail} | REFUSED, summary="One place with its opening hours")
def get_place(request: HttpRequest, code: str, day: date | None = None) -> PlaceDetail:
    """With `day` also the hours of that day, holidays and exceptions considered."""
    place = queries.place(code, actor=_actor(request))
    known = queries.hours_of([place])[place.pk]
    out = PlaceDetail.from_orm(_WithWeek(place, [_periods(periods) for periods in known.week]))
    if day is not None:
        out.day = day
        try:
            out.hours = _periods(queries.opening_periods(place, day))
        except RuleError as error:
            raise BadInput(
                _("无法确定这一天的开放时间：{reason}").format(reason=refusal(error)), fields={"day": [refusal(error)]}
            ) from error
    return out


class _WithWeek:
    """A place that also has its week, for the schema."""

    def __init__(self, place: Place, week: list[list[PeriodOut]]) -> None:
        self._place, self.week = place, week
        self.day = self.hours = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._place, name)


def _periods(periods: tuple[hours.Period, ...]) -> list[PeriodOut]:
    return [PeriodOut(opens=hours.clock_text(p.opens), closes=hours.clock_text(p.closes)) for p in periods]


def _actor(request: HttpRequest) -> Actor:
    actor = getattr(request, "actor", NOBODY)
    return actor if isinstance(actor, Actor) else NOBODY
