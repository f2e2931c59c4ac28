"""Working days as far as the notices reach, periods of the law, and the script that loads the notices."""

import importlib.util
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.rules import calendar_cn, periods
from zerotrip.rules.calendar_cn import Calendar, Day, packaged
from zerotrip.rules.errors import BeyondHorizon, InvalidDate, InvalidFormat
from zerotrip.rules.periods import Period, Unit

ROOT = Path(__file__).resolve().parents[2]
loaded_days = st.dates(date(2019, 1, 1), date(2025, 12, 31))


class TestDays:
    @pytest.mark.parametrize(
        ("day", "works", "name"),
        [
            ("2026-11-23", True, ""),
            ("2026-11-22", False, ""),
            ("2026-10-01", False, "国庆节"),
            ("2026-10-10", True, "国庆节"),
            ("2026-02-14", True, "春节"),
            ("2020-01-31", False, "春节"),
            ("2018-12-29", True, "元旦"),
            ("2022-12-31", False, "元旦"),
        ],
    )
    def test_holidays_and_working_weekends(self, day: str, works: bool, name: str) -> None:
        when = date.fromisoformat(day)
        assert packaged().is_working_day(when) is works
        assert packaged().is_off(when) is not works
        assert packaged().name(when) == name

    def test_known_numbers_of_working_days(self) -> None:
        for year, expected in ((2025, 248), (2026, 248)):
            assert calendar_cn.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == expected

    @given(loaded_days, st.integers(-200, 200))
    def test_adding_and_counting_are_inverse(self, day: date, count: int) -> None:
        later = calendar_cn.add_working_days(day, count)
        if count >= 0:
            assert calendar_cn.working_days_between(day, later) == count
        else:
            assert packaged().is_working_day(later)
            assert sum(packaged().is_working_day(later + timedelta(n)) for n in range((day - later).days)) == -count

    @given(loaded_days, st.integers(0, 100), st.integers(0, 100))
    def test_adding_in_two_steps_is_adding_at_once(self, day: date, first: int, second: int) -> None:
        at_once = calendar_cn.add_working_days(day, first + second)
        assert calendar_cn.add_working_days(calendar_cn.add_working_days(day, first), second) == at_once

    @given(loaded_days, loaded_days, loaded_days)
    def test_counting_adds_up_and_turns_round(self, a: date, b: date, c: date) -> None:
        a, b, c = sorted((a, b, c))
        between = calendar_cn.working_days_between
        assert between(a, b) + between(b, c) == between(a, c)
        assert between(c, a) == -between(a, c)

    @given(loaded_days)
    def test_the_next_working_day_is_one(self, day: date) -> None:
        following = calendar_cn.next_working_day(day)
        assert following > day
        assert packaged().is_working_day(following)
        assert not any(packaged().is_working_day(day + timedelta(n)) for n in range(1, (following - day).days))
        assert packaged().working_day_from(day) == (day if packaged().is_working_day(day) else following)


class TestHorizon:
    def test_a_case_opened_today_needs_the_next_notice(self) -> None:
        with pytest.raises(BeyondHorizon) as caught:
            calendar_cn.add_working_days(date(2026, 12, 10), 20)
        assert "2027年的放假安排尚未录入" in caught.value.zh

    def test_the_last_loaded_day_itself_can_be_reached(self) -> None:
        assert calendar_cn.add_working_days(date(2026, 12, 30), 1) == packaged().last == date(2026, 12, 31)
        with pytest.raises(BeyondHorizon):
            calendar_cn.next_working_day(date(2026, 12, 31))

    def test_before_the_first_day_nothing_is_known_either(self) -> None:
        for calendar in (packaged(), packaged().tentative()):
            with pytest.raises(BeyondHorizon):
                calendar.is_off(date(2017, 12, 31))

    def test_a_provisional_date_says_that_it_is_one(self) -> None:
        later = packaged().forecast_working_days(date(2026, 12, 10), 20)
        assert (later.day, later.provisional) == (date(2027, 1, 7), True)
        assert "暂定" in later.zh
        assert "Provisional" in later.en

    def test_a_date_within_the_notices_is_not_provisional(self) -> None:
        soon = packaged().forecast_working_days(date(2026, 11, 23), 20)
        assert (soon.day, soon.provisional, soon.zh) == (date(2026, 12, 21), False, "")
        assert soon.day == calendar_cn.add_working_days(date(2026, 11, 23), 20)

    @given(st.dates(date(2018, 1, 1), date(2026, 12, 31)), st.integers(0, 300))
    def test_forecast_and_calendar_agree_wherever_both_answer(self, day: date, count: int) -> None:
        later = packaged().forecast_working_days(day, count)
        if later.provisional:
            with pytest.raises(BeyondHorizon):
                calendar_cn.add_working_days(day, count)
        else:
            assert calendar_cn.add_working_days(day, count) == later.day

    def test_when_the_notice_comes_its_rows_carry_the_calendar_on(self) -> None:
        rows = [Day(date(2027, 1, 1), "元旦", off=True), Day(date(2027, 1, 3), "元旦", off=False)]
        calendar = packaged().extended(rows, years=[2027])
        assert calendar.last == date(2027, 12, 31)
        assert calendar.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 3)
        with pytest.raises(BeyondHorizon):
            packaged().is_off(date(2027, 1, 1))

    def test_a_notice_may_correct_december_of_the_year_before(self) -> None:
        calendar = packaged().extended([Day(date(2026, 12, 31), "元旦", off=True)], years=[2027])
        assert calendar.is_off(date(2026, 12, 31))

    def test_no_year_may_be_left_out(self) -> None:
        with pytest.raises(InvalidDate) as caught:
            packaged().extended([], years=[2028])
        assert "2027" in caught.value.zh

    def test_a_calendar_can_be_built_from_rows_alone(self) -> None:
        calendar = Calendar([Day(date(2030, 1, 1), "元旦", off=True)], date(2030, 1, 1), date(2030, 1, 31))
        assert calendar.add_working_days(date(2030, 1, 1), 1) == date(2030, 1, 2)
        with pytest.raises(InvalidDate):
            Calendar([], date(2030, 1, 2), date(2030, 1, 1))


class TestPeriods:
    @pytest.mark.parametrize(
        ("start", "value", "unit", "last"),
        [
            ("2026-11-23", 15, Unit.DAY, "2026-12-08"),
            ("2026-09-16", 15, Unit.DAY, "2026-10-08"),  # 1 October is off
            ("2026-02-13", 1, Unit.DAY, "2026-02-14"),  # a Saturday on which people work
            ("2026-11-23", 5, Unit.DAY, "2026-11-30"),  # a Saturday, moved to Monday
            ("2024-01-31", 1, Unit.MONTH, "2024-02-29"),
            ("2025-01-31", 1, Unit.MONTH, "2025-02-28"),
            ("2024-02-29", 1, Unit.YEAR, "2025-02-28"),
            ("2025-11-30", 3, Unit.MONTH, "2026-02-28"),
            ("2026-11-23", 1, Unit.WORKING_DAY, "2026-11-24"),
            ("2026-11-21", 0, Unit.WORKING_DAY, "2026-11-23"),
            ("2026-11-23", 0, Unit.DAY, "2026-11-23"),
        ],
    )
    def test_when_periods_end(self, start: str, value: int, unit: Unit, last: str) -> None:
        assert periods.end(date.fromisoformat(start), value, unit, packaged()) == date.fromisoformat(last)

    def test_a_legal_fiction_does_not_wait_for_working_days(self) -> None:
        assert periods.end(date(2026, 11, 23), 5, Unit.DAY, packaged(), move_last_day=False) == date(2026, 11, 28)

    @given(loaded_days, st.integers(0, 60), st.sampled_from([Unit.DAY, Unit.WORKING_DAY]))
    def test_longer_periods_never_end_earlier(self, start: date, value: int, unit: Unit) -> None:
        first = periods.end(start, value, unit, packaged())
        assert start <= first <= periods.end(start, value + 1, unit, packaged())
        assert packaged().is_working_day(first)

    @given(loaded_days, st.integers(0, 12))
    def test_months_end_on_the_same_number_or_the_last_of_the_month(self, start: date, value: int) -> None:
        last = periods.end(start, value, Unit.MONTH, packaged(), move_last_day=False)
        assert last.day == start.day or (last + timedelta(days=1)).day == 1
        assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == value

    @pytest.mark.parametrize("value", [-1, 10**9])
    def test_a_period_of_nonsense_is_refused(self, value: int) -> None:
        with pytest.raises(InvalidFormat):
            periods.end(date(2026, 1, 1), value, Unit.YEAR, packaged())

    def test_hours_count_from_the_next_hour(self) -> None:
        assert periods.hours_end(datetime(2026, 3, 2, 9, 20), 24) == datetime(2026, 3, 3, 10, 0)
        assert periods.hours_end(datetime(2026, 3, 2, 9, 0), 1) == datetime(2026, 3, 2, 11, 0)

    def test_the_day_of_posting_counts(self) -> None:
        assert periods.in_time_by_post(posted=date(2026, 10, 8), deadline=date(2026, 10, 8))
        assert not periods.in_time_by_post(posted=date(2026, 10, 9), deadline=date(2026, 10, 8))

    def test_periods_in_words(self) -> None:
        assert (Period(20).zh, Period(20).en, Period(1).en) == ("20个工作日", "20 working days", "1 working day")
        assert (Period(60, Unit.DAY).zh, Period(2, Unit.MONTH).zh) == ("60日", "2个月")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_holidays", ROOT / "update" / "holidays.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source_of(text: str) -> dict[str, object]:
    """The packaged file turned back into the form of a source."""
    data = json.loads(text)
    return {
        "_source": data["source"],
        "years": {
            year: {"papers": entry["papers"], "days": [[day, name, kind == "off"] for day, name, kind in entry["days"]]}
            for year, entry in data["years"].items()
        },
    }


class TestUpdateScript:
    packaged_text = (ROOT / "zerotrip" / "rules" / "data" / "holidays_cn.json").read_text(encoding="utf-8")

    def test_the_packaged_file_is_what_the_script_writes(self, script: ModuleType, tmp_path: Path) -> None:
        source = source_of(self.packaged_text)
        for entry in source["years"].values():  # type: ignore[attr-defined]
            entry["days"].reverse()
        (tmp_path / "source.json").write_text(json.dumps(source), encoding="utf-8")
        target = tmp_path / "out.json"
        taken = json.loads(self.packaged_text)["taken"]
        assert script.main([str(tmp_path / "source.json"), "--taken", taken, "--target", str(target)]) == 0
        assert target.read_text(encoding="utf-8") == self.packaged_text

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (lambda years: years.pop("2022"), "not consecutive"),
            (lambda years: years["2026"]["papers"].clear(), "names no notice"),
            (lambda years: years["2026"]["days"].append(["2026-02-30", "春节", True]), "not a date"),
            (lambda years: years["2026"]["days"].append(["2025-03-03", "春节", True]), "another year"),
            (lambda years: years["2026"]["days"].append(years["2026"]["days"][0]), "stands in"),
            (
                lambda years: years["2026"].update(days=[d for d in years["2026"]["days"] if d[1] != "端午节"]),
                "端午节 is missing",
            ),
            (lambda years: [d.__setitem__(2, not d[2]) for d in years["2026"]["days"]], "should be off"),
            (lambda years: years.clear(), "no years"),
        ],
    )
    def test_a_wrong_source_writes_nothing(self, script: ModuleType, tmp_path: Path, spoil, words, capsys) -> None:  # type: ignore[no-untyped-def]
        source = source_of(self.packaged_text)
        spoil(source["years"])
        (tmp_path / "source.json").write_text(json.dumps(source), encoding="utf-8")
        target = tmp_path / "out.json"
        assert script.main([str(tmp_path / "source.json"), "--taken", "2026-11-23", "--target", str(target)]) == 1
        assert words in capsys.readouterr().err
        assert not target.exists()
