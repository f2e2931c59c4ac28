"""What the sandbox sends, over real HTTP: signed applications and scans, and where it wants to be told."""

from __future__ import annotations

import json
import random
import threading
import uuid
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.utils.translation import gettext as _

from zerotrip.core.clock import local, now
from zerotrip.demo import build
from zerotrip.demo.sandbox import identity, notebook
from zerotrip.demo.stream import id_number
from zerotrip.gateway.signing import client

log = structlog.get_logger(__name__)
EVERY: Final = 180.0
"""Seconds between two applications."""

MOST_OPEN: Final = 6
RECEIVER: Final = "/sandbox/webhooks"
ITEM, COUNTY = "VH_MARK", "361002"
FIRST_NUMBER: Final = 1_198_000_000_000
"""Numbers of its pieces: apart from ours and from those of the demo's generated year."""

JOURNEY: Final = (
    ("203", "P360102"), ("305", "P360102"), ("954", "C360000"), ("389", "C360000"), ("306", "P361002"),
    ("702", "P361002"), ("704", "P361002"),
)  # fmt: skip
"""Code and office of each scan on the way."""

_NAMES = "甲乙丙丁戊己庚辛壬癸"


def call(method: str, path: str, body: Any = None) -> client.Answer:
    """One request to the API as the partner: its token to read, its key to write. Raises client.NotReached."""
    url = f"{settings.ZEROTRIP_BASE_URL}/api/v1{path}"
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {"Accept": "application/json", "Authorization": f"Bearer {build.partner_token()}"}
    if method != "GET":
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        headers = client.signed(method, url, raw, key=identity.private(), created=now(), headers=headers)
    return client.send(method, url, raw, headers, seconds=20, proxies=False)


def said(answer: client.Answer) -> Any:
    """What an answer holds, when it is JSON."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return {}


def application(dice: random.Random) -> dict[str, Any]:
    """Somebody who does not exist applies for a new inspection mark, online, result by post."""
    who = {"name": f"演示流{dice.choice(_NAMES)}{dice.choice(_NAMES)}", "phone": f"1990001{dice.randrange(10**4):04d}"}
    return {
        "item_code": ITEM,
        "county": COUNTY,
        "applicant": {"kind": "person", "id_number": id_number(dice), **who},
        "contact": {"division": COUNTY, "detail": "演示村1号", **who},
        "materials_route": "online",
        "result_route": "mail",
    }


def apply() -> int:
    """Send one application and note what came of it. Returns the status; 0 when nobody answered."""
    body = application(random.Random())  # noqa: S311  # a demo's dice
    return noted("POST /cases", "POST", "/cases", body)


def scan() -> int:
    """Send the next scan of each piece under way, as the post's own systems would; a new piece joins each time."""
    under_way: dict[str, int] = notebook.recall("pieces") or {}
    under_way[str(FIRST_NUMBER + random.SystemRandom().randrange(10**9))] = 0
    moment = local(now()).isoformat(timespec="seconds")
    rows = [
        {"number": number, "code": JOURNEY[step][0], "at": moment, "office": JOURNEY[step][1]}
        for number, step in under_way.items()
    ]
    status = noted("POST /scans", "POST", "/scans", rows)
    if 200 <= status < 300:
        left = {number: step + 1 for number, step in under_way.items() if step + 1 < len(JOURNEY)}
        notebook.remember("pieces", left)
    return status


def noted(topic: str, method: str, path: str, body: Any) -> int:
    """Call, and write it down. Returns the status; 0 when nobody answered."""
    shown = json.dumps(body, ensure_ascii=False, indent=1)
    try:
        answer = call(method, path, body)
    except client.NotReached as error:
        notebook.write(notebook.SENT, topic, _("没有连上"), 0, note=str(error), body=shown)
        return 0
    found = said(answer)
    title, note = str(found.get("number") or found.get("detail") or answer.status), ""
    if "item" in found:
        note = str(found["item"]["name"])
    elif "accepted" in found:
        title = _("轨迹：新收 {accepted}，重复 {duplicates}，未接收 {rejected}").format(**found)
        note = "、".join(sorted({row["number"] for row in body}))
    notebook.write(notebook.SENT, topic, title, answer.status, note=note, body=shown)
    return answer.status


def subscribe() -> bool:
    """Have us tell the sandbox what happens to its cases. True when it is so, now or before. Raises NotReached."""
    wanted = f"{settings.ZEROTRIP_BASE_URL}{RECEIVER}"
    kept = notebook.recall("webhook") or {}
    there = said(call("GET", "/webhooks"))
    if not isinstance(there, list):
        return False
    for one in there:
        if one["url"] == wanted and one["id"] == kept.get("id"):
            return True
        if str(one["url"]).endswith(RECEIVER):
            call("DELETE", f"/webhooks/{one['id']}")
    answer = call("POST", "/webhooks", {"url": wanted, "types": []})
    made = said(answer)
    notebook.write(notebook.SENT, "POST /webhooks", str(made.get("url") or made.get("detail")), answer.status)
    if answer.status != 201:
        return False
    notebook.remember("webhook", {"id": made["id"], "secret": made["secret"]})
    return True


class Sandbox:
    """The other system's own clockwork: it subscribes, then (if it `applies`) applies for somebody now and then."""

    def __init__(self, *, applies: bool = True) -> None:
        self._applies, self._stop = applies, threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def run(self) -> None:
        """Go on until stopped; what goes wrong is logged and tried again."""
        subscribed, pause = False, 2.0
        while not self._stop.wait(pause):
            close_old_connections()
            try:
                if not subscribed:
                    subscribed = subscribe()
                if self._applies and self.waiting() < MOST_OPEN:
                    apply()
                if self._applies:
                    scan()
                pause = EVERY
            except client.NotReached:
                pause = 2.0
            except Exception:
                log.exception("the sandbox stumbled")
                pause = EVERY
        close_old_connections()

    def waiting(self) -> int:
        """How many of its newest cases are not closed."""
        found = said(call("GET", "/cases?limit=50"))
        return sum(case["state"] != "closed" for case in found.get("cases", [])) if isinstance(found, dict) else 0
