"""Numbers people type, scan and paste: accepted as they come, refused with a sentence when they cannot be right."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zerotrip.rules import mail_number, mobile, other_id, postcode, resident_id, s10, uscc
from zerotrip.rules.errors import InvalidChecksum, InvalidDate, InvalidFormat, RuleError
from zerotrip.rules.id_types import IdType

TODAY = date(2026, 11, 23)
births = st.dates(date(1900, 1, 1), TODAY)


@st.composite
def resident_numbers(draw: st.DrawFn) -> str:
    county = draw(st.integers(110000, 999999))
    digits = f"{county}{draw(births):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return digits + resident_id.check_character(digits)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    letters = st.sampled_from(uscc.ALPHABET)
    first = "".join(draw(letters) for _ in range(2)) + f"{draw(st.integers(0, 999999)):06d}"
    code = first + "".join(draw(letters) for _ in range(9))
    return code + uscc.check_character(code)


class TestResidentId:
    @pytest.mark.parametrize(
        "number",
        [
            "11010519491231002X",
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            " 110105 19491231 002X\u3000",
            "110105-19491231-002X",
            "\u202d11010519491231002X\u202c",
        ],
    )
    def test_habits_of_typing_are_no_errors(self, number: str) -> None:
        assert resident_id.validate(number, today=TODAY) == "11010519491231002X"

    @pytest.mark.parametrize("county", ["810000", "820000", "830000", "911000", "932440", "999999", "361099", "000000"])
    def test_no_county_code_ever_rejects(self, county: str) -> None:
        digits = county + "19900101" + "001"
        assert resident_id.is_valid(digits + resident_id.check_character(digits), today=TODAY)

    @pytest.mark.parametrize(
        ("number", "error", "words"),
        [
            ("", InvalidFormat, "18位"),
            ("1101051949123100", InvalidFormat, "现为16位"),
            ("110105491231002", InvalidFormat, "第一代"),
            ("11010519491231002A", InvalidFormat, "只能是数字"),
            ("X1010519491231002X", InvalidFormat, "只能是数字"),
            ("①10105194912310021", InvalidFormat, "只能是数字"),
            ("٣10105194912310021", InvalidFormat, "只能是数字"),
            ("110105194902300021", InvalidDate, "不存在"),
            ("110105190002290021", InvalidDate, "不存在"),
            ("110105202611240021", InvalidDate, "晚于今天"),
            ("110105180001010021", InvalidDate, "过早"),
            ("110105194912310021", InvalidChecksum, "校验码"),
            (None, InvalidFormat, "缺失"),
            (110105194912310021, InvalidFormat, "不是文字"),
        ],
    )
    def test_what_is_wrong_is_said(self, number: str, error: type[RuleError], words: str) -> None:
        with pytest.raises(error) as caught:
            resident_id.validate(number, today=TODAY)
        assert words in caught.value.zh
        assert caught.value.en
        assert not resident_id.is_valid(number, today=TODAY)

    def test_born_today_is_old_enough(self) -> None:
        digits = "361002" + f"{TODAY:%Y%m%d}" + "001"
        number = digits + resident_id.check_character(digits)
        assert resident_id.is_valid(number, today=TODAY)
        assert not resident_id.is_valid(number, today=TODAY - timedelta(days=1))
        assert resident_id.age(number, TODAY) == 0

    @given(resident_numbers())
    def test_every_well_formed_number_passes_and_reads_back(self, number: str) -> None:
        assert resident_id.validate(number, today=TODAY) == number
        assert f"{resident_id.birth_date(number):%Y%m%d}" == number[6:14]
        assert (resident_id.sex(number) is resident_id.Sex.MALE) == (number[16] in "13579")

    @given(resident_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
    def test_every_single_wrong_digit_is_caught(self, number: str, place: int, wrong: str) -> None:
        assume(number[place] != wrong)
        assert not resident_id.is_valid(number[:place] + wrong + number[place + 1 :], today=TODAY)

    @given(resident_numbers(), st.integers(0, 16))
    def test_every_swap_of_neighbours_is_caught(self, number: str, place: int) -> None:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assume(swapped != number)
        assert not resident_id.is_valid(swapped, today=TODAY)

    @given(resident_numbers())
    def test_the_mask_hides_the_birth_date(self, number: str) -> None:
        masked = resident_id.mask(number)
        assert masked == number[:6] + "********" + number[14:]

    @given(births, births)
    def test_age_grows_by_one_a_year(self, born: date, on: date) -> None:
        assume(on >= born)
        digits = f"361002{born:%Y%m%d}001"
        number = digits + resident_id.check_character(digits)
        age = resident_id.age(number, on)
        assert 0 <= age == on.year - born.year - (0 if (on.month, on.day) >= _birthday(born, on.year) else 1)

    def test_age_before_birth_is_refused(self) -> None:
        with pytest.raises(InvalidDate):
            resident_id.age("11010519491231002X", date(1949, 12, 30))

    @pytest.mark.parametrize("question", [resident_id.birth_date, resident_id.sex])
    def test_a_number_that_is_none_holds_nothing(self, question: object) -> None:
        with pytest.raises(InvalidFormat):
            question("123")  # type: ignore[operator]

    @pytest.mark.parametrize("number", ["", "123", "1234567890123456789"])
    def test_a_mask_of_something_else_shows_nothing(self, number: str) -> None:
        assert set(resident_id.mask(number)) <= {"*"}

    def test_where_it_was_issued_is_only_a_hint(self) -> None:
        assert resident_id.issued_in("36100219900101001X") == "江西"
        assert resident_id.issued_in("000000199001010010") is None


def _birthday(born: date, year: int) -> tuple[int, int]:
    if (born.month, born.day) == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return 2, 28
    return born.month, born.day


class TestCreditCode:
    @pytest.mark.parametrize(
        "code", ["91110000600037341L", "91110000600037341l", "9111 0000 6000 3734 1L", "９1110000600037341Ｌ"]
    )
    def test_habits_of_typing_are_no_errors(self, code: str) -> None:
        assert uscc.validate(code) == "91110000600037341L"

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("", InvalidFormat),
            ("91110000600037341", InvalidFormat),
            ("9111000O600037341L", InvalidFormat),
            ("9111000060003734IL", InvalidFormat),
            ("91110000600037341M", InvalidChecksum),
            (None, InvalidFormat),
        ],
    )
    def test_what_is_wrong_is_said(self, code: str, error: type[RuleError]) -> None:
        with pytest.raises(error):
            uscc.validate(code)
        assert not uscc.is_valid(code)

    @given(credit_codes(), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
    def test_every_single_wrong_character_is_caught(self, code: str, place: int, wrong: str) -> None:
        assert uscc.is_valid(code)
        assume(code[place] != wrong)
        assert not uscc.is_valid(code[:place] + wrong + code[place + 1 :])

    @given(credit_codes(), st.integers(0, 15))
    def test_every_swap_of_neighbours_is_caught(self, code: str, place: int) -> None:
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assume(swapped != code)
        assert not uscc.is_valid(swapped)

    @given(credit_codes())
    def test_the_mask_hides_the_middle(self, code: str) -> None:
        assert uscc.mask(code) == code[:8] + "******" + code[14:]
        assert uscc.format(code) == code

    def test_a_mask_of_something_else_shows_nothing(self) -> None:
        assert uscc.mask("abc") == "***"


class TestOtherDocuments:
    @pytest.mark.parametrize(
        ("kind", "number", "stored"),
        [
            (IdType.PASSPORT, "E12345678", "E12345678"),
            (IdType.PASSPORT, "ej 1234567", "EJ1234567"),
            (IdType.PASSPORT, "533380006", "533380006"),
            (IdType.HK_MACAO_TRAVEL_PERMIT, "H12345678", "H12345678"),
            (IdType.HK_MACAO_TRAVEL_PERMIT, "m1234567801", "M1234567801"),
            (IdType.TAIWAN_TRAVEL_PERMIT, "12345678", "12345678"),
            (IdType.TAIWAN_TRAVEL_PERMIT, "1234567890(B)", "1234567890(B)"),
            (IdType.FOREIGN_PERMANENT_RESIDENT, "usa110075010101", "USA110075010101"),
            (IdType.MILITARY_OFFICER, "军字第1234567号", "军字第1234567号"),
            (IdType.RESIDENT_ID, "11010519491231002x", "11010519491231002X"),
            (IdType.HOUSEHOLD_REGISTER, "11010519491231002x", "11010519491231002X"),
            (IdType.UNIFIED_SOCIAL_CREDIT_CODE, "91110000600037341L", "91110000600037341L"),
        ],
    )
    def test_one_door_for_every_document(self, kind: IdType, number: str, stored: str) -> None:
        assert other_id.validate(number, kind, today=TODAY) == stored
        assert other_id.is_valid(number, kind, today=TODAY)
        assert other_id.format(number) == stored

    @given(resident_numbers())
    def test_new_permanent_resident_cards_have_the_resident_form(self, number: str) -> None:
        is_foreign = number.startswith("9")
        assert other_id.is_valid(number, IdType.FOREIGN_PERMANENT_RESIDENT, today=TODAY) == is_foreign

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            (IdType.PASSPORT, "EABCDEFGH"),
            (IdType.PASSPORT, "1"),
            (IdType.HK_MACAO_TRAVEL_PERMIT, "12345678"),
            (IdType.TAIWAN_TRAVEL_PERMIT, "H1234567"),
            (IdType.FOREIGN_PERMANENT_RESIDENT, "US1100"),
            (IdType.OTHER, "#1"),
            (IdType.RESIDENT_ID, "E12345678"),
        ],
    )
    def test_the_sentence_names_the_document(self, kind: IdType, number: str) -> None:
        with pytest.raises(RuleError) as caught:
            other_id.validate(number, kind, today=TODAY)
        assert "请" in caught.value.zh
        assert not other_id.is_valid(number, kind, today=TODAY)

    @given(st.text("ABCDEFGH0123456789", min_size=1, max_size=30))
    def test_masks_hide_at_least_four(self, number: str) -> None:
        masked = other_id.mask(number)
        assert len(masked) == len(number)
        assert masked.count("*") >= min(4, len(number))

    def test_who_has_which_form(self) -> None:
        assert not IdType.UNIFIED_SOCIAL_CREDIT_CODE.of_person
        assert IdType.PASSPORT.of_person
        assert {kind for kind in IdType if kind.has_resident_form} >= {
            IdType.RESIDENT_ID,
            IdType.TAIWAN_RESIDENCE_PERMIT,
        }


class TestMobile:
    @pytest.mark.parametrize(
        "number",
        [
            "13812345678",
            "+8613812345678",
            "+86 138 1234 5678",
            "008613812345678",
            "8613812345678",
            "(+86)138-1234-5678",
            "１３８１２３４５６７８",
            "138.1234.5678",
            "138\u00a01234\u200b5678",
        ],
    )
    def test_however_it_is_written(self, number: str) -> None:
        assert mobile.validate(number) == "13812345678"
        assert mobile.format(number) == "138 1234 5678"

    @given(st.integers(13_000_000_000, 19_999_999_999))
    def test_every_segment_is_accepted(self, number: int) -> None:
        assert mobile.is_valid(str(number))

    @pytest.mark.parametrize(
        "number", ["", "1381234567", "138123456789", "23812345678", "12812345678", "1381234567a", None]
    )
    def test_wrong_numbers_are_refused(self, number: str) -> None:
        assert not mobile.is_valid(number)
        with pytest.raises(InvalidFormat) as caught:
            mobile.validate(number)
        assert caught.value.zh

    def test_an_odd_number_is_shown_as_it_is(self) -> None:
        assert mobile.format("12345") == "12345"


def test_postcodes() -> None:
    assert postcode.validate(" ３３０ 000") == postcode.format("330000") == "330000"
    assert postcode.is_valid("010000")
    assert postcode.is_valid("999077")
    for wrong in ("", "33000", "3300000", "33000a", "000000"):
        assert not postcode.is_valid(wrong)


serials = st.integers(0, 99_999_999)


class TestS10:
    @pytest.mark.parametrize("number", ["LZ290346175CN", "LZ292346788CN", "EB000717618HK", "lz 290 346 175 cn"])
    def test_numbers_in_use(self, number: str) -> None:
        assert s10.is_valid(number)

    @pytest.mark.parametrize(
        ("number", "error"),
        [
            ("EY023356678CN", InvalidChecksum),
            ("LZ29034617CN", InvalidFormat),
            ("1Z290346175CN", InvalidFormat),
            ("", InvalidFormat),
        ],
    )
    def test_wrong_numbers(self, number: str, error: type[RuleError]) -> None:
        with pytest.raises(error):
            s10.validate(number)

    @given(serials, st.integers(0, 9))
    def test_exactly_one_check_digit_fits(self, serial: int, digit: int) -> None:
        right = s10.compose("RA", serial, "CN")
        assert s10.is_valid(right[:10] + str(digit) + right[11:]) == (right[10] == str(digit))

    @given(serials, st.integers(0, 7), st.integers(0, 9))
    def test_single_errors_are_caught_unless_the_check_digit_is_five(self, serial: int, place: int, digit: int) -> None:
        right = s10.compose("RA", serial, "CN")
        wrong = right[: 2 + place] + str(digit) + right[3 + place :]
        assume(wrong != right)
        assert not s10.is_valid(wrong) or right[10] == "5"

    @given(serials, st.integers(0, 6))
    def test_swaps_are_caught_unless_the_check_digit_is_five(self, serial: int, place: int) -> None:
        right = s10.compose("RA", serial, "CN")
        at = 2 + place
        wrong = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
        assume(wrong != right)
        assert not s10.is_valid(wrong) or right[10] == "5"

    @pytest.mark.parametrize("serial", [-1, 100_000_000])
    def test_serials_have_eight_digits(self, serial: int) -> None:
        with pytest.raises(InvalidFormat):
            s10.compose("RA", serial, "CN")

    def test_a_letter_nobody_listed_says_nothing(self) -> None:
        assert s10.service("QA000000000CN") is s10.Service.OTHER


class TestMailNumber:
    @pytest.mark.parametrize(
        ("number", "kind", "product"),
        [
            ("1272448151316", "domestic", "特快专递"),
            ("1012345678901", "domestic", "特快专递"),
            ("5012345678901", "domestic", "特快专递"),
            ("9712345678901", "domestic", "特快专递"),
            ("9812345678901", "domestic", "快递包裹"),
            ("LZ290346175CN", "s10", "跟踪小包"),
        ],
    )
    def test_what_a_number_is(self, number: str, kind: str, product: str) -> None:
        found = mail_number.classify(number)
        assert (found.kind, found.product) == (kind, product)
        assert mail_number.format(number).replace(" ", "") == number

    @pytest.mark.parametrize(
        "number", ["", "6901234567892", "127244815131", "12724481513166", "JX36010020261123", "EY023356678CN"]
    )
    def test_what_is_no_number(self, number: str) -> None:
        assert not mail_number.is_valid(number)
        with pytest.raises(RuleError):
            mail_number.validate(number)

    def test_a_province_may_add_ranges(self) -> None:
        assert mail_number.validate("8812345678901", more_ranges=["88"]) == "8812345678901"
        assert not mail_number.is_valid("8812345678901")


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_a_validator(text: str) -> None:
    checks = (uscc.is_valid, mobile.is_valid, postcode.is_valid, s10.is_valid, mail_number.is_valid)
    assert all(check(text) in {True, False} for check in checks)
    assert resident_id.is_valid(text, today=TODAY) in {True, False}
    assert all(other_id.is_valid(text, kind, today=TODAY) in {True, False} for kind in IdType)
    assert isinstance(resident_id.mask(text) + uscc.mask(text) + other_id.mask(text) + mobile.format(text), str)


@given(st.text(alphabet="0123456789Xx ", max_size=40))
def test_refusals_never_repeat_what_was_typed(text: str) -> None:
    assume(len(text.strip()) > 6)
    assume(not resident_id.is_valid(text, today=TODAY))
    with pytest.raises(RuleError) as caught:
        resident_id.validate(text, today=TODAY)
    assert text.strip() not in caught.value.zh + caught.value.en
