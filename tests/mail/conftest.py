"""南昌's hall with two windows, 抚州's outlet, and those who carry, count and receive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.actors import resident_number, staff
from tests.agreements import sign_agreement
from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now, today
from zerotrip.core.roles import Role
from zerotrip.mail import actions
from zerotrip.mail.models import Consignment, Pickup
from zerotrip.people.actions import save_contact
from zerotrip.people.models import Contact
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.models import Place

__all__ = ["divisions"]

PAPERS = [("营业执照副本", 1), ("申请表", 2)]
FOUND = dict(PAPERS)


@dataclass
class Town:
    """Everything a story needs."""

    hall: Place
    window: Place
    other_window: Place
    outlet: Place
    far_outlet: Place
    clerk: Actor
    colleague: Actor
    officer: Actor
    courier: Actor
    second: Actor
    stranger: Actor
    teller: Actor
    applicant: Contact
    at: Callable[[], datetime] = now

    def order_materials(self, **other: Any) -> Consignment:
        """The applicant's papers, to be collected for the window."""
        given = {
            "purpose": "materials",
            "reference": "JX36010220261123000001Y",
            "sender": self.applicant,
            "recipient_place": self.window,
            "papers": PAPERS,
            "pickup": Pickup(today() + timedelta(days=1), 540, 660),
        }
        return actions.order(**(given | other), actor=SYSTEM, at=now())

    def collected(self, **other: Any) -> Consignment:
        """The same, accepted by the courier at the door."""
        piece = self.order_materials()
        given = {"id_type": "111", "id_number": resident_number(), "id_name": "王小明", "found": FOUND, "weight_g": 120}
        return actions.accept(piece.pk, **(given | other), actor=self.courier, at=now())

    def result(self, **other: Any) -> Consignment:
        """A result, accepted at the hall for the applicant."""
        given = {
            "purpose": "result",
            "reference": "JX36010220261123000001Y",
            "sender_place": self.hall,
            "recipient": self.applicant,
            "papers": [("营业执照", 1)],
        }
        piece = actions.order(**(given | other), actor=self.clerk, at=now())
        return actions.accept(piece.pk, place_code=self.hall.code, actor=self.clerk, at=now())

    def pass_on(
        self, pieces: list[Consignment], giver: Actor, taker: Actor, to: Place, *, by: str = "", carried: bool = False
    ) -> Any:
        """A whole hand-over in which everything tallies."""
        manifest = actions.open_manifest(
            taker_place_code=to.code, giver_place_code=by, carried=carried, actor=giver, at=now()
        )
        for piece in pieces:
            actions.put(manifest.number, str(piece.number), actor=giver, at=now())
        actions.give(manifest.number, actor=giver, at=now())
        for piece in pieces:
            actions.tick(manifest.number, str(piece.number), actor=taker, at=now())
        return actions.close(manifest.number, actor=taker, at=now())

    def at_outlet(self) -> Consignment:
        """A result that has come to the applicant's outlet."""
        piece = self.result()
        self.pass_on([piece], self.clerk, self.teller, self.outlet, by=self.hall.code, carried=True)
        piece.refresh_from_db()
        return piece

    def out(self) -> Consignment:
        """A result on its way to the applicant's door."""
        piece = self.at_outlet()
        return actions.take_out(str(piece.number), actor=self.courier, at=now())


def build() -> Town:
    """The places and people; the divisions must be loaded."""
    made = {"actor": SYSTEM, "at": now()}
    open_organisation("post-3601", name="南昌市邮政分公司", kind="post_branch", division="360100", **made)
    open_organisation("gov-3601", name="南昌市市场监管局", kind="agency", division="360100", **made)
    open_organisation("gov-3601-2", name="南昌市医保局", kind="agency", division="360100", **made)
    hall, window, other_window, outlet, far = open_places(
        [
            NewPlace("hall-3601", "南昌市政务服务中心", "hall", "post-3601", "360102"),
            NewPlace("win-3601-1", "企业登记窗口", "window", "gov-3601", "360102", parent="hall-3601"),
            NewPlace("win-3601-2", "医保窗口", "window", "gov-3601-2", "360102", parent="hall-3601"),
            NewPlace("out-3601-1", "阳明路邮政支局", "outlet", "post-3601", "360102"),
            NewPlace("out-3610-1", "临川邮政支局", "outlet", "post-3601", "361002"),
        ],
        **made,
    )
    sign_agreement("post-3601")
    return Town(
        hall=hall,
        window=window,
        other_window=other_window,
        outlet=outlet,
        far_outlet=far,
        clerk=staff(Role.HALL_CLERK, hall, name="陈静")[1],
        colleague=staff(Role.HALL_CLERK, hall, name="杨帆")[1],
        officer=staff(Role.AGENCY_OFFICER, window, name="刘洋")[1],
        courier=staff(Role.COURIER, outlet, name="赵强")[1],
        second=staff(Role.COURIER, outlet, name="孙伟")[1],
        stranger=staff(Role.COURIER, far, name="钱进")[1],
        teller=staff(Role.OUTLET_CLERK, outlet, name="吴芳")[1],
        applicant=save_contact("王小明", "13812345678", "360102", "阳明路12号3栋2单元501室", actor=SYSTEM, at=now()),
    )


@pytest.fixture
def town(db: None, divisions: Snapshot, clock: Any) -> Town:
    divisions.restore()
    return build()
