"""Why there is no better way: laws with their article, what is not offered near by, and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from zerotrip.catalog import codes
from zerotrip.journey.engine import model
from zerotrip.journey.itinerary.telling import Teller
from zerotrip.journey.itinerary.types import Constraint
from zerotrip.journey.spots import Chosen, Site
from zerotrip.journey.wording import mode_name
from zerotrip.places.models import PlaceKind


def what_stopped(teller: Teller, found: model.Itinerary) -> tuple[Constraint, ...]:
    """For each step the applicant goes out for: what rules out a way without, and what the own outlet lacks."""
    gone = [done for done in found.steps if done.visit]
    bars = [bar for done in gone for bar in teller.built.problem.bars if bar.step == done.step]
    bars += [bar for done in gone for bar in _lacking(teller, done)]
    return tuple(teller.constraint(bar) for bar in dict.fromkeys(bars))


def _lacking(teller: Teller, done: model.Done) -> Iterator[model.Bar]:
    """What the applicant's own outlet would have to offer for the step to be done there."""
    built = teller.built
    here = next((one for one in built.places if one.key == done.spot), None)
    own = own_outlet(teller)
    if own is None or here is None or here.site.division == own.division:
        return
    offered = built.offered.services(own)
    for option in teller.steps[done.step].options:
        if option.mode not in ("outlet", "kiosk") or not option.service or option.service in offered:
            continue
        service = codes.label(codes.SERVICE, option.service)
        if here.mode == option.mode:
            reason = _("{own}未开通“{service}”，最近开通的是{place}。").format(
                own=own.name, service=service, place=here.site.name
            )
        else:
            reason = _("{own}未开通“{service}”，开通后可在当地办理这一环节。").format(own=own.name, service=service)
        teller.names.setdefault(own.code, own.name)
        yield model.Bar(done.step, (option.mode,), reason, place=own.code)


def own_outlet(teller: Teller) -> Site | None:
    """The outlet in the applicant's own division."""
    world = teller.built.offered.world
    rows = world.within([teller.built.home.code])
    return next((world.sites[row] for row in rows if world.sites[row].kind == PlaceKind.OUTLET), None)


def why_none(teller: Teller) -> tuple[Constraint, ...]:
    """Why there is no way at all, and what would help."""
    problem = teller.built.problem
    if not problem.steps:
        reason = _("这个事项还没有录入办理环节，请联系政务大厅咨询。")
        return (Constraint("", "", (), reason),)
    stuck = [step for step in problem.steps if not _doable(step, teller.built.places)]
    bars = [bar for step in stuck for bar in problem.bars if bar.step == step.key]
    found = [teller.constraint(bar) for bar in bars]
    for step in stuck:
        found += [Constraint(step.key, step.name, (o.mode,), reason) for o, reason in _missing(step)]
    if not stuck:
        days = problem.horizon // 1440
        reason = _("{days} 天内排不出完整的办理路线：邮路或开放时间接不上。开通邮路，或换到县城办理，可能有帮助。")
        found.append(Constraint("", "", (), reason.format(days=days)))
    return tuple(dict.fromkeys(found))


def _doable(step: model.Step, places: tuple[Chosen, ...]) -> bool:
    return any(
        option.mode in model.AT_HOME
        or any(one.mode == option.mode and (not option.service or option.service in one.services) for one in places)
        for option in step.options
    )


def _missing(step: model.Step) -> Iterator[tuple[model.Option, str]]:
    for option in step.options:
        mode = mode_name(option.mode)
        if option.mode == "window":
            yield option, _("当地还没有设置办理这一事项的部门窗口，请联系政务大厅。")
        elif option.service:
            service = codes.label(codes.SERVICE, option.service)
            yield option, _("还没有{mode}开通“{service}”，开通后即可办理这一环节。").format(mode=mode, service=service)
        else:
            yield option, _("附近还没有可办理这一环节的{mode}。").format(mode=mode)
