"""Public tracking: anyone with a number sees where the piece is; who knows a phone's last four digits sees the rest."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotFound, TooMany
from zerotrip.mail import actions, queries, track_view, tracked
from zerotrip.mail.labels import queries as labels
from zerotrip.mail.models import State
from zerotrip.people.access import open_to_everyone
from zerotrip.rules import mail_number

OPENED = "mail_opened"
MOST_OPENED = 20


@require_GET
@open_to_everyone
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a number and go to its page."""
    number = mail_number.compact(request.GET.get("number", "")[:40])
    if not number:
        return render(request, "mail/tracking.html", {})
    if mail_number.is_valid(number):
        return redirect("mail:track", number=number)
    return render(request, "mail/tracking.html", {"number": number, "wrong": True}, status=422)


@require_http_methods(["GET", "POST"])
@never_cache
@open_to_everyone
def track(request: HttpRequest, number: str) -> HttpResponse:
    """Where a piece is; the form opens it in full with the last four digits of the sender's or addressee's phone."""
    compact = mail_number.compact(number[:40])
    problem: BadInput | TooMany | None = None
    try:
        if request.method == "POST":
            try:
                actions.open_tracking(compact, request.POST.get("four", "")[:8], at=now())
            except (BadInput, TooMany) as refused:
                problem = refused
            else:
                opened = [n for n in request.session.get(OPENED, []) if n != compact]
                request.session[OPENED] = [*opened, compact][-MOST_OPENED:]
                return redirect("mail:track", number=compact)
        raw = tracked.read(compact)
    except NotFound as missing:
        return render(request, "mail/tracking.html", {"number": compact, "problem": missing}, status=404)
    moved = "" if raw["own"] else labels.current(compact)
    if moved:
        return redirect("mail:track", number=moved)
    context = _context(raw, opened=compact in request.session.get(OPENED, [])) | {"problem": problem}
    return render(request, "mail/track.html", context, status=problem.status if problem else 200)


def _context(raw: dict[str, Any], *, opened: bool) -> dict[str, Any]:
    """What the page shows; the rest of one of our own pieces only when it was `opened`."""
    shown = tracked.worded(raw, now())
    return {
        "shown": shown,
        "formatted": mail_number.format(shown["number"]),
        "subject": track_view.subject(shown),
        "state": State(shown["state"]),
        "sentence": shown["sentence"]["en" if (get_language() or "").startswith("en") else "zh"],
        "promise": track_view.promise(shown, now()),
        "picture": track_view.picture(shown),
        "way": track_view.way(raw, shown),
        "events": track_view.rows(shown),
        "ours": bool(raw["own"]),
        "full": queries.tracked_in_full(shown["number"]) if opened and raw["own"] else None,
    }
