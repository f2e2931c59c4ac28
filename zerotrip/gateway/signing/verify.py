"""Checks the signature of a writing request (RFC 9421) and that its body is the one that was signed (RFC 9530).

Cheap and public checks first, then the signature, then the body, last the nonce: who holds no key makes us neither
hash a large body nor write a row. A key is looked up once in 30 seconds and process; the nonce costs the one statement.
"""

from __future__ import annotations

import hashlib
import hmac
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

import http_sf
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    MappingKeyResolver,
)

from zerotrip.core.clock import now
from zerotrip.core.errors import TooLarge
from zerotrip.core.words import listed
from zerotrip.gateway.models import Partner, PartnerKey
from zerotrip.gateway.signing import keys
from zerotrip.gateway.signing.client import Message
from zerotrip.gateway.signing.refused import NotVerified

KEEP: Final = timedelta(seconds=30)
MOST_KEPT: Final = 2000
LONGEST_HEADER: Final = 8192
CHUNK: Final = 1 << 16
IN_MEMORY: Final = 2 << 20
HASHES: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}

_USE_ONCE = """
WITH fresh AS (
  INSERT INTO gateway_usednonce (key_id, nonce, until) VALUES (%(key)s, %(nonce)s, %(until)s)
  ON CONFLICT (key_id, nonce) DO NOTHING RETURNING key_id
), stamped AS (
  UPDATE gateway_partnerkey SET last_used_at = %(now)s FROM fresh
  WHERE id = fresh.key_id AND (last_used_at IS NULL OR last_used_at < %(stale)s)
)
SELECT count(*) FROM fresh
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A partner's key as the check needs it."""

    pk: int
    key: keys.Key
    revoked: bool
    partner: Partner


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a request says of its signature: names of the covered components without parameters, and parameters."""

    covered: frozenset[str]
    parameters: dict[str, Any]


_known: OrderedDict[str, tuple[datetime, Known]] = OrderedDict()


def forget(keyid: str) -> None:
    """Look this key up anew at its next use."""
    _known.pop(keyid, None)


def known_key(keyid: str) -> Known | None:
    """Whose key this is; at most 30 seconds old. None when nobody's."""
    moment = now()
    kept = _known.get(keyid)
    if kept and moment - KEEP <= kept[0] <= moment:
        return kept[1]
    row = PartnerKey.objects.select_related("partner").filter(keyid=keyid).first()
    if row is None:
        forget(keyid)
        return None
    revoked = row.revoked_at is not None or not row.partner.active
    found = Known(row.pk, keys.read_public(row.public_key), revoked, row.partner)
    _known[keyid] = (moment, found)
    while len(_known) > MOST_KEPT:
        _known.popitem(last=False)
    return found


def verified(request: HttpRequest) -> Known:
    """The key that signed `request`, whose body is read, bounded and ready to be read again.

    Raises NotVerified with a sentence that says what is missing, and TooLarge.
    """
    sent = _sent(request)
    keyid = str(sent.parameters["keyid"])
    key = known_key(keyid) if keyid.isascii() and len(keyid) <= 40 else None
    if key is None:
        raise NotVerified("unknown-key", _("不认识密钥 {keyid}。请先由管理员登记贵方公钥。").format(keyid=keyid[:40]))
    partner = key.partner.pk
    if key.revoked:
        raise NotVerified("revoked-key", _("密钥 {keyid} 已停用，请换用有效的密钥。").format(keyid=keyid), partner)
    missing = _missing(request, sent.covered)
    if missing:
        sentence = _("签名没有覆盖 {parts}，请一并签名。").format(parts=listed(missing))
        raise NotVerified("uncovered", sentence, partner)
    _timely(sent.parameters, partner)
    _holds(request, key, partner)
    _body_is_signed(request, sent.covered, partner)
    _once(key, str(sent.parameters["nonce"]), partner)
    return key


def target(request: HttpRequest) -> str:
    """The address a partner called, as its client saw it: behind a proxy that ends TLS the scheme is that of
    ZEROTRIP_BASE_URL."""
    base = urlsplit(settings.ZEROTRIP_BASE_URL)
    host = request.get_host()
    scheme = base.scheme if host == base.netloc else request.scheme
    return f"{scheme}://{host}{request.get_full_path()}"


def _sent(request: HttpRequest) -> _Sent:
    described, value = request.headers.get("Signature-Input", ""), request.headers.get("Signature", "")
    if not described or not value:
        raise NotVerified(
            "unsigned",
            _("提交和修改须用贵方密钥签名（RFC 9421），令牌只能用于查询。缺少 {header} 标头，做法见接口文档。").format(
                header=listed([n for n, v in (("Signature-Input", described), ("Signature", value)) if not v])
            ),
        )
    malformed = _("Signature-Input 或 Signature 标头不合 RFC 9421：应恰有一个签名，名称一致。")
    if max(len(described), len(value)) > LONGEST_HEADER:
        raise NotVerified("malformed", malformed)
    try:
        parsed = cast(dict[str, Any], http_sf.parse(described.encode("ascii"), tltype="dictionary"))
        ((_label, (components, parameters)),) = parsed.items()
        covered = frozenset(str(name) for name, extra in components if not extra)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotVerified("malformed", malformed) from error
    whole = {"created": int, "keyid": str, "nonce": str}
    absent = [name for name, kind in whole.items() if type(parameters.get(name)) is not kind]
    if absent:
        raise NotVerified("incomplete", _("签名缺少参数 {names}，或类型不对。").format(names=listed(absent)))
    if not 8 <= len(str(parameters["nonce"])) <= 64:
        raise NotVerified("incomplete", _("签名参数 nonce 应为 8 至 64 个字符，每次请求都换一个新的随机值。"))
    return _Sent(covered, dict(parameters))


def _missing(request: HttpRequest, covered: frozenset[str]) -> list[str]:
    """What must be signed and is not: the method, the whole address, and what decides how the body is read."""
    wanted = ["@method"]
    if "@target-uri" not in covered:
        parts = ["@authority", "@path", *(["@query"] if request.META.get("QUERY_STRING") else [])]
        wanted += parts if covered & set(parts) else ["@target-uri"]
    if _has_body(request):
        wanted.append("content-digest")
        if request.content_type == "multipart/form-data":
            wanted.append("content-type")
    wanted += [name for name in ("content-encoding", "idempotency-key") if name in request.headers]
    return [name for name in wanted if name not in covered]


def _timely(parameters: dict[str, Any], partner: int) -> None:
    seconds = settings.ZEROTRIP_SIGNATURE_SECONDS
    moment = int(now().timestamp())
    age = moment - int(parameters["created"])
    if age > seconds:
        sentence = _("签名是 {age} 秒前的，超过允许的 {limit} 秒。请重新签名，并检查贵方时钟。")
        raise NotVerified("old", sentence.format(age=age, limit=seconds), partner)
    if age < -seconds:
        sentence = _("签名的时间比我们的时钟快 {ahead} 秒，超过允许的 {limit} 秒。请检查贵方时钟。")
        raise NotVerified("future", sentence.format(ahead=-age, limit=seconds), partner)
    expires = parameters.get("expires")
    if expires is not None and (type(expires) is not int or expires < moment):
        raise NotVerified("old", _("签名已过了它自己写明的失效时间（expires）。请重新签名。"), partner)


class _Verifier(HTTPMessageVerifier):
    """The library's, with our clock: times are checked before, by `_timely`."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return


def _holds(request: HttpRequest, key: Known, partner: int) -> None:
    verifier = _Verifier(
        signature_algorithm=keys.ALGORITHMS[key.key.algorithm],
        key_resolver=MappingKeyResolver(public_keys={key.key.keyid: key.key.public}, private_keys={}),
    )
    where = target(request)
    try:
        verifier.verify(Message(request.method or "", where, dict(request.headers)), max_age=None)
    except (HTTPMessageSignaturesException, ValueError) as error:
        sentence = _(
            "签名与收到的请求不符：内容或标头在签名后变了，或所用私钥不是 {keyid} 的。我们收到的地址是 {url}。"
        )
        raise NotVerified("altered", sentence.format(keyid=key.key.keyid, url=where[:300]), partner) from error


def _has_body(request: HttpRequest) -> bool:
    if hasattr(request, "_body"):
        return bool(request.body)
    stream = _stream(request)
    if stream.seekable():
        there = stream.seek(0, 2) > 0
        stream.seek(0)
        return bool(there)
    return (request.META.get("CONTENT_LENGTH") or "0").lstrip("0") != ""


def _body_is_signed(request: HttpRequest, covered: frozenset[str], partner: int) -> None:
    """The body as it was sent, also a packed one, is the one the signed Content-Digest names."""
    if "content-digest" not in covered:
        return
    if "Transfer-Encoding" in request.headers and "CONTENT_LENGTH" not in request.META and not _has_body(request):
        raise NotVerified("digest", _("正文没有读到：请写明 Content-Length，不要分块发送。"), partner)
    sentence = _("Content-Digest 应写 sha-256 或 sha-512，且与正文（按发送时的字节，压缩的按压缩后）一致。")
    try:
        parsed = http_sf.parse(request.headers.get("Content-Digest", "").encode("ascii"), tltype="dictionary")
        named = {name: member[0] for name, member in cast(dict[str, Any], parsed).items() if name in HASHES}
    except (ValueError, TypeError, AttributeError) as error:
        raise NotVerified("digest", sentence, partner) from error
    if not named or not all(isinstance(value, bytes) for value in named.values()):
        raise NotVerified("digest", sentence, partner)
    found = _digests(request, list(named))
    if not all(hmac.compare_digest(found[name], value) for name, value in named.items()):
        raise NotVerified("digest", sentence, partner)


def _digests(request: HttpRequest, names: list[str]) -> dict[str, bytes]:
    """Digests of the body by name, read in pieces up to the largest request; it can be read again afterwards."""
    counting = {name: HASHES[name]() for name in names}
    if hasattr(request, "_body"):
        for one in counting.values():
            one.update(request.body)
        return {name: one.digest() for name, one in counting.items()}
    source = _stream(request)
    kept: Any = source if source.seekable() else tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    size = 0
    while piece := source.read(CHUNK):
        size += len(piece)
        if size > settings.ZEROTRIP_LARGEST_REQUEST:
            raise TooLarge(
                _("一次提交的内容不能超过 {limit} MB。").format(limit=settings.ZEROTRIP_LARGEST_REQUEST >> 20)
            )
        for one in counting.values():
            one.update(piece)
        if kept is not source:
            kept.write(piece)
    kept.seek(0)
    request._stream = kept  # nothing was read yet, as far as Django knows
    return {name: one.digest() for name, one in counting.items()}


def _stream(request: HttpRequest) -> Any:
    return request._stream  # the undecoded body: only it can be hashed without a limit


def _once(key: Known, nonce: str, partner: int) -> None:
    moment = now()
    window = timedelta(seconds=settings.ZEROTRIP_SIGNATURE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            _USE_ONCE,
            {
                "key": key.pk,
                "nonce": nonce,
                "until": moment.astimezone(UTC) + 2 * window + KEEP,
                "now": moment,
                "stale": moment - timedelta(minutes=1),
            },
        )
        row = cursor.fetchone()
    if row is None or not row[0]:
        sentence = _(
            "这个请求已经收到过（nonce 重复）。重新发送时请换一个 nonce 并重新签名，Idempotency-Key 保持不变。"
        )
        raise NotVerified("replayed", sentence, partner)
