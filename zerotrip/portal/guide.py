"""What a citizen is told about an item before applying: in one glance the trips, the days, the money, the papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from zerotrip.catalog import codes, show
from zerotrip.catalog.models import Fee, ItemVersion, Material
from zerotrip.core.picture import Leg, LegKind, Picture, Station

THEME_ICONS = {
    "证件办理": "id",
    "户籍办理": "users",
    "出境入境": "world",
    "交通出行": "road",
    "社会保障": "heart-handshake",
    "医疗卫生": "shield-check",
    "设立变更": "building-store",
    "准营准办": "building-store",
    "住房保障": "home",
    "婚姻登记": "users",
    "生育收养": "users",
    "教育科研": "book",
    "就业创业": "briefcase",
    "司法公证": "gavel",
    "档案文物": "archive",
    "资质认证": "award",
    "职业资格": "award",
}
"""Icons of the commonest themes; others get a file."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme of the home page."""

    name: str
    icon: str
    count: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A material as the guide lists it; `how` is one line on form, number and source."""

    row: Material
    how: str
    fetched: bool

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def required(self) -> bool:
        return self.row.necessity == "required"


def themes(counted: Iterable[tuple[str, int]], most: int = 8) -> list[Theme]:
    """The largest themes with their icons."""
    return [Theme(name, THEME_ICONS.get(name, "file-text"), n) for name, n in counted if name][:most]


def for_person(version: ItemVersion) -> bool:
    """Whether a natural person may apply; unknown counts as yes."""
    return not version.service_objects or "1" in version.service_objects


def for_company(version: ItemVersion) -> bool:
    """Whether a company or another body may apply; unknown counts as yes."""
    return not version.service_objects or any(code != "1" for code in version.service_objects)


def trips(version: ItemVersion) -> str:
    """How often one must go out, in a few words."""
    visits = version.on_site_visits
    if visits is None:
        return _("到场次数待公布")
    return _("一次不跑") if visits == 0 else _("跑 {n} 次").format(n=visits)


def post_sentence(version: ItemVersion) -> str:
    """What the post carries, in a sentence; empty when it is not known or nothing."""
    if version.materials_mailable and version.result_mailable:
        return _("材料上门取，证照送到家。")
    if version.materials_mailable:
        return _("材料可由快递员上门取。")
    if version.result_mailable:
        return _("办好后证照寄到家。")
    return ""


def legs(version: ItemVersion) -> tuple[LegKind, LegKind] | tuple[LegKind]:
    """Who travels: there with the papers, and back with the result. One leg: everything in one visit."""
    visits = version.on_site_visits or 0
    there: LegKind = "post" if version.materials_mailable else "data"
    back: LegKind = "post" if version.result_mailable else "data"
    if visits == 0:
        return there, back
    if visits > 1:
        return "person", "person"
    if version.result_mailable:
        return "person", "post"
    if version.materials_mailable:
        return "post", "person"
    return ("person",)


def picture(version: ItemVersion) -> Picture | None:
    """The errand as it will go, as a route picture; None while the number of visits is not known."""
    if version.on_site_visits is None:
        return None
    kinds = legs(version)
    there = {"post": _("快递员上门取材料"), "data": _("网上提交"), "person": _("您到窗口办理")}[kinds[0]]
    home = Station(_("您"), _("手机上申请"))
    window = Station(_("办理部门"), version.organ_name)
    if len(kinds) == 1:
        return Picture((home, window), (Leg("person", there),), trips_promised=version.on_site_visits)
    back = {"post": _("结果寄给您"), "data": _("结果网上送达"), "person": _("您到窗口领取")}[kinds[1]]
    end = Station(_("您"), version.result_name or _("拿到结果"))
    return Picture(
        (home, window, end), (Leg(kinds[0], there), Leg(kinds[1], back)), trips_promised=version.on_site_visits
    )


def papers(version: ItemVersion) -> list[Paper]:
    """The materials with one line each on how to bring them."""
    return [Paper(row, _how(row), bool(row.shareable)) for row in version.materials.all()]


def _how(row: Material) -> str:
    parts = []
    if row.originals:
        parts.append(_("原件 {n} 份").format(n=row.originals))
    if row.copies:
        parts.append(_("复印件 {n} 份").format(n=row.copies))
    if not parts:
        parts.append(codes.label(codes.MATERIAL_KIND, row.kind))
    if row.issuing_body:
        parts.append(_("由{organ}出具").format(organ=row.issuing_body))
    elif row.source_channel:
        parts.append(codes.label(codes.SOURCE_CHANNEL, row.source_channel))
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Money:
    """What is paid, and to whom: the state's charges are never the post's."""

    state: list[Fee]
    post: list[Fee]
    free: bool

    @property
    def total(self) -> Decimal | None:
        """What is known of the sum; None when nothing has an amount."""
        amounts = [fee.amount for fee in (*self.state, *self.post) if fee.amount is not None]
        return sum(amounts, Decimal(0)) if amounts else None


def money(version: ItemVersion) -> Money:
    """The fees apart: what the state charges, what the post charges."""
    rows = list(version.fees.all())
    post = [fee for fee in rows if fee.payee == "post"]
    state = [fee for fee in rows if fee.payee != "post"]
    return Money(state, post, free=version.charges is False and not state)


def days(version: ItemVersion) -> list[show.Fact]:
    """The legal and the promised limit, where known."""
    found = []
    for name, label in (("promised_limit", _("承诺时限")), ("legal_limit", _("法定时限"))):
        text = show.limit(version, name)
        if text:
            found.append(show.Fact(label, text, version.is_configured(f"{name}_value")))
    return found


def quick_days(version: ItemVersion) -> str:
    """The promised limit, else the legal one, without its note; empty when neither is known."""
    for name in ("promised_limit", "legal_limit"):
        text = show.length(version, name)
        if text:
            return text
    return ""
