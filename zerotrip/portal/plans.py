"""The ways to do an errand as cards: what each takes and costs, how it goes, and what stopped a better one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zerotrip.cases.itinerary import Meaning, meaning_of
from zerotrip.cases.itinerary.drawn import planned
from zerotrip.core.clock import SHANGHAI, local
from zerotrip.core.errors import Conflict
from zerotrip.core.picture import Picture
from zerotrip.journey import queries as journey
from zerotrip.journey.itinerary import HOME, Constraint, Itinerary, Segment, Step, strip
from zerotrip.journey.queries import PlanView

MOST: Final = 8
"""Cards shown; a Pareto set is seldom larger, and nobody reads more."""

MODE_ICONS: Final = {
    "online": "device-mobile", "doorstep": "home", "outlet": "building-store", "kiosk": "id-badge-2",
    "hall": "building-community", "window": "building-community",
}  # fmt: skip

SHORT: Final[dict[str, str | Promise]] = {
    "outlet": gettext_lazy("邮政网点"),
    "kiosk": gettext_lazy("自助厅"),
    "hall": gettext_lazy("大厅"),
    "window": gettext_lazy("部门窗口"),
}
"""What a place is, for the line of a card; its name stands in the list of steps."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a card's list: who does what, where and when."""

    icon: str
    what: str
    where: str
    begins: datetime
    ends: datetime
    visit: int
    agency: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One way. `merits`: what it is best at. `sentence`: how it goes, in one breath."""

    way: Itinerary
    trips: str
    merits: list[str]
    sentence: str
    picture: Picture
    strip: tuple[Segment, ...]
    lines: list[Line]
    chosen_url: str = ""

    @property
    def price(self) -> Decimal:
        return self.way.price


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it cannot take fewer trips, with its article; `local` when no law but a place stands in the way."""

    text: str
    source: str
    local: bool


@dataclass(frozen=True, slots=True)
class Plans:
    """The answer as the page shows it."""

    view: PlanView
    cards: list[Card] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


def plans(code: str, division: str, at: datetime) -> Plans:
    """All ways from a division, as cards. Raises what `journey.queries.plan_for` raises."""
    view = journey.plan_for(code, division, at)
    ways = view.itineraries[:MOST]
    cards = [_card(way, ways, _address(view, way)) for way in ways]
    return Plans(view, cards, _reasons(view.constraints))


def found(code: str, division: str, at: datetime, wanted: str) -> Itinerary:
    """The way somebody chose on the page, found again. Raises Conflict when it is no longer among the ways."""
    for way in journey.plan_for(code, division, at).itineraries:
        if way.id == wanted:
            return way
    raise Conflict(_("所选的办法已有变化，请重新选择一次。"))


def card_of(way: Itinerary) -> Card:
    """One chosen way as a card."""
    return _card(way, (way,), "")


def moment_of(text: str, fallback: datetime) -> datetime:
    """A time as an address or a date-time field has it, in whole minutes; `fallback` for nothing or nonsense."""
    try:
        read = datetime.fromisoformat(text) if text else fallback
    except ValueError:
        read = fallback
    read = read if read.tzinfo else read.replace(tzinfo=SHANGHAI)
    return read.replace(second=0, microsecond=0)


def trips_words(trips: int) -> str:
    """0 次 (一次不跑), as the cards say it."""
    return ngettext("{n} 次", "{n} 次", trips).format(n=trips)


def _address(view: PlanView, way: Itinerary) -> str:
    query = {"from": view.division, "at": local(view.at).isoformat(timespec="minutes"), "plan": way.id}
    return f"{reverse('portal:apply', args=[view.item])}?{urlencode(query)}"


def _card(way: Itinerary, among: Sequence[Itinerary], url: str) -> Card:
    return Card(
        way=way,
        trips=trips_words(way.trips),
        merits=_merits(way, among),
        sentence=sentence(way, meaning_of(way)),
        picture=_short(planned(way), way),
        strip=strip(way),
        lines=[_line(step) for step in way.steps],
        chosen_url=url,
    )


def _merits(way: Itinerary, among: Sequence[Itinerary]) -> list[str]:
    """What a way is best at, when there are others."""
    if len(among) < 2:
        return []
    merits = []
    if way.trips == min(w.trips for w in among) < max(w.trips for w in among):
        merits.append(_("跑得最少"))
    if way.finish_p95 == min(w.finish_p95 for w in among):
        merits.append(_("最快办好"))
    if way.price == min(w.price for w in among) < max(w.price for w in among):
        merits.append(_("花钱最少"))
    return merits


def sentence(way: Itinerary, meaning: Meaning) -> str:
    """How a way goes, in one sentence."""
    places = [step.place_name for step in way.steps if step.visit]
    visits = list(dict.fromkeys(places))
    first = {
        "online": _("手机上申请，材料网上传"),
        "courier": _("手机上申请，快递员上门取材料"),
    }.get(meaning.materials_route) or _("您去{place}办一次").format(place=visits[0] if visits else "—")
    later = visits[1:] if meaning.hand_in else visits
    middle = "".join(_("，再去{place}").format(place=place) for place in later)
    last = _("，证件寄到家") if meaning.result_route == "mail" else _("，当场取证") if visits else ""
    return first + middle + last + _("。")


def _short(picture: Picture, way: Itinerary) -> Picture:
    """The picture with what a place is in place of its name."""
    names = {step.place_name: str(SHORT.get(step.mode, step.place_name)) for step in way.steps if step.place != HOME}
    stations = tuple(replace(s, label=names.get(s.label, s.label)) for s in picture.stations)
    return replace(picture, stations=stations)


def _line(step: Step) -> Line:
    agency = step.actor == "agency"
    icon = "clipboard-check" if agency else MODE_ICONS.get(step.mode, "map-pin")
    where = "" if step.place == HOME else step.place_name
    return Line(icon, step.name, where, step.begins, step.ends, step.visit, agency)


def _reasons(constraints: Iterable[Constraint]) -> list[Reason]:
    rows = []
    for one in constraints:
        law = one.law if not one.law or one.law.startswith("《") else f"《{one.law}》"
        text = one.reason.rstrip("。")
        if one.place_name and one.place_name not in text:
            text = _("{place}：{why}").format(place=one.place_name, why=text)
        rows.append(Reason(f"{one.step_name}：{text}" if one.step_name else text, law + one.article, not one.law))
    return list(dict.fromkeys(rows))
