"""What holds in every room once it is loaded: who may see and do what, and what is said about it."""

from __future__ import annotations

import io
import string
import subprocess
import sys
from collections.abc import Iterator
from gettext import GNUTranslations
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from tests.policing.addresses import OPEN, pages
from tools import messages
from zerotrip.__main__ import _AT_ONCE, _known, commands
from zerotrip.core.actors import NOBODY
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.ledger.frame import ACTIONS, ANYONE
from zerotrip.ledger.kinds import KINDS


def models() -> list[type[Model]]:
    """The models of the product, not those of the libraries."""
    return [model for model in apps.get_models() if model.__module__.startswith("zerotrip.")]


def load_actions() -> None:
    """Import every module that declares actions."""
    for room in apps.get_app_configs():
        if room.name.startswith("zerotrip.") and find_spec(f"{room.name}.actions"):
            import_module(f"{room.name}.actions")


def test_every_model_says_who_sees_it() -> None:
    """By `visible_to`, or `internal` with the reason why nobody lists it from outside."""
    silent = []
    for model in models():
        reason = getattr(model, "internal", "")
        manager = model._default_manager.all()
        own = isinstance(manager, VisibleQuerySet) and type(manager).visible_to is not VisibleQuerySet.visible_to
        if not own and not (isinstance(reason, str) and len(reason) > 5):
            silent.append(model._meta.label)
    assert not silent


@pytest.mark.parametrize(
    ("command", "answers"), [("promise", "zerotrip.network.queries"), ("plan", "zerotrip.journey.planning")]
)
def test_a_command_that_only_reads_loads_neither_other_rooms_nor_the_compiler(command: str, answers: str) -> None:
    """A process of its own: what it has loaded to answer shows why it starts quickly."""
    script = (
        "import sys; from importlib import import_module; from zerotrip.__main__ import _known, _load;"
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'zerotrip.web.settings';"
        "_load(_known(sys.argv[1])[sys.argv[1]].rooms); import_module(sys.argv[2]);"
        "print({'.'.join(m.split('.')[:2]) for m in sys.modules if m.endswith('.models')}"
        " & {'zerotrip.people', 'zerotrip.mail', 'zerotrip.cases'},"
        " {'numba', 'ninja', 'structlog', 'zerotrip.mail.cli', 'psycopg_pool'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script, command, answers], capture_output=True, text=True, check=True)
    assert done.stdout == "set() set()\n"


def test_a_command_that_must_answer_at_once_is_found_where_it_is_said_to_be() -> None:
    known = commands()
    assert {name: command.rooms != () for name, command in known.items() if name in _AT_ONCE} == dict.fromkeys(
        _AT_ONCE, True
    )
    assert {name: _known(name)[name].run for name in _AT_ONCE} == {name: known[name].run for name in _AT_ONCE}
    assert _known("check").keys() == known.keys()


@pytest.mark.django_db
def test_nobody_sees_only_what_is_public() -> None:
    """A list that is not public is empty for somebody who has not signed in: the query asks for nothing."""
    from django.core.exceptions import EmptyResultSet

    from zerotrip.core.visibility import PublicQuerySet

    for model in models():
        manager = model._default_manager.all()
        if not isinstance(manager, VisibleQuerySet) or isinstance(manager, PublicQuerySet):
            continue
        try:
            sql, _parameters = manager.visible_to(NOBODY).query.sql_with_params()
        except EmptyResultSet:
            continue
        assert "WHERE" in sql, f"{model._meta.label} shows everything to everybody"


def test_every_action_is_for_roles_that_exist() -> None:
    load_actions()
    assert ACTIONS
    known = frozenset(Role) | ANYONE
    assert not {name: roles - known for name, roles in ACTIONS.items() if roles - known}


def test_every_action_is_named_after_its_room() -> None:
    load_actions()
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("zerotrip.")}
    own = [name for name in ACTIONS if not name.startswith(("test", "bench", "story", "storm"))]
    assert not [name for name in own if name.split(".")[0] not in rooms]


def test_every_kind_of_entry_reads_in_both_languages() -> None:
    """And both sentences speak of the same things."""
    wrong = []
    for kind in KINDS.values():
        if kind.code.startswith(("test", "bench", "story", "storm")):
            continue
        zh, en = (
            {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
            for text in (kind.zh, kind.en)
        )
        if not messages.CHINESE.search(kind.zh) or messages.CHINESE.search(kind.en) or not kind.en.strip():
            wrong.append(kind.code)
        elif {name for name in en - zh if not name.endswith("_en")} - {"role", "relation", "actor", "place"}:
            wrong.append(f"{kind.code}: only in English {sorted(en - zh)}")
    assert not wrong


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(out.getvalue())


def test_the_english_catalogue_is_complete() -> None:
    found = messages.problems(messages.read(), messages.template_of_messages())
    assert not found, f"{len(found)} to do, run tools/messages.py:\n" + "\n".join(found[:15])


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    kept = messages.PO.with_suffix(".mo")
    assert kept.exists(), "run tools/messages.py"
    fresh = io.BytesIO()
    messages.write_mo(fresh, messages.read())
    fresh.seek(0)
    with kept.open("rb") as file:
        compiled, expected = GNUTranslations(file)._catalog, GNUTranslations(fresh)._catalog
    for catalogue in (compiled, expected):
        catalogue.pop("", None)  # the header holds the time it was made
    assert compiled == expected, "run tools/messages.py"


def test_every_page_says_who_may_open_it() -> None:
    silent = sorted({page.name for page in pages() if page.roles is None and page.name not in OPEN})
    assert not silent, f"declare it with needs(...) or open_to_everyone: {silent}"


def test_every_named_address_is_named_once() -> None:
    def walk(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, f"{space}{pattern.namespace or ''}:")
            elif pattern.name:
                yield f"{space}{pattern.name}"

    names = [name for name in walk(get_resolver().url_patterns, "") if "api-v1" not in name]
    assert not {name for name in names if names.count(name) > 1}


def test_nothing_of_the_tests_is_in_the_product() -> None:
    assert not [name for name in sys.modules if name.startswith("zerotrip.") and ".tests" in name]
