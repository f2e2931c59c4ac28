"""What is kept on disk between processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zerotrip.network.engine.kept import keep, kept

KINDS = st.sampled_from(["int32", "int64", "uint8", "float64"])


@dataclass
class Made:
    name: str
    arrays: list[Any]


@settings(deadline=None)
@given(st.text(), st.lists(hnp.arrays(KINDS, st.integers(0, 200)), max_size=6))
def test_what_is_kept_is_what_was_made(tmp_path_factory: pytest.TempPathFactory, name: str, arrays: list[Any]) -> None:
    path = tmp_path_factory.mktemp("kept") / "made-1.bin"
    keep(path, Made(name, arrays))
    found = kept(path)
    assert found.name == name
    assert [(a.dtype, a.tobytes()) for a in found.arrays] == [(a.dtype, a.tobytes()) for a in arrays]
    for array in found.arrays:
        array[:] = 0
    assert [a.tobytes() for a in kept(path).arrays] == [a.tobytes() for a in arrays], "writing changes nothing on disk"


def test_a_file_cut_short_anywhere_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "made-1.bin"
    keep(path, Made("x", [np.arange(20)]))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"whole|empty"):
            kept(path)


def test_of_files_named_alike_the_newest_stay_and_others_are_left_alone(tmp_path: Path) -> None:
    for n in range(5):
        keep(tmp_path / f"made-{n}.bin", n, others=2)
        os.utime(tmp_path / f"made-{n}.bin", (n, n))
    keep(tmp_path / "other-1.bin", "other")
    keep(tmp_path / "made-5.bin", 5, others=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["made-3.bin", "made-4.bin", "made-5.bin", "other-1.bin"]


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    keep(tmp_path / "made-1.bin", 1)
    assert (tmp_path / "made-1.bin").stat().st_mode & 0o077 == 0


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        keep(tmp_path / "made-1.bin", 1)
    assert list(tmp_path.iterdir()) == []
