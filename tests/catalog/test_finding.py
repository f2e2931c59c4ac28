"""Finding items: Chinese pieces, everyday words, initials; the figures; how many statements it takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.conftest import MANAGER
from zerotrip.catalog import actions, queries
from zerotrip.catalog.content import content_of
from zerotrip.catalog.models import ItemVersion
from zerotrip.catalog.packaged import packaged_items
from zerotrip.core.actors import NOBODY, SYSTEM
from zerotrip.core.clock import now

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture
def loaded(clock: Any) -> None:
    actions.load_packaged_items(actor=SYSTEM, at=now())


def codes(text: str, **filters: Any) -> list[str]:
    return [version.item.code for version in queries.search(text, on=DAY, **filters)]


@pytest.mark.usefixtures("loaded")
def test_items_are_found_by_what_people_say() -> None:
    assert codes("期满换证")[0] == "DL_EXPIRY"
    assert "DL_EXPIRY" in codes("驾照到期")
    assert codes("jdcjszqmhz") == ["DL_EXPIRY"]
    assert codes("DL_LOST") == codes("dl_lost") == ["DL_LOST"]
    assert set(codes("身份证 换领")) == {"ID_RENEW"}
    assert "HEALTH_CERT" in codes("健康证")
    assert codes("没有这个事项") == []
    assert codes("%") == codes("_____") == []
    assert len(codes("")) == len(packaged_items())


@pytest.mark.usefixtures("loaded")
def test_filters_narrow_the_list() -> None:
    police = codes("", organ="traffic_police")
    assert police
    assert all(code.startswith(("DL_", "VH_")) for code in police)
    zero = codes("", zero_trip=True)
    assert set(codes("", mailable=True)) <= set(zero)
    assert set(zero).isdisjoint(codes("", zero_trip=False))
    assert "CO_SETUP" in codes("", service_object="2")
    assert "ID_FIRST" not in codes("", service_object="2")
    assert "MARRY" in codes("", theme="婚姻登记")


@pytest.mark.usefixtures("loaded")
def test_the_figures_are_those_of_the_files() -> None:
    items = packaged_items()
    zero = [item for item in items if item["on_site_visits"] == 0]
    mailable = [item for item in zero if item["materials_mailable"] or item["result_mailable"]]
    found = queries.summary(DAY)
    assert (found.items, found.zero_trip, found.mailable) == (len(items), len(zero), len(mailable))
    assert found.mailable_share == round(len(mailable) / len(items), 4)
    assert found.at_most_one == len([item for item in items if item["on_site_visits"] in (0, 1)])
    assert queries.summary(DAY, organ="traffic_police").items == 19
    assert queries.summary(date(2001, 1, 1)).mailable_share == 0.0
    assert sum(n for _kind, n in queries.organs(DAY)) == found.items
    assert dict(queries.themes(DAY))["婚姻登记"] >= 3


@pytest.mark.usefixtures("loaded")
def test_an_item_with_all_its_rows_costs_one_statement_and_is_the_same_as_in_the_file() -> None:
    for item in packaged_items()[::7]:
        with CaptureQueriesContext(connection) as statements:
            version = queries.get(item["code"], DAY)
            assert content_of(version) == item
        assert len(statements) == 1


@pytest.mark.usefixtures("loaded")
def test_loading_again_changes_nothing_and_leaves_local_work_alone() -> None:
    again = actions.load_packaged_items(actor=SYSTEM, at=now())
    assert again.counts() == {"added": 0, "changed": 0, "unchanged": len(packaged_items()), "refused": 0}
    mine = content_of(queries.get("DL_LOST", DAY)) | {"consult_phone": "0791-12123"}
    version = actions.draft_version(mine, actor=MANAGER, at=now())
    actions.publish("DL_LOST", version.number, valid_from=DAY, actor=MANAGER, at=now())
    actions.withdraw("DL_DAMAGED", 1, reason="暂停", actor=MANAGER, at=now())
    third = actions.load_packaged_items(actor=SYSTEM, at=now())
    assert third.count("unchanged") == len(packaged_items())
    assert queries.get("DL_LOST", DAY).consult_phone == "0791-12123"
    assert "DL_DAMAGED" not in codes("")


@pytest.mark.usefixtures("loaded")
def test_search_uses_the_index_of_pieces() -> None:
    names = [f.column for f in ItemVersion._meta.concrete_fields if f.column not in ("id", "item_id", "search_text")]
    columns, copied = (", ".join(f'{table}"{name}"' for name in names) for table in ("", "v."))
    with connection.cursor() as cursor:  # as many items as a province has
        cursor.execute(
            "INSERT INTO catalog_serviceitem (code, created_at) "
            "SELECT 'MANY_' || n, now() FROM generate_series(1, 4000) n"
        )
        cursor.execute(
            f"INSERT INTO catalog_itemversion (item_id, search_text, {columns}) "
            f"SELECT many.id, '事项' || many.id, {copied} "
            "FROM catalog_serviceitem many, catalog_itemversion v JOIN catalog_serviceitem i ON i.id = v.item_id "
            "WHERE many.code LIKE 'MANY_%' AND i.code = 'DL_LOST'"
        )
        cursor.execute("ANALYZE catalog_itemversion")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "catalog_itemversion_grams" in queries.search("公积金", on=DAY).explain()
    assert len(codes("公积金")) >= 9


@pytest.mark.usefixtures("loaded")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=70))
def test_no_text_breaks_search(text: str) -> None:
    list(queries.search(text, on=DAY)[:3])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.text(st.characters(codec="utf-8", categories=["Lo", "Ll", "Nd"]), min_size=2, max_size=30), data=st.data()
)
def test_every_piece_of_a_name_finds_it(item: dict[str, Any], name: str, data: st.DataObject) -> None:
    version = actions.draft_version(item | {"name": name}, actor=MANAGER, at=now())
    if version.state == "draft":
        actions.publish("TEST_CARD", version.number, actor=MANAGER, at=now())
    start = data.draw(st.integers(0, len(version.name) - 1))
    end = data.draw(st.integers(start + 1, len(version.name)))
    try:
        assert [v.item.code for v in queries.search(version.name[start:end], on=DAY)] == ["TEST_CARD"]
    finally:
        version.item.versions.all().delete()


def test_nobody_sees_drafts_in_any_list(item: dict[str, Any]) -> None:
    actions.draft_version(item, actor=MANAGER, at=now())
    assert list(queries.desk_list(NOBODY)) == []
    assert list(queries.search("测试", on=DAY)) == []
    assert [v.item.code for v in queries.desk_list(MANAGER)] == ["TEST_CARD"]
