"""Drafts become published versions; on any day at most one is valid."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.conftest import ADMIN, CITIZEN, CLERK, MANAGER
from zerotrip.catalog import actions, queries
from zerotrip.catalog.compare import compare
from zerotrip.catalog.content import content_of
from zerotrip.catalog.models import ItemVersion, State
from zerotrip.core.actors import NOBODY
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db


def publish(raw: dict[str, Any], day: str | None = None) -> ItemVersion:
    version = actions.draft_version(raw, actor=MANAGER, at=now())
    first = date.fromisoformat(day) if day else None
    return actions.publish(version.item.code, version.number, valid_from=first, actor=MANAGER, at=now())


def test_a_draft_is_seen_by_those_who_edit_and_a_published_version_by_all(item: dict[str, Any]) -> None:
    draft = actions.draft_version(item, actor=ADMIN, at=now())
    assert draft.state == State.DRAFT
    with pytest.raises(NotFound):
        queries.get("TEST_CARD", date(2026, 11, 24))
    with pytest.raises(NotFound):
        queries.get_version("TEST_CARD", 1, NOBODY)
    assert queries.get_version("TEST_CARD", 1, ADMIN) == draft
    actions.publish("TEST_CARD", 1, actor=MANAGER, at=now())
    seen = queries.get("TEST_CARD", date(2026, 11, 24))
    assert seen.name == "测试优待证办理"
    assert [m.name for m in seen.materials.all()] == ["申请表", "相片"]
    assert queries.get_version("TEST_CARD", 1, NOBODY) == seen
    sentences = [entry.sentence() for entry in Entry.objects.order_by("id")]
    assert sentences == [
        "系统管理员 编写了事项“测试优待证办理”（TEST_CARD）第 1 版草稿",
        "项目经理 发布了事项“测试优待证办理”（TEST_CARD）第 1 版，自 2026-01-01 起生效",
    ]


def test_who_may_write_and_who_may_publish(item: dict[str, Any]) -> None:
    for actor in (CLERK, CITIZEN, NOBODY):
        with pytest.raises(NotAllowed):
            actions.draft_version(item, actor=actor, at=now())
    actions.draft_version(item, actor=ADMIN, at=now())
    for actor in (ADMIN, CLERK, CITIZEN):
        with pytest.raises(NotAllowed):
            actions.publish("TEST_CARD", 1, actor=actor, at=now())


def test_bad_content_is_refused_field_by_field(item: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        actions.draft_version(item | {"name": "", "item_type": "77"}, actor=MANAGER, at=now())
    assert set(refused.value.fields) == {"name", "item_type"}
    assert not ItemVersion.objects.exists()


def test_what_does_not_fit_together_stays_a_draft(item: dict[str, Any]) -> None:
    actions.draft_version(item | {"on_site_visits": 1}, actor=MANAGER, at=now())
    with pytest.raises(Conflict, match="必须现场办理"):
        actions.publish("TEST_CARD", 1, actor=MANAGER, at=now())
    actions.draft_version(item | {"on_site_visits": 1, "on_site_reason": "须本人签字"}, actor=MANAGER, at=now())
    actions.publish("TEST_CARD", 1, actor=MANAGER, at=now())


def test_a_new_version_ends_the_one_before_the_day_before(item: dict[str, Any]) -> None:
    publish(item)
    publish(item | {"conditions": "满六十周岁"}, "2026-12-01")
    assert queries.get("TEST_CARD", date(2026, 11, 30)).number == 1
    assert queries.get("TEST_CARD", date(2026, 12, 1)).number == 2
    first = queries.get_version("TEST_CARD", 1)
    assert first.valid_until == date(2026, 11, 30)
    changes = compare(content_of(first), content_of(queries.get_version("TEST_CARD", 2)))
    assert [(c.heading, c.before, c.after) for c in changes] == [
        ("受理条件", "", "满六十周岁"),
        ("生效日期", "2026-01-01", "2026-12-01"),
        ("失效日期", "2026-11-30", ""),
    ]


def test_a_version_cannot_begin_on_or_before_the_day_of_a_later_one(item: dict[str, Any]) -> None:
    publish(item, "2026-06-01")
    for day in ("2026-06-01", "2026-05-01"):
        with pytest.raises(Conflict, match="2026-06-01"), transaction.atomic():
            publish(item | {"conditions": day}, day)
    assert queries.get("TEST_CARD", date(2026, 11, 24)).number == 1


def test_a_second_publish_and_a_second_withdrawal_are_conflicts(item: dict[str, Any]) -> None:
    publish(item)
    with pytest.raises(Conflict, match="已发布"):
        actions.publish("TEST_CARD", 1, actor=MANAGER, at=now())
    actions.withdraw("TEST_CARD", 1, reason="政策调整", actor=MANAGER, at=now())
    with pytest.raises(NotFound):
        queries.get("TEST_CARD", date(2026, 11, 24))
    with pytest.raises(Conflict, match="已撤下"):
        actions.withdraw("TEST_CARD", 1, reason="又一次", actor=MANAGER, at=now())
    with pytest.raises(BadInput):
        actions.withdraw("TEST_CARD", 1, reason=" ", actor=MANAGER, at=now())


def test_a_draft_can_be_thrown_away(item: dict[str, Any]) -> None:
    publish(item)
    actions.draft_version(item | {"conditions": "改"}, actor=MANAGER, at=now())
    actions.discard_draft("TEST_CARD", actor=ADMIN, at=now())
    assert [v.number for v in queries.versions("TEST_CARD", MANAGER)] == [1]
    with pytest.raises(NotFound):
        actions.discard_draft("TEST_CARD", actor=ADMIN, at=now())


def test_the_database_itself_refuses_two_published_versions_on_one_day(item: dict[str, Any]) -> None:
    publish(item)
    publish(item | {"conditions": "二"}, "2026-12-01")
    with pytest.raises(IntegrityError, match="catalog_one_published_a_day"), transaction.atomic():
        ItemVersion.objects.filter(number=1).update(valid_until=date(2026, 12, 1))
    ItemVersion.objects.filter(number=2).update(valid_until=date.max)
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemVersion.objects.filter(number=1).update(valid_until=None)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["publish", "withdraw"]), st.dates(date(2026, 1, 1), date(2026, 2, 10)), st.integers(0, 20)
        ),
        min_size=2,
        max_size=10,
    )
)
def test_whatever_is_tried_at_most_one_version_is_valid_on_any_day(item: dict[str, Any], steps: Any) -> None:
    for n, (verb, day, length) in enumerate(steps):
        until = day.replace(month=3, day=length) if length else None
        try:
            with transaction.atomic():
                if verb == "publish":
                    raw = item | {"conditions": str(n), "valid_from": day, "valid_until": until}
                    publish(raw)
                else:
                    actions.withdraw("TEST_CARD", n, reason="试", actor=MANAGER, at=now())
        except (Conflict, NotFound):
            continue
    spans = list(ItemVersion.objects.filter(state=State.PUBLISHED).values_list("valid_from", "valid_until"))
    for one in range(len(spans)):
        for other in range(one):
            (a, b), (c, d) = spans[one], spans[other]
            assert (b or date.max) < c or (d or date.max) < a
    ItemVersion.objects.all().delete()
