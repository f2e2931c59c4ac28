"""Who acts in a request: `request.actor`, from the session and the duties held at this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from zerotrip.core.actors import NOBODY
from zerotrip.core.errors import NotAllowed, Problem
from zerotrip.people import sessions
from zerotrip.people.access import ask_to_sign_in, wants_no_page

STAFF_ONLY: Final = ("/desk", "/courier")
"""Everything below these addresses is for staff, whether or not the page remembers to say so."""

COUNTS_TRIES: Final = ("/sign-in", "/desk/people/me")
"""Forms whose refusal must last. A form that counts once is undone when refused, so these take no part in that."""

UNCOUNTED: Final = ("/static/", "/health", "/metrics")


class ActingAs:
    """Sets `request.actor`, `request.duties` and `request.user`: one statement beside the session's own.

    A session idle too long ends with a notice. Below /desk/ and /courier/ nobody but staff gets through.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor, request.duties = NOBODY, ()  # type: ignore[attr-defined]
        if not request.path.startswith(UNCOUNTED):
            self._recognise(request)
        if refused := self._refused(request):
            return refused
        if request.method == "POST" and request.path.startswith(COUNTS_TRIES):
            _count_each_time(request)
        return self.get_response(request)

    def _recognise(self, request: HttpRequest) -> None:
        known = sessions.known(request)
        if known.acting is not None:
            request.actor, request.duties = known.acting.actor, known.acting.duties  # type: ignore[attr-defined]
            request.user = known.acting.account
            return
        request.user = AnonymousUser()
        if known.idled:
            messages.warning(request, _("您有一段时间没有操作，为了安全已自动退出。请重新登录。"))

    def _refused(self, request: HttpRequest) -> HttpResponseBase | None:
        if not any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in STAFF_ONLY):
            return None
        kind = request.actor.kind  # type: ignore[attr-defined]
        if kind == "staff":
            return None
        try:
            if kind == "nobody":
                return ask_to_sign_in(request)
            raise NotAllowed(_("这里供工作人员使用。您现在是以市民身份登录的，请先退出，再用工作账号登录。"))
        except Problem as problem:
            if wants_no_page(request):
                kind = "application/problem+json; charset=utf-8"
                return HttpResponse(orjson.dumps(problem.as_dict()), status=problem.status, content_type=kind)
            return render(request, "web/problem.html", {"problem": problem}, status=problem.status)


def _count_each_time(request: HttpRequest) -> None:
    try:
        fields = request.POST.copy()
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return  # refused by whoever reads the form next
    if fields.pop("_once", None):
        request.POST = fields  # type: ignore[assignment]
