"""The port to the provincial portal (赣服通): one row at a time, confirmed one by one.

    POST <address>                  Content-Type: application/json; signed by RFC 9421, Content-Digest by RFC 9530
    Idempotency-Key: <table>/<key>/<revision>
    {"standard": "GB/T 39046-2020", "table": 15, "name": "物流信息", "key": "…", "revision": 2,
     "basis": "…", "row": {"办件编号": "…", …}}             "row": null takes the row back

    200 {"result": "accepted"}                          taken in; so is any 2xx without a result
    200, 409 or 422 {"result": "rejected", "reason": "…"}    not taken in, and why
    202                                                 received, decided later: asked again, same revision
    anything else                                       tried again

The same (table, key, revision) may come twice, after an answer that got lost: it is the same row. No public
description of the portal's own interface is at hand (K): this form is ours, and `Real` is where another one goes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.gateway.exports.tables import STANDARD, Table
from zerotrip.gateway.outgoing import Answer

TIME_OUT: Final = 10.0
LONGEST_SENTENCE: Final = 300

Result = Literal["accepted", "rejected", "later"]


@dataclass(frozen=True, slots=True)
class Message:
    """One revision of one row. `content` is the row as JSON; empty: it is taken back."""

    table: Table
    key: str
    revision: int
    content: str

    @property
    def id(self) -> str:
        """By what the portal knows a repeat; letters, digits and marks that a header may hold."""
        return f"{self.table.code}/{self.key}/{self.revision}"

    def body(self) -> bytes:
        """What is sent."""
        said = {
            "standard": STANDARD,
            "table": self.table.number,
            "name": self.table.name,
            "key": self.key,
            "revision": self.revision,
            "basis": settings.ZEROTRIP_PORTAL_BASIS,
            "row": json.loads(self.content) if self.content else None,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the portal says to a message; `sentence` says why when it is not accepted."""

    result: Result
    sentence: str = ""


class Portal(Protocol):
    """Somebody who takes in rows."""

    def send(self, message: Message) -> Reply:
        """Send one row. Raises Unavailable, with the reason, when it may be tried again later."""
        ...


def port() -> Portal | None:
    """The adapter this installation uses; None when it tells no portal. Raises ValueError for an unknown name."""
    from zerotrip.gateway.adapters import portal_demo, portal_outage, portal_real

    name = settings.ZEROTRIP_PORTAL
    if not name:
        return None
    if name == "demo":
        return portal_demo.Demo()
    if name == "outage":
        return portal_outage.Outage()
    if name == "real":
        return portal_real.Real(settings.ZEROTRIP_PORTAL_URL)
    raise ValueError(f"ZEROTRIP_PORTAL must be demo, outage, real or empty, not {name!r}")


def read(answer: Answer) -> Reply | None:
    """What an answer means; None when it settles nothing and the row must be sent again."""
    said = _object(answer.body)
    reason = " ".join(str(said.get("reason") or said.get("detail") or "").split())[:LONGEST_SENTENCE]
    if answer.status in (409, 422) or (answer.ok and said.get("result") == "rejected"):
        return Reply("rejected", reason or _("省平台没有说明原因（{status}）。").format(status=answer.status))
    if answer.status == 202:
        return Reply("later", reason or _("省平台已收到，尚未确认。"))
    return Reply("accepted", reason) if answer.ok else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
