"""One sealed bag under way, so that a newcomer sees what a bag, its seal and its story look like."""

from __future__ import annotations

from collections.abc import Callable

from zerotrip.cases.models import Case
from zerotrip.demo.stream import Stream, actor, send_bag
from zerotrip.mail.models import Bag, Consignment
from zerotrip.places.models import Place, PlaceKind

NAMED = "演示袋"
PIECES = 2
MOST_STEPS = 12


def build(say: Callable[[str], None] = lambda text: None) -> None:
    """Two results from the hall in 临川 in a bag on its way to the city's centre; what is there is left as it is."""
    centre = Place.objects.active().filter(kind=PlaceKind.CENTRE, division__code__startswith="3610").first()
    if centre is None or Bag.objects.exists():
        return
    say("总包")
    stream, numbers = Stream(seed=7), []
    for _ in range(PIECES):
        case = stream.apply(NAMED)
        for _step in range(MOST_STEPS):
            case = Case.objects.select_related("version", "contact").get(pk=case.pk)
            if case.state == "bound":
                break
            stream.move(case)
        piece = Consignment.objects.filter(reference=case.number, state="accepted", purpose="result").first()
        if piece is not None and piece.number:
            numbers.append(piece.number)
    if numbers:
        send_bag(numbers, "H361002", centre.code, actor("hall.fz"))
