"""Public tracking: anyone with a number sees where the piece is; who knows a phone's last four digits sees the rest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotFound, TooMany
from zerotrip.mail import actions, queries
from zerotrip.mail.models import State
from zerotrip.people.access import open_to_everyone
from zerotrip.rules import mail_number

OPENED = "mail_opened"
MOST_OPENED = 20
ENDED = frozenset({State.DELIVERED, State.RETURNING, State.RETURNED, State.CANCELLED})
"""States in which nothing is promised any more."""


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
        shown = queries.tracking(compact)
        full = queries.tracked_in_full(compact)
    except NotFound as missing:
        return render(request, "mail/tracking.html", {"number": compact, "problem": missing}, status=404)
    open_ = compact in request.session.get(OPENED, [])
    context = {
        "shown": shown,
        "state": full.piece.status,
        "over": full.piece.state in ENDED,
        "late": full.piece.promised_p95 is not None and full.piece.promised_p95 < now(),
        "picture": queries.picture(full.piece),
        "full": full if open_ else None,
        "events": list(reversed(shown["events"])),
        "problem": problem,
    }
    return render(request, "mail/track.html", context, status=problem.status if problem else 200)
