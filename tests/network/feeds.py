"""Small feeds for stories: files of text by name, as somebody would write them."""

from __future__ import annotations

from collections.abc import Mapping

from zerotrip.network.engine import gtfs
from zerotrip.network.engine.gtfs import Feed

Files = dict[str, str]

DAILY = "每日"


def files(**more: str) -> Files:
    """A post with two stops and one run a day, A 8:00 to B 9:00. Keywords replace whole files ("" removes one)."""
    made: Files = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\npost,邮政,https://example.com/,Asia/Shanghai",
        "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,甲,28.1,115.1\nB,乙,28.5,115.5",
        "routes": "route_id,agency_id,route_short_name,route_long_name,route_type\nR,post,1,甲乙线,3",
        "trips": f"route_id,service_id,trip_id\nR,{DAILY},早班",
        "stop_times": times("早班 A 8:00 | B 9:00"),
        "calendar": calendar(f"{DAILY} 1111111 20261101 20261130"),
    }
    made |= more
    return {name: text for name, text in made.items() if text}


def times(*trips: str) -> str:
    """stop_times from lines like "early A 8:00 | B 8:10-8:20 | C 9:00 nodrop"."""
    rows = ["trip_id,stop_sequence,stop_id,arrival_time,departure_time,pickup_type,drop_off_type"]
    for line in trips:
        head, *calls = line.split("|")
        trip, _, first = head.strip().partition(" ")
        for number, call in enumerate([first, *calls]):
            stop, when, *marks = [*call.split(), ""]
            arrival, _, departure = when.partition("-")
            both = (_full(arrival), _full(departure or arrival))
            rows.append(f"{trip},{number},{stop},{','.join(both)},{int('nopick' in marks)},{int('nodrop' in marks)}")
    return "\n".join(rows)


def _full(text: str) -> str:
    return text and f"{text.zfill(5)}:00"


def stops(names: str) -> str:
    """Stops of these one-word names, somewhere."""
    rows = [f"{name},{name},28.{at:02},115.{at:02}" for at, name in enumerate(names.split())]
    return "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *rows])


def trips(names: str, service: str = DAILY) -> str:
    """Trips of these names, all of one service."""
    return "\n".join(["route_id,service_id,trip_id", *(f"R,{service},{name}" for name in names.split())])


def calendar(*lines: str) -> str:
    """Services from lines like "weekly 1111100 20261101 20261130"."""
    head = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
    rows = []
    for line in lines:
        name, days, first, last = line.split()
        rows.append(",".join([name, *days, first, last]))
    return "\n".join([head, *rows])


def transfers(*lines: str) -> str:
    """Transfers from lines like "A B 2 300"."""
    return "\n".join(
        ["from_stop_id,to_stop_id,transfer_type,min_transfer_time", *(",".join([*x.split(), ""][:4]) for x in lines)]
    )


def understood(content: Mapping[str, str]) -> Feed:
    """The feed in these files. Raises FeedRefused."""
    return gtfs.understand({f"{name}.txt": text.encode() for name, text in content.items()})
