"""Every kind of every room: what it says, in both languages."""

from __future__ import annotations

import string

import pytest

from zerotrip.ledger.kinds import KINDS, Kind
from zerotrip.web.templatetags.zt import icon_names

OURS = sorted((kind for code, kind in KINDS.items() if not code.startswith(("test.", "storm."))), key=str)


def _blanks(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("kind", OURS, ids=str)
def test_a_kind_says_the_same_in_chinese_and_english(kind: Kind) -> None:
    assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.zh)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in kind.en)
    for name in ("actor", "place"):  # other words may differ: a name of a role, say, has one datum for each language
        assert (name in _blanks(kind.zh)) == (name in _blanks(kind.en))
    assert all(name.isidentifier() for name in _blanks(kind.zh) | _blanks(kind.en))
    assert kind.code.count(".") == 1
    assert kind.code == kind.code.lower()


@pytest.mark.parametrize("kind", OURS, ids=str)
def test_a_kind_has_an_icon_that_exists(kind: Kind) -> None:
    assert kind.icon == "point" or kind.icon in icon_names()
