"""The provincial portal is told of each change once, over a signed connection, until it confirms or refuses."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver

from tests.actors import staff
from tests.cases import stories
from tests.seals import fresh_seal
from tests.town import Town, divisions, town
from zerotrip.cases import actions as cases
from zerotrip.core.clock import now, today
from zerotrip.core.errors import Conflict, NotAllowed, NotFound, Unavailable
from zerotrip.core.roles import Role
from zerotrip.gateway.adapters.portal_outage import Outage
from zerotrip.gateway.adapters.portal_real import Real
from zerotrip.gateway.cli import COMMANDS
from zerotrip.gateway.exports import actions, own_key, push
from zerotrip.gateway.exports.models import PortalRow, Told
from zerotrip.gateway.exports.portal import Message, Reply, port
from zerotrip.gateway.signing import keys
from zerotrip.gateway.signing.client import Message as Request
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

__all__ = ["divisions", "town"]


class Receiver:
    """A portal of the test's own, reached over HTTP. It checks signatures as RFC 9421 says, with the library."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any] = (200, {"result": "accepted"})
        self.got: list[dict[str, Any]] = []
        self.ids: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.check(f"http://{self.headers['Host']}{self.path}", dict(self.headers), body)
                outer.ids.append(self.headers["Idempotency-Key"])
                outer.got.append(json.loads(body))
                status, said = outer.answer
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/portal"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, url: str, headers: dict[str, str], body: bytes) -> None:
        public = own_key.public()
        resolver = MappingKeyResolver(public_keys={public.keyid: public.public}, private_keys={})
        verifier = HTTPMessageVerifier(signature_algorithm=keys.ALGORITHMS[public.algorithm], key_resolver=resolver)
        verifier.max_clock_skew = timedelta(days=3650)  # the library reads the machine's clock, the story its own
        [seen] = verifier.verify(Request("POST", url, headers), max_age=timedelta(days=3650), body=body)
        assert seen.body == body


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = "127.0.0.0/8"
    made = Receiver()
    settings.ZEROTRIP_PORTAL = "real"
    settings.ZEROTRIP_PORTAL_URL = made.url
    yield made
    made.server.shutdown()


def latest() -> dict[tuple[str, str], PortalRow]:
    return {(row.table, row.key): row for row in PortalRow.objects.order_by("revision")}


@pytest.fixture
def case(town: Town, receiver: Receiver) -> Any:
    """Somebody applied at the hall while the portal is connected."""
    found, _number = stories.apply_in_person(town.nc)
    drain()
    return found


def test_each_change_is_queued_once(case: Any, town: Town) -> None:
    first = PortalRow.objects.count()
    assert first >= 3
    push.queue_case(case.number, now())
    assert PortalRow.objects.count() == first, "nothing changed, nothing is queued"
    if case.state == "applied":
        cases.receive(case.number, actor=town.nc.police_officer, at=now())
    cases.accept(case.number, actor=town.nc.police_officer, at=now())
    drain()
    rows = latest()
    assert rows["acceptance", case.number].revision == 1
    assert rows["application", case.number].revision == 1
    steps = [row for (table, _key), row in rows.items() if table == "steps"]
    assert {row.revision for row in steps} >= {1, 2}, "the step that was waited for is now done"
    assert PortalRow.objects.filter(state=Told.REPLACED).exists()


def test_it_is_sent_in_full_signed_and_confirmed(case: Any, receiver: Receiver) -> None:
    assert push.send_due() == len(receiver.got) == PortalRow.objects.count()
    assert set(PortalRow.objects.values_list("state", flat=True)) == {Told.ACCEPTED}
    assert not PortalRow.objects.filter(content__isnull=False).exists(), "what was taken in is not kept twice"
    [told] = [one for one in receiver.got if one["name"] == "办事申请"]
    assert told["standard"] == "GB/T 39046-2020"
    assert told["table"] == 5
    assert told["row"]["申请者名称"] == "周小兰"
    assert "个人信息保护法" in told["basis"]
    assert len(set(receiver.ids)) == len(receiver.ids)
    entry = Entry.objects.get(kind="gateway.portal_told")
    assert case.number in entry.sentence()
    assert "个人信息保护法" in entry.sentence()
    assert "周小兰" not in str(entry.data)
    assert push.send_due() == 0


def test_a_refusal_keeps_its_reason_and_is_sent_again_on_request(case: Any, receiver: Receiver) -> None:
    receiver.answer = (200, {"result": "rejected", "reason": "实施编码未备案"})
    push.send_due()
    row = PortalRow.objects.filter(table="application").get()
    assert (row.state, row.sentence, row.next_at) == (Told.REJECTED, "实施编码未备案", None)
    assert push.send_due(now() + timedelta(days=3)) == 0, "a refusal is not argued with"
    _account, admin = staff(Role.SYSTEM_ADMIN)
    receiver.answer = (200, {})
    actions.tell_again(row.pk, actor=admin, at=now())
    push.send_due()
    row.refresh_from_db()
    assert (row.state, row.revision) == (Told.ACCEPTED, 1)
    assert receiver.ids.count(f"application/{case.number}/1") == 2
    with pytest.raises(Conflict):
        actions.tell_again(row.pk, actor=admin, at=now())


def test_only_those_it_concerns_may_send_again(case: Any) -> None:
    row = PortalRow.objects.filter(table="application").get()
    _account, elsewhere = staff(Role.PROJECT_MANAGER, division="3610")
    with pytest.raises(NotFound):
        actions.tell_again(row.pk, actor=elsewhere, at=now())
    _account, auditor = staff(Role.AUDITOR)
    with pytest.raises(NotAllowed):
        actions.tell_again(row.pk, actor=auditor, at=now())


def test_a_portal_that_is_down_is_asked_with_growing_pauses(case: Any, receiver: Receiver, clock: Any) -> None:
    receiver.answer = (503, {})
    due = PortalRow.objects.count()
    assert push.send_due() == min(due, push.IN_A_ROW), "a round ends when nobody answers"
    row = PortalRow.objects.filter(tries=1).order_by("pk")[0]
    assert "503" in row.sentence
    assert row.next_at == now() + push.pause(1)
    assert push.pause(1) < push.pause(2) < push.pause(7) < push.pause(8) == push.pause(99)
    receiver.answer = (200, {"result": "accepted"})
    clock.advance(hours=12)
    while push.send_due():
        pass
    assert set(PortalRow.objects.values_list("state", flat=True)) == {Told.ACCEPTED}
    told = [one["key"] for one in receiver.got if one["name"] == "办事申请"]
    assert told[-1] == case.number


def test_what_is_decided_later_is_asked_about_again(case: Any, receiver: Receiver, clock: Any) -> None:
    receiver.answer = (202, {})
    push.send_due()
    row = PortalRow.objects.filter(table="application").get()
    assert (row.state, row.next_at) == (Told.REQUESTED, now() + push.LATER)
    receiver.answer = (422, {"detail": "证件类型不符"})
    clock.advance(minutes=11)
    push.send_due()
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Told.REJECTED, "证件类型不符")


class LostAnswer:
    """Takes everything in; the answer to the first message is lost."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], tuple[int, str]] = {}
        self.lost = False

    def send(self, message: Message) -> Reply:
        self.rows[message.table.code, message.key] = (message.revision, message.content)
        if not self.lost:
            self.lost = True
            raise Unavailable("断了")
        return Reply("accepted")


def test_a_lost_answer_means_a_repeat_not_a_second_row(case: Any, clock: Any) -> None:
    there = LostAnswer()
    push.send_due(through=there)
    clock.advance(minutes=5)
    while push.send_due(through=there):
        pass
    assert set(PortalRow.objects.values_list("state", flat=True)) == {Told.ACCEPTED}
    assert {revision for revision, _content in there.rows.values()} == {1}


def test_a_newer_revision_takes_the_place_of_one_that_waits(
    case: Any, town: Town, receiver: Receiver, clock: Any
) -> None:
    receiver.answer = (503, {})
    push.send_due()
    if case.state == "applied":
        cases.receive(case.number, actor=town.nc.police_officer, at=now())
    stories.decide(case, town.nc.police_officer, certificate="赣驾0001")
    drain()
    receiver.answer = (200, {})
    receiver.got.clear()
    clock.advance(hours=1)
    while push.send_due():
        pass
    sent = [(one["table"], one["name"], one["key"]) for one in receiver.got]
    assert len(sent) == len(set(sent)), "of each row only the newest revision is sent"
    [completion] = [one for one in receiver.got if one["name"] == "事项办结"]
    assert completion["row"]["结果证照编号"] == "赣驾0001"


def test_an_unsealed_envelope_takes_its_row_back(case: Any, town: Town, receiver: Receiver) -> None:
    if case.state == "applied":
        cases.receive(case.number, actor=town.nc.police_officer, at=now())
    stories.decide(case, town.nc.police_officer, certificate="赣驾0001")
    piece = cases.bind(case.number, certificate_number="赣驾0001", seal=fresh_seal(), actor=town.nc.clerk, at=now())
    drain()
    while push.send_due():
        pass
    cases.unbind(case.number, reason="装错了证照", actor=town.nc.clerk, at=now())
    drain()
    receiver.got.clear()
    while push.send_due():
        pass
    [gone] = [one for one in receiver.got if one["name"] == "物流信息"]
    assert (gone["key"], gone["revision"], gone["row"]) == (str(piece.number), 2, None)


def test_no_portal_no_rows(town: Town, settings: Any) -> None:
    settings.ZEROTRIP_PORTAL = ""
    stories.apply_in_person(town.nc)
    drain()
    assert not PortalRow.objects.exists()
    assert port() is None
    assert push.send_due() == 0
    settings.ZEROTRIP_PORTAL = "outage"
    assert isinstance(port(), Outage)
    with pytest.raises(Unavailable):
        Outage().send(Message(push.BY_CODE["logistics"], "x", 1, ""))
    settings.ZEROTRIP_PORTAL = "fax"
    with pytest.raises(ValueError, match="fax"):
        port()


def test_a_portal_connected_later_is_told_what_went_before(
    town: Town, settings: Any, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ZEROTRIP_PORTAL = ""
    stories.apply_in_person(town.nc)
    drain()
    command = next(one for one in COMMANDS if one.name == "tell-portal")
    days = argparse.Namespace(first=today(), last=today())
    assert command.run(days) == 1, "no portal is connected"
    settings.ZEROTRIP_PORTAL = "real"
    assert command.run(argparse.Namespace(first=today(), last=today() - timedelta(days=1))) == 1
    assert command.run(days) == 0
    assert command.run(days) == 0
    first, again = (int(said.split()[1]) for said in capsys.readouterr().out.splitlines())
    assert (first >= 3, again) == (True, 0)
    assert push.send_due() >= 3


def test_it_goes_to_no_inner_address(settings: Any) -> None:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = ""
    from zerotrip.gateway.outgoing import Forbidden

    with pytest.raises(Forbidden):
        Real("http://169.254.169.254/latest")
