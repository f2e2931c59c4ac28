"""The application form: what a citizen fills in to begin. What cases.apply refuses comes back to its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.cases.application import Application, CompanyApplicant, ContactIn, PersonApplicant
from zerotrip.cases.application import Slot as CaseSlot
from zerotrip.cases.itinerary import Meaning, meaning_of
from zerotrip.catalog.models import ItemVersion, Material
from zerotrip.core.clock import today
from zerotrip.core.errors import Conflict, Problem
from zerotrip.journey.itinerary import Itinerary
from zerotrip.people.models import Person
from zerotrip.people.wording import refusal
from zerotrip.places.models import Place
from zerotrip.portal import guide, slots
from zerotrip.portal.uploads import Kept
from zerotrip.rules import mobile, other_id, person_name, uscc
from zerotrip.rules.errors import RuleError
from zerotrip.rules.id_types import IdType

ME, PERSON, COMPANY = "me", "person", "company"
UPLOAD, COURIER, NONE, SHARED, BRING = "upload", "courier", "none", "shared", "bring"

REQUIRED: dict[str, dict[str, str | Promise]] = {
    PERSON: {
        "name": gettext_lazy("请填写证件上的姓名。"),
        "id_number": gettext_lazy("请填写证件号码。"),
        "phone": gettext_lazy("请填写申请人的手机号码。"),
    },
    COMPANY: {
        "company": gettext_lazy("请填写营业执照或登记证书上的单位名称。"),
        "uscc": gettext_lazy("请填写 18 位统一社会信用代码。"),
        "agent_name": gettext_lazy("请填写经办人姓名。"),
        "agent_phone": gettext_lazy("请填写经办人手机号码。"),
    },
}
ELSEWHERE = {"county": "hall", "result_route": "result"}
"""Fields of cases.apply that have another name here."""


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One material on the form."""

    paper: guide.Paper
    way: BoundField
    file: BoundField
    kept: Kept
    name: str


def material_name(row: Material) -> str:
    """The name of a material's fields."""
    return f"material_{row.position}"


class ApplicationForm(forms.Form):
    """All parts but the address, which the division picker keeps."""

    who = forms.ChoiceField(
        label=gettext_lazy("谁申请"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择谁申请。"), "invalid_choice": gettext_lazy("请选择谁申请。")},
    )
    name = forms.CharField(label=gettext_lazy("姓名"), required=False, max_length=100)
    id_type = forms.ChoiceField(label=gettext_lazy("证件类型"), required=False)
    id_number = forms.CharField(label=gettext_lazy("证件号码"), required=False, max_length=40)
    phone = forms.CharField(label=gettext_lazy("手机号码"), required=False, max_length=30)
    company = forms.CharField(label=gettext_lazy("单位名称"), required=False, max_length=120)
    uscc = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("营业执照上的 18 位代码"),
    )
    agent_name = forms.CharField(label=gettext_lazy("经办人姓名"), required=False, max_length=100)
    agent_phone = forms.CharField(label=gettext_lazy("经办人手机号码"), required=False, max_length=30)
    hall = forms.ChoiceField(
        label=gettext_lazy("哪个大厅"),
        error_messages={
            "required": gettext_lazy("请选择办理的大厅。"),
            "invalid_choice": gettext_lazy("请选择办理的大厅。"),
        },
    )
    contact_name = forms.CharField(
        label=gettext_lazy("联系人"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("不填就是申请人（经办人）本人"),
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("联系手机"), required=False, max_length=30, help_text=gettext_lazy("不填就用上面的手机号码")
    )
    detail = forms.CharField(
        label=gettext_lazy("详细地址"),
        max_length=200,
        help_text=gettext_lazy("街道、门牌、楼栋和房间号"),
        error_messages={"required": gettext_lazy("请填写街道、门牌、楼栋和房间号。")},
    )
    pickup = forms.ChoiceField(
        label=gettext_lazy("上门取件时间"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("这个时段不能上门，请另选一个时段。")},
    )
    result = forms.ChoiceField(
        label=gettext_lazy("办好以后"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择结果怎样给您。")},
    )
    confirm = forms.BooleanField(
        label=gettext_lazy("我确认所填内容真实，同意为办理本事项使用这些信息。"),
        error_messages={"required": gettext_lazy("请勾选确认后再提交。")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        version: ItemVersion,
        halls: list[Place],
        offered: list[slots.Slot],
        me: str = "",
        kept: Mapping[str, Kept] | None = None,
        initial: dict[str, Any] | None = None,
        way: Itinerary | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.version, self.kept = version, kept or {}
        self.way, self.meaning = way, meaning_of(way) if way is not None else None
        self.materials = list(version.materials.all())
        self._choose("who", _applicants(version, me))
        self._choose("id_type", [(kind.value, kind.zh) for kind in IdType if kind.of_person])
        self.fields["id_type"].initial = IdType.RESIDENT_ID.value
        self._choose("hall", _hall_choices(halls))
        self._choose("pickup", slots.choices(offered, today()))
        self._choose("result", _results(version, self.meaning))
        if self.meaning is not None and self.meaning.collected_at is not None:
            self.fields["pickup"].initial = slots.around(self.meaning.collected_at, offered)
        elif version.result_mailable and self.meaning is None:
            self.fields["result"].initial = "mail"
        for name, hints in _HINTS.items():
            self.fields[name].widget.attrs.update(hints)
        for row in self.materials:
            ways = _ways(version, row, self.meaning)
            self.fields[material_name(row) + "_way"] = forms.ChoiceField(
                label=row.name,
                choices=ways,
                initial=_usual_way(row, [code for code, _label in ways]),
                widget=forms.RadioSelect,
                error_messages={"required": _("请选择怎样交“{name}”。").format(name=row.name)},
            )
            self.fields[material_name(row) + "_file"] = forms.FileField(
                label=_("上传“{name}”").format(name=row.name),
                required=False,
                help_text=_("照片或 PDF，最大 10 MB"),
                widget=forms.FileInput(attrs={"accept": "image/*,application/pdf", "data-max-mb": "10"}),
            )

    def _choose(self, name: str, options: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = options
        if name in ("who", "hall", "result") and len(options) == 1 and not isinstance(options[0][1], list):
            field.initial = options[0][0]

    def rows(self) -> list[MaterialRow]:
        """The materials with their fields, in order, for the page."""
        for name in (*REQUIRED[PERSON], *REQUIRED[COMPANY], "pickup", *(n for n in self.fields if n.endswith("_file"))):
            self.fields[name].required = True  # as the page shows them; `clean` asks only for what was chosen
        papers = guide.papers(self.version)
        return [
            MaterialRow(
                paper,
                self[material_name(paper.row) + "_way"],
                self[material_name(paper.row) + "_file"],
                self.kept.get(material_name(paper.row), Kept()),
                material_name(paper.row),
            )
            for paper in papers
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._clean_applicant(data)
        self._clean_contact(data)
        for row in self.materials:
            name = material_name(row)
            kept = self.kept.get(name, Kept())
            if data.get(f"{name}_way") == UPLOAD and kept.file is None:
                sentence = kept.error or _("请选择“{name}”的照片或 PDF。").format(name=row.name)
                self.add_error(f"{name}_file", sentence)
        if self.meaning is not None and self.meaning.materials_route == COURIER and not self.by(COURIER):
            self.add_error(None, _("您选的办法由快递员上门取材料，请至少有一样由快递员取。不用取的话，请换一种办法。"))
        if self.by(COURIER) and not data.get("pickup") and "pickup" not in self.errors:
            self.add_error("pickup", _("请选择快递员上门取件的时间。"))
        return data

    def _clean_applicant(self, data: dict[str, Any]) -> None:
        for name, sentence in REQUIRED.get(data.get("who", ""), {}).items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, str(sentence))
        if data.get("who") == PERSON:
            self._rule(data, "name", person_name.validate)
            kind = IdType.get(data.get("id_type", "")) or IdType.RESIDENT_ID
            self._rule(data, "id_number", lambda value: other_id.validate(value, kind, today=today()))
            self._rule(data, "phone", mobile.validate)
        elif data.get("who") == COMPANY:
            self._rule(data, "uscc", uscc.validate)
            self._rule(data, "agent_name", person_name.validate)
            self._rule(data, "agent_phone", mobile.validate)

    def _clean_contact(self, data: dict[str, Any]) -> None:
        self._rule(data, "contact_phone", mobile.validate)

    def _rule(self, data: dict[str, Any], name: str, rule: Callable[[str], str]) -> None:
        if not data.get(name) or name in self.errors:
            return
        try:
            data[name] = rule(data[name])
        except RuleError as error:
            self.add_error(name, refusal(error))

    def by(self, way: str) -> list[Material]:
        """The materials that go this way."""
        data = getattr(self, "cleaned_data", {})
        return [row for row in self.materials if data.get(material_name(row) + "_way") == way]

    @property
    def route(self) -> str:
        """How the papers travel: as the chosen way says, else courier or online. Without a chosen way errands that need
        a visit begin at the hall, not here.
        """
        if self.meaning is not None:
            return self.meaning.materials_route
        return "courier" if self.by(COURIER) else "online"

    def uploads(self) -> dict[int, UUID]:
        """The kept files of the materials that are uploaded, by position."""
        files = {row.position: self.kept.get(material_name(row), Kept()).file for row in self.by(UPLOAD)}
        return {position: file.public_id for position, file in files.items() if file is not None}

    def application(self, division: str, me: Person | None, account_phone: str) -> Application:
        """What was filled in, as cases.apply takes it."""
        data, slot = self.cleaned_data, self.slot()
        applicant: PersonApplicant | CompanyApplicant
        if data["who"] == COMPANY:
            applicant = CompanyApplicant(data["company"], data["uscc"])
            name, phone = data["agent_name"], data["agent_phone"]
        elif data["who"] == ME and me is not None:
            name, phone = str(me.name), str(me.phone or account_phone)
            applicant = PersonApplicant(name, me.id_type, str(me.id_number), phone)
        else:
            name, phone = data["name"], data["phone"]
            applicant = PersonApplicant(name, data["id_type"], data["id_number"], phone)
        return Application(
            item_code=self.version.item.code,
            county=data["hall"],
            source="portal",
            applicant=applicant,
            contact=ContactIn(data["contact_name"] or name, data["contact_phone"] or phone, division, data["detail"]),
            materials_route=self.route,
            result_route=data["result"],
            pickup=CaseSlot(slot.day, slot.from_minute, slot.until_minute) if slot else None,
            uploads=self.uploads(),
            handed_in=frozenset(row.position for row in self.by(BRING)),
            left_out=frozenset(row.position for row in (*self.by(NONE), *self.by(SHARED))),
            itinerary=self.way.as_json() if self.way is not None else None,
        )

    def slot(self) -> slots.Slot | None:
        """The chosen time, when a courier comes."""
        return slots.Slot.read(self.cleaned_data.get("pickup", "")) if self.route == "courier" else None

    def refused(self, problem: Problem) -> None:
        """Put the sentences of a problem at their fields, the rest above the form."""
        placed = False
        for name, sentences in problem.fields.items():
            here = self._field_for(name, conflict=isinstance(problem, Conflict))
            if here in self.fields:
                placed = True
                for sentence in sentences:
                    self.add_error(here, sentence)
        if not placed:
            self.add_error(None, str(problem.detail))

    def _field_for(self, name: str, *, conflict: bool) -> str:
        """Our field for one of cases.apply: "applicant_…" is whoever applies, a bare name or phone the contact's."""
        if name.startswith("material_"):
            return f"{name}_way"
        own = name.removeprefix("applicant_")
        if own in ("name", "phone") and own == name and not conflict:
            return f"contact_{own}"
        if own in ("name", "phone") and self.cleaned_data.get("who") == COMPANY:
            return f"agent_{own}"
        return ELSEWHERE.get(own, own)


_HINTS: dict[str, dict[str, str]] = {
    "name": {"autocomplete": "name"},
    "id_number": {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    "phone": {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    "company": {"autocomplete": "organization"},
    "uscc": {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    "agent_name": {"autocomplete": "name"},
    "agent_phone": {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    "contact_name": {"autocomplete": "name"},
    "contact_phone": {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    "detail": {"autocomplete": "street-address"},
}


def _applicants(version: ItemVersion, me: str) -> list[tuple[str, str]]:
    found = []
    if guide.for_person(version):
        if me:
            found.append((ME, _("我本人（{who}）").format(who=me)))
        found.append((PERSON, _("个人（填写姓名和证件）") if not me else _("别人（我代为提交）")))
    if guide.for_company(version):
        found.append((COMPANY, _("单位（企业或组织）")))
    return found


def _hall_choices(halls: list[Place]) -> list[tuple[str, Any]]:
    options: list[tuple[str, Any]] = [("", _("请选择"))] if len(halls) != 1 else []
    seen: set[str] = set()
    for hall in halls:
        county = hall.division_id[:6]
        if county not in seen:
            seen.add(county)
            options.append((county, hall.name))
    return options


def _results(version: ItemVersion, meaning: Meaning | None) -> list[tuple[str, str]]:
    collect = ("collect", _("我到大厅领取"))
    if meaning is not None:
        chosen = {"mail": ("mail", _("寄给我")), "online": ("online", _("网上送达，没有纸件"))}
        return [chosen.get(meaning.result_route, collect)]
    return [("mail", _("寄给我")), collect] if version.result_mailable else [collect]


def _ways(version: ItemVersion, row: Material, meaning: Meaning | None) -> list[tuple[str, str]]:
    """How a material may be handed in; what the agency fetches itself comes first. A chosen way says who carries."""
    found: list[tuple[str, str]] = []
    if row.shareable:
        found.append((SHARED, _("不用交，由部门共享获取")))
    if meaning is not None and meaning.hand_in and row.kind != "electronic":
        found.append((BRING, _("我带去")))
    collected = version.materials_mailable if meaning is None else meaning.materials_route == COURIER
    if collected and row.kind != "electronic":
        found.append((COURIER, _("快递员上门取原件")))
    if version.online is not False or row.kind == "electronic":
        found.append((UPLOAD, _("拍照或上传")))
    if row.necessity != "required":
        found.append((NONE, _("不需要这一样")))
    return found or [(UPLOAD, _("拍照或上传"))]


def _usual_way(row: Material, ways: list[str]) -> str:
    """The way that asks least of the applicant."""
    if row.shareable:
        return SHARED
    if row.necessity != "required":
        return NONE
    return next((way for way in (BRING, COURIER) if way in ways), UPLOAD)
