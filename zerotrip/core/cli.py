"""Commands of `zerotrip …`. A room offers its own as `COMMANDS` in `<room>/cli.py`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` returns the exit code: 0 done, 1 failed with a sentence (2, wrong usage, is argparse's own).

    `database` says whether the database must run before it; `django` whether the rooms must be loaded. Either may be a
    function of the options. `rooms`: for a command that only reads, the rooms whose tables it asks: the others are not
    loaded, so that it answers sooner. Empty: all are.
    """

    name: str
    summary: str
    example: str
    run: Callable[[argparse.Namespace], int]
    configure: Callable[[argparse.ArgumentParser], None] = lambda parser: None
    database: bool | Callable[[argparse.Namespace], bool] = True
    django: bool | Callable[[argparse.Namespace], bool] = True
    rooms: tuple[str, ...] = ()

    def needs_database(self, options: argparse.Namespace) -> bool:
        """Whether the database must run before it with these options."""
        return self.database(options) if callable(self.database) else self.database

    def needs_django(self, options: argparse.Namespace) -> bool:
        """Whether the rooms must be loaded for it with these options."""
        return self.django(options) if callable(self.django) else self.django
