"""`zerotrip …`, also `python -m zerotrip …`. Anything that is not one of our commands is handed to Django."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

from zerotrip.core.cli import Command

_WITHOUT_DATABASE = {"help", "version", "collectstatic", "diffsettings"}
_NOT_BUILT = {"42P01", "42703", "42883"}
"""A table, column or function is not there (PostgreSQL, appendix A)."""
_AT_ONCE = {"plan": "journey", "promise": "network"}
"""Commands that must answer at once, and their rooms: no other room's commands are looked at for them."""
_SELDOM = 200_000
"""New objects between two looks for rubbish in a command that soon ends: next to nothing of what it loads is any."""


def commands(rooms: Iterable[str] = ()) -> dict[str, Command]:
    """Every command of these rooms, or of all, by name."""
    found: dict[str, Command] = {}
    for room in rooms or sorted(p.name for p in Path(__file__).parent.iterdir() if (p / "cli.py").exists()):
        module = import_module(f"zerotrip.{room}.cli")
        found |= {command.name: command for command in getattr(module, "COMMANDS", [])}
    return dict(sorted(found.items()))


def _parser(known: dict[str, Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zerotrip", description="ZeroTrip 零跑腿: errands carried by the post")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in known.values():
        child = parsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=f"Example:  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(child)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code: 0 done, 1 failed with a sentence, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
    if argv is None and arguments and arguments[0] in _AT_ONCE:  # the process is this command's own
        gc.set_threshold(_SELDOM)
        atexit.register(gc.freeze)  # nor is it looked for at the end
    known = _known(arguments[0] if arguments else "")
    if arguments and arguments[0] not in known and not arguments[0].startswith("-"):
        return _django_command(arguments)
    options = _parser(known).parse_args(arguments)
    command = known[options.command]
    return _with_database(command.needs_database(options), lambda: _run(command, options))


def _known(name: str) -> dict[str, Command]:
    """The commands a command line may mean that begins with `name`."""
    if name in _AT_ONCE:
        return {name: commands([_AT_ONCE[name]])[name]}
    return commands()


def _run(command: Command, options: argparse.Namespace) -> int:
    if command.needs_django(options):
        _load(command.rooms)
    try:
        code = command.run(options)
        sys.stdout.flush()  # whoever reads it need not wait until the database has stopped
        return code
    except (KeyboardInterrupt, BrokenPipeError):
        return 1
    except Exception as error:  # what a refusal is, is only loaded when there is one: some commands must start at once
        from zerotrip.core.errors import Problem

        if not isinstance(error, Problem):
            raise
        print(error.detail, file=sys.stderr)
        for field, sentences in error.fields.items():
            print(f"  {field}: {'; '.join(sentences)}", file=sys.stderr)
        return 1


def _load(rooms: Sequence[str]) -> None:
    """These rooms, or all and what they stand on; nothing where they are loaded."""
    from django.apps import apps

    if not rooms:
        import django

        django.setup()
    elif not apps.ready:
        from django.conf import settings

        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)  # one connection is all it needs
        apps.populate(f"zerotrip.{room}" for room in rooms)


def _django_command(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    def run() -> int:
        execute_from_command_line(["zerotrip", *arguments])
        return 0

    return _with_database(arguments[0] not in _WITHOUT_DATABASE, run)


def _with_database(needed: bool, work: Callable[[], int]) -> int:
    server = None
    try:
        if needed:
            from zerotrip.core.database import DATABASE, own_server

            server = own_server()
            if server:
                server.start()
                server.ensure_database(DATABASE)
        return work()
    except Exception as error:
        from django.db import OperationalError, ProgrammingError

        from zerotrip.core.database.embedded import DatabaseProblem

        if isinstance(error, ProgrammingError) and getattr(error.__cause__, "sqlstate", "") in _NOT_BUILT:
            print("数据库还没有建好，或不是这个版本的结构。请先运行 zerotrip migrate。", file=sys.stderr)
            return 1
        if not isinstance(error, DatabaseProblem | OperationalError):
            raise
        print(error, file=sys.stderr)
        return 1
    finally:
        if server:
            _close_connections()
            server.release()


def _close_connections() -> None:
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()
        for connection in connections.all(initialized_only=True):
            getattr(connection, "close_pool", lambda: None)()


if __name__ == "__main__":
    sys.exit(main())
