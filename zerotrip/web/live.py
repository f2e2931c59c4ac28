"""Live pages: one database listener a process tells every open page that something of its case happened.

A page learns only *that* something happened (its case number) and asks again for what it may see.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator

import psycopg
import structlog
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from zerotrip.core.actors import NOBODY
from zerotrip.core.ids import is_case_number
from zerotrip.ledger.runner import CHANNEL, listening_parameters

log = structlog.get_logger(__name__)
KEEP_ALIVE = 15.0
QUEUE = 50


class Hub:
    """One listening connection and a queue for each open page. A page too slow to follow is dropped and comes back."""

    def __init__(self) -> None:
        self._pages: dict[asyncio.Queue[str], str] = {}
        self._task: asyncio.Task[None] | None = None

    async def follow(self, case_number: str) -> AsyncIterator[bytes]:
        """The event stream of one page; an empty number follows everything."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._pages[queue] = case_number
        try:
            yield b"retry: 3000\n\n"
            while queue in self._pages:
                try:
                    number = await asyncio.wait_for(queue.get(), KEEP_ALIVE)
                    yield f"event: entry\ndata: {number}\n\n".encode()
                except TimeoutError:
                    yield b": keep-alive\n\n"
        finally:
            self._pages.pop(queue, None)

    def _tell(self, number: str) -> None:
        for queue, wanted in list(self._pages.items()):
            if wanted and wanted != number:
                continue
            if queue.full():
                self._pages.pop(queue, None)
            else:
                queue.put_nowait(number)

    def _tell_all(self) -> None:
        for queue, wanted in list(self._pages.items()):
            if not queue.full():
                queue.put_nowait(wanted)

    async def _listen(self) -> None:
        pause = 0.5
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**listening_parameters(), autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    if pause > 0.5:  # what happened while nobody listened
                        self._tell_all()
                    pause = 0.5
                    async for notice in connection.notifies():
                        self._tell(notice.payload)
            except psycopg.Error as error:
                log.warning("live pages wait for the database", error=str(error), seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


async def live(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events named `entry`, for one case (`?case=`) or, for staff and without a number, for all.

    Answers 204, which tells an EventSource to stop asking, where there is nothing to follow and in a process without an
    event loop of its own (the WSGI workers of `zerotrip serve`; a proxy sends /live to the live process).
    """
    number = request.GET.get("case", "")
    actor = getattr(request, "actor", NOBODY)
    allowed = is_case_number(number) if number else actor.kind == "staff"
    if not allowed or not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    hub = _hubs.setdefault(asyncio.get_running_loop(), Hub())
    response = StreamingHttpResponse(hub.follow(number), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response
