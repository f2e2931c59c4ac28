"""What the guide tells receivers to write really verifies what arrives, and its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.receiver import Receiver
from tests.gateway.webhooks import deliver, receiver, say
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, set_frozen
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions, delivery, signing
from zerotrip.gateway.webhooks.models import TRIES_KEPT

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db
UNITS = {"s": 1, "min": 60, "h": 3600, "秒": 1, "分钟": 60, "小时": 3600}


def guide(project: Path, name: str = "webhooks.md") -> str:
    return (project / "docs" / "guides" / name).read_text(encoding="utf-8")


def code(project: Path) -> dict[str, Any]:
    """The guide's own Python, defined."""
    found: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", guide(project), re.DOTALL):
        exec(block, found)
    return found


@pytest.mark.parametrize(("digest", "name"), [("sha256", "receive"), ("sm3", "verify_sm3")])
def test_the_code_of_the_guide_verifies(
    partner: tuple[Partner, str], receiver: Receiver, project: Path, digest: str, name: str
) -> None:
    set_frozen(None)  # what the guide shows reads a clock of its own
    hook, secret = actions.register(partner[0].name, receiver.url, digest=digest, actor=SYSTEM, at=now())
    _hook, fresh = actions.rotate(hook.public_id, hours=1, actor=SYSTEM, at=now())
    say(hook)
    deliver()
    (got,) = receiver.received
    verify = code(project)[name]
    for known in (secret, fresh):
        verify(known, got.body, got.headers)
    for wrong in (
        (signing.fresh_secret(), got.body, got.headers),
        (secret, got.body + b" ", got.headers),
        (secret, got.body, got.headers | {"webhook-timestamp": "1700000000"}),
    ):
        with pytest.raises(Exception, match=r"."):
            verify(*wrong)


@pytest.mark.parametrize(("name", "row"), [("webhooks.md", "| pause |"), ("webhooks.zh.md", "| 隔多久再试 |")])
def test_the_pauses_of_the_guide_are_those_of_the_code(project: Path, name: str, row: str) -> None:
    line = next(line for line in guide(project, name).splitlines() if line.startswith(row))
    told = [int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+) (\w+)", line)]
    assert told == [pause.total_seconds() for pause in delivery.PAUSES]
    minutes = sum(told) // 60
    assert (minutes // 60, minutes % 60) == (75, 35)
    assert re.search(r"75 (hours|小时) 35", guide(project, name))


def test_the_limits_of_the_guide_are_those_of_the_code(project: Path, settings: Any) -> None:
    for text in (guide(project), guide(project, "webhooks.zh.md")):
        for limit in (actions.MOST, actions.LONGEST_OVERLAP, int(delivery.TIMEOUT), TRIES_KEPT):
            assert re.search(rf"\b{limit}\b", text), limit
        assert str(settings.ZEROTRIP_WEBHOOK_DAYS) in text
