"""A found label told as an itinerary: steps and moves with their times, planned and sure, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from zerotrip.journey.engine.carried import Carried
from zerotrip.journey.engine.layout import AT_DOOR, OFFICE, STAY, VISIT, Way
from zerotrip.journey.engine.model import HOME, Carriage, Done, Itinerary, Move
from zerotrip.journey.engine.state import Label, Mover, Sources


@dataclass(frozen=True, slots=True)
class Piece:
    """Papers sent together: from one spot, before one step."""

    origin: int
    papers: tuple[str, ...]
    carriage: Carriage


@dataclass(frozen=True, slots=True)
class Stage:
    """A step as late as it may be, with the pieces sent for it."""

    label: Label
    pieces: list[Piece]


def tell(mover: Mover, last: Label, start: Label, spent: int = 0) -> Itinerary:
    """The itinerary that ends with `last`; `surely` holds for the whole with the mover's level (see `Itinerary`).

    Every piece is given the certainty level ** (1 / number of pieces): the chain keeps order, so that all of it is
    kept at least as often as all pieces are there in time, taken as independent.
    """
    chain: list[Label] = []
    at: Label | None = last
    while at is not None and at.way is not None:
        chain.append(at)
        at = at.parent
    chain.reverse()
    pieces = [_pieces(mover, label) for label in chain]
    count = sum(map(len, pieces))
    sure = _surely(mover, chain, start, mover.level ** (1 / count) if count else mover.level)
    return _written(mover, chain, pieces, sure, start, spent)


def _pieces(mover: Mover, label: Label) -> list[Piece]:
    parent, way = label.made_by()
    layout = mover.layout
    bundles: dict[int, list[tuple[int, str]]] = {}
    for paper, spot, since in origins(mover, parent, way, label.sources):
        bundles.setdefault(spot, []).append((since, layout.papers[paper]))
    pieces = []
    for spot, bundle in sorted(bundles.items()):
        carriage = mover.send(spot, way.spot, max(since for since, _ in bundle))
        if carriage is not None:
            pieces.append(Piece(spot, tuple(sorted(paper for _, paper in bundle)), carriage))
    return pieces


def origins(mover: Mover, label: Label, way: Way, sources: Sources) -> list[tuple[int, int, int]]:
    """(paper, spot, since) of those papers of a step that are sent there."""
    site_of, sent = mover.layout.site_of, []
    for paper, spot in zip(way.needs, sources, strict=True):
        if spot >= 0:
            if way.spot >= 0 and site_of[spot] == way.site:
                continue
        elif way.kind == VISIT or way.spot < 0:
            continue
        since = next(since for place, since in label.papers[paper] if place == spot)
        sent.append((paper, spot, max(since, label.release if spot < 0 else 0)))
    return sent


def _surely(mover: Mover, chain: list[Label], start: Label, level: float) -> list[Stage | None]:
    """The same choices with every piece as late as it may be; none from where the horizon does not hold them."""
    slow = Mover(mover.layout, level, sure=True, ended=mover.ended)
    sure: list[Stage | None] = []
    at: Label | None = start
    for one in chain:
        if at is not None:
            at = _again(slow, at, one)
        sure.append(Stage(at, _pieces(slow, at)) if at is not None else None)
    return sure


def _again(slow: Mover, at: Label, one: Label) -> Label | None:
    parent, way = one.made_by()
    if parent.site < 0 and at.site >= 0:
        at = slow.go_home(at)
    if way.kind != VISIT:
        return slow.other(at, way, one.sources, floor=one.begins)
    if at.site >= 0 and one.trips == parent.trips:
        now = slow.visit(at, way, one.sources, stay=True, floor=one.begins)
        if now is not None:
            return now
    if at.site >= 0:
        at = slow.go_home(at)
    laid_down = tuple(max(spot, AT_DOOR) for spot in one.sources)
    return slow.visit(at, way, laid_down, stay=False, floor=one.begins)


class _Writer:
    """Collects steps, moves and costs along the chain."""

    def __init__(self, mover: Mover, carried: Carried) -> None:
        self.layout = mover.layout
        self.carried = carried
        self.unsure = mover.layout.problem.horizon + 1
        self.steps: list[Done] = []
        self.moves: list[Move] = []
        self.parts: dict[str, int] = {}
        self.out: tuple[Way, Label, int] | None = None

    def cost(self, name: str, fen: int) -> None:
        if fen:
            self.parts[name] = self.parts.get(name, 0) + fen

    def name(self, way: Way) -> str:
        return self.layout.problem.steps[way.step].key

    def step(self, label: Label, sent: list[Piece], late: Stage | None) -> None:
        parent, way = label.made_by()
        begins, ends = (late.label.begins, late.label.time) if late is not None else (self.unsure, self.unsure)
        self.cost(f"step:{self.name(way)}", way.price)
        new_visit = way.kind == VISIT and label.trips > parent.trips
        if new_visit or way.kind == STAY:
            self.back()
        self._pieces(way, sent, late)
        if new_visit:
            self._there(label, way, begins)
        elif not sent and parent.way is not None and max(way.kind, parent.way.kind) >= OFFICE:
            self._data(parent.way, way, parent.time)
        if way.kind == VISIT:
            self.out = (way, label, ends)
        visit = label.trips if way.kind == VISIT else 0
        spot = self.layout.key(way.spot)
        self.steps.append(Done(self.name(way), way.option.mode, spot, label.begins, label.time, ends, visit))

    def back(self) -> None:
        """The applicant goes home from the last step done out there."""
        if self.out is not None:
            way, label, surely = self.out
            spot, ends = self.layout.key(way.spot), label.time
            papers = tuple(sorted(self.carried.back[label.trips]))
            self.moves.append(
                Move("person", spot, HOME, ends, ends + way.away, surely + way.away, papers, self.name(way))
            )
            self.out = None

    def _there(self, label: Label, way: Way, surely: int) -> None:
        papers = tuple(sorted(self.carried.out[label.trips]))
        leaves = label.begins - way.away
        self.moves.append(
            Move("person", HOME, self.layout.key(way.spot), leaves, label.begins, surely, papers, self.name(way))
        )

    def _pieces(self, way: Way, sent: list[Piece], late: Stage | None) -> None:
        key, target = self.name(way), self.layout.key(way.spot)
        for at, piece in enumerate(sent):
            one = piece.carriage
            surely = late.pieces[at].carriage.surely if late is not None else self.unsure
            origin = self.layout.key(piece.origin)
            self.cost(f"postage:{one.net}", one.price)
            self.moves.append(Move("post", origin, target, one.departs, one.arrives, surely, piece.papers, key, one))

    def _data(self, before: Way, way: Way, at: int) -> None:
        site_of = self.layout.site_of
        if before.spot == way.spot or (min(before.spot, way.spot) >= 0 and site_of[before.spot] == way.site):
            return
        origin, target = self.layout.key(before.spot), self.layout.key(way.spot)
        self.moves.append(Move("data", origin, target, at, at, self.steps[-1].surely, (), self.name(way)))


def _written(
    mover: Mover, chain: list[Label], pieces: list[list[Piece]], sure: list[Stage | None], start: Label, spent: int
) -> Itinerary:
    write = _Writer(mover, Carried(mover.layout, chain))
    for name, fen in mover.layout.problem.fees:
        write.cost(name, fen)
    write.cost("spent", spent)
    for label, sent, late in zip(chain, pieces, sure, strict=True):
        write.step(label, sent, late)
    write.back()
    moves = sorted(write.moves, key=lambda m: (m.departs, m.arrives))
    end = chain[-1].time if chain else start.time
    return Itinerary(
        trips=chain[-1].trips if chain else start.trips,
        finish=end,
        surely=write.steps[-1].surely if chain else end,
        price=sum(write.parts.values()),
        parts=tuple(write.parts.items()),
        steps=tuple(write.steps),
        moves=tuple(moves),
    )
