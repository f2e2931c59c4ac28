"""A new sealing key: everything is sealed anew, nothing is lost, and what is broken is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.core.test_crypto import Secret
from zerotrip.core import keys, rotation
from zerotrip.core.crypto import newest_key
from zerotrip.core.errors import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Secret]:
    settings.VAR = tmp_path
    settings.ZEROTRIP_SEAL_KEYS = dict(keys.load(tmp_path).seal)
    fields = [Secret._meta.get_field(name) for name in ("name", "note")]
    monkeypatch.setattr(rotation, "columns", lambda: [rotation.Column(field) for field in fields])  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE test_crypto_secret (id bigserial PRIMARY KEY, name bytea, note bytea, name_index bytea)"
        )
    return Secret


def test_everything_is_sealed_anew_in_batches(table: type[Secret]) -> None:
    table.objects.bulk_create([table(name=f"人{n}", note=None if n % 2 else "备注") for n in range(25)])
    assert rotation.add_key() == newest_key() == 2
    table.objects.create(name="已用新密钥")
    assert rotation.left() == 38
    batches = list(rotation.reseal(batch=10))
    assert [b.sealed for b in batches] == [10, 10, 5, 10, 3]
    assert rotation.left() == 0
    assert rotation.status() == {"test_crypto_secret.name": {2: 26}, "test_crypto_secret.note": {2: 13}}
    assert [row.name for row in table.objects.order_by("pk")][:2] == ["人0", "人1"]


def test_an_interrupted_change_goes_on_where_it_was(table: type[Secret]) -> None:
    table.objects.bulk_create([table(name=f"人{n}") for n in range(10)])
    rotation.add_key()
    next(rotation.reseal(batch=4))
    assert rotation.left() == 6
    assert sum(batch.sealed for batch in rotation.reseal(batch=4)) == 6


def test_what_does_not_open_is_left_and_named_and_does_not_stop_the_rest(table: type[Secret]) -> None:
    rows = table.objects.bulk_create([table(name=f"人{n}") for n in range(3)])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE test_crypto_secret SET name = set_byte(name, 20, 255 - get_byte(name, 20)) WHERE id = %s",
            [rows[1].pk],
        )
    rotation.add_key()
    batches = list(rotation.reseal(batch=2))
    assert [name for batch in batches for name in batch.broken] == [f"test_crypto_secret.name {rows[1].pk}"]
    assert sum(batch.sealed for batch in batches) == 2
    assert rotation.left() == 1


def test_keys_of_the_environment_are_not_ours_to_add_to(table: type[Secret], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROTRIP_KEYS", "{}")
    with pytest.raises(Conflict, match="ZEROTRIP_KEYS"):
        rotation.add_key()


def test_the_sealed_columns_of_the_product_are_found() -> None:
    assert all(str(column).count(".") == 1 for column in rotation.columns())
