"""Builds the demo on an empty database; on a filled one it leaves everything as it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from zerotrip.catalog.actions import load_packaged_items
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.database import data_folder
from zerotrip.demo import bags, logins, money, post, province, tasks, trackers
from zerotrip.gateway.actions import register_partner
from zerotrip.people.models import Account
from zerotrip.places.actions import import_divisions

PARTNER = "赣服通演示平台"


def token_file() -> Path:
    """Where the demo partner's token is kept between runs, readable by its owner only."""
    return data_folder() / "demo-partner-token"


def is_built() -> bool:
    """True when the demo's people are there: they come last."""
    hired = Account.objects.filter(username=logins.STAFF[-1].username).exists()
    return hired and token_file().exists() and money.is_built()


def build(division: str = "36", say: Callable[[str], None] = lambda text: None) -> None:
    """Load divisions and items, open the province, hire its people, register a partner. A killed build goes on."""
    at = now()
    say("区划")
    import_divisions(actor=SYSTEM, at=at)
    say("事项")
    load_packaged_items(actor=SYSTEM, at=at)
    from zerotrip.places.models import Place

    if not Place.objects.filter(code="H360102").exists():
        province.build(division, at, say)
    post.build(at, say)
    money.build(at, say)
    tasks.later()
    say("人员")
    if not Account.objects.filter(username=logins.STAFF[-1].username).exists():
        logins.hire_all(at)
    bags.build(say)
    if not token_file().exists():
        _partner, token = register_partner(PARTNER, actor=SYSTEM, at=at)
        fresh = token_file().with_name(f".token.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(token + "\n")
        fresh.replace(token_file())
    trackers.open_for(PARTNER, at)


def partner_token() -> str:
    """The demo partner's token."""
    return token_file().read_text().strip()
