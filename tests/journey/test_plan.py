"""Planning an errand: which ways there are, when they end, and what stands in the way of better ones."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.catalog.actions import offer
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import BadInput, NotFound, Unavailable
from zerotrip.journey import queries
from zerotrip.journey.itinerary import HOME, Itinerary, check, picture, strip
from zerotrip.journey.queries import PlanView, plan_for

__all__ = ["divisions", "post_town"]

LICENCE = "DL_EXPIRY"
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)


def ways(division: str, at: datetime = TUESDAY, item: str = LICENCE) -> PlanView:
    found = plan_for(item, division, at, limit_ms=20_000)
    assert found.complete
    return found


def with_trips(view: PlanView, trips: int) -> list[Itinerary]:
    return [one for one in view.itineraries if one.trips == trips]


@pytest.mark.parametrize("where", ["city", "near", "far"])
def test_a_licence_is_renewed_without_a_trip_or_sooner_with_one(post_town: PostTown, where: str) -> None:
    found = ways(getattr(post_town, where)).itineraries
    stay, go = found[0], found[-1]
    assert (stay.trips, go.trips) in {(0, 1), (0, 2)}
    assert go.finish < stay.finish
    assert {step.place for step in stay.steps if step.actor == "person"} == {HOME}
    assert any(step.visit for step in go.steps)
    assert [leg.kind for leg in stay.legs if leg.target == HOME][-1] == "post"


def test_no_way_is_beaten_by_another_and_the_best_stands_first(post_town: PostTown) -> None:
    found = ways(post_town.far).itineraries
    assert [one.trips for one in found] == sorted(one.trips for one in found)
    for one in found:
        better = [o for o in found if o is not one and o.trips <= one.trips and o.finish <= one.finish]
        assert all(other.price > one.price for other in better)


def test_the_price_keeps_the_states_fee_apart_from_postage(post_town: PostTown) -> None:
    stay = ways(post_town.far).itineraries[0]
    assert {part.payee: part.amount for part in stay.parts} == {"state": Decimal("10.00"), "post": Decimal("20.00")}
    assert stay.as_json()["price"]["total"] == "30.00"


def test_steps_follow_each_other_and_every_leg_comes_before_its_step(post_town: PostTown) -> None:
    for one in ways(post_town.far).itineraries:
        assert all(before.ends <= after.begins for before, after in pairwise(one.steps))
        begins = {step.key: step.begins for step in one.steps}
        assert all(leg.arrives <= begins[leg.step] for leg in one.legs if leg.target != HOME or leg.kind == "post")
        assert one.finish == one.steps[-1].ends <= one.finish_p95


def test_a_piece_tells_the_rounds_and_runs_that_carry_it(post_town: PostTown) -> None:
    stay = ways(post_town.far).itineraries[0]
    piece = next(leg for leg in stay.legs if leg.kind == "post")
    assert (piece.papers, piece.net) == (("result",), "city")
    assert [(run.origin, run.target) for run in piece.runs] == [
        ("C361002", "C361002"), ("C361002", f"P{post_town.far}"), (f"P{post_town.far}", f"P{post_town.far}"),
    ]  # fmt: skip
    assert piece.departs <= piece.runs[0].departure < piece.runs[1].departure <= piece.arrives


def test_what_a_window_gives_on_friday_evening_is_collected_when_the_hall_is_open_again(post_town: PostTown) -> None:
    waits = set()
    for day in range(5):
        stay = ways(post_town.far, TUESDAY + timedelta(days=day)).itineraries[0]
        made = next(step for step in stay.steps if step.key == "produce")
        piece = next(leg for leg in stay.legs if leg.kind == "post")
        assert piece.departs.weekday() < 5
        waits.add((made.ends.weekday(), piece.departs.weekday()))
    assert (4, 0) in waits


def test_on_the_eve_of_the_national_day_nothing_is_promised_for_the_holidays(post_town: PostTown) -> None:
    eve = datetime(2026, 9, 30, 20, 0, tzinfo=SHANGHAI)
    stay = ways(post_town.far, eve).itineraries[0]
    examined = next(step for step in stay.steps if step.key == "review")
    assert stay.trips == 0
    # the first working day after the holidays is the 8th; making takes a working day more
    assert examined.ends.date() == date(2026, 10, 8)
    assert stay.finish > datetime(2026, 10, 9, 17, 0, tzinfo=SHANGHAI)
    assert not stay.provisional


def test_past_the_year_whose_holidays_are_published_a_promise_is_provisional(post_town: PostTown) -> None:
    late = ways(post_town.far, datetime(2026, 12, 30, 16, 0, tzinfo=SHANGHAI)).itineraries[0]
    assert late.finish.year == 2027
    assert late.provisional
    assert "2027年放假安排公布前" in late.note
    assert not ways(post_town.far).itineraries[0].provisional


def test_the_last_minute_of_opening_is_too_late(post_town: PostTown) -> None:
    own = post_town.outlet(post_town.city)
    offer(own.code, "licence_print", actor=SYSTEM, at=now())

    def at_the_counter(at: datetime) -> tuple[datetime, datetime]:
        steps = [step for step in with_trips(ways(post_town.city, at), 1)[0].steps if step.place == own.code]
        return steps[0].begins, steps[-1].ends

    begins, ends = at_the_counter(TUESDAY + timedelta(hours=1))
    closes = datetime(2026, 11, 24, 17, 30, tzinfo=SHANGHAI)
    latest = closes - (ends - TUESDAY - timedelta(hours=1))
    assert at_the_counter(latest) == (closes - (ends - begins), closes)
    assert at_the_counter(latest + timedelta(minutes=1))[0] == datetime(2026, 11, 25, 8, 30, tzinfo=SHANGHAI)


def test_what_the_own_outlet_lacks_is_named_until_it_offers_it(post_town: PostTown) -> None:
    own = post_town.outlet(post_town.far)

    def lacking() -> list[str]:
        found = (o for one in ways(post_town.far).itineraries for o in one.constraints)
        return [one.reason for one in found if one.place == own.code]

    assert any(own.name in reason and "未开通" in reason for reason in lacking())
    for service in ("police_post", "licence_print", "exam_machine"):
        offer(own.code, service, actor=SYSTEM, at=now())
    assert not [reason for reason in lacking() if "自助机" not in reason]


def test_what_a_law_rules_out_is_told_with_its_article(post_town: PostTown) -> None:
    found = ways(post_town.far, item="PASSPORT_FIRST")
    assert found.itineraries[0].trips >= 1
    told = [one for one in found.constraints if one.law]
    assert told
    assert all(one.reason and one.article and one.step_name for one in told)


def test_an_item_whose_window_is_not_set_up_has_no_way_and_says_what_would_help(post_town: PostTown) -> None:
    found = plan_for("DIBAO", post_town.far, TUESDAY)
    assert found.itineraries == ()
    assert found.constraints
    assert any("部门窗口" in one.reason or "开通" in one.reason for one in found.constraints)


def test_a_timetable_that_has_ended_is_said_so(post_town: PostTown, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="有效期"):
        plan_for(LICENCE, post_town.far, datetime(2027, 3, 2, 9, 0, tzinfo=SHANGHAI))
    post_town.use_timetable(tmp_path / "short", date(2026, 9, 1), date(2026, 11, 25))
    with pytest.raises(Unavailable, match="有效期"):
        plan_for(LICENCE, post_town.city, datetime(2026, 11, 26, 9, 0, tzinfo=SHANGHAI))


def test_the_unknown_is_not_found(post_town: PostTown) -> None:
    with pytest.raises(NotFound, match="没有这个事项"):
        plan_for("NOTHING", post_town.far, TUESDAY)
    with pytest.raises(NotFound, match="行政区划"):
        plan_for(LICENCE, "999999999", TUESDAY)
    with pytest.raises(BadInput, match="县"):
        plan_for(LICENCE, "360000", TUESDAY)
    with pytest.raises(BadInput, match="年"):
        plan_for(LICENCE, post_town.far, datetime(1, 1, 1))


def test_a_plan_without_a_timetable_is_refused(post_town: PostTown, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerotrip.network import loading

    monkeypatch.setattr(loading, "active", lambda: None)
    with pytest.raises(Unavailable, match="时刻表"):
        plan_for(LICENCE, post_town.far, TUESDAY)


def test_the_same_question_has_the_same_answer_to_the_last_letter(post_town: PostTown) -> None:
    first, again = ways(post_town.far).as_json(), ways(post_town.far).as_json()
    assert first == again
    marks = [one["id"] for one in first["itineraries"]]
    assert len(set(marks)) == len(marks)


def test_what_is_stored_is_read_as_it_was(post_town: PostTown) -> None:
    for one in ways(post_town.far).itineraries:
        assert check(one.as_json()) == one


def test_what_is_no_itinerary_is_refused_with_a_sentence(post_town: PostTown) -> None:
    told = ways(post_town.far).itineraries[0].as_json()
    damaged: list[Callable[[Any], object]] = [
        lambda it: it.pop("steps"), lambda it: it.update(trips=7), lambda it: it.update(finish="soon"),
        lambda it: it["price"].update(total="0.00"), lambda it: it["legs"][0].update(kind="pigeon"),
        lambda it: it["steps"][0].update(ends="2020-01-01T00:00:00+08:00"), lambda it: it.update(steps={}),
    ]  # fmt: skip
    for damage in damaged:
        hurt = deepcopy(told)
        damage(hurt)
        with pytest.raises(BadInput, match="办事路线"):
            check(hurt)
    with pytest.raises(BadInput):
        check([told])


def test_the_picture_goes_from_place_to_place_and_the_strip_has_no_gap(post_town: PostTown) -> None:
    for one in ways(post_town.far).itineraries:
        drawn = picture(one)
        assert drawn.trips_promised == one.trips
        assert {"person" for leg in one.legs if leg.kind == "person"} <= set(drawn.kinds)
        segments = strip(one)
        assert (segments[0].begins, segments[-1].ends) == (one.begins, one.finish)
        assert all(before.ends == after.begins for before, after in pairwise(segments))


def test_from_where_it_stands_the_rest_of_the_way_is_as_it_was_planned(post_town: PostTown) -> None:
    whole = ways(post_town.far).itineraries[0]
    done = [step for step in whole.steps if step.key in {"exam", "photo", "apply", "review"}]
    standing = queries.Standing(done=tuple(step.key for step in done))
    rest = queries.rest_of_way(whole, standing, done[-1].ends).itineraries[0]
    assert [step.key for step in rest.steps] == ["produce", "receive"]
    assert (rest.trips, rest.finish, rest.price) == (0, whole.finish, Decimal("20.00"))


def test_papers_that_lie_elsewhere_are_fetched_from_there(post_town: PostTown) -> None:
    whole = ways(post_town.far).itineraries[0]
    made = next(step for step in whole.steps if step.key == "produce")
    outlet = post_town.outlet(post_town.near)
    standing = queries.Standing(("exam", "photo", "apply", "review", "produce"), {"result": (outlet.code, made.ends)})
    rest = queries.rest_of_way(whole, standing, made.ends).itineraries[0]
    assert [(leg.kind, leg.origin, leg.target) for leg in rest.legs if leg.kind == "post"] == [
        ("post", outlet.code, HOME)
    ]
