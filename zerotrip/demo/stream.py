"""A slow stream of errands, so that the demo's pages live, through the same actions as everything else."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta

import structlog
from django.db import close_old_connections
from django.db.models import Max

from zerotrip.cases import actions as cases
from zerotrip.cases.application import Application, ContactIn, PersonApplicant
from zerotrip.cases.itinerary import meaning_of
from zerotrip.cases.models import Case
from zerotrip.catalog.queries import get as get_item
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import Problem
from zerotrip.demo import logins
from zerotrip.journey.itinerary import Itinerary
from zerotrip.journey.queries import plan_for
from zerotrip.mail import actions as mail
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.bags import seals
from zerotrip.mail.bags.models import BagItem, Seal
from zerotrip.mail.models import Consignment
from zerotrip.people.queries import actor_of
from zerotrip.rules import resident_id, uscc

log = structlog.get_logger(__name__)
PAUSE = 8.0
"""Seconds between two events."""

MOST_OPEN = 25
"""The stream opens no more errands while so many of its own are under way."""

_NAMES = "甲乙丙丁戊己庚辛壬癸"
ITEMS = ("DL_LOST", "DL_EXPIRY", "DL_DAMAGED", "VH_LICENSE", "VH_MARK")


class Stream:
    """Every few seconds one thing happens to one errand of the stream. Errands of other people are never touched."""

    def __init__(self, seed: int = 36) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a demo's dice
        self._stop = threading.Event()

    def stop(self) -> None:
        """End after the present event."""
        self._stop.set()

    def run(self) -> None:
        """Go on until stopped; what goes wrong is logged and the stream goes on."""
        while not self._stop.wait(PAUSE):
            close_old_connections()
            try:
                self.step()
            except Problem as problem:
                log.info("the stream was refused", detail=str(problem.detail))
            except Exception:
                log.exception("the stream stumbled")
        close_old_connections()

    def step(self) -> str:
        """Let one thing happen. Returns what, for tests and the curious."""
        own = Case.objects.filter(source__in=("hall", "api"), county="361002", applicant_person__isnull=False)
        own = own.exclude(state="closed").select_related("version").filter(extension_reason="").order_by("?")
        moves = [case for case in own[:MOST_OPEN] if str(case.contact.name).startswith("演示流")]
        if len(moves) < 5 or (len(moves) < MOST_OPEN and self.random.random() < 0.3):
            return self.apply().number
        case = self.random.choice(moves)
        return self.move(case)

    def apply(self, who: str = "演示流") -> Case:
        """Somebody, whose name begins with `who`, applies at the hall in 临川 and has the result sent home."""
        clerk = actor("hall.fz")
        item = get_item(self.random.choice(ITEMS), today())
        name = f"{who}{self.random.choice(_NAMES)}{self.random.choice(_NAMES)}"
        person = PersonApplicant(name, "111", id_number(self.random), "", on_document=True)
        contact = ContactIn(name, f"1990000{self.random.randrange(10**4):04d}", self.random.choice(_TOWNS), "演示村1号")
        way = self.way(item.item.code)
        return cases.apply(
            Application(
                item_code=item.item.code,
                county="361002",
                source="hall",
                applicant=person,
                contact=contact,
                materials_route="hall" if way is None else "online",
                result_route="mail",
                handed_in=frozenset(row.position for row in item.materials.all()),
                itinerary=way.as_json() if way is not None else None,
            ),
            actor=clerk,
            at=now(),
        )

    def way(self, item: str) -> Itinerary | None:
        """For every other errand a way without a visit, where the planner knows one."""
        if self.random.random() < 0.5:
            return None
        try:
            ways = plan_for(item, "361002102", now()).itineraries
        except Problem:
            return None
        good = ("online", "mail")
        return next(
            (way for way in ways for m in [meaning_of(way)] if (m.materials_route, m.result_route) == good), None
        )

    def move(self, case: Case) -> str:
        """The next thing that happens to `case`."""
        officer, clerk, courier = actor("officer.fz"), actor("hall.fz"), actor("courier.fz")
        at = now()
        number = case.number
        steps: dict[str, Callable[[], object]] = {
            "applied": lambda: cases.receive(number, actor=officer, at=at),
            "received": lambda: cases.accept(number, actor=officer, at=at),
            "accepted": lambda: cases.start_review(number, actor=officer, at=at),
            "reviewing": lambda: cases.decide(number, granted=True, actor=officer, at=at),
            "decided": lambda: cases.produce(number, certificate_number=f"DEMO{case.pk:09d}", actor=officer, at=at),
            "ready": lambda: cases.bind(
                number, certificate_number=case.certificate_number, seal=fresh_seal(), actor=clerk, at=at
            ),
            "bound": lambda: self.dispatch(number, clerk),
            "sent": lambda: self.deliver(number, courier),
        }
        act = steps.get(case.state)
        if act is not None:
            act()
        return f"{number} {case.state}"

    def dispatch(self, number: str, clerk: Actor) -> None:
        """The hall gives the piece, in a sealed bag, to the outlet that delivers; the bag is on its way until then."""
        piece = Consignment.objects.get(reference=number, state="accepted", purpose="result")
        assert piece.delivery_place is not None
        assert piece.number
        send_bag([piece.number], "H361002", piece.delivery_place.code, clerk)

    def take_in(self, number: str, courier: Actor) -> None:
        """The outlet scans the bag's seal, takes everything in at once, and opens the bag."""
        at = now()
        item = BagItem.objects.select_related("bag").get(consignment__number=number, until__isnull=True)
        seal, unit = item.bag.seal, item.bag.units.select_related("manifest").latest("pk")
        assert seal is not None
        bags.take_bag(unit.manifest.number, seal.number, actor=courier, at=at)
        mail.close(unit.manifest.number, actor=courier, at=at)
        bags.open_bag(item.bag.code, actor=courier, at=at)

    def deliver(self, number: str, courier: Actor) -> None:
        """The bag comes in; next time the courier takes the piece out; the time after somebody signs for it."""
        piece = Consignment.objects.exclude(purpose="materials").filter(reference=number).latest("pk")
        assert piece.number
        assert piece.recipient is not None
        at = now()
        if piece.state == "in_transit":
            self.take_in(piece.number, courier)
        elif piece.state == "arrived":
            mail.take_out(piece.number, actor=courier, at=at)
        elif piece.state == "out":
            case = Case.objects.select_related("applicant_person").get(number=number)
            assert case.applicant_person is not None
            seal = seals.on_piece(piece.pk)
            mail.deliver(
                piece.number,
                id_type="111",
                id_number=case.applicant_person.id_number,
                signer_name=piece.recipient.name,
                relation="self",
                signature=None,
                seal=seal.number if seal is not None else "",
                actor=courier,
                at=at,
            )


_TOWNS = ("361002",)


def actor(username: str) -> Actor:
    """Who a demo login acts as."""
    return actor_of(logins.account(username))


def fresh_seal() -> str:
    """The next seal of the demo's roll; nobody has used it."""
    used = Seal.objects.filter(number__regex=r"^DEMO[0-9]{8}$").aggregate(last=Max("number"))["last"]
    return f"DEMO{int(used[4:]) + 1 if used else 1:08d}"


def send_bag(numbers: list[str], giver: str, taker: str, clerk: Actor) -> str:
    """Pack pieces that lie at a place into a bag, seal it and give it, carried, to another. Returns its code."""
    at = now()
    bag = bags.begin_bag(place_code=giver, target_place_code=taker, actor=clerk, at=at)
    for number in numbers:
        bags.pack(bag.code, number, actor=clerk, at=at)
    bags.seal_bag(bag.code, fresh_seal(), actor=clerk, at=at)
    manifest = mail.open_manifest(giver_place_code=giver, taker_place_code=taker, carried=True, actor=clerk, at=at)
    bags.put_bag(manifest.number, bag.code, actor=clerk, at=at)
    mail.give(manifest.number, actor=clerk, at=at)
    return bag.code


def id_number(dice: random.Random) -> str:
    """A well-formed ID number of nobody: codes beginning 9 belong to no county."""
    born = date(1960, 1, 1) + timedelta(days=dice.randrange(15000))
    first = f"900000{born:%Y%m%d}{dice.randrange(1000):03d}"
    return first + resident_id.check_character(first)


def company_code(dice: random.Random) -> str:
    """A well-formed unified social credit code of no company."""
    first = f"91000000{'DEM'}{dice.randrange(10**6):06d}"
    return first + uscc.check_character(first)
