"""Import a timetable, put it into use, retire it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.memo import forget
from zerotrip.core.roles import Role
from zerotrip.core.words import listed
from zerotrip.ledger.frame import action, record
from zerotrip.network import kinds
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.gtfs_files import digest as digest_of
from zerotrip.network.engine.gtfs_files import render
from zerotrip.network.models import Feed, FeedState, FeedStop
from zerotrip.places.models import Place

MANAGERS = frozenset({Role.SYSTEM_ADMIN, Role.PROJECT_MANAGER})
MOST_FINDINGS = 200
"""How many findings of an import are kept."""

Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    pass


@action("network.import_feed", roles=MANAGERS)
def import_feed(
    path: Path, *, name: str = "", version: str = "", actor: Actor, at: datetime, progress: Progress = _silent
) -> Feed:
    """Take a GTFS timetable (folder or zip) as a whole or not at all; it is not in use before `activate`.

    `progress` is told (steps done, all steps). Raises BadInput with the findings in `extra["report"]`, Conflict when
    the same content was imported before.
    """
    progress(0, 4)
    try:
        feed = gtfs.read(path)
    except gtfs.FeedRefused as refused:
        sentence = refused.en if (get_language() or "").startswith("en") else refused.zh
        raise BadInput(sentence, report=[asdict(finding) for finding in refused.report]) from refused
    progress(1, 4)
    body, digest = _packed(feed)
    known = Feed.objects.defer("body").filter(digest=digest).first()
    if known is not None:
        raise Conflict(_("这份时刻表已导入过：{feed}，未作改动。").format(feed=known), feed=known.pk)
    info = _info(feed)
    made = Feed(
        name=(name or info.get("feed_publisher_name") or feed.name)[:120],
        version=(version or info.get("feed_version", ""))[:60],
        digest=digest,
        valid_from=feed.first_day,
        valid_until=feed.last_day,
        zone=feed.zone,
        counts=_counts(feed),
        body=body,
        imported_at=at,
    )
    progress(2, 4)
    places = dict(Place.objects.filter(code__in=list(feed.stops)).values_list("code", "pk"))
    findings = [asdict(finding) for finding in feed.report[:MOST_FINDINGS]]
    made.report = [*findings, *_without_place(feed, places)]
    made.save(force_insert=True)
    progress(3, 4)
    FeedStop.objects.bulk_create(
        [
            FeedStop(
                feed=made, code=stop.id[:60], name=stop.name[:200], lat=stop.lat, lon=stop.lon,
                place_id=places.get(stop.id),
            )
            for stop in feed.stops.values()
        ],
        batch_size=2000,
    )  # fmt: skip
    record(kinds.FEED_IMPORTED, made, feed=str(made), stops=len(feed.stops), runs=len(feed.trips), digest=digest)
    progress(4, 4)
    return made


@action("network.activate", roles=MANAGERS)
def activate(feed_id: int, *, actor: Actor, at: datetime) -> Feed:
    """Put a timetable into use; the one before is retired. Raises NotFound, Conflict when it is in use already."""
    feeds = {f.pk: f for f in Feed.objects.select_for_update(no_key=True, of=("self",)).defer("body").order_by("pk")}
    chosen = feeds.get(feed_id)
    if chosen is None:
        raise NotFound(_("没有这份时刻表，请刷新页面。"))
    if chosen.state == FeedState.ACTIVE:
        raise Conflict(_("时刻表 {feed} 已在使用中。").format(feed=chosen))
    for before in feeds.values():
        if before.state == FeedState.ACTIVE:
            _retire(before, at)
    chosen.state, chosen.activated_at, chosen.retired_at = FeedState.ACTIVE, at, None
    chosen.save(update_fields=["state", "activated_at", "retired_at"])
    forget()
    record(
        kinds.FEED_ACTIVATED, chosen, feed=str(chosen), first=chosen.valid_from.isoformat(),
        last=chosen.valid_until.isoformat(), digest=chosen.digest,
    )  # fmt: skip
    return chosen


@action("network.retire", roles=MANAGERS)
def retire(feed_id: int, *, actor: Actor, at: datetime) -> Feed:
    """Take a timetable out of use; without another there are no promises. Raises NotFound, Conflict."""
    feeds = Feed.objects.select_for_update(no_key=True, of=("self",)).defer("body")
    chosen = feeds.filter(pk=feed_id).first()
    if chosen is None:
        raise NotFound(_("没有这份时刻表，请刷新页面。"))
    if chosen.state == FeedState.RETIRED:
        raise Conflict(_("时刻表 {feed} 已经停用。").format(feed=chosen))
    _retire(chosen, at)
    return chosen


def _retire(feed: Feed, at: datetime) -> None:
    feed.state, feed.retired_at = FeedState.RETIRED, at
    feed.save(update_fields=["state", "retired_at"])
    forget()
    record(kinds.FEED_RETIRED, feed, feed=str(feed), digest=feed.digest)


def _info(feed: gtfs.Feed) -> dict[str, str]:
    table = feed.tables.get("feed_info")
    return dict(zip(table.columns, table.rows[0], strict=True)) if table is not None and table.rows else {}


def _packed(feed: gtfs.Feed) -> tuple[bytes, str]:
    """The files as one zip, written our way, and the digest of what a reader of it will find."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.zip"
        gtfs.write(feed, path)
        files = {f"{stem}.txt": render(table) for stem, table in feed.tables.items()} | feed.aside
        return path.read_bytes(), digest_of(files)


def _counts(feed: gtfs.Feed) -> dict[str, Any]:
    """How much there is; connections (hops from a call to the next) on the busiest and the quietest day of a week."""
    hops: dict[str, int] = {}
    for trip in feed.trips.values():
        times = max(1, len(trip.starts))
        hops[trip.service] = hops.get(trip.service, 0) + (len(trip.calls) - 1) * times
    days = [feed.first_day + timedelta(n) for n in range(min(366, (feed.last_day - feed.first_day).days + 1))]
    by_day = [_hops_on(feed, hops, day) for day in days]
    return {
        "stops": len(feed.stops),
        "lines": len({trip.route for trip in feed.trips.values()}),
        "runs": len(feed.trips),
        "calls": sum(len(trip.calls) for trip in feed.trips.values()),
        "services": len(feed.services),
        "rounds": len(feed.rounds),
        "connections": max(by_day),
        "connections_least": min(by_day),
    }


def _hops_on(feed: gtfs.Feed, hops: dict[str, int], day: date) -> int:
    return sum(n for key, n in hops.items() if key in feed.services and feed.services[key].runs(day))


def _without_place(feed: gtfs.Feed, places: dict[str, int]) -> list[dict[str, Any]]:
    """Stops that no place has the code of, named in one finding."""
    missing = sorted(code for code in feed.stops if code not in places)
    if not missing:
        return []
    some = listed(missing[:10]) + (" …" if len(missing) > 10 else "")
    zh = f"{len(missing)} 个站点没有对应的场所：{some}"
    en = (
        f"{len(missing)} stops have no place of that code: {', '.join(missing[:10])}{' …' if len(missing) > 10 else ''}"
    )
    return [{"severity": "warning", "file": "stops.txt", "row": None, "zh": zh, "en": en}]
