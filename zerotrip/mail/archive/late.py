"""Scans that come for a month that lies in files: those known there already are left out, the others are new."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db import connection

from zerotrip.core.clock import today
from zerotrip.mail.archive import files
from zerotrip.mail.archive.ages import folder, oldest_kept
from zerotrip.mail.models import ArchivePart

_LEAVE_OUT: Final = """
DELETE FROM {table} g
USING unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[]) AS k (number, code, at, office)
WHERE g.number = k.number COLLATE "C" AND g.code = k.code COLLATE "C" AND g.at = k.at
    AND g.office = k.office COLLATE "C"
"""


def hold(months: Iterable[date]) -> list[date]:
    """Keep months old enough from being archived until the transaction ends; answers which they are.

    Costs nothing for the others. To be called before anything else of `mail_scan` is locked.
    """
    first = oldest_kept(today())
    old = [month for month in months if month < first]
    if old:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('mail_scan archive'))")
    return old


def leave_out(table: str, old: list[date]) -> None:
    """Delete from `table` (scans about to be merged, in this transaction) what the files of the held months hold."""
    if not old:
        return
    with connection.cursor() as cursor:
        parts = list(ArchivePart.objects.filter(month__in=old, restored_at__isnull=True))
        if not parts:
            return
        cursor.execute(f"SELECT DISTINCT number FROM {table}")
        numbers = [row[0] for row in cursor.fetchall()]
        for part in parts:
            for rows in files.of_numbers(folder() / part.file, numbers):
                keys = [list(column) for column in zip(*(row[:4] for row in rows), strict=True)]
                cursor.execute(_LEAVE_OUT.format(table=table), keys)
