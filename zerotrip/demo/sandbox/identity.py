"""Who the sandbox is: its key, which only it has, and its place among our partners."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

import structlog

from zerotrip.core.actors import SYSTEM
from zerotrip.core.errors import Problem
from zerotrip.demo import build
from zerotrip.demo.sandbox import notebook
from zerotrip.gateway import actions
from zerotrip.gateway.models import Partner, PartnerKey, Scope
from zerotrip.gateway.signing import keys

log = structlog.get_logger(__name__)


def key_file() -> Path:
    """Where the sandbox keeps its private key, readable by its owner only."""
    return notebook.folder() / "partner-key.pem"


def private() -> keys.Private:
    """The sandbox's private key, made at its first use."""
    path = key_file()
    if not path.exists():
        fresh = path.with_name(f".key.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(keys.private_pem(keys.make()))
        fresh.replace(path)
    return keys.read_private(path.read_bytes())


def register(at: datetime) -> None:
    """What an administrator does for a partner: its public key, and every scope there is. Again it changes nothing."""
    key = keys.of(private())
    try:
        partner = Partner.objects.visible_to(SYSTEM).filter(name=build.PARTNER, active=True).first()
        if partner is None:
            return
        if set(partner.scopes) != set(Scope.values):
            actions.change_partner(
                partner.name, Scope.values, rate_per_minute=partner.rate_per_minute, actor=SYSTEM, at=at
            )
        if not PartnerKey.objects.visible_to(SYSTEM).filter(keyid=key.keyid).exists():
            actions.add_key(partner.name, key.pem, actor=SYSTEM, at=at)
    except Problem as problem:
        log.warning("the sandbox is no partner", detail=str(problem.detail))
