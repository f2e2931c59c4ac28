"""Table 5: what was applied for, and with which materials."""

from __future__ import annotations

from typing import Any, Final

from zerotrip.cases.models import CaseMaterial, MaterialsRoute, Source
from zerotrip.gateway.exports.rows.whole import About, Whole
from zerotrip.gateway.exports.values import Public
from zerotrip.people.models import Contact
from zerotrip.rules import mobile
from zerotrip.rules.id_types import IdType
from zerotrip.rules.item_codes import HandlingForm

WAYS: Final = {"upload": "网上上传", "original": "邮政揽收", "hand": "当面提交", "shared": "数据共享"}


class Applying(About):
    """Table 5, 1 to 19."""

    @property
    def contact(self) -> Contact:
        return self.case.contact

    @property
    def applicant_name(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return Public(company.name) if company else person.name if person else None

    @property
    def applicant_id_type(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return IdType.UNIFIED_SOCIAL_CREDIT_CODE.value if company else person.id_type if person else None

    @property
    def applicant_number(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return Public(company.uscc) if company else person.id_number if person else None

    @property
    def agent_name(self) -> str | None:
        agent = self._agent
        return agent.name if agent else None if self._is_company(self.contact.name) else self.contact.name

    @property
    def agent_id_type(self) -> str | None:
        return self._agent.id_type if self._agent else None

    @property
    def agent_number(self) -> str | None:
        return self._agent.id_number if self._agent else None

    @property
    def agent_mobile(self) -> str | None:
        number = (self._agent.phone if self._agent else None) or self.contact.phone
        return number if number and mobile.is_valid(number) else None

    @property
    def legal_representative(self) -> str | None:
        company = self.case.applicant_company
        return company.legal_representative if company else None

    @property
    def form(self) -> str | None:
        if self.case.source == Source.HALL:
            return HandlingForm.WINDOW.value
        posted = self.case.materials_route in {MaterialsRoute.COURIER, MaterialsRoute.OUTLET}
        return HandlingForm.POST.value if posted else None

    @property
    def home_division(self) -> str:
        code = self.contact.division_id
        return code[:6] if code[6:9] in ("", "000") else code[:9]

    @property
    def _agent(self) -> Any:
        """The person who acts for a company."""
        return self.case.applicant_person if self.case.applicant_company else None

    def _is_company(self, name: str) -> bool:
        company = self.case.applicant_company
        return company is not None and company.name == name


class Handing(About):
    """Table 5, 20 to 26: one material."""

    def __init__(self, whole: Whole, material: CaseMaterial) -> None:
        super().__init__(whole)
        self.material = material

    @property
    def key(self) -> str:
        return f"{self.case.number}/{self.material.position}"

    @property
    def taken(self) -> str:
        return "1" if self.material.received_at else "0"

    @property
    def way(self) -> str | None:
        return WAYS.get(self.material.route)

    @property
    def count(self) -> int | None:
        copies = self.material.originals + self.material.copies
        return copies if self.material.received_at and copies else None
