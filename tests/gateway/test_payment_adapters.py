"""Those who take money: WeChat Pay against a stand-in with real keys over real HTTP, the demo's cashier, an outage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from django.test import Client

from tests.gateway.wechat import API_KEY, APPID, COLUMNS, MCHID, MERCHANT_SERIAL, WeChat, certificate, key, pem, serving
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable
from zerotrip.gateway.adapters import payment_demo, payment_real
from zerotrip.gateway.adapters.payment_demo import Demo
from zerotrip.gateway.adapters.payment_outage import Outage
from zerotrip.gateway.adapters.payment_real import Real, read_bill
from zerotrip.mail.payments import actions, talking
from zerotrip.mail.payments.actions import Wanted
from zerotrip.mail.payments.models import LineKind, Oddity, Order, Refund
from zerotrip.mail.payments.port import Asked, BadNotice, Paid, Refunded, Refused, port
from zerotrip.mail.payments.reconciling import reconcile

DAY = date(2026, 11, 24)


def asked(number: str = "ZT1", **more: Any) -> Asked:
    return Asked(
        number, Decimal("30.05"), "机动车驾驶证遗失补证", now() + timedelta(hours=2), "https://here/back", **more
    )


@pytest.fixture
def their(settings: Any, clock: Any, tmp_path: Path) -> Iterator[WeChat]:
    """WeChat, known by its certificate, which is kept in a folder."""
    with serving(WeChat()) as side:
        kept = tmp_path / f"{side.serial}.pem"
        kept.write_bytes(side.certificate.public_bytes(serialization.Encoding.PEM))
        settings.ZEROTRIP_PAYMENTS = "real"
        settings.ZEROTRIP_WECHAT = settings.ZEROTRIP_WECHAT | {
            "mchid": MCHID,
            "appid": APPID,
            "serial": MERCHANT_SERIAL,
            "private_key": pem(side.merchant),
            "api_key": API_KEY,
            "certificates": str(tmp_path),
            "gateway": side.address,
            "public_key": "",
            "public_key_id": "",
            "kind": "",
        }
        payment_real._clients.clear()
        yield side


def test_an_order_is_made_paid_and_asked_about(their: WeChat, settings: Any) -> None:
    real = Real()
    assert real.create(asked()).qr.startswith("weixin://")
    sent = their.orders["ZT1"]["told"]
    assert (sent["amount"], sent["mchid"]) == ({"total": 3005, "currency": "CNY"}, MCHID)
    assert sent["notify_url"].endswith("/payments/notice")
    assert real.query("ZT1") == Paid("ZT1", "open")
    assert real.query("ZT2") == Paid("ZT2", "open")
    their.pays("ZT1")
    paid = real.query("ZT1")
    assert (paid.state, paid.amount, paid.at) == ("paid", Decimal("30.05"), now())
    real.close("ZT1")
    assert real.query("ZT1").state == "closed"


def test_on_a_phone_by_h5_and_inside_wechat_by_jsapi(their: WeChat, settings: Any) -> None:
    settings.ZEROTRIP_WECHAT = settings.ZEROTRIP_WECHAT | {"kind": "h5"}
    how = Real().create(asked(payer_address="203.0.113.9"))
    assert how.url.startswith("https://wx.tenpay.com/")
    assert their.orders["ZT1"]["told"]["scene_info"]["payer_client_ip"] == "203.0.113.9"
    script = Real().create(asked("ZT2", open_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")).script
    assert script is not None
    assert script["package"].startswith("prepay_id=")
    assert script["paySign"]


def test_a_notice_is_verified_and_decrypted(their: WeChat) -> None:
    Real().create(asked())
    order = their.pays("ZT1")
    headers, body = their.notice("TRANSACTION.SUCCESS", {k: v for k, v in order.items() if k != "told"})
    told = Real().read_notice(headers, body.encode())
    assert isinstance(told, Paid)
    assert (told.number, told.amount) == ("ZT1", Decimal("30.05"))
    refund = {
        "out_refund_no": "ZR1",
        "refund_id": "5",
        "refund_status": "SUCCESS",
        "success_time": now().isoformat(),
        "amount": {"refund": 500, "total": 3005},
    }
    headers, body = their.notice("REFUND.SUCCESS", refund)
    back = Real().read_notice(headers, body.encode())
    assert back == Refunded("ZR1", "done", "5", Decimal("5.00"), now())


@pytest.mark.parametrize("wrong", ["body", "old", "unsigned", "stranger", "garbage"])
def test_what_is_not_from_them_is_no_notice(their: WeChat, wrong: str) -> None:
    Real().create(asked())
    order = their.pays("ZT1")
    headers, body = their.notice("TRANSACTION.SUCCESS", {k: v for k, v in order.items() if k != "told"})
    if wrong == "body":
        body = body.replace("EV-", "EW-")
    elif wrong == "old":
        headers = their.headers(body, stamp=int(now().timestamp()) - 301)
    elif wrong == "unsigned":
        headers = {}
    elif wrong == "stranger":
        their.platform = key()
        headers = their.headers(body)
    else:
        body = "<xml>"
        headers = their.headers(body)
    with pytest.raises(BadNotice):
        Real().read_notice(headers, body.encode())


def test_a_new_certificate_of_theirs_is_fetched(their: WeChat) -> None:
    Real().create(asked())
    their.platform = key()
    their.certificate = certificate(their.platform)
    assert Real().query("ZT1").state == "open"
    assert ("GET", "/v3/certificates") in their.seen


def test_they_may_be_known_by_their_public_key(their: WeChat, settings: Any) -> None:
    public = their.platform.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings.ZEROTRIP_WECHAT = settings.ZEROTRIP_WECHAT | {
        "public_key": public.decode(),
        "public_key_id": their.serial,
        "certificates": "",
    }
    assert Real().create(asked()).qr
    assert their.seen == [("POST", "/v3/pay/transactions/native")]


@pytest.mark.parametrize("broken", ["down", "forged", "garbage"])
def test_what_goes_wrong_there_is_tried_again_later(their: WeChat, broken: str) -> None:
    Real().create(asked())
    their.broken = broken
    with pytest.raises(Unavailable):
        Real().query("ZT1")


def test_nobody_there_and_no_keys(their: WeChat, settings: Any) -> None:
    settings.ZEROTRIP_WECHAT = settings.ZEROTRIP_WECHAT | {"gateway": "http://127.0.0.1:1"}
    with pytest.raises(Unavailable, match="连不上"):
        Real().query("ZT1")
    settings.ZEROTRIP_WECHAT = settings.ZEROTRIP_WECHAT | {"private_key": "-----BEGIN x"}
    with pytest.raises(Unavailable, match="商户参数"):
        Real().query("ZT1")


def test_a_refund_is_asked_and_finished(their: WeChat) -> None:
    real = Real()
    told = real.refund("ZR1", "ZT1", Decimal("5.00"), Decimal("30.05"), "时限延误")
    assert (told.state, told.amount) == ("accepted", Decimal("5.00"))
    assert real.query_refund("ZR1").state == "done"
    with pytest.raises(Refused, match="退款金额大于订单金额"):
        real.refund("ZR2", "ZT1", Decimal("50.00"), Decimal("30.05"), "时限延误")


def line(**cells: str) -> str:
    row = dict.fromkeys(COLUMNS.split(","), "") | {"交易时间": "2026-11-24 09:10:00", "交易状态": "SUCCESS"}
    return ",".join(f"`{value}" for value in (row | cells).values())


def bill(*lines: str) -> str:
    sums = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    return "\r\n".join(["\ufeff" + COLUMNS, *lines, sums, "`2,`30.05,`5.00,`0.00,`0.00,`30.05,`5.00", ""])


PAID_LINE = {"微信订单号": "42", "商户订单号": "ZT1", "订单金额": "30.05", "商品名称": "补证， 加急"}
BACK_LINE = {
    "微信订单号": "42", "商户订单号": "ZT1", "交易状态": "REFUND", "微信退款单号": "50", "商户退款单号": "ZR1",
    "订单金额": "0.00", "申请退款金额": "5.00",
}  # fmt: skip


def test_a_bill_is_fetched_checked_and_read(their: WeChat) -> None:
    their.bill = bill(line(**PAID_LINE), line(**BACK_LINE))
    rows = Real().bill(DAY)
    assert [(row.kind, row.number, row.order, row.reference, str(row.amount)) for row in rows] == [
        ("payment", "ZT1", "ZT1", "42", "30.05"),
        ("refund", "ZR1", "ZT1", "50", "5.00"),
    ]
    assert rows[0].at == now()
    assert Real().bill(DAY + timedelta(days=1)) == []
    their.broken = "truncated"
    with pytest.raises(Unavailable, match="没有下载完整"):
        Real().bill(DAY)


@pytest.mark.parametrize("text", ["", "日期,金额\n`2026-11-24,`3", bill(line(订单金额="三元", 商户订单号="ZT1"))])
def test_a_bill_we_cannot_read_is_no_bill(text: str) -> None:
    with pytest.raises(Unavailable, match="格式与约定不符"):
        read_bill(text)


def make_order(serial: int = 1) -> Order:
    wanted = [
        Wanted(f"postage:{serial}", LineKind.POSTAGE, "邮费", Decimal("20.00"), serial),
        Wanted(f"fee:{serial}", LineKind.STATE_FEE, "工本费", Decimal("10.00"), serial),
    ]
    made = talking.order_for(f"CASE{serial}", wanted, what="办件", account=None, division="36", actor=SYSTEM)
    talking.ask_to_pay(made, back="http://here/back")
    return made


@pytest.mark.django_db
def test_a_notice_posted_to_us_pays_the_order_once(their: WeChat, client: Client) -> None:
    made = make_order()
    order = their.pays(made.number)
    headers, body = their.notice("TRANSACTION.SUCCESS", {k: v for k, v in order.items() if k != "told"})
    for _ in range(3):
        answer = client.post("/payments/notice", body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (200, "SUCCESS")
    made.refresh_from_db()
    assert made.state == "paid"
    assert not Oddity.objects.exists()
    assert client.post("/payments/notice", "{}", content_type="application/json").status_code == 400
    assert client.post("/payments/notice", "x" * 70_000, content_type="text/plain").status_code == 413


@pytest.fixture
def cashier(settings: Any, clock: Any, live_server: Any, tmp_path: Path, monkeypatch: Any) -> str:
    """The demo's cashier, served by the product over real HTTP. Returns its address."""
    monkeypatch.setenv("ZEROTRIP_VAR", str(tmp_path))
    settings.ZEROTRIP_DEMO = True
    settings.ZEROTRIP_PAYMENTS = "demo"
    settings.ZEROTRIP_BASE_URL = live_server.url
    return str(live_server.url)


def press(url: str, verb: str) -> requests.Response:
    """Open the cashier's page and press a button."""
    with requests.Session() as session:
        page = session.get(url, timeout=10)
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"csrfmiddlewaretoken": token, "verb": verb}
        return session.post(url, form, headers={"Referer": url}, timeout=10, allow_redirects=False)


@pytest.mark.django_db(transaction=True)
def test_in_the_demo_one_really_presses_pay(cashier: str) -> None:
    made = make_order()
    page = requests.get(made.refresh_from_db() or made.pay_url, timeout=10)
    assert "¥30.00" in page.text
    assert press(made.pay_url, "cancel").headers["Location"] == "http://here/back"
    made.refresh_from_db()
    assert made.state == "open"
    assert press(made.pay_url, "pay").status_code == 302
    made.refresh_from_db()
    assert made.state == "paid"
    row = actions.refund(
        made.number, {made.lines.all()[0].pk: Decimal("5.00")}, reason="时限延误", actor=SYSTEM, at=now()
    )
    talking.send_refund(row.number)
    talking.chase()
    row.refresh_from_db()
    assert row.state == "done"
    assert reconcile(DAY).balanced


@pytest.mark.django_db(transaction=True)
def test_in_the_demo_a_lost_notice_is_asked_after(cashier: str) -> None:
    made = make_order()
    made.refresh_from_db()
    press(made.pay_url, "silent")
    made.refresh_from_db()
    assert made.state == "open"
    assert talking.chase() == 1
    made.refresh_from_db()
    assert made.state == "paid"
    second = make_order(2)
    talking.close(second, "不付了")
    second.refresh_from_db()
    assert second.state == "closed"
    assert "订单已关闭" in requests.get(second.pay_url, timeout=10).text
    with pytest.raises(Refused):
        Demo().refund("ZR9", made.number, Decimal("30.01"), Decimal("30.00"), "太多")


@pytest.mark.django_db(transaction=True)
def test_the_cashier_hears_only_who_signs(cashier: str, settings: Any) -> None:
    body = json.dumps({"number": "ZT1"}).encode()
    address = f"{cashier}/demo/pay/api/query"
    assert requests.post(address, data=body, timeout=10).status_code == 401
    good = payment_demo.signed(body)
    assert requests.post(address, data=body, headers=good, timeout=10).json() == {"number": "ZT1", "state": "open"}
    assert requests.post(address, data=body + b" ", headers=good, timeout=10).status_code == 401
    old = {"X-ZeroTrip-Time": str(int(now().timestamp()) - 400), "X-ZeroTrip-Signature": "0"}
    with pytest.raises(BadNotice, match="too old"):
        Demo().read_notice(old, body)
    settings.ZEROTRIP_DEMO = False
    assert requests.post(address, data=body, headers=good, timeout=10).status_code == 404


@pytest.mark.django_db
def test_in_an_outage_everything_waits(clock: Any, settings: Any) -> None:
    settings.ZEROTRIP_PAYMENTS = "outage"
    assert isinstance(port(), Outage)
    with pytest.raises(Unavailable, match="不影响办件和寄递"):
        make_order()
    assert Order.objects.get().state == "open"
    assert not Refund.objects.exists()
    outage = Outage()
    for call in (
        lambda: outage.query("ZT1"), lambda: outage.refund("R", "O", Decimal(1), Decimal(1), ""),
        lambda: outage.query_refund("R"), lambda: outage.bill(DAY),
    ):  # fmt: skip
        with pytest.raises(Unavailable):
            call()
    with pytest.raises(BadNotice):
        outage.read_notice({}, b"")
