"""What can be asked about bags, and the one answer to who holds a piece."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, F, FilteredRelation, Q
from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound
from zerotrip.ledger import queries as ledger
from zerotrip.ledger.models import Entry
from zerotrip.mail.bags.models import Bag, BagItem, BagQuerySet, BagState, ManifestBag, SealState
from zerotrip.mail.bags.packing import holding_of
from zerotrip.mail.models import Consignment, Holding, Manifest
from zerotrip.people.models import Account
from zerotrip.places.models import Place
from zerotrip.rules import mail_number


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a piece: the one answer, read in one statement.

    `kind`: sender, place, courier, transit or addressee. `who`: in words. `bag` and `seal`: in which closed bag it is.
    """

    number: str
    kind: str
    who: str
    since: datetime | None
    place: str
    bag: str
    seal: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the time in ISO 8601."""
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}


def who_holds(actor: Actor, number: str) -> Holder:
    """Who holds the piece with this number now. Before acceptance, and cancelled, it is the sender. Raises NotFound."""
    held, packed = Q(holdings__until__isnull=True), Q(bag_items__until__isnull=True)
    rows = Consignment.objects.visible_to(actor).annotate(
        held=FilteredRelation("holdings", condition=held),
        packed=FilteredRelation("bag_items", condition=packed),
        closed=FilteredRelation("packed__bag__seals", condition=Q(packed__bag__seals__state=SealState.INTACT)),
    )
    row = (
        rows.filter(number=mail_number.compact(number)[:13])
        .values(
            "number", "state", since=F("held__since"), kind=F("held__kind"), account=F("held__account"),
            place=F("held__place"), place_code=F("held__place__code"), bag=F("packed__bag__code"),
            bag_state=F("packed__bag__state"), seal=F("closed__number"),
        )
        .first()
    )  # fmt: skip
    if row is None:
        raise NotFound(_("没有找到邮件 {number}，或它不归您经手。请核对面单上的号码。").format(number=number[:30]))
    known = str(row["number"])
    if row["kind"] is None:
        return Holder(known, "sender", _("寄件人"), None, "", "", "")
    holding = Holding(
        kind=row["kind"],
        account=Account.objects.filter(pk=row["account"] or 0).first(),
        place=Place.objects.select_related("parent").filter(pk=row["place"] or 0).first(),
    )
    who, bag, seal = holding.who, row["bag"] or "", row["seal"] or ""
    if bag:
        inside = _("{who}（总包 {bag}，封签 {seal}）") if seal else _("{who}（总包 {bag}，装袋中）")
        who = inside.format(who=who, bag=bag, seal=seal)
    return Holder(known, row["kind"], who, row["since"], row["place_code"] or "", bag, seal)


def bags(actor: Actor) -> BagQuerySet:
    """The bags the actor sees, newest first, with `pieces` counted."""
    rows = Bag.objects.visible_to(actor).select_related("place", "target")
    return rows.annotate(pieces=Count("items")).order_by("-pk")


def bag(actor: Actor, code: str) -> Bag:
    """One bag with its places. Raises NotFound."""
    found = bags(actor).filter(code=ids.compact(code)[:16]).first()
    if found is None:
        raise NotFound(_("没有找到总包 {code}，或它不归您经手。请核对袋牌上的袋号。").format(code=code[:20]))
    return found


def contents(one: Bag) -> list[BagItem]:
    """What is, or was, in a bag. The caller has got the bag by `bag`."""
    shown = one.items.select_related("consignment__recipient_place", "consignment__sender_place")
    return list(shown.select_related("consignment__recipient").order_by("-pk" if one.state == "packing" else "pk"))


def story(one: Bag) -> list[Entry]:
    """What happened to a bag, first to last."""
    return ledger.of_subject("mail.bag", [str(one.pk)])


def holder_of(one: Bag) -> str:
    """Who holds a bag, in words: its place until it is closed, then who holds its pieces."""
    if one.state == BagState.PACKING:
        return str(one.place)
    held = holding_of(one) if one.state == BagState.SEALED else None
    return held.who if held is not None else _("已不成袋")


def on_list(one: Bag) -> Manifest | None:
    """The list on which a bag is being counted now."""
    unit = ManifestBag.objects.filter(bag=one, manifest__state__in=("open", "given")).select_related("manifest").first()
    return unit.manifest if unit is not None else None


def units(manifest: Manifest) -> list[ManifestBag]:
    """The bags of a list, with their seals and how many pieces each brought. The caller may see the list."""
    rows = manifest.bags.select_related("bag__target").prefetch_related(models.Prefetch("bag__seals"))
    return list(rows.annotate(pieces=Count("bag__items")).order_by("pk"))
