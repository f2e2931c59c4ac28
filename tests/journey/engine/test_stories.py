"""Errands told one by one: by post, by one visit, over lunch, over holidays, over thirty days; on paper and in hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journey.engine.small import DAY, Lanes, Week, daily
from zerotrip.journey.engine.bars import NO_WAY, NOBODY, OUT_OF_REACH
from zerotrip.journey.engine.model import HOME, Bar, Itinerary, Move, Option, Plan, Problem, Spot, Step
from zerotrip.journey.engine.search import Standing, explain, plan, rest

HALL_HOURS = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60))
DAYS = 60


def at(day: int, hour: int, minute: int = 0) -> int:
    return day * DAY + hour * 60 + minute


def window(key: str = "W", *, away: int = 60, off: frozenset[int] = frozenset(), site: str = "") -> Spot:
    return Spot(key, "window", site or key, frozenset(), away, daily(DAYS, *HALL_HOURS, off=off))


def outlet(key: str = "P", *services: str, away: int = 10) -> Spot:
    return Spot(key, "outlet", key, frozenset(services), away, daily(DAYS, (510, 720), (810, 1050)))


def overnight(*places: str, price: int = 1200, late: int = 0) -> Lanes:
    """Every evening at 18:00 a piece leaves anywhere and is anywhere else the next morning at 9:30."""
    runs = tuple((at(d, 18), at(d + 1, 9, 30)) for d in range(DAYS))
    pairs = [(a, b) for a in (HOME, *places) for b in (HOME, *places) if a != b]
    return Lanes(dict.fromkeys(pairs, runs), dict.fromkeys(pairs, price), late)


def errand(
    *steps: Step,
    spots: tuple[Spot, ...],
    papers: tuple[str, ...] = ("licence",),
    begins: int = at(0, 8),
    post: Lanes | None = None,
    off: frozenset[int] = frozenset(),
) -> Problem:
    post = post or overnight(*(spot.key for spot in spots))
    return Problem(steps, spots, papers, begins, DAYS * DAY, post, Week(off), (("fee", 1000),))


def person(key: str, *options: Option) -> Step:
    return Step(key, key, "person", options)


def agency(key: str, *options: Option) -> Step:
    return Step(key, key, "agency", options)


APPLY = person("apply", Option("online", minutes=20))
EXAMINE = agency("examine", Option("window", working_days=1, needs=("licence",), gives=("new",)))
GET = Option("window", minutes=10, needs=("new",))
RECEIVE = Option("doorstep", needs=("new",))


def moves(itinerary: Itinerary, kind: str) -> list[Move]:
    return [move for move in itinerary.moves if move.kind == kind]


def summary(found: Plan) -> list[tuple[int, int, int]]:
    return [(one.trips, one.finish, one.price) for one in found.itineraries]


def test_by_post_nobody_goes_anywhere() -> None:
    found = plan(errand(APPLY, EXAMINE, person("receive", RECEIVE), spots=(window(),)))
    # Collected on day 0, at the window on day 1, done at 17:00 on day 2, sent that evening, at the door on day 3.
    assert summary(found) == [(0, at(3, 9, 30), 1000 + 2 * 1200)]
    best = found.itineraries[0]
    assert [(m.origin, m.target, m.papers) for m in moves(best, "post")] == [
        (HOME, "W", ("licence",)),
        ("W", HOME, ("new",)),
    ]
    assert best.parts == (("fee", 1000), ("postage:city", 2400))
    assert moves(best, "person") == []
    assert found.bars == ()


def test_collecting_the_result_is_cheaper_and_delivery_saves_the_trip() -> None:
    found = plan(errand(APPLY, EXAMINE, person("receive", RECEIVE, GET), spots=(window(),)))
    # At 17:00 on day 2 the window shuts: one can collect on day 3 from 9:00 on, half an hour before the courier rings.
    assert summary(found) == [(0, at(3, 9, 30), 3400), (1, at(3, 9, 10), 2200)]
    collected = found.itineraries[1]
    assert [(m.origin, m.target, m.departs) for m in moves(collected, "person")] == [
        (HOME, "W", at(3, 8)),
        ("W", HOME, at(3, 9, 10)),
    ]


def test_one_visit_to_the_window_with_everything() -> None:
    hand_in = person("hand in", Option("window", minutes=15, queue=20, needs=("licence",)))
    pay = person("pay", Option("window", minutes=5))
    found = plan(errand(hand_in, pay, spots=(window(),)))
    assert summary(found) == [(1, at(0, 9, 40), 1000)]
    best = found.itineraries[0]
    assert [step.visit for step in best.steps] == [1, 1]
    assert moves(best, "person")[0].papers == ("licence",)
    assert len(moves(best, "person")) == 2


def test_a_hall_and_its_window_are_one_visit() -> None:
    hall = Spot("H", "hall", "site", frozenset(), 60, daily(DAYS, *HALL_HOURS))
    first, second = person("number", Option("hall", minutes=5)), person("hand in", Option("window", minutes=15))
    found = plan(errand(first, second, spots=(hall, window(site="site"))))
    assert summary(found) == [(1, at(0, 9, 20), 1000)]


def test_who_waits_for_the_reviewer_makes_one_visit() -> None:
    hand_in = person("hand in", Option("window", minutes=15, needs=("licence",)))
    review = agency("review", Option("window", minutes=30, needs=("licence",), gives=("new",)))
    found = plan(errand(hand_in, review, person("receive", GET), spots=(window(),)))
    assert summary(found) == [(1, at(0, 9, 55), 1000)]
    assert [step.visit for step in found.itineraries[0].steps] == [1, 0, 1]


def test_lunch_splits_a_visit_or_is_waited_for() -> None:
    hand_in = person("hand in", Option("window", minutes=60))
    review = agency("review", Option("window", minutes=60))
    swear = person("swear", Option("window", minutes=10))
    found = plan(errand(hand_in, review, swear, spots=(window(),), begins=at(0, 9)))
    # At ten the morning holds two of the three: two trips, or one in the afternoon.
    assert summary(found) == [(1, at(0, 15, 40), 1000), (2, at(0, 13, 40), 1000)]


def test_a_visit_waits_for_the_day_on_which_the_window_stays_open() -> None:
    late = (*daily(10, (9 * 60, 12 * 60)), (at(12, 9), at(12, 18)))
    spot = replace(window(), openings=late)
    steps = (person("a", Option("window", minutes=100)), person("b", Option("window", minutes=100)))
    found = plan(errand(*steps, spots=(spot,)))
    assert summary(found) == [(1, at(12, 12, 20), 1000), (2, at(1, 10, 40), 1000)]


@pytest.mark.parametrize(("begins", "ends"), [(at(0, 10, 50), at(0, 12)), (at(0, 10, 51), at(0, 13, 40))])
def test_the_last_opening_minute(begins: int, ends: int) -> None:
    """An hour's way and ten minutes' work: who sets out at 10:50 is through at twelve, who does so at 10:51 waits."""
    found = plan(errand(person("pay", Option("window", minutes=10)), spots=(window(),), begins=begins))
    assert summary(found) == [(1, ends, 1000)]


def test_begun_on_the_eve_of_the_holidays_it_ends_after_them() -> None:
    holidays = frozenset(range(1, 9))
    problem = errand(
        APPLY, EXAMINE, person("receive", GET), spots=(window(off=holidays),), off=holidays, begins=at(0, 16)
    )
    found = plan(problem)
    # The piece comes during the holidays, is taken up on day 9, done on day 10, collected on day 11.
    assert summary(found) == [(1, at(11, 9, 10), 2200)]
    assert found.itineraries[0].steps[1].begins == at(9, 9)


def test_work_that_the_holidays_break_off_goes_on_after_them() -> None:
    holidays = frozenset(range(1, 9))
    review = agency("review", Option("window", minutes=90))
    found = plan(errand(APPLY, review, spots=(window(off=holidays),), begins=at(0, 16, 10)))
    assert found.itineraries[0].steps[1].begins == at(0, 16, 30)
    assert found.itineraries[0].finish == at(9, 10)


def test_thirty_days_between_make_two_trips() -> None:
    ask = person("ask", Option("window", minutes=30))
    divorce = person("divorce", Option("window", minutes=30, calendar_days=30))
    found = plan(errand(ask, divorce, spots=(window(),)))
    # Asked on day 0; days 1 to 30 lie between.
    assert summary(found) == [(2, at(31, 9, 30), 1000)]
    assert [step.visit for step in found.itineraries[0].steps] == [1, 2]


def test_a_paper_is_taken_along_and_sent_from_the_outlet() -> None:
    photo = person("photo", Option("outlet", minutes=10, gives=("photo",)))
    examine = agency("examine", Option("window", minutes=30, needs=("licence", "photo")))
    evening = tuple((at(d, 18), at(d + 1, 9, 30)) for d in range(DAYS))
    noon = tuple((at(d, 9), at(d, 11)) for d in range(DAYS))
    post = Lanes({(HOME, "W"): evening, ("P", "W"): noon}, {(HOME, "W"): 1500, ("P", "W"): 900})
    found = plan(errand(photo, examine, spots=(outlet(), window()), post=post))
    assert summary(found) == [(1, at(0, 11, 30), 1900)]
    sent = moves(found.itineraries[0], "post")
    assert [(m.origin, m.papers, m.before) for m in sent] == [("P", ("licence", "photo"), "examine")]
    assert [(m.target, m.papers) for m in moves(found.itineraries[0], "person")] == [("P", ("licence",)), (HOME, ())]


def test_papers_that_lie_together_are_one_piece() -> None:
    examine = agency("examine", Option("window", minutes=30, needs=("licence", "photo")))
    found = plan(errand(APPLY, examine, spots=(window(),), papers=("photo", "licence", "not asked for")))
    assert found.itineraries[0].price == 1000 + 1200


def test_nothing_leaves_home_before_the_first_step_is_done() -> None:
    apply = person("apply", Option("online", minutes=20, calendar_days=0))
    examine = agency("examine", Option("window", minutes=30, needs=("licence",)))
    first = plan(errand(examine, spots=(window(),)))
    assert first.itineraries == ()
    after = plan(errand(apply, examine, spots=(window(),), begins=at(0, 17, 50)))
    assert moves(after.itineraries[0], "post")[0].departs == at(1, 18)


def test_what_a_counter_gives_goes_home_with_the_applicant() -> None:
    check = person("check", Option("outlet", minutes=20, gives=("certificate",)))
    show = person("show", Option("window", minutes=10, needs=("certificate", "licence")))
    found = plan(errand(check, show, spots=(outlet(), window()), post=Lanes({})))
    assert summary(found) == [(2, at(0, 10, 10), 1000)]
    assert [(m.target, m.papers) for m in moves(found.itineraries[0], "person")] == [
        ("P", ()),
        (HOME, ("certificate",)),
        ("W", ("certificate", "licence")),
        (HOME, ("certificate",)),
    ]


def test_the_promise_gives_each_of_two_pieces_its_share_of_the_doubt() -> None:
    steps = (APPLY, EXAMINE, person("receive", RECEIVE))
    problem = errand(*steps, spots=(window(),), post=overnight("W", late=300))
    best = plan(problem, level=0.81).itineraries[0]
    assert best.finish == at(3, 9, 30)
    assert best.surely == at(3, 9, 30) + 270  # 0.81 ** (1/2) = 0.9 of 300 minutes
    assert all(step.surely >= step.ends for step in best.steps)
    assert [move.surely for move in moves(best, "post")] == [at(1, 14), at(3, 14)]


def test_who_is_stopped_early_says_so_and_still_has_a_way() -> None:
    places = (*(outlet(f"P{n}", away=10 + n) for n in range(6)), window())
    check = person(
        "check", Option("outlet", minutes=10, gives=("slip",)), Option("window", minutes=10, gives=("slip",))
    )
    problem = errand(check, EXAMINE, person("receive", RECEIVE, GET), spots=places)
    whole, cut = plan(problem), plan(problem, stop=lambda: True)
    assert whole.complete
    assert not cut.complete
    assert cut.itineraries
    for way in cut.itineraries:
        assert any(
            one.trips <= way.trips and one.finish <= way.finish and one.price <= way.price for one in whole.itineraries
        )


def test_no_openings_left_before_the_horizon() -> None:
    spot = replace(window(), openings=daily(1, (540, 600)))
    found = plan(errand(person("pay", Option("window", minutes=10)), spots=(spot,), begins=at(0, 9)))
    assert found.itineraries == ()
    assert found.complete
    assert found.bars == (Bar("pay", ("window",), OUT_OF_REACH),)


def test_the_bars_name_what_forces_the_visit() -> None:
    law = Bar("show", ("online",), "须本人到场", "某法", "第三条")
    problem = errand(
        APPLY, person("show", Option("window", minutes=10), Option("outlet", "police_post", minutes=10)),
        spots=(window(), outlet("P")),
    )  # fmt: skip
    problem = replace(problem, bars=(Bar("apply", ("hall",), "不相干"), law))
    assert explain(problem) == (law, Bar("show", ("outlet",), NOBODY))


def test_a_step_that_nobody_offers_stops_the_errand_and_is_named() -> None:
    stuck = errand(APPLY, person("show", Option("kiosk", minutes=10)), spots=(window(),))
    assert plan(stuck) == Plan((), True, (Bar("show", ("kiosk",), NOBODY),))
    assert explain(errand(APPLY, person("show"), spots=())) == (Bar("show", (), NO_WAY),)


def test_the_rest_of_the_way() -> None:
    problem = errand(APPLY, EXAMINE, person("receive", RECEIVE, GET), spots=(window(),))
    # The piece was held up: it will be at the window on day 5, after 12 yuan were paid for it.
    held_up = Standing(1, at(2, 12), (("licence", "W", at(5, 9, 30)),), trips=0, spent=1200)
    found = rest(problem, held_up)
    assert [step.step for step in found.itineraries[0].steps] == ["examine", "receive"]
    assert found.itineraries[0].steps[0].begins == at(5, 9, 30)
    assert summary(found) == [(0, at(7, 9, 30), 3400), (1, at(7, 9, 10), 2200)]
    assert rest(problem, Standing(3, at(7, 10), ())).itineraries[0].finish == at(7, 10)
    with pytest.raises(ValueError, match="steps done"):
        rest(problem, Standing(4, 0, ()))
    with pytest.raises(ValueError, match="not in the problem"):
        rest(problem, Standing(1, 0, (("licence", "nowhere", 0),)))


def test_a_gap_of_days_counts_from_the_end_of_the_step_done() -> None:
    problem = errand(
        person("ask", Option("window", minutes=30)),
        person("divorce", Option("window", minutes=30, calendar_days=30)),
        spots=(window(),),
    )
    found = rest(problem, Standing(1, at(20, 12), (), trips=1, ended=at(0, 9, 30)))
    assert summary(found) == [(2, at(31, 9, 30), 1000)]


def test_data_goes_at_once_where_no_paper_does() -> None:
    examine = agency("examine", Option("window", minutes=30))
    best = plan(errand(APPLY, examine, spots=(window(),))).itineraries[0]
    assert [(m.origin, m.target, m.departs, m.arrives) for m in moves(best, "data")] == [
        (HOME, "W", at(0, 8, 20), at(0, 8, 20))
    ]
