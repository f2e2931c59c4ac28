"""Files: kept sealed, given back whole, refused when damaged, and never left behind."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from PIL import Image

from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge, Unavailable
from zerotrip.core.roles import Role
from zerotrip.documents import actions, content, queries, tasks
from zerotrip.documents.models import StoredFile
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db

CITIZEN = Actor("citizen", 7, "张*", frozenset({Role.CITIZEN}))
OTHER = Actor("citizen", 8, "李*", frozenset({Role.CITIZEN}))
CLERK = Actor("staff", 7, "王芳", frozenset({Role.HALL_CLERK}))
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MARK = "营业执照".encode()


@pytest.fixture(autouse=True)
def storage(settings, tmp_path, clock):
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"default": backend}
    return tmp_path


def picture(width=40, height=30, form="PNG", **extra) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, form, **extra)
    return out.getvalue()


def stored(clock, body=PDF + MARK + b"%%EOF", actor=CITIZEN, **more) -> StoredFile:
    more = {"purpose": "material"} | more
    return actions.store("张三的营业执照.pdf", body, actor=actor, at=clock.now, **more)


def on_disk(folder) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


class NotAccepted(Exception):
    """What made the surrounding action fail."""


def in_vain(work) -> None:
    """Do `work` inside an action that fails afterwards."""
    with transaction.atomic():
        work()
        raise NotAccepted


def test_what_is_stored_comes_back_and_lies_sealed(clock, storage):
    file = stored(clock, subject_type="cases.case", subject_id=17, case_number="JX1", grade="C")
    opened = queries.readable(str(file.public_id), subject_type="cases.case", subject_ids=[16, 17])
    assert opened.body == PDF + MARK + b"%%EOF"
    assert (opened.name, opened.media_type, opened.file.grade) == ("张三的营业执照.pdf", "application/pdf", "C")
    (sealed,) = on_disk(storage)
    assert MARK not in sealed
    assert b"PDF" not in sealed
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM documents_storedfile")
        assert "张三".encode() not in bytes(cursor.fetchone()[0])


def test_the_entry_names_purpose_and_digest_but_nobody(clock):
    file = stored(clock, subject_type="cases.case", subject_id="17", case_number="JX1")
    entry = Entry.objects.get(kind="documents.stored")
    assert entry.case_number == "JX1"
    assert entry.data["sm3"] == file.sm3_hex
    assert "张三" not in str(entry.data)
    assert file.sm3_hex[:16] in entry.sentence()


def test_digests_are_those_of_the_standards():
    sha256, sm3 = content.digests(b"abc")
    assert sha256.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sm3.hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_a_file_is_read_only_through_what_it_hangs_on(clock):
    file = stored(clock, subject_type="cases.case", subject_id="17")
    for wrong in (
        {"subject_type": "cases.case", "subject_ids": []},
        {"subject_type": "cases.case", "subject_ids": [18]},
        {"subject_type": "mail.consignment", "subject_ids": [17]},
        {"subject_type": "", "subject_ids": ["", "17"]},
    ):
        with pytest.raises(NotFound):
            queries.readable(file.public_id, **wrong)


def test_a_loose_file_is_read_by_nobody_but_its_uploader(clock):
    file = stored(clock)
    assert queries.own(file.public_id, CITIZEN).body.startswith(b"%PDF")
    for stranger in (OTHER, CLERK, NOBODY):
        with pytest.raises(NotFound):
            queries.own(file.public_id, stranger)
    with pytest.raises(NotFound):
        queries.readable(file.public_id, subject_type="", subject_ids=[""])
    assert set(StoredFile.objects.visible_to(CITIZEN)) == {file}
    assert not StoredFile.objects.visible_to(NOBODY).exists()


@pytest.mark.parametrize("number", ["", "17", "../../etc/passwd", "0f8fad5b-d9cb-469f-a165-70867728950e", "\x00"])
def test_a_number_that_is_none_is_not_found(clock, number):
    with pytest.raises(NotFound):
        queries.readable(number, subject_type="cases.case", subject_ids=[1])
    with pytest.raises(NotFound):
        queries.own(number, CITIZEN)


def test_who_has_not_signed_in_stores_nothing(clock, storage):
    with pytest.raises(NotAllowed):
        stored(clock, actor=NOBODY)
    assert on_disk(storage) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("empty.pdf", b""),
        ("program.pdf", b"MZ\x90\x00" + bytes(500)),
        ("page.jpg", b"<html><script>alert(1)</script></html>"),
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj<<>>"),
        ("script.pdf", b"%PDF-1.7\n<</OpenAction<</S/JavaScript>>>>\n%%EOF"),
        ("half.png", picture()[:60]),
        ("movie.gif", b"GIF89a" + bytes(40)),
    ],
)
def test_what_is_neither_pdf_nor_picture_is_refused_and_leaves_nothing(clock, storage, name, body):
    with pytest.raises(BadInput) as refusal:
        actions.store(name, body, purpose="material", actor=CITIZEN, at=clock.now)
    assert name in refusal.value.detail
    assert on_disk(storage) == []
    assert not StoredFile.objects.exists()


def test_a_picture_that_unfolds_to_a_flood_of_pixels_is_refused(clock, storage):
    flood = io.BytesIO()
    Image.new("1", (9000, 9000)).save(flood, "PNG")
    assert len(flood.getvalue()) < 100_000
    with pytest.raises((TooLarge, BadInput)):
        actions.store("white.png", flood.getvalue(), purpose="material", actor=CITIZEN, at=clock.now)
    assert on_disk(storage) == []


def test_more_than_ten_megabytes_are_refused(clock):
    with pytest.raises(TooLarge):
        stored(clock, PDF + bytes(10 * 1024 * 1024) + b"%%EOF")


def test_ten_megabytes_come_back(clock):
    body = PDF + bytes(10 * 1024 * 1024 - 100) + b"%%EOF"
    file = stored(clock, body)
    assert queries.own(file.public_id, CITIZEN).body == body


def test_a_photo_loses_where_it_was_taken(clock):
    place = Image.Exif()
    place[0x010F] = "SecretCamera"
    file = actions.store("photo.jpg", picture(form="JPEG", exif=place), purpose="photo", actor=CITIZEN, at=clock.now)
    body = queries.own(file.public_id, CITIZEN).body
    assert b"SecretCamera" not in body
    assert file.media_type == "image/jpeg"


def test_changed_content_is_refused_with_a_sentence(clock, storage):
    file = stored(clock)
    (path,) = [p for p in storage.rglob("*") if p.is_file()]
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(Unavailable, match="已损坏或丢失"):
        queries.own(file.public_id, CITIZEN)


def test_content_put_in_anothers_place_is_refused(clock, storage):
    one, two = stored(clock), stored(clock, picture())
    default_storage.delete(one.path)
    with default_storage.open(two.path) as other:
        default_storage.save(one.path, other)
    with pytest.raises(Unavailable):
        queries.own(one.public_id, CITIZEN)


def test_missing_content_is_refused_with_a_sentence(clock, storage):
    file = stored(clock)
    default_storage.delete(file.path)
    with pytest.raises(Unavailable):
        queries.own(file.public_id, CITIZEN)


def test_a_storage_that_fails_leaves_no_row(clock, storage, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(FileSystemStorage, "save", full)
    with pytest.raises(Unavailable, match="请稍后重试"):
        stored(clock)
    assert not StoredFile.objects.exists()


def test_attached_once_it_stays_where_it_is(clock):
    file = stored(clock)
    actions.attach(file.public_id, subject_type="cases.case", subject_id=17, actor=CITIZEN, at=clock.now)
    actions.attach(file.public_id, subject_type="cases.case", subject_id=17, actor=CITIZEN, at=clock.now)
    assert queries.readable(file.public_id, subject_type="cases.case", subject_ids=[17]).body
    with pytest.raises(Conflict, match="请重新上传"):
        actions.attach(file.public_id, subject_type="cases.case", subject_id=18, actor=CITIZEN, at=clock.now)


def test_nobody_attaches_a_strangers_file(clock):
    file = stored(clock)
    for stranger in (OTHER, CLERK):
        with pytest.raises(NotFound):
            actions.attach(file.public_id, subject_type="cases.case", subject_id=17, actor=stranger, at=clock.now)


def test_compared_with_the_original_a_file_rises_from_c_to_b(clock):
    file = stored(clock, subject_type="cases.case", subject_id=17, grade="C")
    here = {"subject_type": "cases.case", "subject_ids": [17], "actor": CLERK, "at": clock.now}
    assert actions.confirm_original(file.public_id, **here).grade == "B"
    with pytest.raises(Conflict):
        actions.confirm_original(file.public_id, **here)
    with pytest.raises(NotAllowed):
        actions.confirm_original(file.public_id, **(here | {"actor": CITIZEN}))
    with pytest.raises(NotFound):
        actions.confirm_original(file.public_id, **(here | {"subject_ids": [18]}))


def test_discarding_needs_a_reason_and_the_right_to_the_thing(clock):
    loose = stored(clock)
    with pytest.raises(BadInput):
        actions.discard(loose.public_id, reason=" ", actor=CITIZEN, at=clock.now)
    with pytest.raises(NotFound):
        actions.discard(loose.public_id, reason="误传", actor=OTHER, at=clock.now)
    hanging = stored(clock, subject_type="cases.case", subject_id=17)
    with pytest.raises(Conflict, match="请在办件中删除"):
        actions.discard(hanging.public_id, reason="误传", actor=CITIZEN, at=clock.now)
    with pytest.raises(NotFound):
        actions.discard(
            hanging.public_id, reason="误传", subject_type="cases.case", subject_ids=[18], actor=CLERK, at=clock.now
        )


@pytest.mark.django_db(transaction=True)
class TestWithRealTransactions:
    """Nothing here is simulated: rows are committed and rolled back."""

    def test_what_is_committed_stays(self, clock, storage):
        stored(clock)
        assert len(on_disk(storage)) == 1

    def test_a_failure_after_storing_leaves_neither_row_nor_file(self, clock, storage):
        with pytest.raises(NotAccepted):
            in_vain(lambda: (stored(clock), on_disk(storage)))
        assert on_disk(storage) == []
        assert not StoredFile.objects.exists()

    def test_a_rolled_back_part_takes_only_its_own_file(self, clock, storage):
        with transaction.atomic():
            kept = stored(clock)
            with pytest.raises(NotAccepted):
                in_vain(lambda: stored(clock))
        assert len(on_disk(storage)) == 1
        assert queries.own(kept.public_id, CITIZEN).body

    def test_discarded_content_is_gone_and_its_digests_stay(self, clock, storage):
        file = stored(clock, subject_type="cases.case", subject_id=17)
        actions.discard(
            file.public_id, reason="误传", subject_type="cases.case", subject_ids=[17], actor=CLERK, at=clock.now
        )
        assert on_disk(storage) == []
        with pytest.raises(NotFound):
            queries.readable(file.public_id, subject_type="cases.case", subject_ids=[17])
        assert bytes(StoredFile.objects.get().sm3) == bytes(file.sm3)

    def test_a_discard_that_is_rolled_back_keeps_the_content(self, clock, storage):
        file = stored(clock)
        with pytest.raises(NotAccepted):
            in_vain(lambda: actions.discard(file.public_id, reason="误传", actor=CITIZEN, at=clock.now))
        assert queries.own(file.public_id, CITIZEN).body

    def test_uploads_nobody_used_go_after_a_day(self, clock, storage):
        stored(clock)
        hanging = stored(clock, subject_type="cases.case", subject_id=17)
        clock.advance(hours=23)
        assert tasks.sweep_loose() == 0
        clock.advance(hours=2)
        assert tasks.sweep_loose() == 1
        assert tasks.sweep_loose() == 0
        assert len(on_disk(storage)) == 1
        assert queries.readable(hanging.public_id, subject_type="cases.case", subject_ids=[17]).body

    def test_what_a_crash_left_behind_is_swept_and_nothing_else(self, clock, storage):
        kept = stored(clock, subject_type="cases.case", subject_id=17)
        content.write("documents/2026/11/20/left-by-a-crash", b"x")
        assert tasks.sweep_orphans() == 0
        clock.advance(days=400)
        clock.set(max(clock.now, content.written_at(kept.path) + timedelta(days=2)))
        assert tasks.sweep_orphans() == 1
        assert queries.readable(kept.public_id, subject_type="cases.case", subject_ids=[17]).body

    def test_two_rooms_cannot_attach_one_file_to_two_things(self, clock, storage):
        file, outcomes = stored(clock), []

        def hang(case: int) -> None:
            try:
                actions.attach(file.public_id, subject_type="cases.case", subject_id=case, actor=CITIZEN, at=clock.now)
                outcomes.append(case)
            except Conflict:
                outcomes.append(0)
            finally:
                connection.close()

        threads = [threading.Thread(target=hang, args=(case,)) for case in (1, 2, 3, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = [case for case in outcomes if case]
        assert StoredFile.objects.get().subject_id == str(winner)
        assert len(outcomes) == 4


def test_the_system_sees_all_files(clock):
    file = stored(clock)
    assert set(StoredFile.objects.visible_to(SYSTEM)) == {file}
