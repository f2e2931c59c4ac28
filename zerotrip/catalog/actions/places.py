"""What can be done about who handles what and where it is offered: competence, services of places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from zerotrip.catalog import codes, kinds
from zerotrip.catalog.models import EDITORS, Competence, Offer
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.memo import forget
from zerotrip.ledger.frame import action, record
from zerotrip.places.models import Place


@action("catalog.set_competence", roles=EDITORS)
def set_competence(rows: Iterable[tuple[str, str, Place]], *, actor: Actor, at: datetime) -> int:
    """Say which window handles an organ kind's items in a division: rows of (organ kind, code prefix, window)."""
    made = [Competence(organ_kind=kind, division=prefix, window=window) for kind, prefix, window in rows]
    if not made:
        raise BadInput(_("没有要设定的窗口。"))
    Competence.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["organ_kind", "division"], update_fields=["window"]
    )
    forget()
    record(kinds.COMPETENCE_SET, made[0], subject_id="all", count=len(made))
    return len(made)


@action("catalog.offer", roles=EDITORS)
def offer(place_code: str, service: str, *, actor: Actor, at: datetime) -> Offer:
    """A place begins to offer a service of `codes.SERVICE` today; what it offers already stays as it is.

    Raises NotFound for a place that is not open, BadInput for a service not of the list.
    """
    place, name = _place(place_code), _service_names(service)
    day = local(at).date()
    known = Offer.objects.filter(place=place, service=service, until__isnull=True).first()
    made = known or Offer.objects.create(place=place, service=service, since=day)
    forget()
    record(kinds.OFFERED, made, place=place, **name)
    return made


@action("catalog.stop_offering", roles=EDITORS)
def stop_offering(place_code: str, service: str, *, actor: Actor, at: datetime) -> Offer:
    """A place offers a service no longer, from today on. Raises NotFound when it does not offer it."""
    place, name = _place(place_code), _service_names(service)
    standing = Offer.objects.filter(place=place, service=service, until__isnull=True).first()
    if standing is None:
        raise NotFound(_("“{place}”没有开办“{service}”。").format(place=place.name, service=name["service"]))
    standing.until = max(local(at).date(), standing.since)
    standing.save(update_fields=["until"])
    forget()
    record(kinds.OFFER_STOPPED, standing, place=place, **name)
    return standing


@action("catalog.offer_many", roles=EDITORS)
def offer_many(rows: Iterable[tuple[str, str]], *, actor: Actor, at: datetime) -> int:
    """Many places begin to offer services: rows of (place code, service). Returns how many are new."""
    wanted = list(dict.fromkeys(rows))
    places = dict(Place.objects.filter(code__in={code for code, _service in wanted}).values_list("code", "pk"))
    standing = set(Offer.objects.filter(until__isnull=True).values_list("place_id", "service"))
    for code, service in wanted:
        _service_names(service)
        if code not in places:
            raise NotFound(_("没有编码为“{code}”的场所。").format(code=code[:40]))
    pairs = [(places[code], service) for code, service in wanted]
    day = local(at).date()
    made = [Offer(place_id=pk, service=service, since=day) for pk, service in pairs if (pk, service) not in standing]
    Offer.objects.bulk_create(made)
    forget()
    record(kinds.OFFERED_MANY, Offer(), subject_id="all", count=len(made))
    return len(made)


def _place(code: str) -> Place:
    place = Place.objects.active().filter(code=code[:40].replace("\0", "")).first()
    if place is None:
        raise NotFound(_("没有编码为“{code}”的场所。").format(code=code[:40]))
    return place


def _service_names(service: str) -> dict[str, str]:
    """The service as the entry says it; raises BadInput when there is none of that code."""
    if service not in dict(codes.SERVICE):
        raise BadInput(
            _("“{service}”不在服务代码表中。").format(service=service[:20]), fields={"service": [service[:20]]}
        )
    with override("zh-hans"):
        chinese = codes.label(codes.SERVICE, service)
    with override("en"):
        return {"service": chinese, "service_en": codes.label(codes.SERVICE, service)}
