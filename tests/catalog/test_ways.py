"""The steps of items: in which ways each can be done, what rules ways out, and how few trips that makes."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalog.conftest import MANAGER
from zerotrip.catalog import actions, codes, queries, show
from zerotrip.catalog.checks import check
from zerotrip.catalog.compare import compare
from zerotrip.catalog.content import Content, clean, content_of
from zerotrip.catalog.packaged import packaged_items
from zerotrip.catalog.ways import AT_HOME, Row, fewest_trips, steps, way
from zerotrip.catalog.ways import check as check_ways
from zerotrip.core.clock import now, today
from zerotrip.core.errors import Conflict

ITEMS = packaged_items()
BY_CODE = {item["code"]: item for item in ITEMS}


def rows_of(item: Content, step: str) -> dict[str, Row]:
    return {row["mode"]: row for row in item["ways"] if row["step"] == step}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["code"])
def test_the_ways_of_an_item_need_the_trips_it_says(item: Content) -> None:
    assert fewest_trips(item["ways"]) == item["on_site_visits"]
    assert not check_ways(item["ways"], item["bars"], item["on_site_visits"])


def test_no_law_is_invented_for_what_rules_a_way_out() -> None:
    for item in ITEMS:
        assert bool(item["bars"]) == bool(item["on_site_visits"]), f"{item['code']}: a trip has its reason"
        for bar in item["bars"]:
            articles = [basis["article"] for basis in item["legal_bases"] if basis["law"] == bar["law"]]
            if bar["law"]:
                assert any(bar["article"] in article for article in articles), bar
                assert bar["confidence"] == "A"
            else:
                assert not bar["article"], bar
                assert not re.search("第.+条", bar["reason"]), bar


def test_days_are_the_laws_or_marked_as_configuration() -> None:
    for item in ITEMS:
        for row in item["ways"]:
            days = row["working_days"] or row["calendar_days"]
            if days and row["confidence"] in ("A", "B"):
                assert days == item["legal_limit_value"] or "条" in row["note"], row
            elif days:
                assert row["confidence"] == "K"
                assert "配置" in row["note"], row


def test_papers_go_where_the_item_lets_them() -> None:
    for item in ITEMS:
        carried = {paper for row in item["ways"] if row["mode"] == "doorstep" for paper in row["needs"]}
        assert "materials" not in carried or item["materials_mailable"], item["code"]
        assert "result" not in carried or item["result_mailable"], item["code"]


def test_the_law_keeps_divorce_at_two_trips() -> None:
    divorce = BY_CODE["DIVORCE"]
    waits = rows_of(divorce, "confirm")["window"]
    assert (waits["calendar_days"], waits["confidence"]) == (30, "A")
    assert {bar["article"] for bar in divorce["bars"]} == {"第一千零七十六条", "第一千零七十七条"}
    hasty = [row | {"calendar_days": 0} for row in divorce["ways"]]
    assert fewest_trips(hasty) == 1  # the thirty days alone make it two


def test_a_licence_that_expires_can_be_renewed_in_ways_that_really_differ() -> None:
    ways = BY_CODE["DL_EXPIRY"]["ways"]

    def only(*modes: str) -> int | None:
        """With person's steps in these modes (receiving at the door besides), agencies anywhere."""
        left = [r for r in ways if r["actor"] == "agency" or r["mode"] in modes or r["step"] in ("exam", "receive")]
        return fewest_trips(left)

    assert only("online") == 0
    assert only("outlet") == only("kiosk") == only("hall") == 1
    assert rows_of(BY_CODE["DL_EXPIRY"], "review")["outlet"]["service"] == "police_post"
    assert rows_of(BY_CODE["DL_EXPIRY"], "review")["outlet"]["working_days"] == 0
    assert rows_of(BY_CODE["DL_EXPIRY"], "produce")["window"]["working_days"] == 1
    without_certificate = [row for row in ways if row["step"] != "exam" or row["mode"] != "online"]
    assert fewest_trips(without_certificate) == 1  # the examination itself is a visit, unless there is a certificate


def test_review_on_the_spot_is_for_what_was_taken_in_there() -> None:
    for item in ITEMS:
        for row in item["ways"]:
            if row["step"] == "review" and row["mode"] in ("outlet", "kiosk", "hall"):
                assert row["needs"], (item["code"], "an application over the net is not reviewed at a counter")


MODES = st.sampled_from([code for code, _name in codes.MODE])


@st.composite
def small_items(draw: st.DrawFn) -> list[Row]:
    rows = []
    for number in range(draw(st.integers(1, 5))):
        agency = draw(st.booleans())
        for mode in sorted(draw(st.sets(MODES, min_size=1, max_size=3))):
            if agency and mode in AT_HOME:
                continue
            days = draw(st.integers(0, 2)) if agency else 0
            rows.append(way(f"s{number}", mode, actor="agency" if agency else "person", working_days=days))
    return rows


@given(small_items(), MODES, st.integers(0, 4))
def test_one_more_way_never_costs_a_trip(rows: list[Row], mode: str, at: int) -> None:
    groups = steps(rows)
    if not groups or any(row["mode"] == mode for row in groups[at % len(groups)]):
        return
    groups[at % len(groups)].append(groups[at % len(groups)][0] | {"mode": mode})
    more = [row for group in groups for row in group]
    before, after = fewest_trips(rows), fewest_trips(more)
    assert before is not None
    assert after is not None
    assert after <= before


def sentences(rows: list[Row], bars: list[Row], visits: int | None = 0) -> str:
    return " ".join(finding.zh for finding in check_ways(rows, bars, visits))


def barred(step: str, *modes: str, **more: Any) -> Row:
    return {"step": step, "modes": list(modes), "reason": "须到场", "law": "", "article": ""} | more


def test_what_does_not_fit_together_is_said_in_a_sentence() -> None:
    apply, fetch = way("apply", "online"), way("receive", "doorstep", needs=["result"])
    made = way("produce", "window", actor="agency", gives=["result"])
    assert sentences([], []) == "还没有填写办理环节，不能为它规划办事路线。"
    assert sentences([apply, made, fetch], []) == ""
    assert "没有排在一起" in sentences([apply, made, apply], [])
    assert "写了两行" in sentences([apply, apply], [])
    assert "要用“结果证件”，但在它之前没有环节产出" in sentences([fetch, made], [])
    assert "指向没有的环节“sign”" in sentences([apply], [barred("sign", "online")])
    assert "既可办理又被限制" in sentences([apply], [barred("apply", "online")])
    assert "没有写明办理方式" in sentences([apply], [barred("apply")])
    assert "没有写依据" in sentences([apply], [barred("apply", "window", article="第一条")])
    assert "只能用小写字母" in sentences([way("Apply!", "online")], [])
    assert "应当相同" in sentences([apply, way("apply", "window", step_name="申请")], [])
    assert "不能是上门" in sentences([way("review", "doorstep", actor="agency")], [])
    assert "最少要出门 1 次，到办事现场次数填的是 0 次" in sentences([way("apply", "window")], [])
    either = [way("apply", "outlet", gives=["file"]), way("apply", "window", gives=["old"])]
    both = way("review", "window", actor="agency", needs=["file", "old"])
    assert "没有一种走得通" in sentences([*either, both], [])


@pytest.mark.django_db
def test_ways_that_contradict_each_other_are_not_published(item: dict[str, Any]) -> None:
    item["ways"] = [
        {"step": "apply", "step_name": "申请", "mode": "网上"},
        {"step": "apply", "step_name": "申请", "mode": "online"},
    ]
    version = actions.draft_version(item, actor=MANAGER, at=now())
    with pytest.raises(Conflict, match="写了两行"):
        actions.publish("TEST_CARD", version.number, actor=MANAGER, at=now())


@pytest.mark.django_db
def test_ways_and_bars_are_kept_read_and_shown(item: dict[str, Any]) -> None:
    renewal = copy.deepcopy(BY_CODE["VH_REGCERT"])
    item |= {part: renewal[part] for part in ("ways", "bars")} | {"on_site_visits": 1, "on_site_reason": "须本人到场"}
    version = actions.draft_version(item, actor=MANAGER, at=now())
    actions.publish("TEST_CARD", version.number, actor=MANAGER, at=now())
    read = queries.get("TEST_CARD", today())
    assert content_of(read)["ways"] == renewal["ways"]
    assert content_of(read)["bars"] == renewal["bars"]
    apply = {line.mode: line for line in show.way_table(read)[0].lines}
    assert apply["政务大厅"].times == ("5 分钟", "等候约 20 分钟")
    assert apply["政务大厅"].gives == "受理卷"
    ruled_out = apply["网上、上门"].bar
    assert ruled_out is not None
    assert ruled_out.article == "第八十六条"


def test_a_comparison_names_the_one_way_that_was_added() -> None:
    before = BY_CODE["HF_CERT"]
    after = copy.deepcopy(before)
    after["ways"].insert(1, clean(before | {"ways": [way("apply", "hall", step_name="申请并核验身份")]})["ways"][0])
    changes = compare(before, after)
    assert [(change.heading, change.before) for change in changes] == [("办理环节", "")]
    assert "政务大厅" in changes[0].after


def test_everything_packaged_passes_its_checks_with_nothing_but_hints() -> None:
    assert {item["code"]: [f.zh for f in check(item) if f.field in ("ways", "bars")] for item in ITEMS} == {
        code: [] for code in BY_CODE
    }
