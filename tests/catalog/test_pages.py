"""The desk's pages and the API, as a clerk, a manager, a partner and somebody passing by see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from ninja import NinjaAPI
from ninja.testing import TestClient

from tests.catalog.conftest import ADMIN, CITIZEN, CLERK, MANAGER
from tests.catalog.test_sheet import GOOD, table
from zerotrip.catalog import actions, queries
from zerotrip.catalog.api import router
from zerotrip.catalog.models import ItemVersion, State
from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import NotFound

pytestmark = pytest.mark.django_db
Desk = Callable[[Actor], Client]


@pytest.fixture
def loaded(clock: Any) -> None:
    actions.load_packaged_items(actor=SYSTEM, at=now())


def figure(text: str, name: str) -> str:
    return text.split(f'data-figure="{name}">', 1)[1].split("<", 1)[0]


@pytest.mark.usefixtures("loaded")
def test_the_list_answers_how_many_need_no_trip_and_how_many_go_by_post(desk: Desk) -> None:
    page = desk(CLERK).get("/desk/catalog/").content.decode()
    found = queries.summary(today())
    assert figure(page, "zero_trip") == str(found.zero_trip)
    assert figure(page, "mailable") == str(found.mailable)
    assert f"{found.mailable_share:.1%}" in page
    assert "导入" not in page.split('class="zt-main"')[1]
    narrowed = desk(CLERK).get("/desk/catalog/", {"q": "期满换证", "organ": "traffic_police"}).content.decode()
    assert "机动车驾驶证期满换证" in narrowed
    assert "居民身份证换领" not in narrowed


@pytest.mark.usefixtures("loaded")
def test_an_item_shows_its_checks_sources_and_what_is_a_local_decision(desk: Desk) -> None:
    with CaptureQueriesContext(connection) as statements:
        page = desk(CLERK).get("/desk/catalog/item/DL_EXPIRY").content.decode()
    assert "一致性检查没有发现问题" in page
    assert "配置值，待核" in page
    assert "第六十三条" in page
    assert "发布第" not in page
    assert len(statements) <= 8


def test_a_manager_drafts_compares_and_publishes(desk: Desk, item: dict[str, Any]) -> None:
    actions.draft_version(item, actor=ADMIN, at=now())
    browser = desk(MANAGER)
    assert "发布第 1 版" in browser.get("/desk/catalog/item/TEST_CARD").content.decode()
    browser.post("/desk/catalog/item/TEST_CARD/1/publish", {"valid_from": "2026-01-01"})
    form = browser.get("/desk/catalog/item/TEST_CARD/edit").context["form"]
    filled = {name: form.initial.get(name, "") for name in form.fields} | {
        "aliases": "办卡",
        "conditions": "满六十周岁",
    }
    answer = browser.post("/desk/catalog/item/TEST_CARD/edit", filled)
    assert answer.status_code == 302, answer.context["form"].errors
    page = browser.get("/desk/catalog/item/TEST_CARD/changes/1/2").content.decode()
    assert "<ins>满六十周岁</ins>" in page
    browser.post("/desk/catalog/item/TEST_CARD/2/publish", {"valid_from": "2026-11-24"})
    assert queries.get("TEST_CARD", today()).conditions == "满六十周岁"
    assert [m.name for m in queries.get("TEST_CARD", today()).materials.all()] == ["申请表", "相片"]
    browser.post("/desk/catalog/item/TEST_CARD/2/withdraw", {"reason": "停办"})
    assert "已撤下：停办" in browser.get("/desk/catalog/item/TEST_CARD").content.decode()


def test_a_wrong_form_says_where(desk: Desk) -> None:
    answer = desk(MANAGER).post("/desk/catalog/new", {"code": "小写", "name": "名", "valid_from": "2026-01-01"})
    assert answer.status_code == 422
    assert "大写字母" in answer.content.decode()


def test_the_import_page_names_bad_rows_and_takes_good_ones(desk: Desk, clock: Any) -> None:
    body = table(GOOD, GOOD | {"事项短码": "BAD", "是否收费": "也许"})
    answer = desk(ADMIN).post("/desk/catalog/import", {"file": SimpleUploadedFile("清单.csv", body)})
    page = answer.content.decode()
    assert figure(page, "added") == "1"
    assert figure(page, "refused") == "1"
    assert "也许" in page
    assert ItemVersion.objects.get().state == State.DRAFT
    refused = desk(ADMIN).post("/desk/catalog/import", {"file": SimpleUploadedFile("x.xlsx", b"PK nonsense")})
    assert refused.status_code == 422


@pytest.mark.usefixtures("loaded")
def test_what_is_exported_can_be_imported(desk: Desk) -> None:
    for kind in ("csv", "xlsx"):
        answer = desk(MANAGER).get(f"/desk/catalog/export.{kind}")
        assert answer.status_code == 200
        report = actions.import_items(f"x.{kind}", answer.content, actor=MANAGER, at=now())
        assert report.count("unchanged") == queries.summary(today()).items
    one = desk(CLERK).get("/desk/catalog/export.csv", {"code": "DL_LOST"}).content.decode("utf-8-sig")
    assert "DL_LOST" in one
    assert "DL_EXPIRY" not in one


@pytest.mark.parametrize(
    ("actor", "status"), [(NOBODY, 401), (CITIZEN, 403), (CLERK, 403)], ids=["nobody", "citizen", "clerk"]
)
def test_editing_is_for_editors_and_looking_for_staff(desk: Desk, actor: Actor, status: int) -> None:
    browser, asks = desk(actor), {"Accept": "application/json"}
    for path in ("new", "import", "item/X/edit"):
        assert browser.get(f"/desk/catalog/{path}", headers=asks).status_code == status, path
    for path in ("item/X/discard", "item/X/1/publish", "item/X/1/withdraw"):
        assert browser.post(f"/desk/catalog/{path}", headers=asks).status_code == status, path
    assert browser.get("/desk/catalog/", headers=asks).status_code == (200 if actor is CLERK else status)


@pytest.fixture
def one_item(item: dict[str, Any]) -> None:
    actions.draft_version(item | {"code": "DL_LOST"}, actor=MANAGER, at=now())
    actions.publish("DL_LOST", 1, actor=MANAGER, at=now())


@pytest.mark.usefixtures("one_item")
@pytest.mark.parametrize(
    "path",
    [
        "/desk/catalog/?page=99999999999999999999&q=%00%FF&organ=%27&state=x",
        "/desk/catalog/item/NOPE",
        "/desk/catalog/item/%00",
        "/desk/catalog/item/DL_LOST?version=99999999999999",
        "/desk/catalog/item/DL_LOST?version=2",
        "/desk/catalog/item/DL_LOST/changes/1/99999999999999999999",
        "/desk/catalog/item/DL_LOST/changes/1/7",
        "/desk/catalog/export.csv?code=%00",
        "/desk/catalog/export.pdf",
    ],
)
def test_odd_addresses_get_a_sentence_never_a_500(desk: Desk, path: str) -> None:
    assert desk(MANAGER).get(path).status_code < 500


@pytest.mark.usefixtures("one_item")
def test_odd_posts_get_a_sentence_never_a_500(desk: Desk) -> None:
    browser = desk(MANAGER)
    for path, data in [
        ("item/DL_LOST/1/publish", {"valid_from": "2026-11-24"}),
        ("item/DL_LOST/1/publish", {"valid_from": "昨天"}),
        ("item/DL_LOST/1/withdraw", {}),
        ("item/DL_LOST/discard", {}),
        ("item/NOPE/1/publish", {"valid_from": "2026-11-24"}),
        ("import", {}),
        ("item/DL_LOST/edit", {"name": "\0"}),
    ]:
        assert 400 <= browser.post(f"/desk/catalog/{path}", data).status_code < 500, path


# -- API -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api() -> TestClient:
    mounted = NinjaAPI(urls_namespace="catalog-tests")
    mounted.add_router("", router)
    return TestClient(mounted)


@pytest.mark.usefixtures("loaded")
def test_the_api_gives_the_figures_a_page_and_an_item(api: TestClient) -> None:
    found = queries.summary(today())
    assert api.get("/items/summary").json() == {
        "items": found.items,
        "zero_trip": found.zero_trip,
        "mailable": found.mailable,
        "mailable_share": found.mailable_share,
    }
    page = api.get("/items?size=10&page=2").json()
    assert (page["count"], page["page"], len(page["items"])) == (found.items, 2, 10)
    assert api.get("/items?q=期满换证&size=1").json()["items"][0]["code"] == "DL_EXPIRY"
    assert api.get("/items?mailable=true").json()["count"] == found.mailable
    with CaptureQueriesContext(connection) as statements:
        detail = api.get("/items/DL_LOST").json()
    assert len(statements) == 1
    assert detail["fees"][0]["amount"] == "10.00"
    assert detail["legal_bases"][0]["article"] == "第六十九条"
    assert "on_site_visits" in detail["configured"]


@pytest.mark.usefixtures("loaded")
def test_the_api_refuses_what_makes_no_sense(api: TestClient) -> None:
    for query in ("page=0", "size=0", "size=5000", "page=x", "zero_trip=perhaps", "q=" + "长" * 61):
        assert api.get(f"/items?{query}").status_code == 422, query
    with pytest.raises(NotFound):
        api.get("/items/NOPE")
