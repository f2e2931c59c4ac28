"""What the timetable says of a mail piece: by when it will be there, and whether it was."""

from __future__ import annotations

from datetime import datetime

import structlog

from zerotrip.core.clock import local
from zerotrip.core.errors import Problem
from zerotrip.mail.models import Consignment
from zerotrip.network import queries, sightings
from zerotrip.network.actions import Kept
from zerotrip.network.engine.promise import End, Promise
from zerotrip.places.models import Place

log = structlog.get_logger(__name__)


def promise_of(piece: Consignment, at: datetime) -> Promise | None:
    """The promise for a piece taken into the mail at `at`; None without a timetable, or when it says nothing.

    A timetable is a help: whatever is wrong with it, a piece is accepted all the same.
    """
    try:
        origin, target = ends(piece)
        ready = sightings.back_at(origin.stop, at) if piece.sender_place is None else at
        found = queries.promise(origin, target, ready)
        if found is None and (origin.door or target.door):  # a timetable that tells nothing of couriers
            found = queries.promise(End(origin.stop), End(target.stop), ready)
    except Problem as problem:
        log.info("no promise", reason=str(problem.detail))
        return None
    except Exception:
        log.exception("no promise")
        return None
    return found


def ends(piece: Consignment) -> tuple[End, End]:
    """Where a piece enters the timetable, and where it leaves it.

    What a courier collected is at his outlet after his round. A place that is no stop itself is served by the couriers
    of the stop it hangs on.
    """
    contact = piece.sender or piece.recipient
    outlet = piece.delivery_place
    if piece.sender_place is not None:
        origin = _end(piece.sender_place)
    else:
        origin = End(_stop(outlet, contact.division_id if contact else ""))
    if piece.recipient_place is not None:
        target = _end(piece.recipient_place)
    else:
        division = piece.recipient.division_id if piece.recipient else ""
        target = End(_stop(outlet if piece.sender is None else None, division), door=True)
    return origin, target


def kept(piece: Consignment, at: datetime) -> Kept | None:
    """How the promise of a piece that arrived at `at` ended; None when nothing was promised."""
    if piece.promised_at is None or piece.promised_p95 is None or piece.accepted_at is None:
        return None
    origin, target = ends(piece)
    again = promise_of(piece, piece.accepted_at)
    ranks = (again.rank(at),) if again is not None else ()
    return Kept(
        origin.stop, target.stop, local(piece.accepted_at).date(), 1, int(at <= piece.promised_at),
        int(at <= piece.promised_p95), ranks,
    )  # fmt: skip


def _end(place: Place) -> End:
    stop = queries.stop_of(place)
    return End(stop, door=stop != place.code)


def _stop(outlet: Place | None, division: str) -> str:
    return queries.stop_of(outlet) if outlet is not None else queries.stop_of_division(division)
