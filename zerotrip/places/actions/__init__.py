"""What can be done to divisions, organisations and places."""

from zerotrip.places.actions.divisions import ImportReport, import_divisions, rename_division
from zerotrip.places.actions.opening import (
    NewPlace,
    change_day,
    change_hours,
    close_place,
    open_organisation,
    open_place,
    open_places,
)

__all__ = [
    "ImportReport",
    "NewPlace",
    "change_day",
    "change_hours",
    "close_place",
    "import_divisions",
    "open_organisation",
    "open_place",
    "open_places",
    "rename_division",
]
