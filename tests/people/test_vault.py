"""The vault: sealed at rest, found without being readable, opened only with a reason that is remembered."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.db import connection, models

from tests.actors import citizen, resident_number, staff
from zerotrip.core import crypto, rotation
from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.crypto import SealBroken
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.people import actions, queries
from zerotrip.people.models import Account, Company, Contact, Person
from zerotrip.places.models import Place

pytestmark = pytest.mark.django_db
Clerk = tuple[Account, Actor]
USCC = "91110000600037341L"


@pytest.fixture
def person(clerk: Clerk) -> Person:
    return actions.ensure_person("王小明", "111", resident_number(), phone="13800138000", actor=clerk[1], at=now())


@pytest.fixture
def contact(clerk: Clerk) -> Contact:
    return actions.save_contact("王小明", "13800138000", "360102", "阳明路12号3栋2单元501室", actor=clerk[1], at=now())


def raw_rows() -> bytes:
    """Everything this room and the ledger, the queue and the sessions have in the database, as bytes."""
    found = bytearray()
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [
            row[0] for row in cursor.fetchall() if row[0].startswith(("people_", "ledger_", "procrastinate_jobs"))
        ]
        for table in [*tables, "django_session", "core_idempotencykey"]:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    plain = isinstance(value, bytes | memoryview)
                    found += bytes(value) if plain else str(value).encode()
                    found += b"|"
    return bytes(found)


def test_no_row_holds_what_was_entered(person: Person, contact: Contact, clerk: Clerk) -> None:
    number = person.id_number
    citizen("13911112222", name="赵子龙")
    actions.ensure_company("南昌某某食品有限公司", USCC, legal_representative="钱多多", actor=clerk[1], at=now())
    actions.text("13800138000", "您的营业执照已寄出", purpose="test")
    everything = raw_rows()
    assert "王**".encode() in everything, "the search does look at what is there"
    for plain in ("王小明", "赵子龙", "钱多多", number, "13800138000", "13911112222", "3栋2单元", "营业执照已寄出"):
        assert plain.encode() not in everything, plain


def test_a_value_moved_to_another_column_does_not_open(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET phone = name WHERE id = %s", [person.pk])
    with pytest.raises(SealBroken):
        Person.objects.get(pk=person.pk)


def test_a_changed_value_does_not_open(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_person SET name = set_byte(name, length(name) - 1, get_byte(name, length(name) - 1) # 1)"
        )
    with pytest.raises(SealBroken):
        Person.objects.get(pk=person.pk)


def test_a_person_is_found_however_the_number_is_written(person: Person) -> None:
    number = person.id_number
    spaced = f" {number[:6]} {number[6:14]}-{number[14:].lower()} "
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    for written in (number, spaced, wide):
        assert queries.person_by_document("111", written, actor=SYSTEM) == person
    assert queries.person_by_document("112", number, actor=SYSTEM) == person, "one number, whichever card carries it"
    assert queries.person_by_document("414", number, actor=SYSTEM) is None
    assert list(queries.persons_by_phone("+86 138-0013-8000", actor=SYSTEM)) == [person]


def test_the_same_document_is_one_person(person: Person, clerk: Clerk) -> None:
    again = actions.ensure_person(" 王 小明", "111", person.id_number, phone="13800138000", actor=clerk[1], at=now())
    assert again.pk == person.pk
    with pytest.raises(Conflict, match="另一个姓名"):
        actions.ensure_person("李小明", "111", person.id_number, actor=clerk[1], at=now())
    assert Entry.objects.filter(kind="people.person_registered").count() == 1


def test_a_citizen_meets_the_record_a_clerk_has_made_by_the_same_phone(person: Person) -> None:
    account, actor = citizen("13800138000")
    mine = actions.register_person("王小明", "111", person.id_number, actor=actor, at=now())
    assert (mine.pk, mine.account) == (person.pk, account)


def test_wrong_papers_are_named_field_by_field(clerk: Clerk) -> None:
    with pytest.raises(BadInput) as refused:
        actions.ensure_person("张先生", "111", "110105194912310021", actor=clerk[1], at=now())
    assert set(refused.value.fields) == {"name", "id_number"}
    with pytest.raises(BadInput) as refused:
        actions.save_contact("王", "12345", "360000", "", actor=clerk[1], at=now())
    assert set(refused.value.fields) == {"name", "phone", "division", "detail"}
    with pytest.raises(BadInput) as refused:
        actions.ensure_company("", "91110000600037342L", actor=clerk[1], at=now())
    assert set(refused.value.fields) == {"company", "uscc"}
    assert not Person.objects.exists()


def test_a_contact_is_shown_masked_and_never_changed(contact: Contact) -> None:
    assert contact.masked_name == "王**"
    assert contact.masked_phone == "138******00"
    assert contact.masked_address == "江西省南昌市东湖区阳明路12号***"
    assert contact.phone_ends_with("8000")
    assert not contact.phone_ends_with("0000")
    with pytest.raises(TypeError):
        contact.save()
    with pytest.raises(TypeError):
        Contact.objects.filter(pk=contact.pk).update(region="")


def test_a_contact_takes_companies_and_landlines(clerk: Clerk) -> None:
    saved = actions.save_contact("南昌市政务服务中心", "0791-86661234", "360102", "阳明路1号", actor=clerk[1], at=now())
    assert saved.masked_phone == "0791-******34"


def test_reading_a_value_leaves_who_what_whose_and_why(person: Person, hall: Place) -> None:
    _account, agent = staff(Role.CARE_AGENT, name="吴心")
    plain = actions.unmask("people.person", person.pk, "phone", reason="核对投递电话", actor=agent, at=now())
    assert plain == "13800138000"
    entry = Entry.objects.get(kind="people.personal_data_read")
    assert entry.sentence() == "吴心 查看了王**的手机号码，理由：核对投递电话"
    assert (entry.subject_type, entry.subject_id) == ("people.person", str(person.pk))
    assert plain not in str(entry.data)


def test_no_reason_no_right_no_value(person: Person, clerk: Clerk) -> None:
    _account, agent = staff(Role.CARE_AGENT)
    with pytest.raises(BadInput, match="理由"):
        actions.unmask("people.person", person.pk, "phone", reason="看看", actor=agent, at=now())
    with pytest.raises(BadInput):
        actions.unmask("people.account", agent.id or 0, "password", reason="好奇一下", actor=agent, at=now())
    with pytest.raises(NotFound):
        actions.unmask("people.person", person.pk, "phone", reason="核对投递电话", actor=clerk[1], at=now())
    _account, keeper = staff(Role.SECURITY_ADMIN)
    with pytest.raises(NotAllowed):
        actions.unmask("people.person", person.pk, "phone", reason="核对投递电话", actor=keeper, at=now())
    assert not Entry.objects.filter(kind="people.personal_data_read").exists()


def test_each_sees_only_their_own(person: Person, contact: Contact, clerk: Clerk) -> None:
    _account, one = citizen(name="孙大圣")
    _account, two = citizen(name="沙悟净")
    mine = actions.save_contact("孙大圣", "13900000001", "360102", "花果山1号", actor=one, at=now())
    actions.ensure_company("南昌某某食品有限公司", USCC, actor=one, at=now())
    assert [p.name for p in Person.objects.visible_to(one)] == ["孙大圣"]
    assert list(Contact.objects.visible_to(one)) == [mine]
    assert Company.objects.visible_to(one).count() == 1
    for outsider in (two, NOBODY, Actor(kind="partner", id=one.id), Actor(kind="staff", id=one.id)):
        assert not Contact.objects.visible_to(outsider).exists()
        assert not Company.objects.visible_to(outsider).exists()
        assert mine.owner not in Account.objects.visible_to(Actor(kind="partner", id=one.id))
    assert not Person.objects.visible_to(clerk[1]).exists(), "a clerk reaches a person through a case"


def test_a_new_key_leaves_everything_readable_and_resealing_moves_it_over(
    person: Person, contact: Contact, settings: Any
) -> None:
    old = dict(settings.ZEROTRIP_SEAL_KEYS)
    settings.ZEROTRIP_SEAL_KEYS = {**old, max(old) + 1: secrets.token_bytes(32)}
    later = actions.ensure_person("李小红", "111", resident_number(), actor=SYSTEM, at=now())
    assert Person.objects.get(pk=person.pk).name == "王小明"
    assert queries.person_by_document("111", person.id_number, actor=SYSTEM) == person
    assert sum(batch.sealed for batch in rotation.reseal()) > 0
    assert sum(batch.sealed for batch in rotation.reseal()) == 0, "what is done is not done again"
    settings.ZEROTRIP_SEAL_KEYS = {max(old) + 1: settings.ZEROTRIP_SEAL_KEYS[max(old) + 1]}
    assert Person.objects.get(pk=person.pk).phone == "13800138000"
    assert Person.objects.get(pk=later.pk).name == "李小红"
    assert Contact.objects.get(pk=contact.pk).detail == "阳明路12号3栋2单元501室"
    assert crypto.newest_key() == max(old) + 1


def test_every_sealed_column_belongs_to_a_model_that_hides(db: None) -> None:
    from django.apps import apps

    for model in apps.get_app_config("people").get_models():
        shown = hasattr(model._default_manager.all(), "visible_to")
        assert shown or getattr(model, "internal", ""), model
        assert isinstance(model._meta.pk, models.BigAutoField)
