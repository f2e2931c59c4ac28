"""What the API costs: a case created with its consignment, a case read with its timeline, a case page.

    python -m bench.api [--cases 150] [--reads 400]

Calls go through the product's whole WSGI stack in this process, without a socket. Reads alternate with two bare views
that only run the same SELECT and return its text: one behind the same middleware, one behind none.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import timedelta
from typing import Any

from bench.common import installation, percentile, show


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=150, help="cases to create")
    parser.add_argument("--reads", type=int, default=400, help="reads of each kind")
    options = parser.parse_args()
    with installation():
        with redirect_stdout(io.StringIO()):
            world = World()
        made = [world.create(new_person=False) for _ in range(options.cases)][10:]
        fresh = [world.create(new_person=True) for _ in range(options.cases)][10:]
        numbers = world.numbers
        show(
            "Creating a case with its consignment (POST /api/v1/cases), milliseconds",
            ["applicant", "statements", "transactions", "p50", "p95"],
            [
                ["known company", *world.statements(lambda: world.create(new_person=False)), *_row(made)],
                ["person never seen", *world.statements(lambda: world.create(new_person=True)), *_row(fresh)],
            ],
            "Statements include idempotency key, nonce and answer; BEGIN, COMMIT and savepoints do not count. "
            f"Of the time {statistics.median(world.checks(options.cases)):.1f} ms (p50) is the check of the signature.",
        )
        world.lengthen(numbers[0], 10)
        times = world.reads(numbers[0], options.reads)
        ours = statistics.median(times["GET /api/v1/cases/{number}"])
        show(
            "Reading a case with its timeline, milliseconds",
            ["what", "p50", "p95", "its speed against ours"],
            [[name, *_row(each), f"{ours / statistics.median(each):.0%}"] for name, each in times.items()],
            f"{world.count(lambda: world.read(numbers[0]))} statement; we reach "
            f"{statistics.median(times['bare view, same middleware']) / ours:.0%} of a bare view behind the same "
            f"middleware, {statistics.median(times['bare view, no middleware']) / ours:.0%} of one behind none.",
        )
        rows = []
        for more in (0, 40, 150):
            world.lengthen(numbers[1], more)
            rows.append([world.length(numbers[1]), world.count(lambda: world.view(numbers[1]))])
        show("Statements of a case page", ["entries in the timeline", "statements"], rows)


def _row(times: list[float]) -> list[float]:
    return [statistics.median(times), percentile(times, 0.95)]


class World:
    """A town with a partner, and calls as a web server makes them."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler
        from django.urls import path

        from tests.town import build
        from zerotrip.core.actors import SYSTEM
        from zerotrip.core.clock import now
        from zerotrip.gateway import actions
        from zerotrip.gateway.signing import keys
        from zerotrip.places.actions import import_divisions
        from zerotrip.web import urls

        import_divisions(actor=SYSTEM, at=now())
        self.town = build()
        _partner, token = actions.register_partner("bench", rate_per_minute=1_000_000, actor=SYSTEM, at=now())
        self.key = keys.make()
        actions.add_key("bench", keys.of(self.key).pem, actor=SYSTEM, at=now())
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "SERVER_NAME": "localhost"}
        self.numbers: list[str] = []
        self.serial = 0
        urls.urlpatterns.append(path("bare/<str:number>", _bare))
        self.whole = WSGIHandler()
        kept, settings.MIDDLEWARE = settings.MIDDLEWARE, []
        self.plain = WSGIHandler()
        settings.MIDDLEWARE = kept

    def call(
        self, method: str, path: str, body: Any = None, *, handler: Any = None, **extra: str
    ) -> tuple[bytes, float]:
        """One request, signed when it writes. Returns the body and the milliseconds it took, without those of signing.
        Raises AssertionError when it was refused."""
        from django.test import RequestFactory

        content = b"" if body is None else json.dumps(body).encode()
        if method != "GET":
            extra |= self.signature(method, path, content, extra)
        environ = RequestFactory().generic(method, path, content, "application/json", **self.headers, **extra).environ
        status: list[str] = []
        began = time.perf_counter()
        answer = (handler or self.whole)(environ, lambda line, headers: status.append(line))
        read = b"".join(answer)
        answer.close()
        took = (time.perf_counter() - began) * 1000
        assert status[0].startswith("2"), (status, read.decode()[:500])
        return read, took

    def signature(self, method: str, path: str, content: bytes, extra: dict[str, str]) -> dict[str, str]:
        """The headers that sign a request, as WSGI has them."""
        from zerotrip.core.clock import now
        from zerotrip.gateway.signing import client

        named = {name.removeprefix("HTTP_").replace("_", "-"): value for name, value in extra.items()}
        sent = {"Content-Type": "application/json", **named}
        headers = client.signed(method, f"http://localhost{path}", content, key=self.key, created=now(), headers=sent)
        return {f"HTTP_{name.upper().replace('-', '_')}": headers[name] for name in headers if name not in sent}

    def checks(self, count: int) -> list[float]:
        """Milliseconds of checking a signature, with its nonce kept, for `count` requests of 500 bytes."""
        from django.test import RequestFactory

        from zerotrip.gateway.signing import verify

        times, path, body = [], "/api/v1/cases", b"x" * 500
        for _turn in range(count):
            signed = self.signature("POST", path, body, {})
            request: Any = RequestFactory().generic("POST", path, body, "application/json", **self.headers, **signed)
            began = time.perf_counter()
            verify.verified(request)
            times.append((time.perf_counter() - began) * 1000)
        return times

    def create(self, *, new_person: bool) -> float:
        """Milliseconds of one application."""
        from tests.actors import resident_number
        from tests.cases.stories import company_code, food_item
        from zerotrip.core.clock import today

        self.serial += 1
        self.item = getattr(self, "item", "") or food_item()
        applicant: dict[str, Any] = {"kind": "company", "name": "演示食品有限公司", "uscc": company_code()}
        if new_person:
            applicant = {"kind": "person", "name": "周小兰", "id_number": resident_number(), "phone": "13900002222"}
        body = {
            "item_code": self.item,
            "county": self.town.nc.county,
            "applicant": applicant,
            "contact": {"name": "周小兰", "phone": "13900002222", "division": "360102", "detail": "演示路9号3栋201室"},
            "materials_route": "courier",
            "result_route": "mail",
            "pickup": {"day": (today() + timedelta(days=1)).isoformat(), "from": "14:00", "until": "16:00"},
        }
        answer, took = self.call("POST", "/api/v1/cases", body, HTTP_IDEMPOTENCY_KEY=f"bench-{self.serial:08d}")
        self.numbers.append(json.loads(answer)["number"])
        return took

    def read(self, number: str) -> float:
        return self.call("GET", f"/api/v1/cases/{number}")[1]

    def reads(self, number: str, rounds: int) -> dict[str, list[float]]:
        """Milliseconds of our read and of the bare ones, taken in turns."""
        _Bare.sql = _statement(number)
        kinds: dict[str, Callable[[], float]] = {
            "GET /api/v1/cases/{number}": lambda: self.read(number),
            "bare view, same middleware": lambda: self.call("GET", f"/bare/{number}")[1],
            "bare view, no middleware": lambda: self.call("GET", f"/bare/{number}", handler=self.plain)[1],
        }
        times: dict[str, list[float]] = {name: [] for name in kinds}
        for turn in range(rounds + 20):
            for name, work in kinds.items():
                took = work()
                if turn >= 20:
                    times[name].append(took)
        return times

    def view(self, number: str) -> None:
        """What a case page asks for, as the hall clerk."""
        from zerotrip.cases import queries

        queries.get(self.town.nc.clerk, number)

    def lengthen(self, number: str, entries: int) -> None:
        """Add steps to the timeline of a case."""
        from zerotrip.cases import kinds
        from zerotrip.cases.models import Case
        from zerotrip.core.actors import SYSTEM
        from zerotrip.core.clock import now
        from zerotrip.ledger import frame

        if not entries:
            return
        name = f"bench.step{len(frame.ACTIONS)}"

        @frame.action(name, roles=frame.ANYONE)
        def steps(*, actor: Any, at: Any) -> None:
            case = Case.objects.get(number=number)
            for _ in range(entries):
                frame.record(kinds.RECEIVED, case, case_number=number, place=case.window)

        steps(actor=SYSTEM, at=now())

    def length(self, number: str) -> int:
        from zerotrip.ledger.models import Entry

        return Entry.objects.filter(case_number=number).count()

    def count(self, work: Callable[[], Any]) -> int:
        """How many statements `work` needs."""
        return self.statements(work)[0]

    def statements(self, work: Callable[[], Any]) -> list[int]:
        """Statements and transactions of `work`."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            work()
        words = [query["sql"].lstrip().split(" ", 1)[0].rstrip(";").upper() for query in captured.captured_queries]
        control = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}
        return [sum(word not in control for word in words), words.count("BEGIN")]


class _Bare:
    sql: tuple[str, list[Any]] = ("", [])


def _bare(request: Any, number: str) -> Any:
    """The least a view can do: the SELECT, and its text."""
    from django.db import connection
    from django.http import HttpResponse

    with connection.cursor() as cursor:
        cursor.execute(*_Bare.sql)
        row = cursor.fetchone()
    return HttpResponse(row[0], content_type="application/json")


def _statement(number: str) -> tuple[str, list[Any]]:
    """The SELECT of a case document for one number."""
    from zerotrip.cases.models import Case
    from zerotrip.gateway import queries
    from zerotrip.ledger.kinds import KINDS

    visible = Case.objects.filter(number=number).order_by().values("pk").query.sql_with_params()
    return queries._DOCUMENT.replace("{visible}", visible[0]), [queries._public_kinds(len(KINDS)), *visible[1]]


if __name__ == "__main__":
    main()
