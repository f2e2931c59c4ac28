"""What the first visitor would wait for is loaded beforehand: timetable and compiled searches."""

from __future__ import annotations

import threading

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)


def in_background() -> None:
    """Load them in a thread of their own, which ends by itself. A failure is logged and leaves it to the visitor."""
    if settings.ZEROTRIP_WARM:
        threading.Thread(target=_warm, name="warm", daemon=True).start()


def _warm() -> None:
    from django.db import connection

    from zerotrip.journey.planning import warm

    try:
        warm()
    except Exception:
        log.exception("could not load the planner beforehand")
    finally:
        connection.close()
