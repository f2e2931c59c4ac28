"""What an address given by others can and cannot make us do."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.receiver import Receiver, receiving, speaking
from zerotrip.gateway import outgoing
from zerotrip.gateway.outgoing import Forbidden, Unreachable, check, post

LOOPBACK = "127.0.0.0/8,::1"
INTERNAL = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "0.0.0.0", "0.1.2.3", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1", "168.63.129.16",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def nothing_private(settings: Any) -> None:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = ""


@pytest.fixture
def loopback(nothing_private: None, settings: Any) -> None:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = LOOPBACK


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver answers; each answer is used up, the last one stays. Asked for anything else, it fails."""
    book: dict[str, list[str]] = {}

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in book:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        answers = book[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (family[ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port)) for one in found.split(",") if one
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return book


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses somebody connected to; none is really reached."""
    reached: list[str] = []

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(outgoing._Plain, "connect", connect)
    return reached


def test_an_allowed_receiver_gets_the_very_bytes(receiver: Receiver, loopback: None) -> None:
    answer = post(receiver.url + "?a=1&b=中", b'{"x":1}', {"Content-Type": "application/json", "x-own": "1"})
    assert (answer.status, answer.body, answer.ok, answer.complaint) == (200, b"ok", True, "")
    assert answer.seconds >= 0
    (got,) = receiver.received
    assert got.body == b'{"x":1}'
    assert got.path == "/hooks?a=1&b=%E4%B8%AD"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["x-own"] == "1"


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses_are_refused(address: str, connected: list[str], names: dict[str, list[str]]) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Forbidden, match="内部地址"):
        check(f"https://{host}/")
    names["hooks.example.cn"] = [address]
    for url in (f"https://{host}/", "https://hooks.example.cn/"):
        with pytest.raises(Forbidden, match="内部地址"):
            post(url, b"", {})
    assert connected == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "0"])
def test_odd_spellings_of_this_machine_are_refused(host: str, connected: list[str]) -> None:
    """The resolver unfolds them to an address, and that is what is checked."""
    with pytest.raises((Forbidden, Unreachable)):
        post(f"https://{host}/", b"", {})
    assert connected == []


def test_one_internal_address_among_public_ones_is_enough(connected: list[str], names: dict[str, list[str]]) -> None:
    names["hooks.example.cn"] = ["93.184.215.14,10.0.0.1"]
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        post("https://hooks.example.cn/", b"", {})
    assert connected == []


def test_a_name_that_changes_between_check_and_connection(connected: list[str], names: dict[str, list[str]]) -> None:
    """DNS rebinding: the second answer would be the metadata address. There is no second question."""
    names["rebind.example.cn"] = ["93.184.215.14", "169.254.169.254"]
    with pytest.raises(Unreachable, match="拒绝连接"):
        post("https://rebind.example.cn/", b"", {})
    assert connected == ["93.184.215.14"]
    with pytest.raises(Forbidden, match=r"169\.254\.169\.254"):
        post("https://rebind.example.cn/", b"", {})
    assert connected == ["93.184.215.14"]


def test_a_listed_name_reaches_its_network_but_never_the_metadata(
    settings: Any, connected: list[str], names: dict[str, list[str]]
) -> None:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = "portal.internal"
    names["portal.internal"] = ["10.1.2.3", "169.254.169.254"]
    with pytest.raises(Unreachable):
        post("http://portal.internal/", b"", {})
    with pytest.raises(Forbidden):
        post("http://portal.internal/", b"", {})
    assert connected == ["10.1.2.3"]
    with pytest.raises(Forbidden):
        post("https://10.1.2.3/", b"", {})


def test_redirects_are_told_and_not_followed(receiver: Receiver, loopback: None) -> None:
    receiver.reply = lambda one: (302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
    answer = post(receiver.url, b"", {})
    assert not answer.ok
    assert "169.254.169.254" in answer.complaint
    assert "302" in answer.complaint
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    ["", "hooks", "ftp://example.cn/", "file:///etc/passwd", "https://", "https:///x", "https://u:p@example.cn/",
     "https://example.cn/#x", "https://example.cn:0/", "https://example.cn:99999/", "https://example.cn:x/",
     "http://example.cn/", "http://8.8.8.8/", "https://exa mple.cn/", "https://example.cn\\@127.0.0.1/",
     "https://[::1", "https://exam\nple.cn/", "https://example.cn/" + "x" * 500, "https://..cn/", "javascript:1"],
)  # fmt: skip
def test_addresses_that_are_none(url: str, connected: list[str], names: dict[str, list[str]]) -> None:
    with pytest.raises(Forbidden):
        check(url)
    with pytest.raises(Forbidden):
        post(url, b"", {})
    assert connected == []


def test_a_public_address_may_be_registered() -> None:
    assert check(" https://hooks.example.cn/a?b=1 ") == "https://hooks.example.cn/a?b=1"
    assert check("https://8.8.8.8:8443/") == "https://8.8.8.8:8443/"
    assert check("https://[2606:4700::1111]/") == "https://[2606:4700::1111]/"
    assert check("https://政务.中国/推送")


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_is_called_public_is_in_no_internal_network(address: Any) -> None:
    """Whatever address: where we would send lies outside every network that is not of the open Internet."""
    if not outgoing.is_public(address):
        return
    for refused in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                    "0.0.0.0/8", "224.0.0.0/3", "fc00::/7", "fe80::/10", "ff00::/8", "::/96"):  # fmt: skip
        network = ip_network(refused)
        assert address.version != network.version or address not in network


@given(st.ip_addresses(v=4))
def test_every_way_to_write_an_address_is_judged_as_the_address(address: Any) -> None:
    packed = int(address)
    forms = [f"::ffff:{address}", str(ip_address((0x2002 << 112) | (packed << 80))),
             str(ip_address((0x64FF9B << 96) | packed))]  # fmt: skip
    for form in forms:
        assert outgoing.is_public(ip_address(form)) == outgoing.is_public(address)


def _within(seconds: float, work: Callable[[], Any]) -> Unreachable:
    begun = time.monotonic()
    with pytest.raises(Unreachable) as failed:
        work()
    assert time.monotonic() - begun < seconds
    return failed.value


def _drip(accepted: socket.socket) -> None:
    accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _n in range(200):
        accepted.sendall(b".")
        time.sleep(0.05)


def _drip_headers(accepted: socket.socket) -> None:
    accepted.sendall(b"HTTP/1.1 200 OK\r\n")
    for n in range(200):
        accepted.sendall(f"x-{n}: 1\r\n".encode())
        time.sleep(0.05)


def _endless_continue(accepted: socket.socket) -> None:
    while True:
        accepted.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


@pytest.mark.parametrize("talk", [_drip, _drip_headers, _endless_continue, lambda accepted: time.sleep(3)])
def test_a_receiver_that_drips_or_hangs_is_cut(talk: Callable[[socket.socket], None], loopback: None) -> None:
    with speaking(talk) as url:
        failed = _within(2.5, lambda: post(url, b"", {}, timeout=0.4))
    assert "0.4 秒" in str(failed.detail)


def test_a_resolver_that_hangs_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(3))
    failed = _within(2.5, lambda: post("https://slow.example.cn/", b"", {}, timeout=0.3))
    assert "域名" in str(failed.detail)


@pytest.mark.parametrize(
    "said",
    [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: 1\r\n" * 500, b"\x16\x03\x01\x00"],
)
def test_what_is_not_http_is_a_failure(said: bytes, loopback: None) -> None:
    with speaking(lambda accepted: accepted.sendall(said)) as url, pytest.raises(Unreachable):
        post(url, b"x" * 1000, {}, timeout=5)


def test_an_endless_answer_is_read_to_a_bound(receiver: Receiver, loopback: None) -> None:
    receiver.reply = lambda one: (200, b"y" * 1_000_000)
    answer = post(receiver.url, b"", {})
    assert answer.ok
    assert len(answer.body) == outgoing.MOST_BYTES


def test_nobody_listens(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="拒绝连接"):
        post(f"http://127.0.0.1:{port}/", b"", {})


def test_no_proxy_of_the_environment_is_used(
    receiver: Receiver, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(receiver.url, b"", {}).ok


def test_the_wish_to_be_left_alone_is_heard(receiver: Receiver, loopback: None) -> None:
    receiver.reply = lambda one: (503, b"", {"Retry-After": "120"})
    assert post(receiver.url, b"", {}).retry_after == 120
    receiver.reply = lambda one: (503, b"", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})
    assert post(receiver.url, b"", {}).retry_after == 0


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ssl.SSLContext, list[str]]]:
    """A server certificate for hooks.example.cn that this process trusts, and the names asked for by SNI."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.cn")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.cn")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    asked: list[str] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    server.sni_callback = lambda sock, host, context: asked.append(host or "")  # type: ignore[assignment,return-value]
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    outgoing._context.cache_clear()
    yield server, asked
    outgoing._context.cache_clear()


def test_tls_is_for_the_name_though_the_connection_is_to_the_address(
    certified: tuple[ssl.SSLContext, list[str]], loopback: None, names: dict[str, list[str]]
) -> None:
    context, asked = certified
    names["hooks.example.cn"] = names["other.example.cn"] = ["127.0.0.1"]
    with receiving(context) as secure:
        answer = post(f"https://hooks.example.cn:{secure.port}/x", b"sealed", {})
        assert answer.ok
        assert secure.received[0].body == b"sealed"
        assert secure.received[0].headers["host"] == f"hooks.example.cn:{secure.port}"
        assert asked == ["hooks.example.cn"]
        with pytest.raises(Unreachable, match="证书不可信"):
            post(f"https://other.example.cn:{secure.port}/x", b"sealed", {})
        with pytest.raises(Unreachable, match="证书不可信"):
            post(f"https://127.0.0.1:{secure.port}/x", b"sealed", {})
        assert len(secure.received) == 1


def test_tls_too_ends_at_the_deadline(loopback: None) -> None:
    with speaking(lambda accepted: time.sleep(3)) as url, contextlib.suppress(OSError):
        failed = _within(2.5, lambda: post(url.replace("http:", "https:"), b"", {}, timeout=0.4))
        assert "0.4 秒" in str(failed.detail)
