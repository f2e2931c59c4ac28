"""The route picture: one errand drawn as stations on a line, with who or what travels between them.

A picture is plain data that any room can build; `zerotrip.web` draws it on pages, `core.picture_svg` draws it for PDFs.
Stations and legs alternate: a leg stands between two stations, so there is one leg less than there are stations.

>>> p = Picture(stations=(Station("家", state="done"), Station("政务大厅", state="planned")),
...             legs=(Leg("post", "寄出材料", state="now", number="1234567890123"),))
>>> p.now, p.trips
(1, 0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

StationState = Literal["done", "now", "planned", "failed"]
LegState = Literal["done", "now", "planned", "failed", "skipped"]
LegKind = Literal["person", "post", "data"]

_STATION_STATES = get_args(StationState)
_LEG_STATES = get_args(LegState)
_LEG_KINDS = get_args(LegKind)


@dataclass(frozen=True, slots=True)
class Station:
    """A place on the line. `sub` is a second line (a place's name, a person), `at` when it was or will be reached."""

    label: str
    sub: str = ""
    state: StationState = "planned"
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.state not in _STATION_STATES:
            raise ValueError(f"a station's state is one of {_STATION_STATES}, not {self.state!r}")


@dataclass(frozen=True, slots=True)
class Leg:
    """One movement: of the person, of a mail piece (`post`) or of data. `number` is the mail number, if any."""

    kind: LegKind
    label: str = ""
    state: LegState = "planned"
    when: datetime | None = None
    number: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _LEG_KINDS:
            raise ValueError(f"a leg's kind is one of {_LEG_KINDS}, not {self.kind!r}")
        if self.state not in _LEG_STATES:
            raise ValueError(f"a leg's state is one of {_LEG_STATES}, not {self.state!r}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A promise or a forecast: a sentence ("送达", "出证") and the time it speaks of."""

    text: str = ""
    at: datetime | None = None


_Part = TypeVar("_Part", Station, Leg, Moment)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn.

    `trips` is how often the applicant has gone out so far, `trips_promised` what was promised (None: nothing promised).
    `now_index` counts station 0, leg 0, station 1, leg 1, …: even numbers are stations, odd ones legs; None lets the
    picture find the first part whose state is "now". `progress` (0 to 1) is how far along that leg we are.
    Raises ValueError when stations and legs do not alternate.
    """

    stations: tuple[Station, ...]
    legs: tuple[Leg, ...] = ()
    trips: int = 0
    trips_promised: int | None = None
    title: str = ""
    promise: Moment | None = None
    forecast: Moment | None = None
    now_index: int | None = None
    progress: float | None = None

    def __post_init__(self) -> None:
        if not self.stations:
            raise ValueError("a route needs at least one station")
        if len(self.legs) != len(self.stations) - 1:
            raise ValueError(f"{len(self.stations)} stations need {len(self.stations) - 1} legs, not {len(self.legs)}")
        if self.now_index is not None and not 0 <= self.now_index < len(self.stations) + len(self.legs):
            raise ValueError(f"there is no part {self.now_index} on this route")
        if self.progress is not None and not 0 <= self.progress <= 1:
            raise ValueError("progress lies between 0 and 1")

    @property
    def parts(self) -> tuple[Station | Leg, ...]:
        """Station 0, leg 0, station 1, … in the order of travel."""
        line: list[Station | Leg] = [self.stations[0]]
        for leg, station in zip(self.legs, self.stations[1:], strict=True):
            line += [leg, station]
        return tuple(line)

    @property
    def now(self) -> int | None:
        """Where the present moment stands in `parts`, or None when the errand has not begun or is over."""
        if self.now_index is not None:
            return self.now_index
        return next((i for i, part in enumerate(self.parts) if part.state == "now"), None)

    @property
    def kinds(self) -> tuple[LegKind, ...]:
        """The carriers on this route, for the legend: post, data, person."""
        return tuple(k for k in ("post", "data", "person") if any(leg.kind == k for leg in self.legs))

    @classmethod
    def of(cls, source: Picture | Mapping[str, Any]) -> Picture:
        """A picture from a picture or from a mapping of the same shape (lists of mappings for stations and legs).

        Raises TypeError for unknown keys and ValueError for values that make no route.
        """
        if isinstance(source, Picture):
            return source
        values = dict(source)
        values["stations"] = tuple(_part(Station, s) for s in values.get("stations", ()))
        values["legs"] = tuple(_part(Leg, leg) for leg in values.get("legs", ()))
        for name in ("promise", "forecast"):
            if values.get(name) is not None:
                values[name] = _part(Moment, values[name])
        return cls(**values)


def _part(cls: type[_Part], source: _Part | Mapping[str, Any]) -> _Part:
    if isinstance(source, cls):
        return source
    assert isinstance(source, Mapping)
    known = {f.name for f in fields(cls)}
    unknown = set(source) - known
    if unknown:
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    return cls(**source)
