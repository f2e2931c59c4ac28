"""The status of a piece follows from the set of its scans: late, twice, out of order, in any batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.mail.trace.rules import REASONS, RULES
from zerotrip.mail.trace.summary import Scanned, Status, Summary, of_scan, of_scans, status

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def scan(code: str, hours: float, office: str = "P360102001", reason: str = "") -> Scanned:
    return Scanned(code, MONDAY + timedelta(hours=hours), office, reason)


def told(*scans: Scanned) -> Status:
    return status(of_scans(scans))


def test_a_piece_travels_from_acceptance_to_the_signature() -> None:
    way = [scan("203", 0, "P360731001"), scan("305", 2, "C360731"), scan("954", 9, "C360000"), scan("306", 20),
           scan("702", 22), scan("704", 24)]  # fmt: skip
    stages = [told(*way[: n + 1]).stage for n in range(len(way))]
    assert stages == ["accepted", "in_transit", "in_transit", "arrived", "out", "delivered"]
    holders = [told(*way[: n + 1]).holder for n in range(len(way))]
    assert holders == ["place", "transit", "place", "place", "courier", "addressee"]


def test_nothing_but_an_unknown_code_leaves_the_piece_announced_and_flags_the_code() -> None:
    summary = of_scans([scan("999", 1)])
    assert status(summary).stage == "requested"
    assert (summary.scans, summary.unknown, summary.seen) == (1, 1, MONDAY + timedelta(hours=1))


def test_a_failure_says_why_who_caused_it_and_who_must_act() -> None:
    wrong_address = told(scan("203", 0), scan("702", 20), scan("705", 22, reason="101"))
    assert (wrong_address.stage, wrong_address.cause, wrong_address.caused_by) == ("undelivered", "101", "sender")
    assert wrong_address.must_act == "sender"
    assert wrong_address.attempts == 1
    holiday = told(scan("203", 0), scan("702", 20), scan("705", 22, reason="116"))
    assert (holiday.caused_by, holiday.must_act, holiday.attempts) == ("nature", "post", 1)


def test_the_next_round_clears_the_failure_but_not_the_attempt() -> None:
    again = told(scan("702", 20), scan("705", 22, reason="103"), scan("702", 44))
    assert (again.stage, again.cause, again.attempts) == ("out", "", 1)


def test_a_piece_on_its_way_back_stays_returning_until_the_sender_has_it() -> None:
    back = [scan("705", 22, reason="104"), scan("708", 23), scan("305", 24), scan("954", 30)]
    assert (told(*back).stage, told(*back).cause, told(*back).must_act) == ("returning", "104", "sender")
    assert told(*back, scan("711", 50)).stage == "returned"
    assert told(*back, scan("704", 50)).stage == "returned", "handed to the sender is returned, not delivered"
    assert not told(*back, scan("704", 50), scan("711", 51)).after_end


def test_a_scan_after_the_end_is_an_exception_and_no_resurrection() -> None:
    risen = told(scan("203", 0), scan("704", 24), scan("305", 30))
    assert (risen.stage, risen.after_end) == ("delivered", True)
    late_report = told(scan("203", 0), scan("704", 24), scan("702", 22))
    assert not late_report.after_end, "what happened before the end may be told after it"
    assert told(scan("704", 24), scan("207", 25)).after_end, "delivered and cancelled cannot both be"


def test_every_code_and_reason_leads_to_a_sentence() -> None:
    for code in RULES:
        assert str(told(scan(code, 1)).sentence)
    for reason in [*REASONS, "", "777"]:
        assert str(told(scan("705", 1, reason=reason)).sentence)


scans = st.builds(
    scan,
    st.sampled_from([*RULES, "999", "abc"]),
    st.integers(0, 6).map(float),
    st.sampled_from(["P360102001", "C360000", ""]),
    st.sampled_from(["", *REASONS, "777"]),
).map(lambda s: s if s.code == "705" else Scanned(s.code, s.at, s.office))


@given(st.lists(scans, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(given_scans: list[Scanned], chance: object) -> None:
    shuffled = given_scans + given_scans[: len(given_scans) // 2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert of_scans(shuffled) == of_scans(given_scans)
    assert status(of_scans(shuffled)) == status(of_scans(given_scans))


@given(st.lists(scans, max_size=12, unique_by=lambda s: (s.code, s.at, s.office)), st.data())
def test_any_split_into_batches_joins_to_the_same_summary(given_scans: list[Scanned], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(given_scans)))
    first, second = of_scans(given_scans[:cut]), of_scans(given_scans[cut:])
    assert first | second == second | first == of_scans(given_scans)
    assert Summary() | first == first


@pytest.mark.parametrize("code", sorted(RULES))
def test_one_scan_alone_has_the_stage_of_its_rule(code: str) -> None:
    assert status(of_scan(scan(code, 0))).stage == RULES[code].stage
