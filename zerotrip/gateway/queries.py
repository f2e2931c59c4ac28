"""A case as partners read it: built as JSON by the database in one statement, masked and worded here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from zerotrip.cases.models import Case
from zerotrip.cases.states import CASES
from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.errors import NotFound
from zerotrip.ledger.kinds import KINDS, sentence
from zerotrip.ledger.models import Entry
from zerotrip.people.models import Contact, Person
from zerotrip.rules import masking

_SQL: Final = (Path(__file__).parent / "case.sql").read_text(encoding="utf-8")
_SOME_ID: Final = -7_777_777
_SOME_NUMBER: Final = "a number"
_DOCUMENT: Final = _SQL[_SQL.index("\nSELECT") :]


def case_document(number: str, *, actor: Actor) -> dict[str, Any]:
    """One case with its timeline, as far as the applicant may read it. One statement.

    Raises NotFound when there is none that `actor` may see.
    """
    clean = ids.compact(number)[:40]
    row = _row(clean, actor) if "\0" not in clean else None
    if row is None:
        raise NotFound(
            _("没有找到办件 {number}，或您无权查看。请核对编号。").format(number=clean.replace("\0", "") or "—")
        )
    raw, person, name, phone = row
    document = cast(dict[str, Any], orjson.loads(raw))
    document["state_text"] = str(CASES.states[document["state"]])
    company = document.pop("company")
    document["applicant"] = (
        {"kind": "company", **company}
        if company
        else {"kind": "person", "name": masking.name(_opened(person, Person, "name")), "uscc": None}
    )
    document["contact"] = {
        "name": masking.name(_opened(name, Contact, "name")),
        "phone": masking.phone(_opened(phone, Contact, "phone")),
        "region": document.pop("region"),
    }
    document["trips"] = len(document["visits"])
    for entry in document["timeline"]:
        entry["text"] = _worded(entry)
    return document


def _row(number: str, actor: Actor) -> tuple[str, Any, Any, Any] | None:
    sql, parameters = _visible(number, actor)
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENT.replace("{visible}", sql), [_public_kinds(len(KINDS)), *parameters])
        row = cursor.fetchone()
    return cast(tuple[str, Any, Any, Any] | None, row)


def _visible(number: str, actor: Actor) -> tuple[str, list[Any]]:
    """The SELECT that finds the case if `actor` may see it. A partner's, asked a thousand times, is worded once."""
    if actor.kind != "partner" or actor.id is None or actor.is_system:
        sql, parameters = _worded_for(number, actor)
        return sql, list(parameters)
    sql, parameters = _of_a_partner(actor.roles)
    return sql, [actor.id if value == _SOME_ID else number if value == _SOME_NUMBER else value for value in parameters]


def _worded_for(number: str, actor: Actor) -> tuple[str, tuple[Any, ...]]:
    sql, parameters = (
        Case.objects.visible_to(actor).filter(number=number).order_by().values("pk").query.sql_with_params()
    )
    return sql, tuple(parameters)


@lru_cache(maxsize=16)
def _of_a_partner(roles: frozenset[str]) -> tuple[str, tuple[Any, ...]]:
    found = _worded_for(_SOME_NUMBER, Actor(kind="partner", id=_SOME_ID, roles=roles))
    assert {_SOME_ID, _SOME_NUMBER} <= set(found[1])
    return found


@lru_cache(maxsize=1)
def _public_kinds(known: int) -> list[str]:
    """The kinds the applicant may read; kinds are only ever added."""
    return sorted(code for code, kind in KINDS.items() if kind.public)


def _opened(sealed: Any, model: type[Person] | type[Contact], field: str) -> str:
    column = cast(SealedTextField, model._meta.get_field(field))
    return column.from_db_value(sealed, None, connection) or ""


def _worded(entry: dict[str, Any]) -> str:
    """The sentence of an entry; its raw data and who acted stay inside."""
    return sentence(
        cast(
            Entry,
            SimpleNamespace(
                kind=entry["kind"], actor_name=entry.pop("actor"), place_name=entry["place"], data=entry.pop("data")
            ),
        )
    )
