"""Service items that fit together, fees in the right ledger, pieces taken into the mail, papers and their grades."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.rules import acceptance, evidence_grade, fees, item_checks, item_codes
from zerotrip.rules.acceptance import Contents, Sender
from zerotrip.rules.codes import Confidence
from zerotrip.rules.errors import InvalidFormat, NotPermitted, Unknown
from zerotrip.rules.fees import Fee, FeeKind, Nature
from zerotrip.rules.findings import Severity, blocks
from zerotrip.rules.id_types import IdType
from zerotrip.rules.item_checks import ItemFacts
from zerotrip.rules.periods import Period, Unit

TODAY = date(2026, 11, 23)
SOUND = ItemFacts(
    visits=0,
    online=True,
    online_depth="4",
    handling_forms=("1", "2", "4"),
    case_type="2",
    charges=False,
    mail_materials=True,
    mail_result=True,
    legal_limit=Period(20),
    promised_limit=Period(5),
    basic_code="650116013001",
    implementation_code="11650000010183859F2650116013001",
    business_code="11650000010183859F265011601300101",
)
NO_WAY = {"online": False, "online_depth": "", "handling_forms": ("1",)}


class TestItems:
    def test_a_sound_item_has_no_findings(self) -> None:
        assert item_checks.check(SOUND) == []
        assert item_checks.check(ItemFacts()) == []

    @pytest.mark.parametrize(
        ("change", "code", "severity"),
        [
            ({"visits": -1, "online_depth": "", "visit_reason": "x"}, "item.visits.negative", Severity.ERROR),
            ({"visits": 1, "online_depth": ""}, "item.visits.no_reason", Severity.ERROR),
            ({"visit_reason": "需现场采集照片"}, "item.visits.reason_without_visit", Severity.WARNING),
            ({**NO_WAY, "mail_materials": False}, "item.zero_trip.no_way", Severity.ERROR),
            ({"visits": 1, "visit_reason": "核验"}, "item.online.visits", Severity.ERROR),
            ({"charges": True, "fee_items": 1, "online_payment": True}, "item.fee.no_basis", Severity.ERROR),
            ({"charges": True, "fee_basis": "x", "online_payment": True}, "item.fee.no_items", Severity.ERROR),
            ({"charges": True, "fee_basis": "x", "fee_items": 1}, "item.fee.payment", Severity.ERROR),
            ({"fee_items": 1}, "item.fee.free_with_items", Severity.ERROR),
            ({"promised_limit": Period(21)}, "item.promise.longer", Severity.ERROR),
            ({"promised_limit": Period(3, Unit.MONTH)}, "item.promise.longer", Severity.ERROR),
            ({"case_type": "1"}, "item.immediate.slow", Severity.WARNING),
            ({"handling_forms": ("1", "2")}, "item.mail.form", Severity.WARNING),
            ({"handling_forms": ("1", "4", "7")}, "item.handling_forms.unknown", Severity.WARNING),
            ({"case_type": "5"}, "item.case_type.unknown", Severity.WARNING),
            ({"basic_code": "12"}, "item.basic_code.form", Severity.WARNING),
            ({"basic_code": "651516013001"}, "item.basic_code.type", Severity.WARNING),
        ],
    )  # fmt: skip
    def test_each_contradiction_is_named(self, change: dict[str, object], code: str, severity: Severity) -> None:
        found = item_checks.check(item_checks.facts_of({**vars(SOUND), **change}))
        assert [(finding.code, finding.severity) for finding in found] == [(code, severity)]
        assert found[0].zh
        assert found[0].en
        assert blocks(found) is (severity is Severity.ERROR)

    def test_codes_warn_and_never_block(self) -> None:
        found = item_checks.check(ItemFacts(basic_code="?", implementation_code="x" * 31, business_code="9"))
        assert found
        assert not blocks(found)

    @pytest.mark.parametrize(
        ("code", "finding"),
        [
            ("11650000010183859F2650116013", "form"),
            ("11650000010183859A2650116013001", "organisation"),
            ("11650000010183859F9650116013001", "level"),
        ],
    )
    def test_implementation_codes(self, code: str, finding: str) -> None:
        assert [f.code for f in item_codes.check_implementation_code(code)] == [f"item.implementation_code.{finding}"]

    def test_a_business_code_belongs_to_its_item(self) -> None:
        found = item_codes.check_business_code("11650000010183859F365011601300101", SOUND.implementation_code)
        assert [f.code for f in found] == ["item.business_code.parent"]

    @pytest.mark.parametrize(
        ("visits", "zero", "one"), [(None, False, False), (0, True, True), (1, False, True), (2, False, False)]
    )
    def test_what_counts_as_one_trip_and_none(self, visits: int | None, zero: bool, one: bool) -> None:
        item = ItemFacts(visits=visits, mail_result=True)
        assert (item_checks.zero_trip(item), item_checks.one_trip(item)) == (zero, one)
        assert item_checks.mailable(item) is zero
        assert item_checks.by_post(item)
        assert not item_checks.mailable(ItemFacts(visits=visits))

    @given(st.permutations(["1", "2", "4", "7"]), st.sampled_from([list, tuple, frozenset]))
    def test_the_order_of_handling_forms_never_matters(self, forms: list[str], kind: type) -> None:
        item = item_checks.facts_of({**vars(SOUND), "handling_forms": kind(forms)})
        assert [f.code for f in item_checks.check(item)] == ["item.handling_forms.unknown"]

    def test_errors_come_first_and_other_columns_are_ignored(self) -> None:
        record = {"visits": 2, "case_type": "7", "colour": "green", "legal_limit": None}
        severities = [f.severity for f in item_checks.check(item_checks.facts_of(record))]
        assert severities == [Severity.ERROR, Severity.WARNING]

    def test_ratings(self) -> None:
        assert [s.stars for s in item_codes.Satisfaction] == [5, 4, 3, 2, 1]
        assert [s.is_bad for s in item_codes.Satisfaction] == [False, False, False, True, True]


class TestFees:
    @pytest.mark.parametrize("kind", list(FeeKind))
    def test_every_kind_has_a_ledger_and_agencies_money_is_never_ours(self, kind: FeeKind) -> None:
        ours = {FeeKind.POSTAGE, FeeKind.INSURED_MAIL, FeeKind.PHOTO, FeeKind.PRINTING}
        assert (fees.nature(kind) is Nature.REVENUE) == (kind in ours)

    def test_only_confirmed_amounts_are_given(self) -> None:
        assert fees.amount("driving_licence", TODAY).yuan == Decimal("10.00")
        for code in ("vehicle_licence", "passport", "nothing"):
            with pytest.raises(Unknown) as caught:
                fees.amount(code, TODAY)
            assert "尚未确认" in caught.value.zh
        assert fees.amount("passport", TODAY, at_least=Confidence.C).yuan == Decimal("120.00")

    def test_a_province_has_its_own_dated_table(self) -> None:
        def fee(yuan: str, since: date, until: date | None) -> Fee:
            return Fee("x", "某费", "x", FeeKind.PRODUCTION_COST, Decimal(yuan), Confidence.A, "文", since, until)

        table = [fee("12.00", date(2026, 7, 1), None), fee("10.00", date(2020, 1, 1), date(2026, 6, 30))]
        for when, yuan in ((date(2026, 6, 30), "10.00"), (date(2026, 7, 1), "12.00")):
            assert fees.amount("x", when, table=table).yuan == Decimal(yuan)
        with pytest.raises(Unknown):
            fees.amount("x", date(2019, 12, 31), table=table)

    @given(st.lists(st.tuples(st.sampled_from(FeeKind), st.decimals(0, 1000, places=2))))
    def test_the_two_ledgers_add_up(self, amounts: list[tuple[FeeKind, Decimal]]) -> None:
        assert sum(fees.totals(amounts).values()) == sum(yuan for _, yuan in amounts)


class TestAcceptance:
    good = Sender(IdType.RESIDENT_ID, "11010519491231002X", "张三", original_seen=True)

    @pytest.mark.parametrize(
        ("sender", "codes"),
        [
            (good, []),
            (Sender(IdType.PASSPORT, "E12345678", "Mary Smith", original_seen=True), []),
            (Sender(IdType.HOUSEHOLD_REGISTER, "11010519491231002X", "张三", original_seen=True), ["kind"]),
            (Sender(IdType.RESIDENT_ID, "110105194912310021", "张三", original_seen=True), ["number"]),
            (Sender(IdType.RESIDENT_ID, "11010519491231002X", "张", original_seen=True), ["name"]),
            (Sender(IdType.RESIDENT_ID, "11010519491231002X", "张三", original_seen=False), ["original"]),
            (
                Sender(
                    IdType.RESIDENT_ID, "11010519491231002X", "张三", True, "91110000600037341M", by_organisation=True
                ),
                ["organisation"],
            ),
            (Sender(IdType.RESIDENT_ID, "11010519491231002X", "张三", True, "91110000600037341L", True), []),
        ],
    )
    def test_who_may_send(self, sender: Sender, codes: list[str]) -> None:
        found = acceptance.check_sender(sender, today=TODAY)
        assert [finding.code for finding in found] == [f"acceptance.sender.{code}" for code in codes]

    def test_letters_and_agreement_customers_need_no_check(self) -> None:
        assert not acceptance.identity_needed(Contents.LETTER)
        assert not acceptance.identity_needed(Contents.GOODS, agreement_customer=True)
        assert acceptance.identity_needed(Contents.APPLICATION)

    def test_a_waybill_is_complete_and_holds_no_identity_data(self) -> None:
        full = dict.fromkeys(acceptance.WAYBILL_FIELDS, "x")
        assert acceptance.check_waybill(full) == []
        assert [f.field for f in acceptance.check_waybill({**full, "sender_phone": " "})] == ["sender_phone"]
        assert [f.field for f in acceptance.check_waybill({**full, "id_number": "1", "sex": ""})] == ["id_number"]

    def test_the_contents_are_counted_against_the_list(self) -> None:
        listed = {"营业执照": 1, "申请表": 2, "照片": 2}
        assert acceptance.check_contents(listed, dict(listed)) == []
        found = acceptance.check_contents(listed, {"申请表": 1, "照片": 3, "公章": 1, "空": 0})
        assert [(f.code.rpartition(".")[2], f.field) for f in found] == [
            ("missing", "营业执照"),
            ("fewer", "申请表"),
            ("more", "照片"),
            ("extra", "公章"),
        ]
        assert blocks(found)

    @given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 9)), st.data())
    def test_any_single_difference_is_found(self, listed: dict[str, int], data: st.DataObject) -> None:
        found = dict(listed)
        name = data.draw(st.sampled_from([*listed, "另一份"]))
        found[name] = found.get(name, 0) + 1
        assert [f.field for f in acceptance.check_contents(listed, found)] == [name]

    def test_nothing_goes_uninspected_but_letters(self) -> None:
        acceptance.check_inspection(Contents.APPLICATION, inspected=True)
        acceptance.check_inspection(Contents.LETTER, inspected=False)
        for contents, refused in ((Contents.APPLICATION, False), (Contents.LETTER, True)):
            with pytest.raises(NotPermitted) as caught:
                acceptance.check_inspection(contents, inspected=False, refused=refused)
            assert caught.value.article == "邮政法第二十五条"

    def test_official_documents_go_by_the_postal_enterprise_only(self) -> None:
        acceptance.check_carrier(Contents.OFFICIAL, postal_enterprise=True)
        acceptance.check_carrier(Contents.GOODS, postal_enterprise=False)
        with pytest.raises(NotPermitted) as caught:
            acceptance.check_carrier(Contents.OFFICIAL, postal_enterprise=False)
        assert caught.value.article == "邮政法第五十五条"

    def test_certificates_and_court_documents_never_go_into_a_locker(self) -> None:
        never = {Contents.CERTIFICATE, Contents.COURT, Contents.OFFICIAL, Contents.SIM_CARD, Contents.APPLICATION}
        assert not any(acceptance.allow_locker(contents) for contents in never)
        assert acceptance.allow_locker(Contents.GOODS)
        assert not acceptance.allow_locker(Contents.GOODS, consented=False)


class TestGrades:
    @pytest.mark.parametrize("origin", list(evidence_grade.Origin))
    def test_every_origin_has_a_grade(self, origin: evidence_grade.Origin) -> None:
        grade = evidence_grade.grade_for(origin)
        assert not (evidence_grade.needs_original(grade) and evidence_grade.may_be_reused(grade))

    def test_a_courier_scan_waits_for_the_window(self) -> None:
        grade = evidence_grade.grade_for(evidence_grade.Origin.COURIER_SCAN)
        assert evidence_grade.needs_original(grade)
        compared = evidence_grade.after_comparison(grade)
        assert evidence_grade.may_be_reused(compared)
        assert evidence_grade.watermark(compared).startswith("此件经与原件核对无误")
        assert evidence_grade.after_comparison(evidence_grade.Grade.D) is evidence_grade.Grade.D

    def test_watermarks(self) -> None:
        assert evidence_grade.watermark(evidence_grade.Grade.C) == ""
        with pytest.raises(InvalidFormat):
            evidence_grade.watermark(evidence_grade.Grade.A)
