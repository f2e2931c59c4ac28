"""A security agreement, as towns of the stories have one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.mail.tariffs import actions
from zerotrip.mail.tariffs.models import Agreement, Product
from zerotrip.places.models import Organisation


def sign_agreement(organisation: str, **changes: Any) -> Agreement:
    """The organisation of this code is a bulk sender from today for a year: its pieces need no document each."""
    given: dict[str, Any] = {
        "number": f"AQ-{organisation}",
        "organisation": Organisation.objects.get(code=organisation),
        "products": list(Product.values),
        "signed_by": "测试签订人",
        "valid_from": today(),
        "valid_until": today() + timedelta(days=365),
    } | changes
    return actions.sign(given.pop("number"), **given, actor=SYSTEM, at=now())
