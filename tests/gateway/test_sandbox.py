"""Another system over real HTTP: the demo's sandbox signs and checks for itself, and a newcomer writes in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook as Independent

from tests.gateway.signing import SigningKey
from zerotrip.__main__ import main
from zerotrip.cases.models import Case
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.demo import build
from zerotrip.demo.sandbox import identity, notebook, sending
from zerotrip.gateway import actions
from zerotrip.gateway.exports import own_key
from zerotrip.gateway.models import Partner, PartnerKey, Scope
from zerotrip.gateway.signing import client as ours
from zerotrip.gateway.signing import keys
from zerotrip.gateway.webhooks import delivery
from zerotrip.ledger.readers import drain
from zerotrip.mail.models import Scan

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def sandbox(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo whose sandbox has nothing yet."""
    settings.ZEROTRIP_DEMO = True
    monkeypatch.setattr(notebook, "folder", lambda: tmp_path)
    monkeypatch.setattr(build, "token_file", lambda: tmp_path / "token")
    return tmp_path


@pytest.fixture
def partner(sandbox: Path, transactional_db: None, clock: Any) -> Partner:
    """The sandbox as a partner, with its token and its own key."""
    made, token = actions.register_partner(build.PARTNER, [Scope.READ], actor=SYSTEM, at=now())
    build.token_file().write_text(token)
    identity.register(now())
    made.refresh_from_db()
    return made


def deliver() -> None:
    """What the senders do until nothing is left to send."""
    while turns := [*delivery.claim(9, slow=False), *delivery.claim(9, slow=True)]:
        assert sum(delivery.take_turn(turn) for turn in turns)


def test_registering_again_changes_nothing(partner: Partner) -> None:
    assert set(partner.scopes) == set(Scope.values)
    identity.register(now())
    assert PartnerKey.objects.get().keyid == keys.of(identity.private()).keyid
    assert identity.key_file().stat().st_mode & 0o077 == 0
    actions.revoke(build.PARTNER, reason="合作到期", actor=SYSTEM, at=now())
    identity.register(now())


def test_it_really_signs_and_really_receives(
    partner: Partner,
    live_server: Any,
    settings: Any,
    application: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.ZEROTRIP_BASE_URL = live_server.url
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = "127.0.0.0/8,::1"
    body = application()
    monkeypatch.setattr(sending, "application", lambda dice: body)
    assert sending.subscribe()
    assert sending.apply() == 201
    case = Case.objects.get()
    assert notebook.lines(notebook.SENT)[0].title == case.number
    drain()
    deliver()
    told = notebook.lines(notebook.TOLD)
    assert told
    assert all(line.good for line in told)
    assert case.number in told[0].body
    tally = notebook.tally(f"webhooks {notebook.recall('webhook')['id']}")
    assert (tally["first"], tally["last"], tally["missing"]) == (1, len(told), 0)
    assert sending.subscribe()  # still the same one
    page = Client().get("/sandbox/").content.decode()
    assert case.number in page
    assert "缺 0" in page


def test_its_scans_are_taken_in(partner: Partner, live_server: Any, settings: Any) -> None:
    settings.ZEROTRIP_BASE_URL = live_server.url
    assert sending.scan() == 200
    assert sending.scan() == 200
    assert Scan.objects.count() == 3
    assert notebook.lines(notebook.SENT)[0].title.startswith("轨迹：新收 2")


def test_without_anybody_to_talk_to_it_says_so(partner: Partner, settings: Any) -> None:
    settings.ZEROTRIP_BASE_URL = "http://127.0.0.1:9"
    assert sending.apply() == 0
    assert notebook.lines(notebook.SENT)[0].status == 0
    page = Client().post("/sandbox/act", {"verb": "apply"}, follow=True).content.decode()
    assert "没有成功" in page


@pytest.mark.django_db
def test_a_webhook_counts_once_and_only_with_its_signature(sandbox: Path, clock: Any) -> None:
    notebook.remember("webhook", {"id": "x", "secret": SECRET})
    body = json.dumps({"type": "cases.applied", "data": {"text": "已提交"}})
    moment = datetime.fromtimestamp(int(now().timestamp()), UTC)

    def post(ident: str, at: datetime = moment, sent: str = body, sequence: int = 1) -> int:
        headers = {
            "webhook-id": ident,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": f"v1s3,AAAA {Independent(SECRET).sign(ident, at, body)}",
            "webhook-sequence": str(sequence),
        }
        return Client().post("/sandbox/webhooks", sent, "application/json", headers=headers).status_code

    assert post("msg_1") == 204
    assert post("msg_1") == 204
    assert post("msg_3", sequence=3) == 204
    assert [(line.title, line.again) for line in notebook.lines(notebook.TOLD)] == [("已提交", 0), ("已提交", 1)]
    assert notebook.tally("webhooks x") == {"first": 1, "last": 3, "missing": 1}
    assert post("msg_4", sent=body + " ") == 401
    assert post("msg_4", moment - timedelta(seconds=301)) == 401
    assert Client().post("/sandbox/webhooks", body, "application/json").status_code == 401
    Client().post("/sandbox/act", {"verb": "down"})
    assert post("msg_5") == 503
    Client().post("/sandbox/act", {"verb": "up"})
    assert post("msg_5") == 204


@pytest.mark.django_db
def test_what_is_pushed_is_listed_when_our_key_signed_it(sandbox: Path, clock: Any, settings: Any) -> None:
    settings.ZEROTRIP_BASE_URL = "http://testserver"
    where = "/sandbox/inbox/portal"
    body = json.dumps({"name": "物流信息", "key": "JX1", "revision": 2, "row": None}).encode()

    def post(key: Any, sent: bytes = body) -> Any:
        headers = ours.signed("POST", f"http://testserver{where}", body, key=key, created=now())
        return Client().post(where, sent, "application/json", headers=headers)

    assert post(own_key.private()).json() == {"result": "accepted"}
    assert notebook.lines(notebook.INBOX)[0].title == "物流信息 · JX1"
    assert post(own_key.private(), body + b" ").status_code == 401
    assert post(SigningKey.make().private).status_code == 401
    assert Client().post(where, body, "application/json").status_code == 401
    assert Client().post(where, b"\xff", "application/json").status_code == 401


@pytest.mark.django_db
def test_outside_a_demo_there_is_no_sandbox(settings: Any) -> None:
    settings.ZEROTRIP_DEMO = False
    client = Client()
    assert client.get("/sandbox/").status_code == 404
    for path in ("/sandbox/act", "/sandbox/webhooks", "/sandbox/inbox/portal"):
        assert client.post(path, "{}", "application/json").status_code == 404


def test_a_newcomer_writes_in_one_line(
    partner: Partner,
    live_server: Any,
    tmp_path: Path,
    application: Callable[..., dict[str, Any]],
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    key, data = tmp_path / "my.pem", tmp_path / "application.json"
    assert main(["partner-key", "--out", str(key)]) == 0
    printed = capfdbinary.readouterr()
    assert key.stat().st_mode & 0o077 == 0
    actions.add_key(build.PARTNER, printed.out.decode(), actor=SYSTEM, at=now())
    assert main(["partner-key", "--out", str(key)]) == 1

    data.write_text(json.dumps(application()))
    cases = f"{live_server.url}/api/v1/cases"
    assert main(["partner-request", "POST", cases, "--data", str(data), "--key", str(key)]) == 0
    number = json.loads(capfdbinary.readouterr().out)["number"]
    token = build.partner_token()
    assert main(["partner-request", "GET", f"{cases}/{number}", "--token", token, "--show"]) == 0
    shown = capfdbinary.readouterr()
    assert json.loads(shown.out)["number"] == number
    assert b"ratelimit" in shown.err.lower()

    assert main(["partner-request", "POST", cases, "--data", str(data)]) == 1
    assert "--key" in capfdbinary.readouterr().err.decode()
    for wrong in (
        ["POST", cases, "--key", str(data)],
        ["POST", "no address", "--key", str(key)],
        ["POST", cases, "--key", str(key), "--data", str(tmp_path / "nothing")],
        ["POST", cases, "--key", str(key), "--header", "nonsense"],
        ["POST", cases, "--key", str(key), "--header", "Content-Digest: x"],
        ["POST", "http://127.0.0.1:9/", "--key", str(key)],
        ["POST", cases, "--key", str(key), "--keyid", "zk_another", "--data", str(data)],
    ):
        assert main(["partner-request", *wrong]) == 1, wrong
    told = json.loads(capfdbinary.readouterr().out)
    assert told["reason"] == "unknown-key"
