"""Numba, loaded when the first function is compiled: importing it takes longer than many an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile, and keep the machine code where there is a folder for it."""
    import numba

    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(nogil=True)(function)


def within(function: Callable[..., Any], instead: Callable[..., Any] | None = None) -> None:
    """Let compiled functions call this one; they call `instead` where one is given."""
    from numba.extending import overload

    overload(function, strict=False)(lambda *_args: instead or function)
