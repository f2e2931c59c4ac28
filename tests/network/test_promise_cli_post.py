"""`zerotrip promise` and `zerotrip bench` of an installation: the post's own timetable, with its certainty."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Clock
from tests.network import feeds
from zerotrip.__main__ import _parser, commands
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable
from zerotrip.network import actions, loading
from zerotrip.network.engine import gtfs
from zerotrip.web import cli as web_cli

pytestmark = pytest.mark.django_db

CONTENT = feeds.files(
    stops=feeds.stops("C360102 C360000 C361028"),
    trips=feeds.trips("支线 干线"),
    stop_times=feeds.times("支线 C360102 10:00 | C360000 11:00", "干线 C360000 13:00 | C361028 17:00"),
    transfers=feeds.transfers("C360000 C360000 2 1800"),
)


def run(*arguments: str) -> int:
    """The command as `main` runs it, on the database of the test."""
    known = commands()
    return known["promise"].run(_parser(known).parse_args(["promise", *arguments]))


@pytest.fixture
def post(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    monkeypatch.setattr(loading, "_networks", {})
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    gtfs.write(feeds.understood(CONTENT), tmp_path / "feed.zip")
    made = actions.import_feed(tmp_path / "feed.zip", actor=SYSTEM, at=now())
    actions.activate(made.pk, actor=SYSTEM, at=now())


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_promise_has_two_times_a_net_and_legs(post: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--from", "C360102", "--to", "C361028", "--at", "2026-11-24T09:10")
    assert set(found) == {"departure", "arrival", "arrival_p95", "net", "legs"}
    scheduled = datetime.fromisoformat("2026-11-24T17:00:00+08:00")
    assert scheduled <= datetime.fromisoformat(found["arrival"]) <= datetime.fromisoformat(found["arrival_p95"])
    assert found["net"] == "province"
    assert [(leg["run"], leg["from"], leg["to"]) for leg in found["legs"]] == [
        ("支线", "C360102", "C360000"),
        ("干线", "C360000", "C361028"),
    ]
    assert found["legs"][0]["departure"] == "2026-11-24T10:00:00+08:00"
    assert run("--from", "C360102", "--to", "C361028", "--at", "2026-11-24T09:10") == 0
    assert "95% 可在" in capsys.readouterr().out


def test_the_reverse(post: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--from", "C360102", "--to", "C361028", "--latest", "--by", "2026-11-27T18:00")
    assert datetime.fromisoformat(found["arrival"]) <= datetime.fromisoformat("2026-11-27T18:00:00+08:00")
    assert found["departure"]


def test_lines_of_questions(post: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"from": "C360102", "to": "C361028", "at": "2026-11-24T09:10"}
    file = tmp_path / "q.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in (good, good | {"to": "X"}, good)), encoding="utf-8")
    assert run("--queries", str(file)) == 0
    one, bad, two = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert one == two
    assert "X" in bad["error"]


@pytest.mark.parametrize(
    ("origin", "at"),
    [
        ("nowhere", "2026-11-24T09:10"),
        ("C360102", "2027-11-24T09:10"),
        ("C360102", "soon"),
        ("C360102", "0001-01-01T00:00:00+14:00"),
        ("C360102", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_sentence_for_what_cannot_be_asked(
    post: None, capsys: pytest.CaptureFixture[str], origin: str, at: str
) -> None:
    assert run("--from", origin, "--to", "C361028", "--at", at) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.endswith("。\n")) == ("", 1, True)


def test_without_a_timetable_it_says_so() -> None:
    with pytest.raises(Unavailable, match="还没有启用邮路时刻表"):
        run("--from", "C360102", "--to", "C361028", "--at", "2026-11-24T09:10")


def test_benchmarks_are_where_the_source_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = commands()
    options = _parser(known).parse_args(["bench", "nonsense"])
    assert known["bench"].run(options) == 2
    monkeypatch.setattr(web_cli, "__file__", str(tmp_path / "a" / "b" / "cli.py"))
    assert known["bench"].run(options) == 1
    assert "请在源代码目录中运行" in capsys.readouterr().err


def test_no_command_loads_the_compiler_at_its_start() -> None:
    """numba takes longer to load than all the rooms together: it waits until something is to be computed."""
    script = "import sys, django; django.setup(); import zerotrip.web.urls; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
