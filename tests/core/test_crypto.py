"""Personal data at rest: what is sealed opens only where it belongs, with a key that is known, unchanged."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.core import crypto, keys
from zerotrip.core.crypto import BlindIndexField, SealBroken, SealedTextField, blind_index, key_of, seal, unseal

HERE = b"people_person.name"


class Secret(models.Model):
    """A table made for these tests only."""

    name = SealedTextField()
    note = SealedTextField(null=True)
    name_index = BlindIndexField(null=True)

    class Meta:
        app_label = "test_crypto"


@pytest.fixture
def table(db: None) -> type[Secret]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE test_crypto_secret (id bigserial PRIMARY KEY,"
            " name bytea NOT NULL, note bytea, name_index bytea)"
        )
    return Secret


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, where: bytes) -> None:
    assert unseal(seal(plain, where), where) == plain


@given(st.data())
def test_a_changed_bit_is_noticed_wherever_it_is(data: st.DataObject) -> None:
    blob = bytearray(seal("张三".encode(), HERE))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(bytes(blob), HERE)


@given(st.binary(max_size=60))
def test_noise_is_not_taken_for_a_sealed_value(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(noise, HERE)


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(SealBroken, match="belongs elsewhere"):
        unseal(seal(b"x", HERE), b"people_person.address")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert seal(b"x", HERE) != seal(b"x", HERE)


def test_the_newest_key_seals_and_older_ones_still_open(settings: Any) -> None:
    old = seal(b"before", HERE)
    settings.ZEROTRIP_SEAL_KEYS = {**settings.ZEROTRIP_SEAL_KEYS, 2: b"k" * 32}
    new = seal(b"after", HERE)
    assert (key_of(old), key_of(new)) == (1, 2)
    assert (unseal(old, HERE), unseal(new, HERE)) == (b"before", b"after")


def test_a_missing_key_is_named(settings: Any) -> None:
    settings.ZEROTRIP_SEAL_KEYS = {**settings.ZEROTRIP_SEAL_KEYS, 77: b"k" * 32}
    blob = seal(b"x", HERE)
    settings.ZEROTRIP_SEAL_KEYS = {1: settings.ZEROTRIP_SEAL_KEYS[1]}
    with pytest.raises(SealBroken, match="key 77, which is not loaded"):
        unseal(blob, HERE)


def test_a_key_another_process_has_added_since_is_found(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    settings.ZEROTRIP_SEAL_KEYS = dict(keys.load(tmp_path).seal)
    assert keys.add_seal_key(tmp_path) == 2
    added = keys.load(tmp_path).seal
    mine, settings.ZEROTRIP_SEAL_KEYS = settings.ZEROTRIP_SEAL_KEYS, added
    blob = seal(b"x", HERE)
    settings.ZEROTRIP_SEAL_KEYS = mine
    assert unseal(blob, HERE) == b"x"


def test_the_database_holds_no_plain_text(table: type[Secret]) -> None:
    table.objects.create(name="张三", note=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, note FROM test_crypto_secret")
        raw, note = cursor.fetchone()
    assert "张三".encode() not in bytes(raw)
    assert note is None
    assert table.objects.get().name == "张三"
    assert table.objects.values_list("name", "note").get() == ("张三", None)


def test_many_at_once_are_sealed_too(table: type[Secret]) -> None:
    rows = table.objects.bulk_create([table(name=f"人{n}") for n in range(3)])
    for row in rows:
        row.name += "改"
    table.objects.bulk_update(rows, ["name"])
    table.objects.filter(pk=rows[0].pk).update(note="备注")
    assert [row.name for row in table.objects.order_by("pk")] == ["人0改", "人1改", "人2改"]
    assert table.objects.filter(note__isnull=False).get().note == "备注"


def test_nothing_given_is_empty_text_not_the_name_of_empty_bytes(table: type[Secret]) -> None:
    table.objects.create()
    assert (table.objects.get().name, table.objects.get().note) == ("", None)


def test_a_sealed_column_cannot_be_searched_or_exported(table: type[Secret]) -> None:
    for lookup in ("name", "name__contains", "name__in"):
        with pytest.raises(FieldError, match="blind index"):
            table.objects.filter(**{lookup: ["x"]}).exists()
    with pytest.raises(FieldError, match="not exported"):
        table._meta.get_field("name").value_to_string(table(name="x"))
    with pytest.raises(TypeError, match="is text"):
        table.objects.create(name=b"bytes")


def test_a_value_swapped_between_columns_is_noticed_when_read(table: type[Secret]) -> None:
    table.objects.create(name="张三", note="秘密")
    table.objects.update(name=models.F("note"))
    with pytest.raises(SealBroken):
        table.objects.get()


def test_equal_values_meet_in_the_blind_index_and_scopes_do_not(table: type[Secret]) -> None:
    assert blind_index(" １３９１２３４５６７８ ", "phone") == blind_index("13912345678", "phone")
    assert blind_index("11010119900307777x", "id") == blind_index("11010119900307777X", "id")
    assert blind_index("13912345678", "phone") != blind_index("13912345678", "id")
    table.objects.create(name="张三", name_index=blind_index("张三", "name"))
    assert table.objects.get(name_index=blind_index("张三", "name")).name == "张三"


def test_the_blind_index_survives_a_new_sealing_key(settings: Any) -> None:
    before = blind_index("13912345678", "phone")
    settings.ZEROTRIP_SEAL_KEYS = {**settings.ZEROTRIP_SEAL_KEYS, 2: b"k" * 32}
    assert blind_index("13912345678", "phone") == before


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = keys.load(tmp_path / "new")
    assert keys.load(tmp_path / "new") == first
    assert stat.S_IMODE((tmp_path / "new" / "keys.json").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["keys.json"]


def _load(folder: str, turns: Any) -> None:
    turns.put(keys.load(Path(folder)).web)


def _add(folder: str, turns: Any) -> None:
    turns.put(keys.add_seal_key(Path(folder)))


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    assert len(set(_together(_load, tmp_path))) == 1


def test_keys_added_at_once_are_all_kept(tmp_path: Path) -> None:
    keys.load(tmp_path)
    assert sorted(_together(_add, tmp_path)) == [2, 3, 4, 5, 6, 7]
    assert sorted(keys.load(tmp_path).seal) == [1, 2, 3, 4, 5, 6, 7]


def _together(work: Any, folder: Path) -> list[Any]:
    context = multiprocessing.get_context("fork")
    turns = context.Queue()
    all_of_them = [context.Process(target=work, args=(str(folder), turns)) for _ in range(6)]
    for one in all_of_them:
        one.start()
    answers = [turns.get(timeout=30) for _ in all_of_them]
    for one in all_of_them:
        one.join()
    return answers


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"seal": {}, "blind": "", "web": ""}', '{"seal": {"1": "zz"}, "blind": "00", "web": "x"}',
        json.dumps({"seal": {"1": "00" * 31}, "blind": "00" * 32, "web": "x" * 32}),
        json.dumps({"seal": {"0": "00" * 32}, "blind": "00" * 32, "web": "x" * 32}),
        json.dumps({"seal": {"70000": "00" * 32}, "blind": "00" * 32, "web": "x" * 32}),
    ],
)  # fmt: skip
def test_malformed_or_weak_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="keys"):
        keys.parse(text)


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROTRIP_KEYS", json.dumps({"seal": {"3": "ab" * 32}, "blind": "cd" * 32, "web": "w" * 40}))
    assert list(keys.load(tmp_path).seal) == [3]
    assert list(tmp_path.iterdir()) == []
    assert crypto.newest_key() == 1
