"""The route picture: whatever the errand, every station and leg is there, and what is now is marked once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.core.picture import Leg, Moment, Picture, Station
from zerotrip.core.picture_svg import EN, broken, render_svg, width_of

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
moments = st.none() | st.integers(0, 10000).map(lambda minutes: START + timedelta(minutes=minutes))
words = st.text(st.characters(codec="utf-8"), max_size=12)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    count = draw(st.integers(0, 11))
    stations = tuple(
        Station(f"站{i:02}", draw(words), draw(st.sampled_from(["done", "now", "planned", "failed"])), draw(moments))
        for i in range(count + 1)
    )
    legs = tuple(
        Leg(
            draw(st.sampled_from(["person", "post", "data"])),
            f"段{i:02}",
            draw(st.sampled_from(["done", "now", "planned", "failed", "skipped"])),
            draw(moments),
            draw(st.sampled_from(["", "1160027812345"])),
        )
        for i in range(count)
    )
    trips = draw(st.none() | st.integers(0, 3))
    facts = {"promise": Moment("前送达", draw(moments)), "forecast": draw(st.none() | st.just(Moment("送达", START)))}
    return Picture(
        stations, legs, draw(st.integers(0, 4)), trips, draw(words), progress=draw(st.none() | st.floats(0, 1)), **facts
    )


def page(picture: Picture) -> str:
    return Template("{% route p %}").render(Context({"p": picture}))


@given(pictures())
def test_every_station_and_leg_is_on_the_page_in_the_order_of_travel(picture: Picture) -> None:
    html = page(picture)
    labels = [part.label for part in picture.parts]
    assert re.findall(r"[站段]\d\d", html) == labels
    assert html.count('class="zt-station ') == len(picture.stations)
    assert html.count('class="zt-leg ') == len(picture.legs)
    assert html.count(" is-here") == (picture.now is not None)


@given(pictures())
def test_every_station_and_leg_is_on_the_paper_and_the_paper_is_well_formed(picture: Picture) -> None:
    svg = render_svg(picture)
    ElementTree.fromstring(svg)
    for part in picture.parts:
        assert part.label in svg
    assert svg.count(">现在<") <= 1
    assert "href" not in svg
    assert "style" not in svg


@given(words, st.floats(1, 12), st.integers(1, 3))
def test_broken_lines_fit(text: str, ems: float, lines: int) -> None:
    rows = broken(text, ems, lines)
    assert len(rows) <= lines
    assert all(width_of(row) <= max(ems, 1) + 1 for row in rows)


def test_a_leg_says_its_carrier_and_state_in_words_too() -> None:
    html = page(
        Picture(
            (Station("家", state="done"), Station("大厅")),
            (Leg("person", "去大厅", "skipped"),),
            trips_promised=0,
        )
    )
    assert "人跑：" in html
    assert "这一趟不用跑" in html
    assert "承诺不用出门" in html


def test_more_trips_than_promised_are_not_hidden() -> None:
    html = page(Picture((Station("家"),), trips=2, trips_promised=1))
    assert "is-broken" in html
    assert "比承诺多 1 次" in html


def test_a_forecast_after_the_promise_is_called_late() -> None:
    late = Picture((Station("家"),), promise=Moment("", START), forecast=Moment("", START + timedelta(hours=1)))
    assert "晚于承诺" in page(late)


def test_a_picture_from_plain_data_is_the_same_picture() -> None:
    data = {
        "stations": [{"label": "家", "state": "done"}, {"label": "大厅"}],
        "legs": [{"kind": "post", "label": "寄出", "state": "now"}],
        "promise": {"text": "前送达", "at": START},
        "trips": 1,
    }
    picture = Picture.of(data)
    assert picture == Picture.of(picture)
    assert picture.now == 1
    assert "寄出" in Template("{% route p compact=True %}").render(Context({"p": data}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"stations": []},
        {"stations": [{"label": "家"}], "legs": [{"kind": "post"}]},
        {"stations": [{"label": "家"}, {"label": "厅"}], "legs": [{"kind": "drone"}]},
        {"stations": [{"label": "家", "state": "flying"}]},
        {"stations": [{"label": "家"}], "progress": 2},
        {"stations": [{"label": "家"}], "now_index": 7},
    ],
)
def test_what_is_no_route_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Picture.of(wrong)


def test_unknown_keys_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="colour"):
        Picture.of({"stations": [{"label": "家", "colour": "red"}]})


def test_the_paper_speaks_english_when_asked() -> None:
    assert "Trips: 1" in render_svg(Picture((Station("Home"),), trips=1), words=EN)
