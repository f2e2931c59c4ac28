"""A difference that nobody resolves is escalated, by hand or by itself, and then has an owner who can be named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import staff
from tests.mail.conftest import Town
from tests.mail.test_hand_overs import counted
from tests.mail.test_pages import desk, text
from zerotrip.care.models import Trouble
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions
from zerotrip.mail.actions import ManifestDiffers
from zerotrip.mail.actions.differences import escalate_late

pytestmark = pytest.mark.django_db


def troubles() -> list[tuple[str, str, str]]:
    drain()
    rows = Trouble.objects.order_by("pk")
    return [(trouble.kind, trouble.role, "open" if trouble.state != "settled" else "settled") for trouble in rows]


def test_a_difference_escalates_by_itself_after_a_day_and_ends_when_it_is_settled(town: Town, clock: Any) -> None:
    manifest, (here, gone) = counted(town, 2)
    actions.tick(manifest.number, str(here.number), actor=town.clerk, at=now())
    actions.close(manifest.number, despite_differences=True, actor=town.clerk, at=now())
    clock.advance(hours=23)
    assert escalate_late() == 0
    clock.advance(hours=2)
    assert (escalate_late(), escalate_late()) == (1, 0), "once"
    entry = Entry.objects.get(kind="mail.manifest_escalated")
    assert "已升级给分公司负责人：差异超过 24 小时未处理" in entry.sentence()
    assert troubles() == [("manifest", Role.HALL_CLERK, "open"), ("escalated", Role.BRANCH_MANAGER, "open")]
    assert "已升级：分公司负责人" in text(desk(town.clerk).get("/desk/manifests/"))
    line = manifest.lines.get(difference="missing")
    actions.settle(line.pk, how="kept", reason="车上找到", actor=town.clerk, at=now())
    assert {state for _kind, _role, state in troubles()} == {"settled"}
    assert "已升级" not in text(desk(town.clerk).get("/desk/manifests/"))


def test_a_refused_count_that_nobody_repeats_escalates_too(town: Town, clock: Any, settings: Any) -> None:
    settings.ZEROTRIP_ESCALATE_HOURS = 2
    manifest, (piece,) = counted(town, 1)
    with pytest.raises(ManifestDiffers):
        actions.close(manifest.number, actor=town.clerk, at=now())
    clock.advance(hours=1)
    with pytest.raises(ManifestDiffers):
        actions.close(manifest.number, actor=town.clerk, at=now())
    clock.advance(hours=1, minutes=1)
    assert escalate_late() == 1
    actions.tick(manifest.number, str(piece.number), actor=town.clerk, at=now())
    assert actions.close(manifest.number, actor=town.clerk, at=now()).state == "closed"


def test_either_side_escalates_on_the_page(town: Town) -> None:
    manifest, _pieces = counted(town, 1)
    hall, page = desk(town.clerk), f"/desk/manifests/{manifest.number}"
    early = hall.post(page, {"verb": "escalate", "to": "care", "reason": "找不到"})
    assert (early.status_code, "没有未处理的差异" in text(early)) == (409, True)
    hall.post(page, {"verb": "close", "despite": "1"})
    assert "升级给" in text(hall.get(page))
    for sent in ({"to": "care", "reason": ""}, {"to": "mayor", "reason": "找不到"}):
        assert hall.post(page, {"verb": "escalate"} | sent).status_code == 422
    answer = hall.post(page, {"verb": "escalate", "to": "care", "reason": "双方各执一词"}, follow=True)
    assert "差异已升级给客服" in text(answer)
    assert "双方各执一词" in text(answer)
    again = {"to": "care", "reason": "双方各执一词", "actor": town.courier, "at": now()}
    with pytest.raises(Conflict, match="已升级给客服"):
        actions.escalate(manifest.number, **again)
    with pytest.raises(BadInput):
        actions.escalate(manifest.number, **again | {"to": ""})
    _account, manager = staff(Role.BRANCH_MANAGER)
    actions.escalate(manifest.number, **again | {"to": "manager", "actor": manager})
    found = troubles()
    assert found[1:] == [("escalated", Role.CARE_AGENT, "settled"), ("escalated", Role.BRANCH_MANAGER, "open")]
