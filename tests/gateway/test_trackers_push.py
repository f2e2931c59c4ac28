"""Pushes over real HTTP: a receiver that is down for a while misses nothing, and one that hangs holds nobody up."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

import pytest

from tests.gateway.test_trackers import NUMBER, scan
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.gateway import actions as gateway
from zerotrip.gateway import outgoing
from zerotrip.gateway.trackers import actions, push
from zerotrip.gateway.trackers.models import Following, Subscription, Tracker
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db
GOOD = b'{"result":true,"returnCode":"200","message":"ok"}'


class Receiver:
    """A web server that keeps what is pushed to it; `answer` is what it says, `status` with what code."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.forms: list[dict[str, str]] = []
        self.answer, self.status = GOOD, 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
                if outer.status == 200 and outer.answer == GOOD:
                    outer.forms.append(form)
                    outer.got.append(json.loads(form["param"]))
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/kd?order=7"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = "127.0.0.0/8"
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def tracker(clock: Any) -> Tracker:
    gateway.register_partner("网店追踪", actor=SYSTEM, at=now())
    return actions.open_tracker("网店追踪", actor=SYSTEM, at=now())[0]


def follow(tracker: Tracker, url: str, number: str = NUMBER, salt: str | None = "salt") -> Subscription:
    return actions.follow(tracker, actions.Wish(number, "ems", url, salt, "1"), at=now())


def pushed() -> int:
    return push.run(seconds=5, senders=1)


def test_every_change_is_pushed_signed_until_the_end(tracker: Tracker, receiver: Receiver, clock: Any) -> None:
    follow(tracker, receiver.url)
    assert pushed() == 0, "nothing is known yet"
    scan("203", 0)
    assert pushed() == 1
    assert pushed() == 0, "once is enough"
    scan("702", 2)
    scan("704", 3)
    assert pushed() == 1
    first, last = receiver.got
    assert (first["status"], first["lastResult"]["state"], len(first["lastResult"]["data"])) == ("polling", "1", 1)
    assert (last["status"], last["lastResult"]["state"], last["lastResult"]["ischeck"]) == ("shutdown", "3", "1")
    assert [row["context"] for row in last["lastResult"]["data"]] == ["已妥投", "投递员正在投递", "已收寄"]
    for form in receiver.forms:
        expected = hashlib.md5((form["param"] + "salt").encode()).hexdigest().upper()
        assert form["sign"] == expected
    scan("305", 1)
    assert pushed() == 1
    assert receiver.got[-1]["status"] == "updateall", "a scan came late"
    kept = Subscription.objects.get()
    assert (kept.state, kept.pushes) == (Following.SHUTDOWN, 3)


def test_without_a_salt_there_is_no_signature(tracker: Tracker, receiver: Receiver) -> None:
    follow(tracker, receiver.url, salt=None)
    follow(tracker, receiver.url, "1190000000024", salt="")
    for number in (NUMBER, "1190000000024"):
        scan("203", 0, number=number)
    assert pushed() == 2
    assert ["sign" in form for form in receiver.forms] == [False, True]


def test_a_receiver_that_is_down_misses_nothing(tracker: Tracker, receiver: Receiver, clock: Any) -> None:
    numbers = [f"119000000{n:04d}" for n in range(30)]
    for number in numbers:
        follow(tracker, receiver.url, number)
        scan("203", 0, number=number)
    receiver.status = 500
    for minute in range(60):
        assert pushed() == 0
        if minute == 20:
            for number in numbers:
                scan("305", 1, number=number)
        if minute == 40:
            receiver.answer, receiver.status = b'{"result":false,"returnCode":"500"}', 200
        clock.advance(minutes=1)
    tries = list(Subscription.objects.values_list("tries", flat=True))
    assert sum(tries) <= 30 * 6, "pauses grow"
    receiver.answer, receiver.status = GOOD, 200
    for _minute in range(90):
        pushed()
        clock.advance(minutes=1)
    assert sorted(got["lastResult"]["nu"] for got in receiver.got) == numbers
    assert all(len(got["lastResult"]["data"]) == 2 for got in receiver.got)
    assert not Subscription.objects.exclude(tries=0, trouble="", due_at=None).exists()


def test_after_three_days_a_push_is_set_aside_where_it_is_seen(
    tracker: Tracker, receiver: Receiver, clock: Any
) -> None:
    follow(tracker, receiver.url)
    scan("203", 0)
    receiver.status = 302
    for _hour in range(30):
        pushed()
        clock.advance(hours=6)
    kept = Subscription.objects.get()
    assert kept.state == Following.ASIDE
    assert "302" in kept.trouble
    entry = Entry.objects.get(kind="gateway.tracker_push_set_aside")
    assert "order=7" not in str(entry.data)
    receiver.status = 200
    assert pushed() == 0
    assert actions.send_again(tracker.customer, actor=SYSTEM, at=now()) == 1
    assert pushed() == 1
    assert Subscription.objects.get().state == Following.POLLING


def test_silence_ends_following(tracker: Tracker, receiver: Receiver, clock: Any) -> None:
    follow(tracker, receiver.url)
    follow(tracker, receiver.url, "1190000000024")
    scan("203", 0, number="1190000000024")
    assert pushed() == 1
    clock.advance(days=3, seconds=1)
    assert pushed() == 1
    assert (receiver.got[-1]["status"], receiver.got[-1]["message"]) == ("abort", "3天查询无记录")
    clock.advance(days=58)
    assert pushed() == 1
    assert (receiver.got[-1]["status"], receiver.got[-1]["message"]) == ("abort", "60天无变化")
    assert set(Subscription.objects.values_list("state", flat=True)) == {Following.ABORT}
    follow(tracker, receiver.url)


def test_a_name_that_leads_inside_is_not_pushed_to(tracker: Tracker, clock: Any, monkeypatch: Any) -> None:
    follow(tracker, "https://rebinding.example.cn/")
    scan("203", 0)
    found = [(2, 1, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert pushed() == 0
    assert "169.254.169.254" in Subscription.objects.get().trouble


def test_a_closed_tracker_gets_nothing_more(tracker: Tracker, receiver: Receiver) -> None:
    follow(tracker, receiver.url)
    scan("203", 0)
    actions.close_tracker(tracker.customer, reason="不用了", actor=SYSTEM, at=now())
    assert pushed() == 0
    assert receiver.got == []


@pytest.mark.django_db(transaction=True)
def test_an_outside_tracker_follows_a_piece_over_http(live_server: Any, receiver: Receiver) -> None:
    """Nothing but HTTP on both sides, as a shop's software does it, several senders at work."""
    gateway.register_partner("网店追踪", actor=SYSTEM, at=now())
    made, key = actions.open_tracker("网店追踪", actor=SYSTEM, at=now())

    def send(path: str, **form: str) -> Any:
        request = Request(live_server.url + path, urlencode(form).encode())
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    parameters = {"callbackurl": receiver.url, "salt": "s", "resultv2": "4"}
    param = {"company": "ems", "number": NUMBER, "key": key, "parameters": parameters}
    assert send("/poll", schema="json", param=json.dumps(param))["result"] is True
    scan("203", 0)
    scan("747", 5)
    assert push.run(seconds=5) == 1
    text = json.dumps({"com": "ems", "num": NUMBER, "resultv2": "4"})
    sign = hashlib.md5((text + key + made.customer).encode()).hexdigest().upper()
    asked = send("/poll/query.do", customer=made.customer, sign=sign, param=text)
    assert asked == receiver.got[0]["lastResult"]
    assert (asked["state"], asked["data"][0]["status"]) == ("303", "代签")


def test_pauses_grow_over_three_days() -> None:
    assert list(push.PAUSES) == sorted(push.PAUSES)
    assert timedelta(days=3) <= sum(push.PAUSES, timedelta()) < timedelta(days=4)
