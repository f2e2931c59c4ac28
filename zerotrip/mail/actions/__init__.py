"""What can be done with mail pieces and hand-over lists."""

from zerotrip.mail.actions.delivery import attempt_failed, deliver, send_back, show_phone, take_out
from zerotrip.mail.actions.differences import escalate, settle
from zerotrip.mail.actions.labels import label, renumber, void_label
from zerotrip.mail.actions.manifests import (
    ManifestDiffers,
    close,
    give,
    open_manifest,
    put,
    take_off,
    tick,
)
from zerotrip.mail.actions.posting import accept, cancel, order
from zerotrip.mail.actions.tracking import open_tracking
from zerotrip.mail.models import Pickup

__all__ = [
    "ManifestDiffers",
    "Pickup",
    "accept",
    "attempt_failed",
    "cancel",
    "close",
    "deliver",
    "escalate",
    "give",
    "label",
    "open_manifest",
    "open_tracking",
    "order",
    "put",
    "renumber",
    "send_back",
    "settle",
    "show_phone",
    "take_off",
    "take_out",
    "tick",
    "void_label",
]
