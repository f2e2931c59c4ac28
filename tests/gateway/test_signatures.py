"""What a partner writes is signed: by a known key, for this very request, now, and once (RFC 9421, RFC 9530)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.signing import SigningKey
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound, TooLarge
from zerotrip.gateway import actions
from zerotrip.gateway.models import Partner, PartnerKey, RefusedCall, UsedNonce
from zerotrip.gateway.signing import client as ours
from zerotrip.gateway.signing import keys, refused, verify
from zerotrip.gateway.signing.tasks import forget_old
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db
PATH = "/api/v1/cases/JX36010220261124000001X/withdraw"
URL = f"http://testserver{PATH}"
BODY = json.dumps({"reason": "不办了"}).encode()
JSON = {"Content-Type": "application/json", "Idempotency-Key": "request-1234"}


@pytest.fixture
def key(partner: tuple[Any, str]) -> SigningKey:
    return SigningKey.of_partner(partner[0])


def send(headers: dict[str, str], body: bytes = BODY, *, method: str = "POST", path: str = PATH) -> Any:
    """Send what was signed, as it is."""
    sent = dict(headers)
    content_type = sent.pop("Content-Type", "application/octet-stream")
    return Client(raise_request_exception=False).generic(method, path, body, content_type, headers=sent)


def refused_for(answer: Any) -> str:
    """Why it was refused; it must be a problem document with a sentence."""
    assert answer.status_code == 401, (answer.status_code, answer.content.decode())
    assert answer["Content-Type"].startswith("application/problem+json")
    assert len(answer.json()["detail"]) > 10
    return str(answer.json()["reason"])


def test_a_signed_request_is_let_in_without_a_token(key: SigningKey) -> None:
    assert send(key.sign("POST", URL, BODY, JSON)).status_code == 404  # no such case: it was looked for


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_both_kinds_of_keys(partner: tuple[Any, str], kind: str) -> None:
    key = SigningKey.of_partner(partner[0], kind)
    assert send(key.sign("POST", URL, BODY, JSON)).status_code == 404
    assert send(key.sign("POST", URL, BODY, JSON, include_alg=False)).status_code == 404
    other = SigningKey.make(kind)
    assert refused_for(send(SigningKey(other.private, key.keyid).sign("POST", URL, BODY, JSON))) == "altered"


def test_our_own_client_signs_as_we_ask(partner: tuple[Any, str]) -> None:
    private = keys.make("ecdsa-p256-sha256")
    actions.add_key(partner[0].name, keys.of(private).pem, actor=SYSTEM, at=now())
    headers = ours.signed("POST", URL, BODY, key=private, created=now(), headers=JSON)
    assert send(headers).status_code == 404


def test_a_token_alone_does_not_write(partner: tuple[Any, str]) -> None:
    answer = send(JSON | {"Authorization": f"Bearer {partner[1]}"})
    assert refused_for(answer) == "unsigned"
    assert "Signature-Input" in answer.json()["detail"]
    assert '"content-digest"' in answer["Accept-Signature"]


def test_the_token_of_another_partner_does_not_go_with_the_key(partner: tuple[Any, str], key: SigningKey) -> None:
    _other, token = actions.register_partner("别的平台", actor=SYSTEM, at=now())
    for wrong in (f"Bearer {token}", "Bearer zt_nobody", "Basic eDp5"):
        headers = key.sign("POST", URL, BODY, JSON) | {"Authorization": wrong}
        assert refused_for(send(headers)) == "other-partner"
    headers = key.sign("POST", URL, BODY, JSON) | {"Authorization": f"Bearer {partner[1]}"}
    assert send(headers).status_code == 404


def test_the_same_request_twice_is_a_replay(key: SigningKey) -> None:
    headers = key.sign("POST", URL, BODY, JSON)
    assert send(headers).status_code == 404
    answer = send(headers)
    assert refused_for(answer) == "replayed"
    assert "nonce" in answer.json()["detail"]
    assert UsedNonce.objects.count() == 1


def test_a_nonce_is_used_once_by_each_key(partner: tuple[Any, str], key: SigningKey) -> None:
    second = SigningKey.of_partner(partner[0])
    assert send(key.sign("POST", URL, BODY, JSON, nonce="the-same-nonce")).status_code == 404
    assert send(second.sign("POST", URL, BODY, JSON, nonce="the-same-nonce")).status_code == 404
    assert refused_for(send(second.sign("POST", URL, b"{}", JSON, nonce="the-same-nonce"), b"{}")) == "replayed"


def test_a_nonce_is_forgotten_only_when_its_signature_is_too_old(key: SigningKey, clock: Any) -> None:
    early = key.sign("POST", URL, BODY, JSON, created=now() + timedelta(seconds=299))
    assert send(early).status_code == 404
    clock.advance(seconds=590)
    forget_old()
    assert refused_for(send(early)) == "replayed"
    clock.advance(seconds=60)
    assert forget_old() == 1
    assert refused_for(send(early)) == "old"


@pytest.mark.parametrize(
    ("ahead", "reason"), [(-301, "old"), (-299, ""), (299, ""), (301, "future"), (10**9, "future"), (-(10**9), "old")]
)
def test_five_minutes_either_way(key: SigningKey, ahead: int, reason: str) -> None:
    answer = send(key.sign("POST", URL, BODY, JSON, created=now() + timedelta(seconds=ahead)))
    assert answer.status_code == 404 if not reason else refused_for(answer) == reason


def test_a_signature_may_end_sooner(key: SigningKey) -> None:
    fine = key.sign("POST", URL, BODY, JSON, expires=now() + timedelta(seconds=20))
    assert send(fine).status_code == 404
    over = key.sign("POST", URL, BODY, JSON, expires=now() - timedelta(seconds=2))
    assert refused_for(send(over)) == "old"


def test_a_foreign_and_a_revoked_key(
    partner: tuple[Any, str], key: SigningKey, django_capture_on_commit_callbacks: Any
) -> None:
    assert refused_for(send(SigningKey.make().sign("POST", URL, BODY, JSON))) == "unknown-key"
    assert send(key.sign("POST", URL, BODY, JSON)).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke_key(key.keyid, reason="换机器", actor=SYSTEM, at=now())
    assert refused_for(send(key.sign("POST", URL, BODY, JSON))) == "revoked-key"
    fresh = SigningKey.of_partner(partner[0])
    assert send(fresh.sign("POST", URL, BODY, JSON)).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke(partner[0].name, reason="合作到期", actor=SYSTEM, at=now())
    assert refused_for(send(fresh.sign("POST", URL, BODY, JSON))) == "revoked-key"


def test_another_process_refuses_a_revoked_key_within_half_a_minute(key: SigningKey, clock: Any) -> None:
    assert send(key.sign("POST", URL, BODY, JSON)).status_code == 404
    PartnerKey.objects.update(revoked_at=now())  # as another process did
    clock.advance(seconds=31)
    assert refused_for(send(key.sign("POST", URL, BODY, JSON))) == "revoked-key"


def test_two_keys_in_rotation(partner: tuple[Any, str], key: SigningKey) -> None:
    fresh = SigningKey.of_partner(partner[0])
    assert send(key.sign("POST", URL, BODY, JSON)).status_code == 404
    assert send(fresh.sign("POST", URL, BODY, JSON)).status_code == 404
    actions.revoke_key(key.keyid, reason="已换新", actor=SYSTEM, at=now())
    assert send(fresh.sign("POST", URL, BODY, JSON)).status_code == 404
    assert Entry.objects.filter(kind="gateway.key_added").count() == 2
    assert fresh.keyid in Entry.objects.filter(kind="gateway.key_added").latest("pk").sentence()


ALL = ("@method", "@target-uri", "content-digest", "content-type", "idempotency-key")


@pytest.mark.parametrize("missing", ["@method", "@target-uri", "content-digest", "idempotency-key"])
def test_what_is_not_signed_is_named(key: SigningKey, missing: str) -> None:
    covered = [name for name in ALL if name != missing]
    headers = key.sign("POST", URL, BODY, JSON, covered=covered, digest=missing != "content-digest")
    answer = send(headers)
    assert refused_for(answer) == "uncovered"
    assert missing in answer.json()["detail"]


def test_the_address_may_be_signed_in_parts(key: SigningKey) -> None:
    parts = ["@method", "@authority", "@path", "content-digest", "idempotency-key"]
    assert send(key.sign("POST", URL, BODY, JSON, covered=parts)).status_code == 404
    answer = send(key.sign("POST", URL, BODY, JSON, covered=parts), path=f"{PATH}?more=1")
    assert refused_for(answer) == "uncovered"
    assert "@query" in answer.json()["detail"]
    whole = key.sign("POST", f"{URL}?more=1", BODY, JSON, covered=[*parts, "@query"])
    assert send(whole, path=f"{PATH}?more=1").status_code == 404


def test_the_kind_of_a_file_upload_is_signed(key: SigningKey) -> None:
    """Another boundary would read other parts out of the same bytes."""
    headers = JSON | {"Content-Type": "multipart/form-data; boundary=abc"}
    signed = key.sign("POST", "http://testserver/api/v1/files", BODY, headers, covered=[*ALL[:3], "idempotency-key"])
    answer = send(signed, path="/api/v1/files")
    assert refused_for(answer) == "uncovered"
    assert "content-type" in answer.json()["detail"]


@pytest.mark.parametrize("change", [{"nonce": ""}, {"nonce": "short"}, {"nonce": "x" * 65}])
def test_a_nonce_is_asked_for(key: SigningKey, change: dict[str, str]) -> None:
    answer = send(key.sign("POST", URL, BODY, JSON, **change))  # type: ignore[arg-type]
    assert refused_for(answer) == "incomplete"
    assert "nonce" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Signature-Input": "nonsense"},
        {"Signature-Input": 'sig=("@method");created=1;created="2"'},
        {"Signature-Input": "sig=1"},
        {"Signature-Input": 'sig="@method"'},
        {"Signature-Input": 'sig=("@method");keyid="x";nonce="12345678"'},
        {"Signature-Input": 'sig=("@method");created="1";keyid="x";nonce="12345678"'},
        {"Signature-Input": 'a=("@method");created=1;keyid="x";nonce="12345678", b=("@method")'},
        {"Signature-Input": "sig=(" + '"a" ' * 3000 + ")"},
        {"Signature-Input": "龘"},
        {"Signature": ""},
        {"Signature": "other=:AAAA:"},
        {"Signature": "sig=1"},
        {"Signature": "sig=:" + "A" * 9000 + ":"},
        {"Content-Digest": ""},
        {"Content-Digest": "md5=:AAAA:"},
        {"Content-Digest": "sha-256=1"},
        {"Content-Digest": "sha-256=:AAAA:"},
    ],
)
def test_nonsense_is_refused_with_a_sentence(key: SigningKey, wrong: dict[str, str]) -> None:
    headers = key.sign("POST", URL, BODY, JSON) | wrong
    reason = refused_for(send(headers))
    assert reason in refused.REASONS
    assert not UsedNonce.objects.exists()


def test_a_packed_body_is_signed_as_it_is_sent(key: SigningKey) -> None:
    packed = gzip.compress(BODY)
    headers = JSON | {"Content-Encoding": "gzip"}
    signed = key.sign("POST", URL, packed, headers)
    request = _request("POST", PATH, packed, signed)
    assert verify.verified(request).key.keyid == key.keyid
    assert request.body == packed
    unpacked = key.sign("POST", URL, BODY, headers)
    assert refused_for(send(unpacked, packed)) == "digest"
    uncovered = key.sign("POST", URL, packed, headers, covered=["@method", "@target-uri", "content-digest"])
    assert refused_for(send(uncovered, packed)) == "uncovered"


def test_both_digests_must_hold(key: SigningKey) -> None:
    from http_message_signatures import ContentDigest

    class Long(ContentDigest):
        algorithm = "sha-512"

    both = f"{ContentDigest.create(BODY)}, {Long.create(BODY)}"
    wrong = f"{ContentDigest.create(BODY)}, {Long.create(b'other')}"
    as_is: dict[str, Any] = {"covered": list(ALL), "digest": False, "use_existing_digest": True}
    assert send(key.sign("POST", URL, BODY, JSON | {"Content-Digest": both}, **as_is)).status_code == 404
    answer = send(key.sign("POST", URL, BODY, JSON | {"Content-Digest": wrong}, **as_is))
    assert refused_for(answer) == "digest"


def test_a_large_body_is_hashed_in_pieces_and_read_again(key: SigningKey) -> None:
    body = b"x" * (5 << 20)
    headers = key.sign("POST", URL, body, JSON)
    request = _request("POST", PATH, body, headers)
    verify.verified(request)
    assert request.read(10) == b"x" * 10
    assert sum(len(piece) for piece in iter(lambda: request.read(1 << 20), b"")) == len(body) - 10


def test_a_body_beyond_the_limit_is_not_hashed_to_its_end(key: SigningKey, settings: Any) -> None:
    settings.ZEROTRIP_LARGEST_REQUEST = 1 << 20
    body = b"x" * (2 << 20)
    with pytest.raises(TooLarge):
        verify.verified(_request("POST", PATH, body, key.sign("POST", URL, body, JSON)))
    assert not UsedNonce.objects.exists()


def test_behind_a_proxy_that_ends_tls(key: SigningKey, settings: Any) -> None:
    settings.ZEROTRIP_BASE_URL = "https://testserver"
    assert send(key.sign("POST", URL.replace("http:", "https:"), BODY, JSON)).status_code == 404
    answer = send(key.sign("POST", URL, BODY, JSON))
    assert refused_for(answer) == "altered"
    assert "https://testserver/api/v1/" in answer.json()["detail"]


def test_a_signature_costs_one_statement(key: SigningKey) -> None:
    def request() -> WSGIRequest:
        return _request("POST", PATH, BODY, key.sign("POST", URL, BODY, JSON))

    verify.verified(request())  # looks the key up, for half a minute
    one = request()
    with CaptureQueriesContext(connection) as asked:
        verify.verified(one)
    assert len(asked) == 1
    assert PartnerKey.objects.get(keyid=key.keyid).last_used_at == now()


def test_who_does_not_sign_rightly_makes_us_write_nothing(key: SigningKey) -> None:
    verify.known_key(key.keyid)
    headers = key.sign("POST", URL, BODY, JSON) | {"Idempotency-Key": "another-key"}
    with CaptureQueriesContext(connection) as asked, pytest.raises(refused.NotVerified):
        verify.verified(_request("POST", PATH, BODY, headers))
    assert not asked.captured_queries


def test_only_public_keys_of_two_kinds_are_taken(partner: tuple[Partner, str], clock: Any) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    name = partner[0].name
    secret = keys.private_pem(keys.make()).decode()
    with pytest.raises(BadInput, match="私钥"):
        actions.add_key(name, secret, actor=SYSTEM, at=now())
    others = [
        rsa.generate_private_key(65537, 2048).public_key(),
        ec.generate_private_key(ec.SECP384R1()).public_key(),
    ]
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for wrong in ["", "x" * 9000, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "\0龘"] + [
        other.public_bytes(*form).decode() for other in others
    ]:
        with pytest.raises(BadInput, match="PEM"):
            actions.add_key(name, wrong, actor=SYSTEM, at=now())
    pem = SigningKey.make().pem
    row = actions.add_key(name, f"\n  {pem}\n", actor=SYSTEM, at=now())
    _other, _token = actions.register_partner("别的平台", actor=SYSTEM, at=now())
    with pytest.raises(Conflict):
        actions.add_key("别的平台", pem, actor=SYSTEM, at=now())
    actions.revoke_key(row.keyid, reason="泄露", actor=SYSTEM, at=now())
    with pytest.raises(Conflict):
        actions.add_key(name, pem, actor=SYSTEM, at=now())
    with pytest.raises(NotFound):
        actions.revoke_key("zk_\0", reason="泄露", actor=SYSTEM, at=now())


def test_refusals_are_counted_for_the_partner(partner: tuple[Partner, str], key: SigningKey) -> None:
    headers = key.sign("POST", URL, BODY, JSON)
    for _turn in range(4):
        send(headers)
    refused.flush()
    row = RefusedCall.objects.get(partner=partner[0])
    assert (row.reason, row.times) == ("replayed", 3)


COVERED = ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key", "x-extra"]


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_any_one_changed_byte_is_refused(data: Any, key: SigningKey) -> None:
    """Of the body, the address, the method, a covered header, the signature itself or what it says of itself."""
    headers = key.sign("POST", f"{URL}?a=b", BODY, JSON | {"X-Extra": "some words"}, covered=COVERED)
    parts: dict[str, str] = {"body": BODY.decode("latin-1"), "path": f"{PATH}?a=b"}
    parts |= {name: headers[name] for name in headers}
    where = data.draw(st.sampled_from(sorted(parts)))
    old = parts[where]
    place = data.draw(st.integers(0, len(old) - 1))
    letters = st.characters(min_codepoint=33, max_codepoint=126)
    if where == "path":
        letters = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
    new = data.draw(letters.filter(lambda letter: letter != old[place]))
    parts[where] = old[:place] + new + old[place + 1 :]
    if where == "path" and not parts[where].startswith("/api/v1/"):
        return  # another page altogether
    if where == "Signature" and _same_signature(old, parts[where]):
        return  # base64 has spare bits in its last character
    sent = {name: parts[name] for name in headers}
    used = UsedNonce.objects.count()
    answer = send(sent, parts["body"].encode("latin-1"), path=parts["path"])
    assert answer.status_code in {401, 404, 405}, (where, parts[where], answer.status_code, answer.content.decode())
    assert UsedNonce.objects.count() == used, (where, parts[where])


def _same_signature(one: str, other: str) -> bool:
    import http_sf

    try:
        return bool(
            http_sf.parse(one.encode(), tltype="dictionary") == http_sf.parse(other.encode(), tltype="dictionary")
        )
    except ValueError:
        return False


def _request(method: str, path: str, body: bytes, headers: dict[str, str]) -> WSGIRequest:
    sent = dict(headers)
    content_type = sent.pop("Content-Type", "")
    make: Callable[..., WSGIRequest] = RequestFactory().generic
    return make(method, path, body, content_type, headers=sent)
