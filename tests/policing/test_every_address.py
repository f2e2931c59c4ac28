"""Every address × every role: those who may, get in; the others are turned away; nobody ever gets a 500."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.actors import citizen, sign_in, staff
from tests.places.snapshot import Snapshot, divisions
from tests.policing.addresses import Address, pages
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.roles import STAFF, Role
from zerotrip.places.actions import NewPlace, open_organisation, open_places

__all__ = ["divisions", "signed_in"]
pytestmark = pytest.mark.django_db

TURNED_AWAY = {401, 403, 404, 405}
ENDLESS = {"zerotrip.web.live.live"}
"""An event stream does not end, and so cannot be read to its end here."""
ENDS_THE_SESSION = {"zerotrip.people.pages.sign_in.sign_out"}
ROLES = ["nobody", str(Role.CITIZEN), *sorted(STAFF)]


@pytest.fixture
def signed_in(divisions: Snapshot, clock: Any) -> Any:
    """`signed_in(role)` is a browser in which somebody of that role is signed in."""
    divisions.restore()
    for code, name, kind in [
        ("post", "南昌市邮政分公司", "post_branch"),
        ("gov", "南昌市市场监管局", "agency"),
        ("police", "南昌市公安局", "police"),
        ("court", "南昌市中级人民法院", "court"),
    ]:
        open_organisation(code, name=name, kind=kind, division="360100", actor=SYSTEM, at=now())
    hall, window, outlet, court, police = open_places(
        [
            NewPlace("hall", "南昌市政务服务中心", "hall", "post", "360102"),
            NewPlace("window", "企业登记窗口", "window", "gov", "360102", parent="hall"),
            NewPlace("outlet", "阳明路邮政支局", "outlet", "post", "360102"),
            NewPlace("court", "诉讼服务中心", "court", "court", "360102"),
            NewPlace("police", "出入境管理处", "office", "police", "360102"),
        ],
        actor=SYSTEM,
        at=now(),
    )
    places = {
        Role.HALL_CLERK: hall, Role.OUTLET_CLERK: outlet, Role.COURIER: outlet, Role.AGENCY_OFFICER: window,
        Role.POLICE_REVIEWER: police, Role.COURT_CLERK: court, Role.JUDGE: court,
    }  # fmt: skip

    def open_browser(role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role == "nobody":
            return client
        account = citizen(name="王小明")[0] if role == Role.CITIZEN else staff(role, places.get(Role(role)))[0]
        return sign_in(client, account)

    return open_browser


def walked(addresses: list[Address]) -> list[tuple[Address, str, tuple[str, ...]]]:
    """Each address filled in with a good value, and read with several odd ones."""
    chosen = [page for page in addresses if page.name not in ENDLESS | ENDS_THE_SESSION]
    plain = [(page, page.fill(0), ("get", "post", "put")) for page in chosen]
    odd = [(page, page.fill(turn), ("get",)) for page in chosen if page.fill(0) != page.fill(1) for turn in range(1, 6)]
    return [(page, quote(address, safe="/"), methods) for page, address, methods in [*plain, *odd]]


@pytest.mark.parametrize("role", ROLES)
def test_every_address_as(role: str, signed_in: Any) -> None:
    client, wrong = signed_in(role), []
    for page, address, methods in walked(pages()):
        for method in methods:
            status = getattr(client, method)(address).status_code
            where = f"{method} {address} ({page.name}): {status}"
            if status >= 500:
                wrong.append(where)
            elif page.open:
                if status in {401, 403} and role == "nobody" and method == "get" and not address.startswith("/desk"):
                    wrong.append(f"{where}, though open to everyone")
            elif role not in (page.roles or ()):
                if status not in TURNED_AWAY and not (role == "nobody" and status == 302):
                    wrong.append(f"{where}, though not for {role}")
            elif status == 401:
                wrong.append(f"{where}, though {role} is signed in")
    assert not wrong, "\n".join(wrong)


def test_a_page_nobody_has_is_a_page_that_says_so(signed_in: Any) -> None:
    answer = signed_in("nobody").get("/no-such-page")
    assert answer.status_code == 404
    assert "没有" in answer.content.decode()
