"""How errands go, in single steps that the stories put together."""

from __future__ import annotations

from datetime import date

from tests.actors import resident_number
from tests.seals import fresh_seal
from tests.town import Corner
from zerotrip.cases import actions as cases
from zerotrip.cases.application import Application, CompanyApplicant, ContactIn, PersonApplicant, Slot
from zerotrip.cases.models import Case
from zerotrip.catalog.queries import get as get_item
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment
from zerotrip.rules import uscc

SHOP = "FOOD_BUSINESS_LICENCE"


def food_item() -> str:
    """The code of a market item whose materials and result may be mailed, with originals."""
    from zerotrip.catalog.queries import search

    for version in search("", on=today(), organ="market", zero_trip=True, mailable=True):
        full = get_item(version.item.code, today())
        if full.materials_mailable and full.result_mailable and any(m.originals for m in full.materials.all()):
            return full.item.code
    raise AssertionError("no mailable market item")


def company_code(serial: int = 1) -> str:
    """A well-formed code of no company."""
    first = f"9136010{serial % 10}MA{serial:07d}"
    return first + uscc.check_character(first)


def apply_as_company(actor: Actor, corner: Corner, *, day: date | None = None, **changes: object) -> Case:
    """A company in 南昌 applies; a courier collects the originals, the result is mailed."""
    values = {
        "item_code": food_item(),
        "county": corner.county,
        "source": "portal",
        "applicant": CompanyApplicant("南昌示例食品有限公司", company_code()),
        "contact": ContactIn("南昌示例食品有限公司", "13900001111", "360102", "演示路9号3栋201室"),
        "materials_route": "courier",
        "result_route": "mail",
        "pickup": Slot(day or today(), 14 * 60, 16 * 60),
    } | changes
    return cases.apply(Application(**values), actor=actor, at=now())  # type: ignore[arg-type]


def apply_in_person(corner: Corner, *, item: str = "DL_LOST", result: str = "mail") -> tuple[Case, str]:
    """A citizen hands in at the hall desk. Returns the case and the citizen's ID number."""
    number = resident_number()
    full = get_item(item, today())
    case = cases.apply(
        Application(
            item_code=item,
            county=corner.county,
            source="hall",
            applicant=PersonApplicant("周小兰", "111", number, on_document=True),
            contact=ContactIn("周小兰", "13900002222", corner.county, "演示巷5号1单元302室"),
            materials_route="hall",
            result_route=result,
            handed_in=frozenset(m.position for m in full.materials.all()),
        ),
        actor=corner.clerk,
        at=now(),
    )
    return case, number


def collect(case: Case, corner: Corner) -> Consignment:
    """The courier checks identity and contents and gives the piece its number."""
    piece = Consignment.objects.get(reference=case.number, state="requested")
    return mail.accept(
        piece.pk,
        id_type="111",
        id_number=resident_number(),
        id_name="钱经办",
        found={paper.name: paper.copies for paper in piece.papers.all()},
        weight_g=120,
        actor=corner.courier,
        at=now(),
    )


def hand_over(giver: Actor, taker: Actor, numbers: list[str], *, to: str, of: str = "", carried: bool = False) -> None:
    """A manifest that both sides count without a difference."""
    manifest = mail.open_manifest(giver_place_code=of, taker_place_code=to, carried=carried, actor=giver, at=now())
    for number in numbers:
        mail.put(manifest.number, number, actor=giver, at=now())
    mail.give(manifest.number, actor=giver, at=now())
    for number in numbers:
        mail.tick(manifest.number, number, actor=taker, at=now())
    mail.close(manifest.number, actor=taker, at=now())
    drain()


def bring_to_window(case: Case, corner: Corner, window: str, officer: Actor) -> None:
    """Courier → hall → window, each counted by both sides."""
    piece = collect(case, corner)
    assert piece.number
    hand_over(corner.courier, corner.clerk, [piece.number], to=corner.hall.code)
    hand_over(corner.clerk, officer, [piece.number], to=window, of=corner.hall.code)


def decide(case: Case, officer: Actor, *, granted: bool = True, certificate: str = "赣食0001") -> None:
    """Accept, review, decide, produce."""
    cases.accept(case.number, actor=officer, at=now())
    cases.start_review(case.number, actor=officer, at=now())
    cases.decide(case.number, granted=granted, reason="" if granted else "不符合规定的条件", actor=officer, at=now())
    cases.produce(case.number, certificate_number=certificate, actor=officer, at=now())


def send_home(case: Case, corner: Corner, certificate: str = "赣食0001") -> Consignment:
    """Bind, dispatch to the outlet, take out for delivery."""
    piece = cases.bind(case.number, certificate_number=certificate, seal=fresh_seal(), actor=corner.clerk, at=now())
    assert piece.number
    hand_over(corner.clerk, corner.courier, [piece.number], to=corner.outlet.code, of=corner.hall.code, carried=True)
    mail.take_out(piece.number, actor=corner.courier, at=now())
    drain()
    return piece


def deliver(piece: Consignment, corner: Corner, name: str, id_number: str = "") -> None:
    """Somebody shows a document and signs."""
    assert piece.number
    mail.deliver(
        piece.number,
        id_type="111",
        id_number=id_number or resident_number(),
        signer_name=name,
        relation="self",
        signature=None,
        actor=corner.courier,
        at=now(),
    )
    drain()
