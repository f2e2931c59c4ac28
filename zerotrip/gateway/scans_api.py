"""API route of scans: batches from the post's own systems."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Router, Schema

from zerotrip.core.clock import now
from zerotrip.core.errors import Problem, TooLarge
from zerotrip.core.idempotency import fingerprint
from zerotrip.gateway.auth import require
from zerotrip.gateway.cases_api import ONCE, document, once
from zerotrip.gateway.models import Scope
from zerotrip.gateway.refusals import REFUSED, ProblemOut
from zerotrip.mail.ingest import load, posted
from zerotrip.mail.ingest.posted import MOST_PACKED, MOST_ROWS, MOST_UNPACKED

router = Router(tags=["scans"])

ANSWERED_FAULTS: Final = 1000
"""How many refused rows are named in the answer; the others are counted there."""
_LINES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_ROW: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["number", "code", "at"],
    "properties": {
        "number": {"type": "string", "description": "mail number, 13 digits or S10"},
        "code": {"type": "string", "pattern": "^[0-9A-Za-z]{1,6}$", "description": "operation code; unknown are kept"},
        "at": {"type": "string", "format": "date-time", "description": "with offset; at most five minutes ahead"},
        "office": {"type": "string", "maxLength": 40},
        "operator": {"type": "string", "maxLength": 60},
        "attributes": {"type": "object", "description": "`reason` of a failed delivery, and whatever else there is"},
    },
    "example": {
        "number": "1190000000001",
        "code": "705",
        "at": "2026-11-24T10:00:00+08:00",
        "office": "P360102001",
        "operator": "示例",
        "attributes": {"reason": "103"},
    },
}
DESCRIBED: Final[dict[str, Any]] = {
    "parameters": [
        *ONCE["parameters"],
        {"in": "header", "name": "Content-Encoding", "schema": {"type": "string", "enum": ["gzip"]}},
    ],
    "requestBody": {
        "required": True,
        "description": f"One scan a line, or an array; up to {MOST_ROWS:,} rows and {MOST_UNPACKED >> 20} MB unpacked.",
        "content": {
            "application/x-ndjson": {"schema": _ROW},
            "application/json": {"schema": {"type": "array", "maxItems": MOST_ROWS, "items": _ROW}},
        },
    },
}


class FaultOut(Schema):
    """A row that was not taken: its line (from 1; in an array its place) and why."""

    line: int
    reason: str


class ScansOut(Schema):
    """What became of each row: it was new, known already, or refused."""

    batch: int
    accepted: int
    duplicates: int
    rejected: int
    faults: list[FaultOut]
    more_faults: int
    unknown_codes: int
    unknown_offices: list[str]


class WrongMedia(Problem):
    """A body in a form that is not read here."""

    status, slug, title = 415, "wrong-media", gettext_lazy("内容的格式不对")


@router.post(
    "/scans",
    response={200: ScansOut} | REFUSED | {413: ProblemOut, 415: ProblemOut},
    openapi_extra=DESCRIBED,
    summary="Send a batch of scans",
)
def send_scans(request: HttpRequest) -> HttpResponseBase:
    """NDJSON or a JSON array, gzip if you like; up to 50,000 rows. Each row is taken, known already, or named with the
    reason why it was refused; one bad row does not hold up the others. The same batch again changes nothing.
    """
    actor = require(request, Scope.SCANS)
    array, packed = _media(request)
    sent = posted.read(request.read, array=array, packed=packed, now=now())
    load.prepare(sent.parsed)

    def work() -> HttpResponse:
        taken = posted.take_in(sent, actor.name, now())
        faults = taken.counts.faults
        return document(
            {
                "batch": taken.batch.pk,
                "accepted": taken.counts.accepted,
                "duplicates": taken.counts.duplicates,
                "rejected": taken.counts.rejected,
                "faults": [{"line": fault.line, "reason": fault.sentence} for fault in faults[:ANSWERED_FAULTS]],
                "more_faults": max(0, len(faults) - ANSWERED_FAULTS),
                "unknown_codes": taken.unknown_codes,
                "unknown_offices": taken.unknown_offices,
            }
        )

    return once(request, work, fingerprint("POST", request.path, str(array), str(packed), sent.digest))


def _media(request: HttpRequest) -> tuple[bool, bool]:
    """Whether the body is an array, and whether it is packed. Raises WrongMedia, and TooLarge before reading any."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise WrongMedia(_("Content-Encoding 只能是 gzip，或不写。"))
    if request.content_type != "application/json" and request.content_type not in _LINES:
        raise WrongMedia(_("Content-Type 应为 application/x-ndjson（每行一条）或 application/json（数组）。"))
    packed = encoding == "gzip"
    limit = MOST_PACKED if packed else MOST_UNPACKED
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge(_("一批轨迹不能超过 {limit} MB，请分几批发送。").format(limit=limit >> 20))
    return request.content_type == "application/json", packed
