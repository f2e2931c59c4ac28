"""Plans asked for on the command line and over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.__main__ import _parser, _run, commands
from zerotrip.journey.api import PlanOut
from zerotrip.journey.itinerary import check

__all__ = ["divisions", "post_town"]


def run(*arguments: str) -> int:
    known = commands()
    return _run(known["plan"], _parser(known).parse_args(["plan", *arguments]))


def ask(**body: Any) -> Any:
    return Client().post("/api/v1/plans", json.dumps(body), content_type="application/json")


def test_the_command_line_shows_a_card_for_each_way(post_town: PostTown, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("DL_EXPIRY", "--from", post_town.far, "--at", "2026-11-24T09:00") == 0
    told = capsys.readouterr().out
    first = told.splitlines()[2]
    assert first.startswith("0 次 · 1")
    assert first.endswith(" 前 · ¥30.00")
    assert "邮寄（同城） 结果证件" in told
    assert "机动车驾驶证工本费 ¥10.00，邮寄费（同城，1 件） ¥20.00" in told
    assert "第 1 次出门" in told


def test_the_command_line_prints_what_the_api_answers(post_town: PostTown, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("DL_EXPIRY", "--from", post_town.near, "--at", "2026-11-24T09:00+08:00", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    answer = ask(item="DL_EXPIRY", at="2026-11-24T09:00:00+08:00", **{"from": post_town.near})
    assert answer.status_code == 200
    assert answer.json() == printed
    assert ask(item="DL_EXPIRY", at="2026-11-24T09:00:00", **{"from": post_town.near}).json() == printed


def test_the_answer_is_as_the_description_says(post_town: PostTown) -> None:
    told = ask(item="DL_EXPIRY", at="2026-11-24T09:00:00+08:00", **{"from": post_town.far}).json()
    described = PlanOut.model_validate(told)
    assert {*told} == {"item", "item_name", "from", "at", "complete", "itineraries", "constraints"}
    assert len(described.itineraries) == len(told["itineraries"]) >= 2
    for one in told["itineraries"]:
        assert check(one).as_json() == one


def test_without_a_way_the_command_line_says_why(post_town: PostTown, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("DIBAO", "--from", post_town.far, "--at", "2026-11-24T09:00") == 1
    told = capsys.readouterr().out
    assert "没有可行的办理路线" in told
    assert "部门窗口" in told


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"item": "NOTHING", "from": "361002"}, 404, "没有这个事项"),
        ({"item": "DL_EXPIRY", "from": "999999"}, 404, "行政区划"),
        ({"item": "DL_EXPIRY", "from": "360000"}, 422, "县"),
        ({"item": "DL_EXPIRY", "from": "361002", "at": "0001-01-01T00:00:00Z"}, 422, "年"),
        ({"item": "DL_EXPIRY", "from": "361002", "at": "2027-05-01T00:00:00Z"}, 503, "有效期"),
        ({"item": "DL_EXPIRY", "from": "361002", "at": "soon"}, 422, "at"),
        ({"from": "361002"}, 422, "item"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_sentence(
    post_town: PostTown, body: dict[str, str], status: int, says: str
) -> None:
    answer = ask(**body)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert says in answer.json()["detail"]
