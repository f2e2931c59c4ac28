"""Key rotation: seal again, under the newest key, what an older one has sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection, models, transaction

from zerotrip.core.crypto import SealedTextField, newest_key, seal, unseal

BATCH = 500


def reseal(progress: Callable[[str, int], None] = lambda table, done: None) -> int:
    """Seal every older value of every room again, batch by batch. Returns how many; stopped, it goes on where it was.

    `progress` gets the model and how many more are done. Works below the models: a snapshot may not be changed
    otherwise, and its plain text stays the same.
    """
    return sum(_reseal_column(field, progress) for field in sealed_fields())


def sealed_fields() -> Iterator[SealedTextField]:
    """Every sealed column of the product."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                yield field


def waiting() -> int:
    """How many values are sealed under an older key."""
    total = 0
    for field in sealed_fields():
        with connection.cursor() as cursor:
            table, column, _key = _names(field)
            cursor.execute(f"SELECT count(*) FROM {table} WHERE substr({column}, 2, 2) <> %s", [_key_bytes()])
            total += cursor.fetchone()[0]
    return total


def _reseal_column(field: SealedTextField, progress: Callable[[str, int], None]) -> int:
    table, column, key = _names(field)
    older = (
        f"SELECT {key}, {column} FROM {table} WHERE substr({column}, 2, 2) <> %s"
        f" ORDER BY {key} LIMIT {BATCH} FOR NO KEY UPDATE"
    )
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(older, [_key_bytes()])
            rows = cursor.fetchall()
            fresh = [(seal(unseal(bytes(blob), field.context), field.context), pk) for pk, blob in rows]
            cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", fresh)
        done += len(rows)
        if rows:
            progress(field.model._meta.label, len(rows))
        if len(rows) < BATCH:
            return done


def _names(field: models.Field[object, object]) -> tuple[str, str, str]:
    quote, meta = connection.ops.quote_name, field.model._meta
    return quote(meta.db_table), quote(str(field.column)), quote(str(meta.pk.column if meta.pk else "id"))


def _key_bytes() -> bytes:
    return newest_key().to_bytes(2, "big")
