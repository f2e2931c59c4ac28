"""Seals as they come off the roll: each number once."""

from __future__ import annotations

import itertools

_roll = itertools.count(1)


def fresh_seal() -> str:
    """The next seal, never used before."""
    return f"FQ{next(_roll):08d}"
