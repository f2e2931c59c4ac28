"""The demo's prices and its one security agreement, both named as what they are: values to be checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import local
from zerotrip.mail.tariffs import actions
from zerotrip.mail.tariffs.models import Agreement, Product
from zerotrip.places.models import Organisation

NUMBER = "AQ-DEMO-1"


def is_built() -> bool:
    """True when the halls may send without a document each."""
    return Agreement.objects.filter(number=NUMBER).exists()


def build(at: datetime, step: Callable[[str], None] = lambda text: None) -> None:
    """Put the packaged tariff into force and sign the halls' agreement; what is there is left as it is."""
    step("资费和安全协议")
    actions.load_packaged(actor=SYSTEM, at=at)
    if is_built():
        return
    day = local(at).date()
    actions.sign(
        NUMBER,
        organisation=Organisation.objects.get(code="DEMO-POST"),
        products=list(Product.values),
        signed_by="演示签订人",
        valid_from=day,
        valid_until=day + timedelta(days=3 * 365),
        note="演示：各政务服务大厅批量交寄，免逐件查验证件",
        actor=SYSTEM,
        at=at,
    )
