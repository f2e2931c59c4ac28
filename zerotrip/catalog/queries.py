"""What can be asked about service items. What citizens see are the versions published and valid on a day."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from zerotrip.catalog.models import PARTS, Competence, ItemVersion, Offer, ServiceItem, State
from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.clock import today
from zerotrip.core.errors import NotFound
from zerotrip.core.memo import briefly
from zerotrip.places.models import Place

LONGEST_QUERY = 60

_PUBLISHED = Q(state=State.PUBLISHED)
_ZERO = Q(on_site_visits=0)
_ONE = Q(on_site_visits=1)
_MONEY = {"catalog_fee": "amount", "catalog_way": "price"}
_BY_POST = Q(materials_mailable=True) | Q(result_mailable=True)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many items need how many trips, and how many the post can carry.

    `zero_trip` 一次不跑: no visit. `one_trip`: exactly one; 只跑一次 ("at most one") is both together, `at_most_one`.
    `mailable`: no visit, and materials or result by post (the figure published as "可邮寄的一次不跑事项").
    `by_post`: materials or result by post, whatever the number of visits.
    """

    items: int
    zero_trip: int
    one_trip: int
    mailable: int
    by_post: int

    @property
    def at_most_one(self) -> int:
        return self.zero_trip + self.one_trip

    @property
    def mailable_share(self) -> float:
        """Mailable items among all items, 0 to 1, four digits."""
        return round(self.mailable / self.items, 4) if self.items else 0.0

    @property
    def zero_trip_share(self) -> float:
        """一次不跑 items among all items, 0 to 1, four digits."""
        return round(self.zero_trip / self.items, 4) if self.items else 0.0


def published(on: date) -> QuerySet[ItemVersion]:
    """The versions valid on a day: at most one an item."""
    valid = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
    return ItemVersion.objects.filter(_PUBLISHED & valid).select_related("item").order_by("name_initials", "item_id")


def search(
    text: str = "",
    *,
    on: date,
    organ: str = "",
    service_object: str = "",
    theme: str = "",
    item_type: str = "",
    zero_trip: bool | None = None,
    mailable: bool | None = None,
) -> QuerySet[ItemVersion]:
    """Published items by words and filters, best match first. Every word of `text` must occur in the name, an everyday
    name, the code or the pinyin initials. An empty text gives all.
    """
    found = published(on)
    filters: dict[str, Any] = {"organ_kind": organ, "item_type": item_type}
    found = found.filter(**{name: value for name, value in filters.items() if value})
    if service_object:
        found = found.filter(service_objects__contains=[service_object])
    if theme:
        found = found.filter(themes__contains=[theme])
    if zero_trip is not None:
        found = found.filter(_ZERO) if zero_trip else found.exclude(_ZERO)
    if mailable is not None:
        found = found.filter(_ZERO & _BY_POST) if mailable else found.exclude(_ZERO & _BY_POST)
    return _matching(found, text)


def _matching(found: QuerySet[ItemVersion], text: str) -> QuerySet[ItemVersion]:
    words = text[:LONGEST_QUERY].replace("\0", "").lower().split()
    for word in words:
        # the array finds candidates through its index, LIKE keeps those where the pieces stand together
        found = found.filter(
            RawSQL("catalog_itemversion.grams @> catalog_grams(%s)", [word], output_field=models.BooleanField()),
            search_text__contains=word,
        )
    if not words:
        return found
    first = words[0]
    rank = Case(
        When(name__istartswith=first, then=Value(0)),
        When(name__icontains=first, then=Value(1)),
        When(name_initials__startswith=first, then=Value(2)),
        default=Value(3),
    )
    return found.annotate(rank=rank).order_by("rank", "name_initials", "item_id")


def plain(code: str) -> str:
    """A code as asked for from outside, safe to hand to the database."""
    return code[:40].replace("\0", "")


def get(code: str, on: date) -> ItemVersion:
    """The version of an item valid on a day, with all its rows: one statement (two when it has just changed).

    Raises NotFound. What was read before is used again as long as its stamp in the database is the same.
    """
    valid = published(on).filter(item__code=plain(code))
    before = _read_before(plain(code), on)
    if before:
        stamp = valid.order_by().values_list("pk", "changed_at", "published_at").first()
        if stamp == before[0]:
            known: ItemVersion = before[1]
            return copy(known)
    version = _one(valid)
    before[:] = [(version.pk, version.changed_at, version.published_at), version]
    return copy(version)


@briefly(300)
def _read_before(code: str, on: date) -> list[Any]:
    """A slot for the stamp and content of the version read last."""
    return []


def get_version(code: str, number: int, actor: Actor = NOBODY) -> ItemVersion:
    """One version the actor may see, with all its rows, in one statement. Raises NotFound."""
    return _one(
        ItemVersion.objects.visible_to(actor).select_related("item").filter(item__code=plain(code), number=number)
    )


def get_by_id(version_id: int) -> ItemVersion:
    """The version a case was begun with, whatever became of it since, with all its rows. Raises NotFound."""
    return _one(ItemVersion.objects.select_related("item").filter(pk=version_id))


def _one(found: QuerySet[ItemVersion]) -> ItemVersion:
    version = found.annotate(**{f"_{part}": _rows_as_json(model) for part, model in PARTS.items()}).first()
    if version is None:
        raise NotFound(_("没有这个事项，或者它还没有发布、已经撤下。请返回事项列表重新查找。"))
    vars(version)["_prefetched_objects_cache"] = {p: _filled(version, p, model) for p, model in PARTS.items()}
    return version


def _rows_as_json(model: type[Any]) -> RawSQL:
    """The rows of a version as one JSON array; money as text, so that it never becomes a float."""
    table = model._meta.db_table
    money = _MONEY.get(table)
    row = f"to_jsonb(r) || jsonb_build_object('{money}', r.{money}::text)" if money else "to_jsonb(r)"
    rows = f"SELECT coalesce(jsonb_agg({row} ORDER BY r.position), '[]')::text FROM {table} r"
    sql = f"({rows} WHERE r.version_id = catalog_itemversion.id)"
    return RawSQL(sql, [], output_field=models.TextField())


def _filled(version: ItemVersion, part: str, model: type[Any]) -> QuerySet[Any]:
    """The rows as the query set a template asks for, already filled."""
    rows = [
        model(**{f.attname: f.to_python(row[f.attname]) for f in model._meta.concrete_fields})
        for row in json.loads(vars(version).pop(f"_{part}"))
    ]
    for row in rows:
        row._state.adding, row._state.db = False, version._state.db
    filled: QuerySet[Any] = getattr(version, part).all()
    vars(filled).update(_result_cache=rows, _prefetch_done=True)
    return filled


@briefly(30)
def competent_window(organ_kind: str, division: str) -> Place | None:
    """The active window that handles an organ kind's items for a division, with its parent (the hall).

    The narrowest competence wins: county, prefecture, province. At most 30 seconds old.
    """
    prefixes = [division[:6], division[:4], division[:2]]
    found = Competence.objects.filter(organ_kind=organ_kind, division__in=prefixes, window__active=True)
    first = found.select_related("window", "window__parent").order_by("-division").first()
    return first.window if first else None


def offers(on: date | None = None) -> dict[int, frozenset[str]]:
    """Which services each place offers on a day (today without one), by the place's key. At most 30 seconds old."""
    return dict(_offers(on or today()))


@briefly(30)
def _offers(on: date) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for place, service in Offer.objects.on(on).values_list("place_id", "service"):
        found.setdefault(place, set()).add(service)
    return {place: frozenset(services) for place, services in found.items()}


def offer_list(actor: Actor, on: date, *, service: str = "", text: str = "") -> QuerySet[Offer]:
    """The offers that stand on a day, by place; `text` is part of a place's name or the beginning of its code or its
    division's.
    """
    found = Offer.objects.visible_to(actor).on(on).select_related("place").order_by("place__code", "service")
    if service:
        found = found.filter(service=service)
    if text:
        beginning = Q(place__code__istartswith=text) | Q(place__division__code__startswith=text)
        found = found.filter(Q(place__name__icontains=text) | beginning)
    return found


def offer_counts(on: date) -> dict[str, int]:
    """How many places offer each service on a day."""
    counted = Offer.objects.on(on).order_by().values_list("service").annotate(n=Count("id"))
    return dict(counted)


def summary(on: date, *, organ: str = "", service_object: str = "") -> Summary:
    """How many items are 一次不跑, how many can be mailed, what share; one statement."""
    found = search(on=on, organ=organ, service_object=service_object).order_by()
    return Summary(
        **found.aggregate(
            items=Count("id"),
            zero_trip=Count("id", filter=_ZERO),
            one_trip=Count("id", filter=_ONE),
            mailable=Count("id", filter=_ZERO & _BY_POST),
            by_post=Count("id", filter=_BY_POST),
        )
    )


def organs(on: date) -> list[tuple[str, int]]:
    """Kinds of organ with the number of their published items, most first."""
    counted = published(on).order_by().values_list("organ_kind").annotate(n=Count("id")).order_by("-n", "organ_kind")
    return [(kind, n) for kind, n in counted]


def themes(on: date) -> list[tuple[str, int]]:
    """Themes with the number of their published items, most first."""
    unnested = RawSQL("jsonb_array_elements_text(themes)", [], output_field=models.TextField())
    counted: dict[str, int] = {}
    for theme in published(on).order_by().annotate(theme=unnested).values_list("theme", flat=True):
        counted[theme] = counted.get(theme, 0) + 1
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def versions(code: str, actor: Actor) -> list[ItemVersion]:
    """All versions of an item the actor may see, newest first. Raises NotFound when there is none."""
    found = (
        ItemVersion.objects.visible_to(actor).filter(item__code=plain(code)).select_related("item").order_by("-number")
    )
    if not found:
        raise NotFound(_("没有编码为“{code}”的事项。").format(code=code[:40]))
    return list(found)


def desk_list(actor: Actor, text: str = "", *, state: str = "", organ: str = "") -> QuerySet[ItemVersion]:
    """The latest version of every item the actor may see, for the desk."""
    seen = ItemVersion.objects.visible_to(actor)
    newest = seen.order_by("item_id", "-number").distinct("item_id").values("id")
    found = (
        ItemVersion.objects.filter(id__in=newest).select_related("item").order_by("organ_kind", "name_initials", "id")
    )
    if state in State.values:
        found = found.filter(state=state)
    if organ:
        found = found.filter(organ_kind=organ)
    return _matching(found, text)


def for_export(actor: Actor, on: date | None = None) -> QuerySet[ItemVersion]:
    """What the sheet is written from: the versions valid on a day, or without one the latest of every item."""
    found = published(on) if on is not None else desk_list(actor)
    return found.prefetch_related(*PARTS).order_by("item__code")


def entries(code: str, actor: Actor) -> QuerySet[Any]:
    """What happened to an item, newest first."""
    from zerotrip.ledger.models import Entry

    item = ServiceItem.objects.visible_to(actor).filter(code=code).first()
    if item is None:
        return Entry.objects.none()
    return Entry.objects.filter(subject_type="catalog.serviceitem", subject_id=str(item.pk)).order_by("-id")
