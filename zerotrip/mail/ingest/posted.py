"""A batch of scans that comes in one request: unpacked, split and checked as it is read, within bounds of memory."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final, cast

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from zerotrip.core.errors import BadInput, TooLarge
from zerotrip.mail.ingest import load, rows
from zerotrip.mail.ingest.load import Counts
from zerotrip.mail.ingest.reader import split_lines
from zerotrip.mail.ingest.rows import Parsed
from zerotrip.mail.models import Batch

MOST_ROWS: Final = 50_000
MOST_PACKED: Final = 20 << 20
MOST_UNPACKED: Final = 64 << 20
"""Bytes of a compressed body, and of a body when it is unpacked."""
_PIECE: Final = 1 << 18

_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Posted:
    """The checked rows of a request, and the SHA-256 of its body as it was sent."""

    parsed: Parsed
    digest: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch that was taken in, its counts, and its offices that are no places of ours."""

    batch: Batch
    counts: Counts
    unknown_codes: int
    unknown_offices: list[str]


def read(body: Callable[[int], bytes], *, array: bool, packed: bool, now: datetime) -> Posted:
    """Check the rows of a body, which `body(n)` gives in pieces: NDJSON or one JSON array, gzip when `packed`.

    Raises TooLarge for more than 50,000 rows or 64 MB (noticed while unpacking, so that nothing larger is ever held),
    BadInput for what is no gzip, no array, or empty.
    """
    digest = hashlib.sha256()
    pieces = _unpacked(_pieces(body, digest.update), packed)
    lines = _elements(b"".join(pieces)) if array else _lines(pieces)
    parsed = rows.scans(_counted(lines), 1, now)
    if parsed.rows + len(parsed.faults) == 0:
        raise BadInput(_("没有收到轨迹。请在正文中给出至少一行，并带上 Content-Length。"))
    return Posted(parsed, digest.digest())


def take_in(posted: Posted, source: str, at: datetime) -> Taken:
    """Take the whole of it in, in one transaction with what the caller does. Raises Unavailable (`load.take_in`)."""
    strange = unknown_offices(posted.parsed.offices)
    batch = Batch.objects.create(source=source[:200], kind="scans", digest=posted.digest, at=at)
    counts = load.take_in(batch, posted.parsed)
    return Taken(load.finish(batch, at), counts, posted.parsed.unknown, strange)


def unknown_offices(offices: set[str]) -> list[str]:
    """Those that are the code of no place, sorted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o FROM unnest(%s::text[]) AS o WHERE NOT EXISTS (SELECT FROM places_place WHERE code = o)",
            [sorted(offices - {""})],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _pieces(body: Callable[[int], bytes], seen: Callable[[bytes], None]) -> Iterator[bytes]:
    while piece := body(_PIECE):
        seen(piece)
        yield piece


def _unpacked(pieces: Iterator[bytes], packed: bool) -> Iterator[bytes]:
    size = 0
    for piece in _gunzipped(pieces) if packed else pieces:
        size += len(piece)
        if size > MOST_UNPACKED:
            raise TooLarge(_("一批轨迹展开后不能超过 {limit} MB，请分几批发送。").format(limit=MOST_UNPACKED >> 20))
        yield piece


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Never more than a piece at a time, however much a few bytes may hold; several members are one text."""
    size, member, ended = 0, zlib.decompressobj(31), True
    try:
        for piece in pieces:
            size += len(piece)
            if size > MOST_PACKED:
                raise TooLarge(_("压缩后的一批轨迹不能超过 {limit} MB，请分几批发送。").format(limit=MOST_PACKED >> 20))
            rest = piece
            while rest:
                yield member.decompress(rest, _PIECE)
                rest, ended = member.unconsumed_tail or member.unused_data, member.eof
                if ended:
                    member = zlib.decompressobj(31)
        while not ended and (more := member.decompress(b"", _PIECE)):
            ended = member.eof
            yield more
    except zlib.error as error:
        raise BadInput(_("Content-Encoding 写的是 gzip，但正文不是 gzip 格式。")) from error
    if not ended:
        raise BadInput(_("gzip 正文不完整，请重新发送。"))


class _Pieces:
    """Pieces as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for line, _size in split_lines(cast(IO[bytes], _Pieces(pieces))):
        yield line


def _elements(whole: bytes) -> Iterator[bytes]:
    try:
        elements = _raws(whole)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(_("正文应是一个 JSON 数组，每个元素是一条轨迹。")) from error
    return map(bytes, elements)


def _counted(lines: Iterator[bytes]) -> Iterator[bytes]:
    for count, line in enumerate(lines):
        if count >= MOST_ROWS:
            raise TooLarge(_("一批最多 {n} 行，请分几批发送。").format(n=MOST_ROWS))
        yield line
