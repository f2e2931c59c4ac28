"""The ways to do an errand as cards: what each takes and costs, how it goes, and what stopped a better one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from zerotrip.cases.itinerary.cards import Card, cards
from zerotrip.core.clock import SHANGHAI, local
from zerotrip.core.errors import Conflict
from zerotrip.journey import queries as journey
from zerotrip.journey.engine.model import AT_HOME
from zerotrip.journey.itinerary import Constraint, Itinerary
from zerotrip.journey.queries import PlanView

MOST: Final = 8
"""Cards shown; a Pareto set is seldom larger, and nobody reads more."""


PATIENCE_MS: Final = 2000
"""A search that is cut short may miss the way that is chosen from it a minute later; a page can wait this long."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it cannot take fewer trips, with its article; `local` when no law but a place stands in the way."""

    text: str
    source: str
    local: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A way with the address that chooses it."""

    card: Card
    url: str


@dataclass(frozen=True, slots=True)
class Plans:
    """The answer as the page shows it."""

    view: PlanView
    cards: list[Offer] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


def plans(code: str, division: str, at: datetime) -> Plans:
    """All ways from a division, as cards. Raises what `journey.queries.plan_for` raises."""
    view = journey.plan_for(code, division, at, limit_ms=PATIENCE_MS)
    ways = view.itineraries[:MOST]
    offers = [Offer(card, _address(view, card.way)) for card in cards(ways)]
    return Plans(view, offers, _reasons(view.constraints))


def found(code: str, division: str, at: datetime, wanted: str) -> Itinerary:
    """The way somebody chose on the page, found again. Raises Conflict when it is no longer among the ways."""
    for way in journey.plan_for(code, division, at, limit_ms=PATIENCE_MS).itineraries:
        if way.id == wanted:
            return way
    raise Conflict(_("所选的办法已有变化，请重新选择一次。"))


def moment_of(text: str, fallback: datetime) -> datetime:
    """A time as an address or a date-time field has it, in whole minutes; `fallback` for nothing or nonsense."""
    try:
        read = datetime.fromisoformat(text) if text else fallback
    except ValueError:
        read = fallback
    read = read if read.tzinfo else read.replace(tzinfo=SHANGHAI)
    return read.replace(second=0, microsecond=0)


def _address(view: PlanView, way: Itinerary) -> str:
    query = {"from": view.division, "at": local(view.at).isoformat(timespec="minutes"), "plan": way.id}
    return f"{reverse('portal:apply', args=[view.item])}?{urlencode(query)}"


def _reasons(constraints: Iterable[Constraint]) -> list[Reason]:
    rows = []
    for one in constraints:
        law = one.law if not one.law or one.law.startswith("《") else f"《{one.law}》"
        own = not law and not one.place and not AT_HOME.isdisjoint(one.modes)
        source = _("本事项自己的规定，未引用法条") if own else law + one.article
        text = one.reason.rstrip("。")
        if one.place_name and one.place_name not in text:
            text = _("{place}：{why}").format(place=one.place_name, why=text)
        rows.append(Reason(f"{one.step_name}：{text}" if one.step_name else text, source, not one.law))
    return list(dict.fromkeys(rows))
