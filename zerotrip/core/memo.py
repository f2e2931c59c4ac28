"""Facts that change seldom, remembered for a short while in each process: divisions, which window is competent.

What is remembered may be out of date by `seconds`, never longer. Only for facts that no legal consequence hangs on to
the second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_LARGEST = 5000
_lock = threading.Lock()
_kept: dict[Hashable, tuple[float, Any]] = {}


def briefly(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember what a function of hashable arguments answered, for `seconds`. What it raises is not remembered."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (function.__module__, function.__qualname__, args, tuple(sorted(kwargs.items())))
            known = _kept.get(key)
            if known is not None and known[0] > time.monotonic():
                return known[1]  # type: ignore[no-any-return]
            answer = function(*args, **kwargs)
            with _lock:
                if len(_kept) >= _LARGEST:
                    _kept.clear()
                _kept[key] = (time.monotonic() + seconds, answer)
            return answer

        return remembered

    return wrap


def forget() -> None:
    """Forget everything: for tests, and after something was changed in this process."""
    with _lock:
        _kept.clear()
