"""What happens at the same moment: guesses are counted one by one, a document becomes one person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests.actors import resident_number, staff
from zerotrip.core.actors import NOBODY, SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, TooMany
from zerotrip.ledger.models import Entry
from zerotrip.people import actions
from zerotrip.people.models import Person, PhoneCode

pytestmark = pytest.mark.django_db(transaction=True)


def together(times: int, work: Any) -> list[Any]:
    """Run `work` in so many threads at once, each with a connection of its own."""

    def run(_n: int) -> Any:
        try:
            return work()
        except (BadInput, TooMany) as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def test_many_guesses_at_once_are_five_guesses(clock: Any) -> None:
    account, _actor = staff()
    results = together(12, lambda: actions.check_password(str(account.username), "Wrong-password-1", at=now()))
    assert results == [BadInput] * 12
    failed = Entry.objects.filter(kind="people.sign_in_failed").order_by("id")
    assert [entry.data["tries"] for entry in failed][:5] == [1, 2, 3, 4, 5]
    assert Entry.objects.filter(kind="people.sign_in_locked").count() == 1


def test_one_phone_gets_one_code(clock: Any) -> None:
    results = together(6, lambda: actions.send_code("13800138000", actor=NOBODY, at=now()))
    assert results.count(TooMany) == 5
    assert PhoneCode.objects.count() == 1


def test_one_document_is_one_person(clock: Any) -> None:
    number = resident_number()
    people = together(6, lambda: actions.ensure_person("王小明", "111", number, actor=SYSTEM, at=now()))
    assert len({person.pk for person in people}) == 1
    assert Person.objects.count() == 1
