"""Another system applies for a company, follows the errand and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from tests.cases.stories import collect
from tests.gateway.conftest import Caller
from tests.town import Town
from zerotrip.cases.models import Case
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.ids import is_case_number
from zerotrip.gateway import actions
from zerotrip.gateway.schemas import CaseOut
from zerotrip.ledger.readers import drain
from zerotrip.mail.models import Consignment

pytestmark = pytest.mark.django_db
Application = Callable[..., dict[str, Any]]


def test_an_application_becomes_a_case_with_a_courier_on_the_way(api: Caller, application: Application) -> None:
    answer = api.post("/cases", application())
    assert answer.status_code == 201, answer.content.decode()
    case = answer.json()
    CaseOut.model_validate(case)
    assert is_case_number(case["number"])
    assert answer["Location"] == f"/api/v1/cases/{case['number']}"
    assert case["state"] == "applied"
    assert case["trips"] == case["trips_promised"] == 0
    assert case["applicant"]["kind"] == "company"
    assert [piece["state"] for piece in case["consignments"]] == ["requested"]
    assert [step["kind"] for step in case["timeline"]][:1] == ["cases.applied"]
    assert api.get(f"/cases/{case['number']}").json() == case
    assert api.get("/cases").json()["cases"][0]["number"] == case["number"]


def test_personal_data_is_masked(api: Caller, application: Application) -> None:
    text = api.post("/cases", application()).content.decode()
    assert "周小兰" not in text
    assert "13900002222" not in text
    assert "3栋201室" not in text


def test_the_same_request_twice_is_one_case(api: Caller, application: Application) -> None:
    body = application()
    first = api.post("/cases", body, key="same-request-1")
    again = api.post("/cases", body, key="same-request-1")
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again["Idempotent-Replay"] == "true"
    assert again["Location"] == first["Location"]
    assert Case.objects.count() == Consignment.objects.count() == 1
    other = api.post("/cases", application(result_route="collect"), key="same-request-1")
    assert other.status_code == 409


def test_a_request_without_a_number_of_its_own_is_refused(api: Caller, application: Application) -> None:
    answer = api.post("/cases", application(), key="")
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["errors"]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item_code": "NO_SUCH_ITEM"}, None),
        ({"county": "999999"}, "county"),
        ({"county": "南昌"}, "county"),
        ({"materials_route": "pigeon"}, "materials_route"),
        ({"pickup": None}, "pickup"),
        ({"pickup": {"day": "2020-01-01", "from": "09:00", "until": "11:00"}}, "pickup"),
        ({"pickup": {"day": "2026-02-30", "from": "9", "until": "25:00"}}, "pickup.day"),
        ({"applicant": {"kind": "person", "name": "周", "id_number": "110105194912310021", "phone": "x"}}, None),
        ({"applicant": {"kind": "robot"}}, None),
        ({"materials": [{"position": 1, "file_id": "no"}]}, "materials.0.file_id"),
        ({"wishes": "soon"}, "wishes"),
        ({"contact": {"name": "a", "phone": "13900002222", "division": "360102", "detail": "\x00\x00"}}, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    api: Caller, application: Application, changes: dict[str, Any], field: str | None
) -> None:
    answer = api.post("/cases", application(**changes))
    assert answer.status_code in {400, 404, 409, 422}, answer.content.decode()
    assert answer["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["detail"]
    if field:
        assert any(name.startswith(field) for name in problem["errors"]), problem
    assert not Case.objects.exists()
    assert not Consignment.objects.exists()


def test_another_partner_does_not_know_the_case(api: Caller, application: Application) -> None:
    number = api.post("/cases", application()).json()["number"]
    _other, token = actions.register_partner("别的平台", actor=SYSTEM, at=now())
    other = Caller(token)
    assert other.get(f"/cases/{number}").status_code == 404
    assert other.get("/cases").json()["cases"] == []
    assert other.post(f"/cases/{number}/withdraw", {"reason": "不办了"}).status_code == 404


def test_the_partner_follows_and_withdraws(api: Caller, application: Application, town: Town) -> None:
    number = api.post("/cases", application()).json()["number"]
    collect(Case.objects.get(number=number), town.nc)
    drain()
    case = api.get(f"/cases/{number}").json()
    CaseOut.model_validate(case)
    assert case["consignments"][0]["number"]
    assert "mail.accepted" in [step["kind"] for step in case["timeline"]]
    assert all(step["text"] and "data" not in step for step in case["timeline"])
    answer = api.post(f"/cases/{number}/withdraw", {"reason": "不办了"})
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "withdrawn"
    assert api.post(f"/cases/{number}/withdraw", {"reason": "不办了"}).status_code == 409


def test_pages_of_cases(api: Caller, application: Application) -> None:
    made = [api.post("/cases", application()).json()["number"] for _ in range(3)]
    first = api.get("/cases", limit=2).json()
    assert [case["number"] for case in first["cases"]] == made[:0:-1]
    second = api.get("/cases", limit=2, before=first["next"]).json()
    assert [case["number"] for case in second["cases"]] == made[:1]
    assert second["next"] is None
    assert api.get("/cases", limit=0).status_code == 422
    assert api.get("/cases", before="nonsense").status_code == 404


def test_a_file_is_stored_by_its_content(api: Caller) -> None:
    def upload(name: str, body: bytes) -> Any:
        content = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, body)})
        return api.send("POST", "/files", content, MULTIPART_CONTENT, **{"Idempotency-Key": f"file-{name}-{len(body)}"})

    assert upload("photo.jpg", b"MZ not a picture").status_code == 422
    assert upload("empty.pdf", b"").status_code == 422
    import io

    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    answer = upload("photo.png", picture.getvalue())
    assert answer.status_code == 201, answer.content.decode()
    assert set(answer.json()) == {"file_id", "media_type", "size", "sm3"}


def test_creating_takes_few_statements_and_reading_one(api: Caller, application: Application) -> None:
    api.post("/cases", application())  # loads what is loaded once
    body = application()
    with CaptureQueriesContext(connection) as made:
        number = api.post("/cases", body).json()["number"]
    with CaptureQueriesContext(connection) as read:
        assert api.get(f"/cases/{number}").status_code == 200
    statements = [q["sql"] for q in made if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    print(*(f"{n} {sql[:150]}" for n, sql in enumerate(statements, 1)), sep="\n")
    assert len(read) == 1
    assert len(statements) <= 24


def test_a_chosen_way_comes_with_the_application(
    api: Caller, application: Application, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cases import itineraries
    from zerotrip.journey import queries
    from zerotrip.journey.queries import PlanView

    body = application()
    way = itineraries.by_courier(town.nc, body["item_code"], town.nc.market)
    monkeypatch.setattr(
        queries, "plan_for", lambda item, division, at, **_: PlanView(item, "", division, at, True, (way,))
    )
    plan = {"from": "360102", "at": now().isoformat(), "id": way.id}
    del body["materials_route"], body["result_route"]
    assert api.post("/cases", body).status_code == 422
    answer = api.post("/cases", body | {"plan": plan})
    assert answer.status_code == 201, answer.content.decode()
    case = answer.json()
    CaseOut.model_validate(case)
    assert (case["trips_promised"], case["materials_route"], case["at_risk"]) == (0, "courier", False)
    assert [leg["kind"] for leg in case["legs"]] == ["post", "post"]
    assert case["promised_at"]
    assert api.post("/cases", body | {"plan": plan | {"id": "another"}}).status_code == 409
