"""A found label told as an itinerary: steps and moves with their times, planned and sure, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from zerotrip.journey.engine.layout import AT_DOOR, OFFICE, STAY, VISIT, Way
from zerotrip.journey.engine.model import HOME, Carriage, Done, Itinerary, Move
from zerotrip.journey.engine.state import Label, Mover, Sources


@dataclass(frozen=True, slots=True)
class Piece:
    """Papers sent together: from one spot, before one step."""

    origin: int
    papers: tuple[str, ...]
    carriage: Carriage


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


def _surely(mover: Mover, chain: list[Label], start: Label, level: float) -> list[Label | None]:
    """The same choices with every piece as late as it may be; none from where the horizon does not hold them."""
    slow = Mover(mover.layout, level, sure=True, ended=mover.ended)
    sure: list[Label | None] = []
    at: Label | None = start
    for one in chain:
        if at is not None:
            at = _again(slow, at, one)
        sure.append(at)
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

    def __init__(self, mover: Mover) -> None:
        self.layout = mover.layout
        self.unsure = mover.layout.problem.horizon + 1
        self.steps: list[Done] = []
        self.moves: list[Move] = []
        self.parts: dict[str, int] = {}
        self.out: tuple[Way, int, int] | None = None

    def cost(self, name: str, fen: int) -> None:
        if fen:
            self.parts[name] = self.parts.get(name, 0) + fen

    def name(self, way: Way) -> str:
        return self.layout.problem.steps[way.step].key

    def back(self) -> None:
        """The applicant goes home from the last step done out there."""
        if self.out is not None:
            way, ends, surely = self.out
            self.moves.append(
                Move(
                    "person",
                    self.layout.key(way.spot),
                    HOME,
                    ends,
                    ends + way.away,
                    surely + way.away,
                    before=self.name(way),
                )
            )
            self.out = None


def _written(
    mover: Mover, chain: list[Label], pieces: list[list[Piece]], sure: list[Label | None], start: Label, spent: int
) -> Itinerary:
    write = _Writer(mover)
    for name, fen in mover.layout.problem.fees:
        write.cost(name, fen)
    write.cost("spent", spent)
    for label, sent, late in zip(chain, pieces, sure, strict=True):
        parent, way = label.made_by()
        ends_surely = late.time if late is not None else write.unsure
        begins_surely = late.begins if late is not None else write.unsure
        write.cost(f"step:{write.name(way)}", way.price)
        if way.kind == STAY or (way.kind == VISIT and label.trips > parent.trips):
            write.back()
        _arrivals(write, label, sent, begins_surely, late)
        if way.kind == VISIT:
            write.out = (way, label.time, ends_surely)
        write.steps.append(
            Done(
                write.name(way),
                way.option.mode,
                write.layout.key(way.spot),
                label.begins,
                label.time,
                ends_surely,
                label.trips if way.kind == VISIT else 0,
            )
        )
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


def _arrivals(write: _Writer, label: Label, sent: list[Piece], begins_surely: int, late: Label | None) -> None:
    """What comes to a step: the applicant from home, pieces by post, or else the data of the step before."""
    parent, way = label.made_by()
    layout, key = write.layout, write.name(way)
    target = layout.key(way.spot)
    for piece in sent:
        carriage = piece.carriage
        surely = carriage.surely if late is not None else write.unsure
        write.cost(f"postage:{carriage.net}", carriage.price)
        write.moves.append(
            Move(
                "post",
                layout.key(piece.origin),
                target,
                carriage.departs,
                carriage.arrives,
                min(surely, begins_surely),
                piece.papers,
                key,
                carriage,
            )
        )
    if way.kind == VISIT and label.trips > parent.trips:
        taken = tuple(sorted(layout.papers[p] for p, spot in zip(way.needs, label.sources, strict=True) if spot < 0))
        write.moves.append(
            Move("person", HOME, target, label.begins - way.away, label.begins, begins_surely, taken, key)
        )
    elif not sent and parent.way is not None and max(way.kind, parent.way.kind) >= OFFICE:
        before = parent.way
        if before.spot != way.spot and (min(before.spot, way.spot) < 0 or layout.site_of[before.spot] != way.site):
            sure_then = write.steps[-1].surely
            write.moves.append(
                Move("data", layout.key(before.spot), target, parent.time, parent.time, sure_then, (), key)
            )
