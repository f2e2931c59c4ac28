"""The one way out: a POST to an address somebody else gave us (webhooks, pushes to trackers and portals).

Such an address is hostile until shown otherwise (OWASP: server-side request forgery). So the host is looked up once,
every address it has is checked, and the connection goes to an address that was checked: a second look-up that answers
otherwise (DNS rebinding) cannot happen. No redirect is followed, no proxy of the environment used, the answer is
bounded, and one deadline covers look-up, handshake and the last byte, however slowly they drip.

Private addresses are refused, save for hosts and networks that ZEROTRIP_ALLOW_PRIVATE_RECEIVERS lists; only there may
the address begin with http://. Link-local addresses, where clouds keep their metadata, must be listed as a network: a
listed name never reaches them.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.core.errors import BadInput, Unavailable

MOST_BYTES: Final = 64 * 1024
"""So much of an answer is read; what follows is left unread."""

MOST_ADDRESSES: Final = 4
"""So many addresses of one host are tried."""

LONGEST_URL: Final = 500

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_ALSO_REFUSED: Final = tuple(
    map(ip_network, ("192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "64:ff9b:1::/48", "5f00::/16"))
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


class Forbidden(BadInput):
    """We do not send there; `str(error)` says why."""


class Unreachable(Unavailable):
    """No whole answer came in time; `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is at most 64 KB of it; `seconds` from the look-up to the last byte read.

    `retry_after`: seconds for which the receiver asks to be left alone, 0 when it does not say.
    """

    status: int
    body: bytes
    seconds: float
    location: str = ""
    retry_after: int = 0

    @property
    def ok(self) -> bool:
        """True for 2xx, and for nothing else: a redirect is a failure."""
        return 200 <= self.status < 300

    @property
    def complaint(self) -> str:
        """Why this answer is a failure, in a sentence; empty when it is none."""
        if self.ok:
            return ""
        if 300 <= self.status < 400:
            where = self.location[:200] or "—"
            return _("接收方要求转到 {where}（{status}）。不跟随转向，请登记最终地址。").format(
                where=where, status=self.status
            )
        if self.status == 410:
            return _("接收方说这个地址已永久停用（410）。")
        if self.status == 429:
            return _("接收方说请求太频繁（429）。")
        return _("接收方回答 {status}。").format(status=self.status)


@dataclass(frozen=True, slots=True)
class _Target:
    """A checked URL, not looked up yet."""

    secure: bool
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def header(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def check(url: str) -> str:
    """Refuse at registration what can be seen to be wrong without a look-up. Returns `url` without blanks around it.

    Raises Forbidden. The addresses behind a name are checked at every sending, since they may change.
    """
    target = _target(url)
    if target.literal is not None:
        _permit(target.host, target.literal)
    elif target.host == "localhost":
        _permit(target.host, IPv4Address("127.0.0.1"))
    return url.strip()


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = 10) -> Answer:
    """POST `body` to `url`; `timeout` seconds are for everything. Any HTTP status is an Answer: look at `ok`.

    Raises Forbidden for an address we do not send to, Unreachable when no whole answer came in time.
    """
    begun = time.monotonic()
    deadline = begun + timeout
    target = _target(url)
    addresses = [target.literal] if target.literal is not None else _resolved(target, deadline)
    for address in addresses:
        _permit(target.host, address)
    sock = None
    try:
        sock = _connected(target, addresses, deadline)
        response, answer = _exchange(sock, target, body, headers)
    except (TimeoutError, _Late) as error:
        raise Unreachable(_("接收方没有在 {n} 秒内答完。").format(n=round(timeout, 1))) from error
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(_("接收方的证书不可信：{reason}。").format(reason=error.verify_message)) from error
    except ssl.SSLError as error:
        raise Unreachable(_("不能与接收方建立加密连接：{reason}。").format(reason=error.reason or error)) from error
    except http.client.HTTPException as error:
        raise Unreachable(_("接收方的回答不是完整的 HTTP：{kind}。").format(kind=type(error).__name__)) from error
    except OSError as error:
        raise Unreachable(_("连接不上接收方：{reason}。").format(reason=_reason(error))) from error
    finally:
        if sock is not None:
            sock.close()
    location, pause = response.headers.get("Location", ""), response.headers.get("Retry-After", "").strip()
    retry_after = int(pause) if pause.isascii() and pause.isdigit() and len(pause) < 9 else 0
    return Answer(response.status, answer, time.monotonic() - begun, location, retry_after)


def _reason(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return _("对方拒绝连接")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return _("对方中断了连接")
    return error.strerror or type(error).__name__


def _target(url: str) -> _Target:
    text = url.strip()
    if len(text) > LONGEST_URL or not text.isprintable() or " " in text or "\\" in text:
        raise Forbidden(_("地址不超过 {n} 个字符，不含空格和反斜线。").format(n=LONGEST_URL))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        literal = _literal(host)
        ascii_host = host if literal is not None else host.encode("idna").decode().lower()
    except (ValueError, UnicodeError) as error:
        raise Forbidden(_("地址不完整，应形如 https://example.cn/hooks。")) from error
    if parts.scheme not in {"https", "http"} or not ascii_host or port == 0:
        raise Forbidden(_("地址不完整，应形如 https://example.cn/hooks。"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Forbidden(_("地址里不能有用户名、密码或 # 之后的部分。"))
    secure = parts.scheme == "https"
    if not secure and not _listed(ascii_host, literal or _loopback(ascii_host)):
        raise Forbidden(_("只向 https 地址发送；http 只用于 ZEROTRIP_ALLOW_PRIVATE_RECEIVERS 列出的内部地址。"))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return _Target(secure, ascii_host, port or (443 if secure else 80), path, literal)


def _literal(host: str) -> Address | None:
    """The address that `host` is. Forms such as 2130706433 or 0x7f.1 are names here: the resolver unfolds them."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _loopback(host: str) -> Address | None:
    return IPv4Address("127.0.0.1") if host == "localhost" else None


@lru_cache(maxsize=8)
def _allowed(listed: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    names, networks = set(), []
    for part in filter(None, (part.strip().lower() for part in listed.split(","))):
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError:
            names.add(part)
    return frozenset(names), tuple(networks)


def _in_listed_network(address: Address) -> bool:
    networks = _allowed(settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS)[1]
    return any(address.version == network.version and address in network for network in networks)


def _listed(host: str, address: Address | None) -> bool:
    names = _allowed(settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS)[0]
    return host in names or (address is not None and _in_listed_network(_inner(address)))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to (mapped, 6to4, Teredo, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """True for an address of the open Internet: not private, loopback, link-local, CGNAT, multicast or reserved."""
    inner = _inner(address)
    if any(inner.version == network.version and inner in network for network in _ALSO_REFUSED):
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def _permit(host: str, address: Address) -> None:
    """Raises Forbidden unless we may send to `address`, found under `host`."""
    inner = _inner(address)
    if is_public(address) or _in_listed_network(inner):
        return
    if _listed(host, None) and not inner.is_link_local and not inner.is_multicast:
        return
    raise Forbidden(_("{host} 指向内部地址 {address}，不向那里发送。").format(host=host, address=address))


def _resolved(target: _Target, deadline: float) -> list[Address]:
    """The addresses of a name, looked up once. The look-up itself knows no time limit, so it runs beside us."""
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look_up, name="outgoing look-up", daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not found:
        raise Unreachable(_("查不到 {host} 的地址：域名服务没有及时回答。").format(host=target.host))
    if isinstance(found[0], Exception):
        raise Unreachable(_("查不到 {host} 的地址，请核对域名。").format(host=target.host))
    addresses = list(dict.fromkeys(ip_address(str(row[4][0])) for row in found[0]))
    if not addresses:
        raise Unreachable(_("查不到 {host} 的地址，请核对域名。").format(host=target.host))
    return addresses


class _Late(OSError):
    """The deadline passed."""


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _Late("the deadline passed")
    return left


class _Plain(socket.socket):
    """A socket whose every wait ends at one deadline."""

    deadline: float

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_left(self.deadline))
        super().sendall(*args, **kwargs)


class _Secure(ssl.SSLSocket):
    """The same over TLS."""

    deadline: float

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.deadline))
        return super().send(*args, **kwargs)


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = _Secure
    return context


def _connected(target: _Target, addresses: list[Address], deadline: float) -> _Plain | _Secure:
    """A connection to one of the checked addresses, in their order; certificate and SNI are for the host's name."""
    tried = addresses[:MOST_ADDRESSES]
    for number, address in enumerate(tried, start=1):
        sock = _Plain(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        sock.deadline = deadline
        try:
            sock.settimeout(_left(deadline) / (len(tried) - number + 1))
            sock.connect((str(address), target.port))
        except OSError:
            sock.close()
            if number == len(tried):
                raise
            continue
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not target.secure:
                return sock
            sock.settimeout(_left(deadline))
            wrapped = _context().wrap_socket(sock, server_hostname=target.host)
            assert isinstance(wrapped, _Secure)
            wrapped.deadline = deadline
            return wrapped
        except BaseException:
            sock.close()
            raise
    raise AssertionError("no address to try")


def _exchange(
    sock: socket.socket, target: _Target, body: bytes, headers: Mapping[str, str]
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    own = {"Host": target.header, "Content-Length": str(len(body)), "Connection": "close",
           "Accept-Encoding": "identity", "User-Agent": "ZeroTrip"}  # fmt: skip
    given = {name.lower() for name in headers}
    for name, value in [*((n, v) for n, v in own.items() if n.lower() not in given), *headers.items()]:
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = bytearray()
    while len(answer) < MOST_BYTES and (piece := response.read1(MOST_BYTES - len(answer))):
        answer += piece
    return response, bytes(answer)
