"""A case before the law: who has how long, what stops the clock, and what may no longer be done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.rules import case_acts, case_clock
from zerotrip.rules.calendar_cn import packaged
from zerotrip.rules.case_clock import (
    CaseFacts,
    Correction,
    Excluded,
    Extension,
    SpecialProcedure,
    Stage,
    read,
)
from zerotrip.rules.errors import BeyondHorizon, InvalidDate, InvalidFormat, NotPermitted
from zerotrip.rules.periods import Period, Unit

CALENDAR = packaged()
MONDAY = date(2026, 3, 2)
"""An ordinary Monday; no holiday before 清明 (4 to 6 April)."""


def day(count: int) -> date:
    """The count-th working day after Monday, 2 March 2026."""
    return CALENDAR.add_working_days(MONDAY, count)


class TestCompleteness:
    def test_five_working_days_to_look_at_the_papers(self) -> None:
        reading = read(CaseFacts(MONDAY), day(2), CALENDAR)
        assert reading.stage is Stage.CHECK
        assert reading.current is reading.check
        assert (reading.check.due, reading.check.used, reading.check.left, reading.check.late) == (day(5), 2, 3, False)
        assert reading.decision is None

    def test_silence_is_acceptance_from_the_day_the_papers_came(self) -> None:
        assert not read(CaseFacts(MONDAY), day(5), CALENDAR).deemed_accepted
        reading = read(CaseFacts(MONDAY), day(6), CALENDAR)
        assert reading.deemed_accepted
        assert reading.accepted_on == MONDAY
        assert reading.stage is Stage.DECISION
        assert reading.decision is not None
        assert reading.decision.due == day(20)
        assert reading.decision.grounds[0].article == case_clock.ART_CHECK

    def test_accepting_late_does_not_gain_time(self) -> None:
        reading = read(CaseFacts(MONDAY, accepted_on=day(8)), day(9), CALENDAR)
        assert (reading.accepted_on, reading.deemed_accepted) == (MONDAY, True)

    def test_while_the_applicant_corrects_no_clock_runs(self) -> None:
        facts = CaseFacts(MONDAY, correction=Correction(day(3)))
        reading = read(facts, day(40), CALENDAR)
        assert reading.stage is Stage.CORRECTION
        assert reading.current is None
        assert (reading.check.done_on, reading.check.late) == (day(3), False)

    def test_corrected_papers_are_checked_anew(self) -> None:
        facts = CaseFacts(MONDAY, correction=Correction(day(3), supplied_on=day(10)))
        assert read(facts, day(12), CALENDAR).check.due == day(15)
        assert read(facts, day(12), CALENDAR).stage is Stage.CHECK
        later = read(facts, day(16), CALENDAR)
        assert (later.accepted_on, later.deemed_accepted) == (day(10), True)

    def test_a_correction_asked_too_late_changes_nothing(self) -> None:
        facts = CaseFacts(MONDAY, correction=Correction(day(6), supplied_on=day(8)))
        assert read(facts, day(9), CALENDAR).accepted_on == MONDAY

    def test_a_refusal_in_time_closes_the_case(self) -> None:
        reading = read(CaseFacts(MONDAY, refused_on=day(4)), day(30), CALENDAR)
        assert (reading.stage, reading.accepted_on, reading.deemed_accepted) == (Stage.CLOSED, None, False)

    def test_withdrawing_ends_the_clocks(self) -> None:
        reading = read(CaseFacts(MONDAY, withdrawn_on=day(2)), day(30), CALENDAR)
        assert (reading.stage, reading.current, reading.deemed_accepted) == (Stage.CLOSED, None, False)
        accepted = CaseFacts(MONDAY, accepted_on=day(1), withdrawn_on=day(4))
        decision = read(accepted, day(30), CALENDAR).decision
        assert decision is not None
        assert (decision.used, decision.late) == (3, False)


class TestDecision:
    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            (CaseFacts(MONDAY, accepted_on=MONDAY), 20),
            (CaseFacts(MONDAY, accepted_on=MONDAY, extension=Extension(day(10), "案情复杂")), 30),
            (CaseFacts(MONDAY, accepted_on=MONDAY, joint=True), 45),
            (CaseFacts(MONDAY, accepted_on=MONDAY, joint=True, extension=Extension(day(10), "案情复杂")), 60),
            (CaseFacts(MONDAY, accepted_on=MONDAY, legal_limit=Period(1)), 1),
            (CaseFacts(MONDAY, accepted_on=MONDAY, legal_limit=Period(15), legal_source="机动车登记规定"), 15),
        ],
    )
    def test_limits_in_working_days(self, facts: CaseFacts, due: int) -> None:
        decision = read(facts, day(10), CALENDAR).decision
        assert decision is not None
        assert decision.due == day(due)
        assert decision.limit == Period(due)
        assert (decision.used, decision.left) == (10, due - 10)

    def test_limits_in_natural_days(self) -> None:
        facts = CaseFacts(
            MONDAY, accepted_on=MONDAY, legal_limit=Period(60, Unit.DAY), legal_source="居民身份证法第十二条"
        )
        decision = read(facts, date(2026, 3, 12), CALENDAR).decision
        assert decision is not None
        assert decision.due == date(2026, 5, 6)  # 1 May and the days after are off
        assert decision.used == 10
        assert decision.grounds[0].article == "居民身份证法第十二条"
        assert all(ground.article != case_clock.ART_WORKING_DAYS for ground in decision.grounds)

    def test_a_promise_runs_beside_the_law_and_is_not_extended(self) -> None:
        facts = CaseFacts(MONDAY, accepted_on=MONDAY, promised=Period(5), extension=Extension(day(4), "需核实"))
        reading = read(facts, day(7), CALENDAR)
        assert reading.promise is not None
        assert (reading.promise.due, reading.promise.left, reading.promise.late) == (day(5), -2, True)
        assert reading.decision is not None
        assert not reading.decision.late

    def test_done_at_once_is_due_the_same_day(self) -> None:
        reading = read(CaseFacts(MONDAY, accepted_on=MONDAY, promised=Period(0)), MONDAY, CALENDAR)
        assert reading.promise is not None
        assert (reading.promise.due, reading.promise.left, reading.promise.late) == (MONDAY, 0, False)

    def test_a_hearing_does_not_count_first_and_last_day_included(self) -> None:
        hearing = SpecialProcedure(Excluded.HEARING, day(4), day(6))
        decision = read(CaseFacts(MONDAY, accepted_on=MONDAY, procedures=(hearing,)), day(10), CALENDAR).decision
        assert decision is not None
        assert (decision.due, decision.used, decision.left, decision.paused) == (day(23), 7, 13, False)
        assert case_clock.ART_EXCLUDED in [ground.article for ground in decision.grounds]

    def test_while_an_expert_review_runs_the_clock_stands(self) -> None:
        review = SpecialProcedure(Excluded.EXPERT_REVIEW, day(4))
        facts = CaseFacts(MONDAY, accepted_on=MONDAY, procedures=(review,))
        first, later = (read(facts, day(n), CALENDAR) for n in (5, 15))
        assert first.stage is later.stage is Stage.PAUSED
        assert first.decision is not None
        assert later.decision is not None
        assert first.decision.used == later.decision.used == 3
        assert first.decision.left == later.decision.left == 17
        assert first.decision.due < later.decision.due

    def test_procedures_at_the_same_time_are_left_out_once(self) -> None:
        both = (
            SpecialProcedure(Excluded.TESTING, day(4), day(8)),
            SpecialProcedure(Excluded.APPRAISAL, day(6), day(9)),
        )
        decision = read(CaseFacts(MONDAY, accepted_on=MONDAY, procedures=both), day(10), CALENDAR).decision
        assert decision is not None
        assert decision.due == day(26)

    def test_a_procedure_after_the_limit_saves_nothing(self) -> None:
        late = SpecialProcedure(Excluded.HEARING, day(22))
        decision = read(CaseFacts(MONDAY, accepted_on=MONDAY, procedures=(late,)), day(25), CALENDAR).decision
        assert decision is not None
        assert (decision.due, decision.late, decision.paused) == (day(20), True, False)

    def test_natural_days_are_left_out_too(self) -> None:
        review = SpecialProcedure(Excluded.APPRAISAL, date(2026, 3, 4), date(2026, 3, 13))
        facts = CaseFacts(MONDAY, accepted_on=MONDAY, legal_limit=Period(15, Unit.DAY), procedures=(review,))
        decision = read(facts, date(2026, 3, 20), CALENDAR).decision
        assert decision is not None
        assert (decision.due, decision.used, decision.left) == (date(2026, 3, 27), 8, 7)

    def test_the_extension_of_another_law_has_its_unit(self) -> None:
        facts = CaseFacts(MONDAY, accepted_on=MONDAY, legal_limit=Period(60, Unit.DAY))
        more = replace(facts, extension=Extension(day(5), "交通不便", period=Period(30, Unit.DAY)))
        assert case_clock.legal_limit(more)[0] == Period(90, Unit.DAY)
        with pytest.raises(InvalidFormat):
            case_clock.legal_limit(replace(facts, extension=Extension(day(5), "交通不便")))


class TestService:
    def test_ten_working_days_to_issue_and_serve(self) -> None:
        facts = CaseFacts(MONDAY, accepted_on=MONDAY, decided_on=day(6))
        reading = read(facts, day(9), CALENDAR)
        assert reading.stage is Stage.SERVICE
        assert reading.service is not None
        assert (reading.service.due, reading.service.used, reading.service.left) == (day(16), 3, 7)
        assert reading.decision is not None
        assert (reading.decision.done_on, reading.decision.late, reading.decision.used) == (day(6), False, 6)

    def test_served_is_closed(self) -> None:
        reading = read(CaseFacts(MONDAY, accepted_on=MONDAY, decided_on=day(6), served_on=day(8)), day(30), CALENDAR)
        assert (reading.stage, reading.current) == (Stage.CLOSED, None)
        assert reading.service is not None
        assert not reading.service.late

    def test_a_negative_decision_has_no_permit_to_issue(self) -> None:
        reading = read(CaseFacts(MONDAY, accepted_on=MONDAY, decided_on=day(6), granted=False), day(9), CALENDAR)
        assert (reading.stage, reading.service) == (Stage.SERVICE, None)


class TestHorizon:
    def test_past_the_notices_the_clock_refuses(self) -> None:
        facts = CaseFacts(date(2026, 12, 10), accepted_on=date(2026, 12, 10))
        with pytest.raises(BeyondHorizon):
            read(facts, date(2026, 12, 11), CALENDAR)

    def test_a_tentative_calendar_answers_and_says_so(self) -> None:
        facts = CaseFacts(date(2026, 12, 10), accepted_on=date(2026, 12, 10), promised=Period(5))
        reading = read(facts, date(2026, 12, 11), CALENDAR.tentative())
        assert reading.decision is not None
        assert reading.promise is not None
        assert (reading.decision.due, reading.decision.provisional) == (date(2027, 1, 7), True)
        assert "暂定" in reading.decision.zh
        assert not reading.promise.provisional


class TestSentences:
    @pytest.mark.parametrize(
        ("facts", "on", "words"),
        [
            (CaseFacts(MONDAY, accepted_on=MONDAY), 3, "剩余17个工作日"),
            (CaseFacts(MONDAY, accepted_on=MONDAY), 23, "已逾期3个工作日"),
            (CaseFacts(MONDAY, accepted_on=MONDAY, decided_on=day(2)), 3, "未逾期"),
            (CaseFacts(MONDAY, accepted_on=MONDAY, decided_on=day(21)), 23, "完成，逾期"),
            (
                CaseFacts(MONDAY, accepted_on=MONDAY, procedures=(SpecialProcedure(Excluded.HEARING, day(1)),)),
                3,
                "计时暂停",
            ),
        ],
    )
    def test_a_clock_can_be_read_out(self, facts: CaseFacts, on: int, words: str) -> None:
        decision = read(facts, day(on), CALENDAR).decision
        assert decision is not None
        assert words in decision.zh
        assert decision.en


class TestWhatMayBeDone:
    accepted = CaseFacts(MONDAY, accepted_on=day(1))
    paused = replace(accepted, procedures=(SpecialProcedure(Excluded.HEARING, day(2)),))
    decided = replace(accepted, decided_on=day(3))

    @pytest.mark.parametrize(
        ("act", "facts", "on"),
        [
            (case_acts.check_may_ask_correction, CaseFacts(MONDAY), 5),
            (case_acts.check_may_refuse, CaseFacts(MONDAY), 5),
            (case_acts.check_may_refuse, CaseFacts(MONDAY, correction=Correction(day(2))), 30),
            (case_acts.check_may_extend, accepted, 20),
            (case_acts.check_may_extend, paused, 5),
            (case_acts.check_may_decide, accepted, 30),
        ],
    )
    def test_allowed(self, act: Callable[..., None], facts: CaseFacts, on: int) -> None:
        act(facts, day(on), CALENDAR)

    @pytest.mark.parametrize(
        ("act", "facts", "on", "words"),
        [
            (case_acts.check_may_ask_correction, CaseFacts(MONDAY), 6, "即为受理"),
            (case_acts.check_may_ask_correction, CaseFacts(MONDAY, correction=Correction(day(2))), 3, "一次性"),
            (case_acts.check_may_ask_correction, CaseFacts(MONDAY, correction=Correction(day(2), day(3))), 4, "一次性"),
            (case_acts.check_may_ask_correction, accepted, 2, "审查决定"),
            (case_acts.check_may_refuse, CaseFacts(MONDAY), 6, "视为受理"),
            (case_acts.check_may_refuse, accepted, 2, "已于"),
            (case_acts.check_may_refuse, CaseFacts(MONDAY, refused_on=day(1)), 2, "已结束"),
            (case_acts.check_may_extend, accepted, 22, "届满"),
            (case_acts.check_may_extend, CaseFacts(MONDAY), 2, "核对材料"),
            (case_acts.check_may_extend, replace(accepted, extension=Extension(day(2), "x")), 3, "一次"),
            (case_acts.check_may_decide, CaseFacts(MONDAY), 2, "尚不能"),
            (case_acts.check_may_decide, paused, 3, "尚未结束"),
            (case_acts.check_may_decide, decided, 4, "重复"),
            (case_acts.check_may_decide, replace(accepted, withdrawn_on=day(2)), 3, "已结束"),
        ],
    )
    def test_refused_with_article_and_sentence(
        self, act: Callable[..., None], facts: CaseFacts, on: int, words: str
    ) -> None:
        with pytest.raises(NotPermitted) as caught:
            act(facts, day(on), CALENDAR)
        assert words in caught.value.zh
        assert caught.value.en
        assert caught.value.article.startswith("行政许可法")

    def test_one_procedure_of_a_kind_at_a_time(self) -> None:
        case_acts.check_may_start_procedure(self.paused, Excluded.TESTING, day(3), CALENDAR)
        for facts, kind in ((self.paused, Excluded.HEARING), (CaseFacts(MONDAY), Excluded.HEARING)):
            with pytest.raises(NotPermitted):
                case_acts.check_may_start_procedure(facts, kind, day(3), CALENDAR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"accepted_on": MONDAY - timedelta(1)},
        {"refused_on": MONDAY - timedelta(1)},
        {"accepted_on": day(2), "decided_on": day(1)},
        {"accepted_on": day(2), "decided_on": day(3), "served_on": day(2)},
        {"correction": Correction(MONDAY - timedelta(1))},
        {"correction": Correction(day(3), day(2))},
        {"procedures": (SpecialProcedure(Excluded.HEARING, day(3), day(2)),)},
    ],
)
def test_facts_in_the_wrong_order_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidDate):
        CaseFacts(MONDAY, **wrong)  # type: ignore[arg-type]


@st.composite
def procedures(draw: st.DrawFn) -> SpecialProcedure:
    start = day(draw(st.integers(1, 25)))
    ended = draw(st.none() | st.integers(0, 20))
    return SpecialProcedure(draw(st.sampled_from(Excluded)), start, None if ended is None else start + timedelta(ended))


limits = st.builds(Period, st.integers(1, 40), st.sampled_from([Unit.WORKING_DAY, Unit.DAY]))


@given(st.lists(procedures(), max_size=4), limits, st.integers(0, 60), st.randoms())
def test_the_order_of_procedures_never_matters_and_the_sum_is_the_limit(
    some: list[SpecialProcedure], limit: Period, on: int, random: object
) -> None:
    facts = CaseFacts(MONDAY, accepted_on=MONDAY, legal_limit=limit, procedures=tuple(some))
    decision = read(facts, day(on), CALENDAR).decision
    random.shuffle(some)  # type: ignore[attr-defined]
    again = read(replace(facts, procedures=tuple(some)), day(on), CALENDAR).decision
    assert decision is not None
    assert again is not None
    assert (decision.due, decision.used, decision.left) == (again.due, again.used, again.left)
    if limit.unit is Unit.WORKING_DAY and not decision.late:
        assert decision.used + decision.left == limit.value
    plain = read(replace(facts, procedures=()), day(on), CALENDAR).decision
    assert plain is not None
    assert decision.due >= plain.due
    assert decision.used <= plain.used


@given(st.integers(0, 40), st.integers(0, 40))
def test_time_only_moves_on(first: int, second: int) -> None:
    facts = CaseFacts(MONDAY, accepted_on=day(2), decided_on=day(18), served_on=day(30))
    earlier, later = sorted((first, second))
    order = list(Stage)
    stages = [read(facts, day(n), CALENDAR).stage for n in (earlier, later)]
    assert order.index(stages[0]) <= order.index(stages[1])
