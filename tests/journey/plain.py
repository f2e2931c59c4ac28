"""A province of plain data: outlets on a line, townships between them, and trips counted in a way one sees through."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from zerotrip.journey.coverage.values import Best, Evaluate, Table

Offers = dict[str, frozenset[str]]

REACH = 2
"""An outlet serves the townships at most so many places away on the line."""


@dataclass(frozen=True)
class PlainProvince:
    """Shapes are tuples of services, one a step: "hall" always costs a trip, a service none when an outlet within reach
    offers it; without it the step is a trip to the hall, or impossible when the shape says so by a leading "!".
    """

    townships: tuple[str, ...]
    outlets: tuple[str, ...]
    offers: dict[str, frozenset[str]]
    people: dict[str, int]
    shapes: dict[str, tuple[str, ...]]
    items: dict[str, int]
    services: tuple[str, ...] = ("gov", "police")

    def under(self, offers: Offers) -> Evaluate:
        """The evaluation when places offer `offers`."""
        return lambda township, shape: self.evaluate(township, shape, offers)

    def evaluate(self, township: str, shape: str, offers: Offers) -> Best:
        """Counted by hand; see above."""
        here, trips, minutes = self.townships.index(township), 0, 0
        for service in self.shapes[shape]:
            plain = service.removeprefix("!")
            away = [
                abs(here - number)
                for number, outlet in enumerate(self.outlets)
                if abs(here - number) <= REACH and plain in offers.get(outlet, frozenset())
            ]
            if away:
                minutes += 10 * min(away)
            elif service.startswith("!"):
                return Best(None)
            else:
                trips, minutes = trips + 1, minutes + 100
        return Best(trips, minutes, 0)

    def around(self, outlet: str) -> list[str]:
        """The townships an outlet can serve."""
        here = self.outlets.index(outlet)
        return [t for number, t in enumerate(self.townships) if abs(number - here) <= REACH]

    def asking(self, service: str) -> list[str]:
        """The shapes that ask for a service."""
        return [key for key, steps in self.shapes.items() if service in {step.removeprefix("!") for step in steps}]

    def table(self, offers: Offers | None = None) -> Table:
        """Every cell."""
        known = self.offers if offers is None else offers
        return {(t, s): self.evaluate(t, s, known) for t in self.townships for s in self.shapes}


def with_service(offers: Offers, place: str, service: str) -> Offers:
    """`offers` and one more: `place` offers `service` too."""
    return {**offers, place: offers.get(place, frozenset()) | {service}}


@st.composite
def provinces(draw: st.DrawFn) -> PlainProvince:
    """Small provinces: 2 to 7 townships with an outlet each."""
    size = draw(st.integers(2, 7))
    townships = tuple(f"3601020{n:02d}" for n in range(1, size + 1))
    outlets = tuple(f"P{code}" for code in townships)
    words = ("gov", "police", "hall", "!police", "!gov")
    steps = draw(st.lists(st.lists(st.sampled_from(words), min_size=1, max_size=3), min_size=1, max_size=4))
    shapes = {f"s{n}": tuple(one) for n, one in enumerate(steps)}
    return PlainProvince(
        townships=townships,
        outlets=outlets,
        offers={o: frozenset(draw(st.sets(st.sampled_from(("gov", "police")), max_size=1))) for o in outlets},
        people={t: draw(st.integers(0, 500)) for t in townships},
        shapes=shapes,
        items={key: draw(st.integers(1, 5)) for key in shapes},
    )
