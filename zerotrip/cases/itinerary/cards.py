"""A way to do an errand as a card: what it takes and costs, how it goes, its route and its strip of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zerotrip.cases.itinerary.drawn import planned, stretches
from zerotrip.cases.itinerary.meaning import Meaning, meaning_of
from zerotrip.core.clock import local
from zerotrip.core.money import format_yuan
from zerotrip.core.picture import Picture
from zerotrip.journey.itinerary import HOME, Itinerary, Segment, Step
from zerotrip.journey.wording import when

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

    @property
    def span(self) -> str:
        """From when to when; one moment, or one day said once, where that is all."""
        a, b = local(self.begins), local(self.ends)
        if a == b:
            return when(a)
        return f"{when(a)} – {b:%H:%M}" if a.date() == b.date() else f"{when(a)} – {when(b)}"


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

    @property
    def price(self) -> str:
        """¥22, or with its fen where there are any."""
        amount = self.way.price
        return format_yuan(amount).removesuffix(".00") if amount == amount.to_integral_value() else format_yuan(amount)


def cards(ways: Sequence[Itinerary]) -> list[Card]:
    """Ways among which one is chosen, in their order."""
    return [card(way, ways) for way in ways]


def trips_words(trips: int) -> str:
    """0 次, as the cards say it."""
    return ngettext("{n} 次", "{n} 次", trips).format(n=trips)


def card(way: Itinerary, among: Sequence[Itinerary] = ()) -> Card:
    """One way, `among` others."""
    return Card(
        way=way,
        trips=trips_words(way.trips),
        merits=_merits(way, among),
        sentence=sentence(way, meaning_of(way)),
        picture=_short(planned(way), way),
        strip=stretches(way),
        lines=[_line(step) for step in way.steps],
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
    visits = list({step.visit: step.place_name for step in reversed(way.steps) if step.visit}.values())[::-1]
    if meaning.result_route != "online" and not any(step.actor == "agency" for step in way.steps):
        # the rest of a way, when all is decided
        return (_("您去{place}取证").format(place=visits[0]) if visits else _("证件寄到家")) + _("。")
    first = {
        "online": _("手机上申请，材料网上传"),
        "courier": _("手机上申请，快递员上门取材料"),
    }.get(meaning.materials_route) or _("您去{place}办一次").format(place=visits[0] if visits else "—")
    later = visits[1:] if meaning.hand_in else visits
    middle = "".join(_("，再去{place}").format(place=place) for place in later)
    fetched = _("取证") if later else _("，当场取证") if visits else ""
    last = {"mail": _("，证件寄到家"), "online": _("，结果网上送达")}.get(meaning.result_route, fetched)
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
