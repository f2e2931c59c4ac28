"""So many requests a minute as agreed with a partner, over all web processes together.

A process draws a twentieth of the minute's requests at a time from a row in the database and spends them on its own: at
600 a minute that is one statement in 30 requests, and never more than agreed are let in. What a process has drawn and
not spent when the minute's requests are all drawn stays unused: at most a twentieth for each process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from django.db import connection

from zerotrip.core.clock import now

PARTS: Final = 20
MOST_KEPT: Final = 10_000
_DRAW = """
INSERT INTO gateway_allowance AS a (partner_id, minute, drawn) VALUES (%s, %s, %s)
ON CONFLICT (partner_id) DO UPDATE SET
  drawn = CASE WHEN a.minute >= excluded.minute THEN a.drawn + excluded.drawn ELSE excluded.drawn END,
  minute = GREATEST(a.minute, excluded.minute)
RETURNING drawn
"""


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller may still send: `limit` a minute, `remaining` as far as this process knows, `seconds` until new."""

    limit: int
    remaining: int
    seconds: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w=60',
            "RateLimit": f'"minute";r={self.remaining};t={self.seconds}',
        }


@dataclass(slots=True)
class _Share:
    minute: int
    rate: int
    mine: int = 0
    undrawn: int = 0
    dry: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Allowances:
    """One process's shares. The database is asked for more only when a share is used up."""

    def __init__(self) -> None:
        self._shares: dict[int, _Share] = {}

    def spend(self, partner: int, rate: int) -> Left:
        """Take one request of this minute's `rate` for `partner`; `allowed` is False when all are used up."""
        moment = now().timestamp()
        minute, seconds = int(moment // 60), ceil(60 - moment % 60)
        share = self._shares.get(partner)
        if share is None or share.minute != minute or share.rate != rate:
            if len(self._shares) > MOST_KEPT:
                self._shares.clear()
            share = self._shares[partner] = _Share(minute, rate, undrawn=rate)
        with share.lock:
            if not share.mine and not share.dry:
                self._draw(partner, share)
            allowed = share.mine > 0
            share.mine -= allowed
            return Left(rate, share.mine + share.undrawn, seconds, allowed)

    def _draw(self, partner: int, share: _Share) -> None:
        block = max(1, share.rate // PARTS)
        with connection.cursor() as cursor:
            cursor.execute(_DRAW, [partner, share.minute, block])
            drawn = cursor.fetchone()[0]
        share.mine = max(0, min(block, share.rate - (drawn - block)))
        share.undrawn = max(0, share.rate - drawn)
        share.dry = not share.undrawn


PARTNERS: Final = Allowances()
