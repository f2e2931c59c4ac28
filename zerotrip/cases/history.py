"""A case's visits and pauses, read as JSON with the case itself: two statements less on every case page."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from zerotrip.cases.models import Case, Pause, Visit

_TABLES: Final[dict[str, tuple[Any, str, tuple[str, ...], tuple[str, ...]]]] = {
    "visits": (Visit, "at", ("id", "place_id", "reason", "at"), ("at",)),
    "pauses": (
        Pause, "started_at", ("id", "kind", "reason", "needed_days", "started_at", "ended_at"),
        ("started_at", "ended_at"),
    ),
}  # fmt: skip
"""By related name: the table, its order, its columns, and which of them are times."""

COLUMNS: Final[dict[str, Any]] = {
    f"{name}_read": ArraySubquery(
        table.objects.filter(case=OuterRef("pk")).order_by(order).values(row=JSONObject(**{c: c for c in columns}))
    )
    for name, (table, order, columns, _times) in _TABLES.items()
}
"""What a query of cases is annotated with, for `fill`."""


def fill(case: Case) -> None:
    """Give a case that was read with COLUMNS its visits and pauses, as if they had been prefetched."""
    for name, (table, _order, _columns, times) in _TABLES.items():
        known = table.objects.all()
        known._result_cache = [
            table(case=case, **row | {key: datetime.fromisoformat(row[key]) for key in times if row[key]})
            for row in getattr(case, f"{name}_read")
        ]
        known._prefetch_done = True
        case.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known
