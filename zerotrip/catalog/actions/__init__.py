"""Everything that can be done with service items, with who handles them and with where their steps are offered."""

from zerotrip.catalog.actions.items import (
    PACKAGED,
    ImportReport,
    Outcome,
    discard_draft,
    draft_version,
    import_items,
    load_packaged_items,
    publish,
    refusal,
    withdraw,
)
from zerotrip.catalog.actions.places import offer, offer_many, set_competence, stop_offering

__all__ = [
    "PACKAGED",
    "ImportReport",
    "Outcome",
    "discard_draft",
    "draft_version",
    "import_items",
    "load_packaged_items",
    "offer",
    "offer_many",
    "publish",
    "refusal",
    "set_competence",
    "stop_offering",
    "withdraw",
]
