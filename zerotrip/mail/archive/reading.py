"""What archived months still answer."""

from __future__ import annotations

from datetime import date

from zerotrip.core.memo import briefly
from zerotrip.mail.archive import files
from zerotrip.mail.archive.ages import folder
from zerotrip.mail.archive.files import Row
from zerotrip.mail.models import ArchivePart
from zerotrip.rules import mail_number


def archived_scans(number: str) -> list[Row]:
    """The scans of a number that lie in files, oldest first, read there without bringing a month back."""
    compact = mail_number.compact(number)
    found: list[Row] = []
    parts = ArchivePart.objects.filter(restored_at__isnull=True, first_number__lte=compact, last_number__gte=compact)
    for part in parts:
        for rows in files.of_numbers(folder() / part.file, [compact]):
            found += rows
    return sorted(found, key=lambda row: (row[2], row[1], row[3]))


@briefly(60)
def details_from() -> date | None:
    """The first day whose scans are all in the database; those before it may lie in files. None: nothing does."""
    month = (
        ArchivePart.objects.filter(restored_at__isnull=True).order_by("-month").values_list("month", flat=True).first()
    )
    return None if month is None else date(month.year + month.month // 12, month.month % 12 + 1, 1)
