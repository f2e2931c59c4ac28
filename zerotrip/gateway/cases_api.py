"""API routes of cases: apply, follow, withdraw; upload the files an application names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.files import UploadedFile
from ninja.params.functions import File, Path, Query

from zerotrip.cases import actions
from zerotrip.cases import queries as cases
from zerotrip.cases.application import Application, CompanyApplicant, ContactIn, PersonApplicant, Slot
from zerotrip.cases.itinerary import meaning_of
from zerotrip.cases.models import Case
from zerotrip.core import ids
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.idempotency import answer_once, request_mark
from zerotrip.documents import actions as documents
from zerotrip.gateway.auth import require
from zerotrip.gateway.models import Scope
from zerotrip.gateway.queries import case_document
from zerotrip.gateway.refusals import REFUSED
from zerotrip.gateway.schemas import (
    AgentIn,
    ApplicationIn,
    CaseOut,
    CasePage,
    CompanyIn,
    FileOut,
    PersonIn,
    PickupIn,
    PlanChoice,
    WithdrawIn,
)
from zerotrip.journey import queries as journey
from zerotrip.journey.itinerary import Itinerary

router = Router(tags=["cases"])

ONCE: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "schema": {"type": "string", "minLength": 8, "maxLength": 100},
            "description": "A number of your own for this request, best a UUID: sent again, it gets the first answer.",
        }
    ]
}
Upload = File(..., description="JPEG, PNG or PDF")
Number = Path(..., min_length=1, max_length=60, description="a case number, as in the answer of POST /cases")


def once(request: HttpRequest, work: Callable[[], HttpResponseBase], mark: bytes | None = None) -> HttpResponseBase:
    """Do `work` once for the caller's Idempotency-Key. Raises BadInput without one.

    `mark` is the fingerprint of a request whose body was read in pieces.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        sentence = _("请在标头 Idempotency-Key 中给出请求编号（建议使用 UUID），重复提交时不会重复办理。")
        raise BadInput(sentence, fields={"Idempotency-Key": [sentence]})
    actor = request.actor  # type: ignore[attr-defined]
    return answer_once(f"api:{actor.kind}:{actor.id}", key, mark or request_mark(request), work)


def document(content: object, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer that is already known to be right: built by the database, not checked again."""
    return HttpResponse(orjson.dumps(content), status=status, content_type="application/json", headers=headers)


@router.post("/files", response={201: FileOut} | REFUSED, openapi_extra=ONCE, summary="Store a file for an application")
def store_file(request: HttpRequest, file: UploadedFile = Upload) -> HttpResponseBase:
    """JPEG, PNG or PDF, judged by its content. Images are made anew, without what the camera wrote beside them."""
    actor = require(request, Scope.CREATE)

    def work() -> HttpResponse:
        stored = documents.store(file.name or "", file.read(), purpose="material", actor=actor, at=now())
        out = {
            "file_id": stored.public_id,
            "media_type": stored.media_type,
            "size": stored.size,
            "sm3": stored.sm3_hex,
        }
        return document(out, 201)

    return once(request, work)


@router.post("/cases", response={201: CaseOut} | REFUSED, openapi_extra=ONCE, summary="Apply for a service item")
def create_case(request: HttpRequest, sent: ApplicationIn) -> HttpResponseBase:
    """Opens a case and, with the route `courier`, orders the pickup of its originals. All of it, or nothing.

    Answers 201 with the case and its address in `Location`.
    """
    actor = require(request, Scope.CREATE)
    application = _application(sent)

    def work() -> HttpResponse:
        case = actions.apply(application, actor=actor, at=now())
        where = reverse("api-v1:get_case", kwargs={"number": case.number})
        return document(case_document(case.number, actor=actor), 201, Location=where)

    return once(request, work)


@router.get("/cases", response={200: CasePage} | REFUSED, summary="Your cases, newest first")
def list_cases(
    request: HttpRequest,
    state: str = Query("", max_length=12),
    before: str = Query("", max_length=60, description="the `next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponseBase | dict[str, Any]:
    """`state` narrows the list to one state."""
    actor = require(request, Scope.READ)
    found = cases.mine(actor)
    if state:
        found = found.filter(state=state)
    if before:
        mark = Case.objects.visible_to(actor).filter(number=ids.compact(before)).values_list("pk", flat=True).first()
        if mark is None:
            raise NotFound(_("没有办件 {number}，请从第一页重新开始。").format(number=before))
        found = found.filter(pk__lt=mark)
    page = list(found[: limit + 1])
    return {"cases": page[:limit], "next": page[limit - 1].number if len(page) > limit else None}


@router.get(
    "/cases/{number}", response={200: CaseOut} | REFUSED, summary="A case with its timeline", url_name="get_case"
)
def get_case(request: HttpRequest, number: str = Number) -> HttpResponse:
    """The timeline holds what the applicant may read: who acts for whom is said by place, not by person."""
    return document(case_document(number, actor=require(request, Scope.READ)))


@router.post(
    "/cases/{number}/withdraw",
    response={200: CaseOut} | REFUSED,
    openapi_extra=ONCE,
    summary="Take an application back",
)
def withdraw_case(request: HttpRequest, sent: WithdrawIn, number: str = Number) -> HttpResponseBase:
    """Until a decision is made. A pickup that has not begun is cancelled; originals in our hands go back by post."""
    actor = require(request, Scope.WITHDRAW)

    def work() -> HttpResponse:
        case = actions.withdraw(ids.compact(number), reason=sent.reason, actor=actor, at=now())
        return document(case_document(case.number, actor=actor))

    return once(request, work)


def _application(sent: ApplicationIn) -> Application:
    uploads: dict[int, UUID] = {}
    for index, material in enumerate(sent.materials):
        if material.file_id is None:
            continue
        if material.position in uploads:
            sentence = _("材料 {n} 出现了两次，请只保留一个。").format(n=material.position)
            raise BadInput(sentence, fields={f"materials.{index}.position": [sentence]})
        uploads[material.position] = material.file_id
    way = _chosen(sent.item_code, sent.plan)
    meaning = meaning_of(way) if way is not None else None
    return Application(
        item_code=sent.item_code,
        county=sent.county,
        source="api",
        applicant=_applicant(sent.applicant),
        contact=ContactIn(sent.contact.name, sent.contact.phone, sent.contact.division, sent.contact.detail),
        materials_route=sent.materials_route or (meaning.materials_route if meaning else ""),
        result_route=sent.result_route or (meaning.result_route if meaning else ""),
        pickup=_slot(sent.pickup),
        uploads=uploads,
        itinerary=way.as_json() if way is not None else None,
    )


def _chosen(item: str, plan: PlanChoice | None) -> Itinerary | None:
    """The way of a plan, found again. Raises Conflict when it is no longer among the ways."""
    if plan is None:
        return None
    for way in journey.plan_for(item, plan.division, plan.at).itineraries:
        if way.id == plan.id:
            return way
    raise Conflict(_("所选的办事路线已有变化，请重新查询 POST /plans 后再选。"))


def _applicant(sent: PersonIn | CompanyIn) -> PersonApplicant | CompanyApplicant:
    if isinstance(sent, PersonIn):
        return _person(sent)
    agent = _person(sent.agent) if sent.agent else None
    return CompanyApplicant(sent.name, sent.uscc, sent.legal_representative, agent)


def _person(sent: PersonIn | AgentIn) -> PersonApplicant:
    return PersonApplicant(sent.name, sent.id_type, sent.id_number, sent.phone)


def _slot(sent: PickupIn | None) -> Slot | None:
    return Slot(sent.day, _minutes(sent.start), _minutes(sent.until)) if sent else None


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
