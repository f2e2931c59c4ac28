"""`zerotrip plan`."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING

from zerotrip.core.cli import Command
from zerotrip.journey.coverage_cli import COMMAND as COVERAGE

if TYPE_CHECKING:
    from zerotrip.journey.itinerary import Constraint, Itinerary, Leg, Step
    from zerotrip.journey.queries import PlanView


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM", help="code of a service item, for example DL_EXPIRY")
    parser.add_argument(
        "--from", dest="division", required=True, metavar="DIVISION", help="code of the applicant's township or county"
    )
    parser.add_argument(
        "--at", type=datetime.fromisoformat, metavar="ISO-TIME", help="when to begin (default: now; Asia/Shanghai)"
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def _plan(options: argparse.Namespace) -> int:
    from zerotrip.core.clock import now
    from zerotrip.journey.queries import plan_for

    view = plan_for(options.item, options.division, options.at or now(), compiled=False)
    if options.json:
        print(json.dumps(view.as_json(), ensure_ascii=False))
    else:
        print("\n".join(_lines(view)))
    return 0 if view.itineraries else 1


def _lines(view: PlanView) -> list[str]:
    from zerotrip.journey.wording import when

    lines = [f"{view.item_name}（{view.item}）  {view.division}  {when(view.at)}"]
    for one in view.itineraries:
        lines += ["", *_card(one)]
    if not view.itineraries:
        lines += ["", "没有可行的办理路线："]
    elif not view.complete:
        lines += ["", "时间到，未能比较全部路线；以上为已找到的最好结果。"]
    shown = view.constraints
    if view.itineraries and shown:
        lines += ["", "为什么不能更好："]
    return [*lines, *(f"  · {_reason(one)}" for one in shown)]


def _card(one: Itinerary) -> list[str]:
    from zerotrip.core.money import format_yuan
    from zerotrip.journey.wording import when

    lines = [f"{one.trips} 次 · {when(one.finish_p95)} 前 · {format_yuan(one.price)}"]
    if one.provisional:
        lines.append(f"    {one.note}")
    told: list[tuple[datetime, int, str]] = [(leg.departs, 1, _leg(leg)) for leg in one.legs]
    told += [(step.begins, 2, _step(step)) for step in one.steps]
    lines += [line for _at, _order, line in sorted(told, key=lambda row: row[:2])]
    parts = [f"{part.name} {format_yuan(part.amount)}" for part in one.parts]
    parts += [f"{name} 标准未取得，未计入" for name in one.open_fees]
    lines.append("    " + ("，".join(parts) or "不收费"))
    return lines


def _step(step: Step) -> str:
    from zerotrip.journey.wording import mode_name, when

    visit = f"  第 {step.visit} 次出门" if step.visit else ""
    return (
        f"    {when(step.begins)} – {when(step.ends)}  {step.name}（{mode_name(step.mode)}） {step.place_name}{visit}"
    )


def _leg(leg: Leg) -> str:
    from zerotrip.journey.wording import LEGS, NETS, paper_names, when

    carried = f" {paper_names(leg.papers)}" if leg.papers else ""
    net = f"（{NETS[leg.net]}）" if leg.net in NETS else ""
    return (
        f"    {when(leg.departs)} – {when(leg.arrives)}  {LEGS[leg.kind]}{net}{carried}  "
        f"{leg.origin_name} → {leg.target_name}"
    )


def _reason(one: Constraint) -> str:
    source = f"（{one.law}{one.article}）" if one.law else ""
    return f"{one.step_name}：{one.reason}{source}" if one.step_name else f"{one.reason}{source}"


COMMANDS = [
    Command(
        name="plan",
        summary="The ways to do an errand: fewest trips, earliest finish, least cost",
        example="zerotrip plan DL_EXPIRY --from 360102001 --at 2026-11-24T09:00 --json",
        run=_plan,
        configure=_configure,
        rooms=("core", "places", "network", "catalog", "journey"),
    ),
    COVERAGE,
]
