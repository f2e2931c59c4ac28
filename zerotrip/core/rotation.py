"""A new sealing key, and everything sealed under older ones sealed anew: in batches, with the work going on beside it.

What still carries an older key is found by its key id, so that an interrupted rotation goes on where it was.
Running processes learn the new key when they meet the first value sealed under it; until they are restarted
they seal under the old one, and the next run finds those values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zerotrip.core import keys
from zerotrip.core.crypto import SealBroken, SealedTextField, newest_key, seal, unseal
from zerotrip.core.errors import Conflict

BATCH = 500


@dataclass(frozen=True, slots=True)
class Column:
    """One sealed column of one table."""

    field: SealedTextField

    @property
    def table(self) -> str:
        return self.field.model._meta.db_table

    @property
    def key(self) -> str:
        """The column of the primary key."""
        pk = self.field.model._meta.pk
        assert pk is not None
        return str(pk.column)

    def __str__(self) -> str:
        return f"{self.table}.{self.field.column}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction did: values sealed anew, and those that did not open ("table.column pk")."""

    column: str
    sealed: int
    broken: tuple[str, ...] = ()


def columns() -> list[Column]:
    """Every sealed column of every table, by name."""
    found = [
        Column(field)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedTextField)
    ]
    return sorted(found, key=str)


def status() -> dict[str, dict[int, int]]:
    """For each sealed column: key number → how many values it seals."""
    counts: dict[str, dict[int, int]] = {}
    with connection.cursor() as cursor:
        for column in columns():
            table, name = _quoted(column.table), _quoted(column.field.column)
            cursor.execute(
                f"SELECT get_byte({name}, 1) * 256 + get_byte({name}, 2) AS k, count(*) FROM {table}"
                f" WHERE length({name}) > 2 GROUP BY k ORDER BY k"
            )
            counts[str(column)] = dict(cursor.fetchall())
    return counts


def add_key() -> int:
    """Add a sealing key to the file of this installation and use it from now on.

    Raises Conflict when the keys come from the environment: then whoever sets it adds the key.
    """
    if keys.from_environment():
        raise Conflict(
            _("密钥来自环境变量 ZEROTRIP_KEYS。请在其中加入编号更大的新密钥，重启全部进程，再运行本命令重新加密。")
        )
    number = keys.add_seal_key(settings.VAR)
    settings.ZEROTRIP_SEAL_KEYS |= keys.load(settings.VAR).seal
    return number


def left() -> int:
    """How many values are sealed under another key than the newest."""
    newest = newest_key()
    return sum(n for by_key in status().values() for key, n in by_key.items() if key != newest)


def reseal(batch: int = BATCH) -> Iterator[Batch]:
    """Seal everything under the newest key, a batch a transaction. Values that do not open are left and named."""
    for column in columns():
        last: Any = None
        while True:
            done, last = _one_batch(column, last, batch)
            if done is None:
                break
            yield done


def _one_batch(column: Column, last: Any, batch: int) -> tuple[Batch | None, Any]:
    table, name, key = _quoted(column.table), _quoted(column.field.column), _quoted(column.key)
    after = f"AND {key} > %s" if last is not None else ""
    mark = newest_key().to_bytes(2, "big")
    values: list[Any] = [mark, *([last] if last is not None else []), batch]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {name} FROM {table} WHERE substring({name} FROM 2 FOR 2) <> %s {after}"
            f" ORDER BY {key} LIMIT %s FOR NO KEY UPDATE",
            values,
        )
        rows = cursor.fetchall()
        if not rows:
            return None, last
        fresh, broken = [], []
        for pk, blob in rows:
            try:
                fresh.append((seal(unseal(bytes(blob), column.field.context), column.field.context), pk))
            except SealBroken:
                broken.append(f"{column} {pk}")
        cursor.executemany(f"UPDATE {table} SET {name} = %s WHERE {key} = %s", fresh)
    return Batch(str(column), len(fresh), tuple(broken)), rows[-1][0]


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
