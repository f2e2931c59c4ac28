"""Pages of the design system."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict
from zerotrip.web import samples, states
from zerotrip.web.templatetags.zt import icon_names

TOKENS = {
    "brand": ("green", "green-fill", "green-tint", "green-deep"),
    "ground": ("ground", "surface", "sunken", "line", "line-strong"),
    "ink": ("ink", "ink-2", "ink-3"),
    "carrier": ("person", "post", "data"),
    "signal": ("warn", "bad", "focus"),
}
STATES = (
    "draft", "submitted", "checking", "correction", "accepted", "in_review", "approved", "produced", "collected",
    "in_transit", "out_for_delivery", "delivered", "closed", "attempt_failed", "returned", "refused", "rejected",
    "lost", "withdrawn", "paused",
)  # fmt: skip


def _sample() -> dict[str, Any]:
    """What both the page and the pages inside it show."""
    moment = now()
    refused = samples.SampleForm({"city": "2", "way": "post"}, MultiValueDict())
    return {
        "routes": samples.routes(),
        "entries": samples.happenings(),
        "sides": samples.sides(),
        "queue": samples.queue(),
        "form": samples.SampleForm(auto_id="blank_%s"),
        "refused": refused,
        "scan": samples.ScanForm(),
        "soon": moment + timedelta(hours=5),
        "far": moment + timedelta(days=3, hours=2),
        "past": moment - timedelta(hours=9),
        "person": samples.PERSON,
        "place_name": _("南昌市民中心 · 邮政收寄台"),
    }


@xframe_options_sameorigin
def design(request: HttpRequest) -> HttpResponse:
    """The design system on one page; `?frame=` shows one of the pages that stand inside it."""
    frame = request.GET.get("frame", "")
    if not frame:
        words = {name: states.look(name) for name in STATES}
        context = _sample() | {
            "tokens": TOKENS,
            "states": words,
            "icons": sorted(icon_names()),
            "frames": samples.FRAMES,
        }
        response = render(request, "web/design.html", context)
    elif frame == "problem":
        problem = Conflict(_("该邮件现由揽投员王师傅保管，不能由您交出。请先扫描交接清单，让对方确认。"))
        response = render(request, "web/problem.html", {"problem": problem, "reference": "5f0c9a2e"})
    elif any(frame == known.name for known in samples.FRAMES):
        response = render(request, f"web/design_{frame.replace('-', '_')}.html", _sample() | _nav())
    else:
        raise Http404
    response["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-src 'self'; "
        "script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'self'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    )
    return response


def _nav() -> dict[str, Any]:
    """The side of a hall desk, as an example."""
    rows = (
        (_("大厅收寄台"), "building-community", True, 12),
        (_("交接清单"), "list-check", False, 3),
        (_("标签打印"), "printer", False, None),
        (_("异常"), "alert-triangle", False, 1),
        (_("事项库"), "files", False, None),
    )
    return {
        "desk_nav": [{"label": a, "url": "#", "icon": b, "active": c, "count": d} for a, b, c, d in rows],
        "last_login": _("上次登录：昨天 17:42，南昌市民中心 3 号台"),
    }
