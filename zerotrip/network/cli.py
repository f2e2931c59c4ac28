"""`zerotrip promise`: when does what leaves here now arrive there."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zerotrip.core.cli import Command
from zerotrip.network.transfer_cli import COMMANDS as TRANSFER

if TYPE_CHECKING:
    from zerotrip.network.engine.feed_answers import Answer
    from zerotrip.network.engine.promise import Promise

Document = dict[str, Any]
NONE: Final[Document] = {"departure": None, "arrival": None, "arrival_p95": None, "net": None, "legs": []}
MANY: Final = 60
"""From so many questions on, loading the compiler costs less than doing without."""


class Question(NamedTuple):
    """`moment`: ISO time of handing over, or with `reverse` of the latest arrival."""

    origin: str
    target: str
    moment: str
    reverse: bool = False


Answering = Callable[[Question], Document]


class Refused(Exception):
    """A question that cannot be answered, with the sentence to say so."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("en") else zh)


def _configure(parser: argparse.ArgumentParser) -> None:
    place = "a place code (GTFS stop_id) or a division code"
    parser.add_argument("--from", dest="origin", metavar="PLACE", help=place)
    parser.add_argument("--to", dest="target", metavar="PLACE", help=place)
    parser.add_argument(
        "--at", metavar="ISO", help="when it is handed over, e.g. 2026-11-24T09:10; local time if naive"
    )
    parser.add_argument("--latest", action="store_true", help="the reverse: when must it leave to arrive by --by")
    parser.add_argument("--by", metavar="ISO", help="with --latest: when it must be there")
    parser.add_argument("--feed", type=Path, metavar="PATH", help="answer on this GTFS feed alone (folder or zip)")
    parser.add_argument(
        "--queries",
        metavar="FILE",
        help='lines {"from","to","at"} (or "by"), answered with one JSON line each; -: stdin',
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(usage_error=parser.error)


def _promise(options: argparse.Namespace) -> int:
    given = (options.origin, options.target, options.by if options.latest else options.at)
    if options.queries is None and None in given:
        options.usage_error("--from, --to and --at are needed (with --latest: --by), or --queries")
    if options.latest != (options.by is not None):
        options.usage_error("--latest and --by go together")
    try:
        if options.queries is not None:
            return _all(options)
        found = _answering(options, 1)(Question(*given, options.latest))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False) if options.json else _words(found, options))
    return 0


def _all(options: argparse.Namespace) -> int:
    """One line of JSON for each line of the file, in its order; a line that cannot be answered says why."""
    try:
        text = sys.stdin.read() if options.queries == "-" else Path(options.queries).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise Refused(f"{options.queries} 无法读取：{why}。", f"{options.queries} cannot be read: {why}.") from error
    questions = [_question(line) for line in text.split("\n") if line.strip()]
    answer = _answering(options, len(questions))
    answers = [""] * len(questions)
    for at in sorted(
        range(len(questions)), key=lambda at: questions[at].moment
    ):  # those of one day share its timetable
        answers[at] = json.dumps(_line(answer, questions[at]), ensure_ascii=False)
    sys.stdout.writelines(f"{line}\n" for line in answers)
    return 0


def _question(line: str) -> Question:
    """What a line asks; all empty when it is no question."""
    try:
        query = json.loads(line)
    except (ValueError, RecursionError):
        return Question("", "", "")
    if not isinstance(query, dict):
        return Question("", "", "")
    reverse = "at" not in query and "by" in query
    values = [query.get(name) for name in ("from", "to", "by" if reverse else "at")]
    if not all(isinstance(value, str | int) for value in values):
        return Question("", "", "")
    return Question(str(values[0]), str(values[1]), str(values[2]), reverse)


def _line(answer: Answering, question: Question) -> Document:
    try:
        if question.moment:
            return answer(question)
        zh, en = '应为一行 JSON：{"from", "to", "at"}。', 'It must be one line of JSON: {"from", "to", "at"}.'
        raise Refused(zh, en)
    except Refused as refused:
        return {"error": str(refused)}


def _answering(options: argparse.Namespace, questions: int) -> Answering:
    return _on_feed(options.feed, questions) if options.feed is not None else _on_network(questions)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        zh = f"时间“{text[:40]}”不对，应写成 2026-11-24T09:10。"
        raise Refused(zh, f'The time "{text[:40]}" is not one; write it like 2026-11-24T09:10.') from error


def _on_feed(path: Path, questions: int) -> Answering:
    """Answers on a feed alone, without a database and without loading the product."""
    from zerotrip.network.engine.feed_answers import FeedAnswers, UnknownStop
    from zerotrip.network.engine.feed_plan import plan_of
    from zerotrip.network.engine.gtfs_model import FeedRefused
    from zerotrip.network.engine.timetable import FeedEnded

    folder = Path(os.environ.get("ZEROTRIP_VAR") or "var").absolute() / "cache"
    try:
        answers = FeedAnswers(plan_of(path, folder), compiled=questions >= MANY)
    except FeedRefused as refused:
        raise Refused(refused.zh, refused.en) from refused

    def stop(place: str) -> str:
        """A division code means its outlet or centre, as our own feeds name them."""
        names = (place, f"P{place}", f"C{place}")
        return next((name for name in names if name in answers.plan.index), place)

    def answer(question: Question) -> Document:
        try:
            ask = answers.latest if question.reverse else answers.earliest
            return _of_feed(ask(stop(question.origin), stop(question.target), _moment(question.moment)))
        except (UnknownStop, FeedEnded) as error:
            raise Refused(error.zh, error.en) from error

    return answer


def _of_feed(answer: Answer) -> Document:
    """The published times: a feed alone says nothing of certainty (arrival_p95) nor of our nets."""
    if answer.departure is None or answer.arrival is None:
        return dict(NONE)
    moment = answer.timetable.moment
    return NONE | {
        "departure": answer.departure.isoformat(),
        "arrival": answer.arrival.isoformat(),
        "legs": [
            {
                "run": leg.trip or None,
                "from": leg.origin,
                "to": leg.target,
                "departure": moment(leg.departure).isoformat(),
                "arrival": moment(leg.arrival).isoformat(),
            }
            for leg in answer.legs
        ],
    }


def _on_network(questions: int) -> Answering:
    """Answers of the post's own timetable with what is known of its punctuality."""
    from zerotrip.core.clock import SHANGHAI
    from zerotrip.core.errors import Problem
    from zerotrip.network.engine.promise import End
    from zerotrip.network.engine.timetable import FeedEnded
    from zerotrip.network.queries import current, place_or_division

    network = current(compiled=questions >= MANY)

    def answer(question: Question) -> Document:
        moment = _moment(question.moment)
        if not 1900 < moment.year < 2200:  # further off even its offset from UTC leads out of the calendar
            raise Refused("时刻表不包括这个时间。", "The timetable does not reach that time.")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        try:
            one, two = (End(place_or_division(place)) for place in question[:2])
            return _of_network((network.latest if question.reverse else network.promise)(one, two, moment))
        except Problem as problem:
            raise Refused(str(problem.detail), str(problem.detail)) from problem
        except FeedEnded as error:
            raise Refused(error.zh, error.en) from error

    return answer


def _of_network(promise: Promise | None) -> Document:
    from zerotrip.core.clock import local

    if promise is None:
        return dict(NONE)
    return {
        "departure": local(promise.departure).isoformat(),
        "arrival": local(promise.arrival).isoformat(),
        "arrival_p95": local(promise.arrival_p95).isoformat(),
        "net": promise.net,
        "legs": [
            {
                "run": leg.run or None,
                "from": leg.origin,
                "to": leg.target,
                "departure": local(leg.departure).isoformat(),
                "arrival": local(leg.arrival).isoformat(),
            }
            for leg in promise.legs
        ],
    }


def _words(found: Document, options: argparse.Namespace) -> str:
    return "\n".join(_sentences(found, options))


def _sentences(found: Document, options: argparse.Namespace) -> Iterator[str]:
    """The answer for a reader."""
    if found["arrival"] is None:
        yield str(Refused(f"{options.origin} 至 {options.target}：时限内无法到达。", "Not reachable in time."))
        return
    yield f"{options.origin} → {options.target}  {_short(found['departure'])} → {_short(found['arrival'])}"
    if found["arrival_p95"]:
        yield str(Refused(f"95% 可在 {_short(found['arrival_p95'])} 前到达", f"95 %: {_short(found['arrival_p95'])}"))
    for leg in found["legs"]:
        yield (
            f"  {_short(leg['departure'])} {leg['from']} → {_short(leg['arrival'])} {leg['to']}  "
            f"{leg['run'] or Refused('步行', 'on foot')}"
        )


def _short(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%m-%d %H:%M")


COMMANDS = [
    Command(
        name="promise",
        summary="When something handed over at one place arrives at another, and how sure that is",
        example="zerotrip promise --from 360102014 --to 361028105 --at 2026-11-24T09:10 --json",
        run=_promise,
        configure=_configure,
        database=lambda options: options.feed is None,
        django=lambda options: options.feed is None,
        rooms=("core", "places", "network"),
    ),
    *TRANSFER,
]
