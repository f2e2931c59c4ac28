"""Software that tracks parcels by the 快递100 interface follows ours: conformance from its public description."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests.actors import staff
from tests.town import Town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.gateway import actions as gateway
from zerotrip.gateway.trackers import actions, answers, states
from zerotrip.gateway.trackers.models import Following, Subscription, Tracker
from zerotrip.ledger.models import Entry
from zerotrip.mail.trace import merge
from zerotrip.mail.trace.rules import REASONS, RULES

pytestmark = pytest.mark.django_db

NUMBER = "1190000000017"
BEGUN = datetime(2026, 11, 23, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
CALLBACK = "https://tracker.example.cn/callback?order=1"


def scan(code: str, hours: float, office: str = "P360102001", reason: str = "", number: str = NUMBER) -> None:
    """One scan so many hours after the beginning, by somebody whose name must not get out."""
    at = BEGUN + timedelta(hours=hours)
    merge.add([merge.row(number, code, at, office, "张投递", reason, '{"note":"电话 13812345678"}')])


@pytest.fixture
def tracker(clock: Any) -> tuple[Tracker, str]:
    """A shop's tracking software, with its key."""
    gateway.register_partner("网店追踪", actor=SYSTEM, at=now())
    return actions.open_tracker("网店追踪", actor=SYSTEM, at=now())


class Shop:
    """A tiny client written from the public description alone: form fields in, JSON out."""

    def __init__(self, customer: str, key: str) -> None:
        self.customer, self.key, self.client = customer, key, Client(raise_request_exception=False)

    def query(self, **param: Any) -> Any:
        text = json.dumps({"com": "ems", "num": NUMBER} | param, ensure_ascii=False)
        return self.send("/poll/query.do", customer=self.customer, sign=self.sign(text), param=text)

    def subscribe(self, number: str = NUMBER, company: str = "ems", **parameters: Any) -> Any:
        given = {"callbackurl": CALLBACK, "salt": "盐", "resultv2": "1"} | parameters
        text = json.dumps({"company": company, "number": number, "key": self.key, "parameters": given})
        return self.send("/poll", schema="json", param=text)

    def sign(self, text: str) -> str:
        return hashlib.md5((text + self.key + self.customer).encode()).hexdigest().upper()

    def send(self, path: str, **form: str) -> Any:
        answer = self.client.post(path, form)
        assert answer.status_code == 200, answer.content.decode()[:300]
        assert answer["Content-Type"].startswith("application/json")
        return answer.json()


@pytest.fixture
def shop(tracker: tuple[Tracker, str]) -> Shop:
    return Shop(tracker[0].customer, tracker[1])


def test_a_query_is_answered_as_described(shop: Shop) -> None:
    for code, hours in (("203", 0), ("305", 2.5), ("954", 5)):
        scan(code, hours)
    assert shop.query() == {
        "message": "ok", "nu": NUMBER, "ischeck": "0", "condition": "F00", "com": "ems", "status": "200", "state": "0",
        "data": [
            {"time": "2026-11-23 14:05:00", "ftime": "2026-11-23 14:05:00", "context": "到达处理中心"},
            {"time": "2026-11-23 11:35:00", "ftime": "2026-11-23 11:35:00", "context": "已发运"},
            {"time": "2026-11-23 09:05:00", "ftime": "2026-11-23 09:05:00", "context": "已收寄"},
        ],
    }  # fmt: skip
    assert [row["context"] for row in shop.query(order="asc")["data"]] == ["已收寄", "已发运", "到达处理中心"]


def test_areas_and_states_are_added_when_asked_for(town: Town, shop: Shop) -> None:
    scan("203", 0, "C360102")
    scan("702", 3, town.nc.outlet.code)
    plain, areas, advanced = (shop.query(resultv2=value) for value in ("0", "1", "4"))
    assert "areaCode" not in plain["data"][0]
    assert (areas["data"][1]["status"], areas["data"][1]["areaCode"]) == ("揽收", "CN360102000000")
    assert areas["data"][0]["areaName"].startswith("江西省,南昌市,东湖区")
    assert areas["data"][0]["context"] == f"【{town.nc.outlet.name}】投递员正在投递"
    assert (advanced["data"][1]["status"], advanced["data"][1]["statusCode"]) == ("已揽收", "103")
    assert (areas["state"], advanced["state"]) == ("5", "5")
    assert advanced["routeInfo"]["from"]["number"] == "CN360102000000"
    english = shop.query(lang="en", resultv2="1")["data"][1]
    assert english["context"].startswith("[东湖区] ")
    assert english["status"] == "Collected"


@pytest.mark.parametrize(
    ("scans", "state", "advanced", "checked"),
    [
        ([("203", "")], "1", "103", "0"),
        ([("203", ""), ("389", "")], "0", "1002", "0"),
        ([("203", ""), ("306", "")], "0", "1001", "0"),
        ([("203", ""), ("702", "")], "5", "5", "0"),
        ([("203", ""), ("705", "104")], "2", "203", "0"),
        ([("203", ""), ("705", "")], "2", "204", "0"),
        ([("203", ""), ("702", ""), ("704", "")], "3", "3", "1"),
        ([("203", ""), ("705", "103"), ("704", "")], "3", "302", "1"),
        ([("203", ""), ("747", "")], "3", "303", "1"),
        ([("203", ""), ("705", "104"), ("708", "")], "6", "6", "0"),
        ([("203", ""), ("708", ""), ("306", "")], "6", "6", "0"),
        ([("203", ""), ("708", ""), ("711", "")], "4", "4", "0"),
        ([("203", ""), ("207", "")], "4", "401", "0"),
        ([("988", "")], "0", "0", "0"),
    ],
)
def test_states(shop: Shop, scans: list[tuple[str, str]], state: str, advanced: str, checked: str) -> None:
    for hours, (code, reason) in enumerate(scans):
        scan(code, hours, reason=reason)
    said = shop.query()
    assert (said["state"], said["ischeck"], len(said["data"])) == (state, checked, len(scans))
    assert shop.query(resultv2="4")["state"] == advanced


def test_nothing_personal_gets_out(shop: Shop) -> None:
    scan("203", 0, "李四 13900001111")
    scan("705", 1, reason="103")
    said = json.dumps(shop.query(resultv2="4", phone="13812345678"), ensure_ascii=False)
    for secret in ("张投递", "13812345678", "13900001111", "李四", "note"):
        assert secret not in said
    assert "收件人不在指定地址" in said
    assert shop.query(phone="13812345678") == shop.query(phone="0000"), "a phone is neither needed nor compared"


def test_refusals_have_the_codes_of_the_interface(shop: Shop, tracker: tuple[Tracker, str]) -> None:
    scan("203", 0)

    def code(said: Any) -> str:
        assert said["result"] is False
        assert said["message"]
        return str(said["returnCode"])

    assert code(shop.query(num="1190000000024")) == "500"
    assert code(shop.query(num="not a number\0")) == "500"
    assert code(shop.query(com="shunfeng")) == "400"
    assert code(shop.query(show="1")) == "400"
    text = json.dumps({"com": "ems", "num": NUMBER})
    form = {"customer": shop.customer, "sign": shop.sign(text), "param": text}
    assert shop.send("/poll/query.do", **form)["message"] == "ok"
    for wrong in ({"sign": "0" * 32}, {"sign": ""}, {"customer": "F" * 32}, {"param": text + " "}, {"sign": "龘"}):
        assert code(shop.send("/poll/query.do", **(form | wrong))) == "503"
    assert code(shop.send("/poll/query.do", **(form | {"param": "[]"}))) == "400"
    assert code(shop.send("/poll/query.do")) == "400"
    assert shop.client.get("/poll/query.do").status_code == 405
    actions.close_tracker(shop.customer, reason="合作到期", actor=SYSTEM, at=now())
    assert code(shop.query()) == "503"
    assert code(shop.subscribe()) == "600"


@pytest.mark.parametrize("kind", ["SHA256", "SM3"])
def test_better_digests_are_understood(shop: Shop, kind: str) -> None:
    scan("203", 0)
    text = json.dumps({"com": "youzhengguonei", "num": NUMBER})
    name = {"SHA256": "sha256", "SM3": "sm3"}[kind]
    sign = hashlib.new(name, (text + shop.key + shop.customer).encode()).hexdigest().upper()
    said = shop.send("/poll/query.do", customer=shop.customer, sign=sign, param=text, signType=kind)
    assert (said["message"], said["com"]) == ("ok", "youzhengguonei")


def test_no_more_requests_than_agreed(clock: Any) -> None:
    gateway.register_partner("慢", rate_per_minute=2, actor=SYSTEM, at=now())
    made, key = actions.open_tracker("慢", actor=SYSTEM, at=now())
    scan("203", 0)
    slow = Shop(made.customer, key)
    assert [slow.query().get("returnCode") for _ in range(3)] == [None, None, "502"]
    clock.advance(minutes=1)
    assert slow.query()["message"] == "ok"


def test_subscribing(shop: Shop) -> None:
    assert shop.subscribe() == {"result": True, "returnCode": "200", "message": "提交成功"}
    assert shop.subscribe()["returnCode"] == "501"
    assert shop.subscribe("1190000000024", company="", autoCom="1")["returnCode"] == "200"
    assert shop.subscribe("1190000000031", company="shunfeng")["returnCode"] == "701"
    assert shop.subscribe("1190000000031", company="")["returnCode"] == "701"
    assert shop.subscribe("69012345")["returnCode"] == "700"
    for url in ("http://tracker.example.cn/", "https://10.0.0.8/", "https://169.254.169.254/latest/meta-data", "x", ""):
        assert shop.subscribe("1190000000031", callbackurl=url)["returnCode"] == "700"
    stranger = Shop(shop.customer, "0" * 32)
    assert stranger.subscribe("1190000000031")["returnCode"] == "600"
    assert sorted(Subscription.objects.values_list("number", flat=True)) == [NUMBER, "1190000000024"]
    kept = Subscription.objects.get(number=NUMBER)
    assert (kept.state, kept.salt, kept.detail, kept.host) == (Following.POLLING, "盐", "1", "tracker.example.cn")


def test_only_administrators_open_trackers_and_no_key_is_recorded(tracker: tuple[Tracker, str]) -> None:
    made, key = tracker
    _account, clerk = staff()
    with pytest.raises(NotAllowed):
        actions.open_tracker("网店追踪", actor=clerk, at=now())
    _account, admin = staff(Role.SYSTEM_ADMIN)
    fresh = actions.renew_key(made.customer, actor=admin, at=now())
    assert fresh != key
    assert Shop(made.customer, key).query()["returnCode"] == "503"
    with pytest.raises(NotFound):
        actions.open_tracker("谁", actor=admin, at=now())
    with pytest.raises(BadInput):
        actions.open_tracker("网店追踪", ["everything"], actor=admin, at=now())
    actions.close_tracker(made.customer, reason="不用了", actor=admin, at=now())
    with pytest.raises(Conflict):
        actions.renew_key(made.customer, actor=admin, at=now())
    told = str(list(Entry.objects.values_list("data", flat=True)))
    assert made.customer in told
    assert key not in told
    assert fresh not in told


def test_every_code_of_ours_has_a_state() -> None:
    assert set(states.OF_CODE) == set(RULES)
    assert set(states.OF_REASON) <= set(REASONS)
    used = {*states.OF_CODE.values(), *states.OF_REASON.values(), *states.OF_STAGE.values(), "302"}
    assert used <= set(states.STATES)
    assert {known.basic for known in states.STATES.values()} <= set(states.STATES)


def test_the_table_of_states_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "kuaidi100.md"
    text = page.read_text(encoding="utf-8")
    found = re.search(r"<!-- states -->\n(.*?)<!-- /states -->", text, re.DOTALL)
    assert found is not None
    assert found[1] == states.as_markdown()


def test_an_unknown_state_of_nothing(clock: Any) -> None:
    said = answers.nothing(NUMBER, "ems", "3天查询无记录")
    assert (said["state"], said["data"], said["message"]) == ("0", [], "3天查询无记录")
