"""What can be done with files: store, attach, compare with the original, discard."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound, TooLarge
from zerotrip.core.files import MAX_BYTES, check_upload
from zerotrip.core.roles import STAFF, Role
from zerotrip.documents import content, kinds
from zerotrip.documents.models import Grade, StoredFile
from zerotrip.ledger.frame import action, record
from zerotrip.rules import evidence_grade

SIGNED_IN = frozenset(Role)
"""Everybody but those who have not signed in."""

LARGEST_PAPER = 4 * MAX_BYTES
"""The largest file the product makes itself, in bytes."""

_PURPOSE = re.compile(r"[a-z][a-z0-9_]{1,39}")


@action("documents.store", roles=SIGNED_IN)
def store(
    upload_name: str,
    body: bytes,
    *,
    purpose: str,
    actor: Actor,
    at: datetime,
    subject_type: str = "",
    subject_id: str | int = "",
    grade: Grade | str = "",
    case_number: str = "",
) -> StoredFile:
    """Check an upload by its content and keep it, sealed.

    `purpose` is a short word of the room that asks ("material", "photo"). Without a subject the file is loose: attach
    it within a day. Raises BadInput or TooLarge (see core.files.check_upload); nothing stays behind when this or an
    outer action fails.
    """
    checked = check_upload(upload_name, body)
    subject = (subject_type, str(subject_id))
    return _keep(checked.name, checked.body, checked.media_type, purpose, subject, grade, case_number, actor, at)


@action("documents.keep", roles=SIGNED_IN)
def keep(
    name: str,
    body: bytes,
    *,
    media_type: str,
    purpose: str,
    actor: Actor,
    at: datetime,
    subject_type: str = "",
    subject_id: str | int = "",
    grade: Grade | str = Grade.A,
    case_number: str = "",
) -> StoredFile:
    """Keep what the product made itself (a notice, a bundle) as it is. What comes from outside goes to `store`."""
    if len(body) > LARGEST_PAPER:
        raise TooLarge(_("“{name}”太大，无法保存。").format(name=name))
    subject = (subject_type, str(subject_id))
    return _keep(name, body, media_type, purpose, subject, grade, case_number, actor, at)


def _keep(
    name: str, body: bytes, media_type: str, purpose: str, subject: tuple[str, str],
    grade: Grade | str, case_number: str, actor: Actor, at: datetime,
) -> StoredFile:  # fmt: skip
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError(f"a purpose is a short lower-case word, not {purpose!r}")
    public_id = uuid.uuid4()
    sha256, sm3 = content.digests(body)
    path = f"{content.FOLDER}/{local(at):%Y/%m/%d}/{public_id}"
    file = StoredFile(
        public_id=public_id,
        name=name,
        media_type=media_type,
        size=len(body),
        sha256=sha256,
        sm3=sm3,
        path=path,
        purpose=purpose,
        grade=grade,
        subject_type=subject[0],
        subject_id=subject[1],
        uploader_kind=actor.kind,
        uploader_id=actor.id,
        stored_at=at,
    )
    file.save(force_insert=True)
    content.write(path, body)
    _note(kinds.STORED, file, case_number, size=_size(len(body)), sha256=sha256.hex())
    return file


@action("documents.attach", roles=SIGNED_IN)
def attach(
    file_id: uuid.UUID | str,
    *,
    subject_type: str,
    subject_id: str | int,
    actor: Actor,
    at: datetime,
    case_number: str = "",
) -> StoredFile:
    """Hang a loose file of the actor's own on something.

    Raises NotFound when it is not theirs, Conflict when it hangs on something else already.
    """
    file = _own(file_id, actor)
    if not subject_type or not str(subject_id):
        raise ValueError("say what the file hangs on")
    if file.subject_type:
        if (file.subject_type, file.subject_id) != (subject_type, str(subject_id)):
            raise Conflict(_("这个文件已用于别的办件，请重新上传。"))
    else:
        file.subject_type, file.subject_id = subject_type, str(subject_id)
        file.save(update_fields=["subject_type", "subject_id"])
    _note(kinds.ATTACHED, file, case_number)
    return file


@action("documents.confirm_original", roles=STAFF)
def confirm_original(
    file_id: uuid.UUID | str,
    *,
    subject_type: str,
    subject_ids: Collection[str | int],
    actor: Actor,
    at: datetime,
    case_number: str = "",
) -> StoredFile:
    """A window has compared the file with the original: grade C becomes B (国办函〔2016〕108号).

    The caller has established that the actor may see the subjects. Raises NotFound when the file hangs on none of them,
    Conflict when its grade does not change by comparing.
    """
    file = _hanging(file_id, subject_type, subject_ids)
    if file.grade != Grade.C:
        raise Conflict(_("只有用户上传、尚未核对的文件需要核对原件。"))
    before = evidence_grade.Grade.C
    file.grade = evidence_grade.after_comparison(before).value
    file.save(update_fields=["grade"])
    _note(kinds.GRADED, file, case_number, before=before.value, after=file.grade)
    return file


@action("documents.discard", roles=SIGNED_IN)
def discard(
    file_id: uuid.UUID | str,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    subject_type: str = "",
    subject_ids: Collection[str | int] = (),
    case_number: str = "",
) -> StoredFile:
    """Remove the content of a file; its row and digests stay. With a reason.

    Without a subject only a loose file of the actor's own; with one, the caller has established that the actor may
    change it. Raises NotFound, or Conflict when the file hangs on something and no subject was given.
    """
    if not reason.strip():
        raise BadInput(_("请写明删除的原因。"), fields={"reason": [_("必填")]})
    if subject_type:
        file = _hanging(file_id, subject_type, subject_ids)
    else:
        file = _own(file_id, actor)
        if file.subject_type and not actor.is_system:
            raise Conflict(_("这个文件已归入办理材料，请在办件中删除。"))
    file.discarded_at = at
    file.save(update_fields=["discarded_at"])
    content.remove_after_commit(file.path)
    _note(kinds.DISCARDED, file, case_number, reason=reason.strip()[:200])
    return file


def _own(file_id: uuid.UUID | str, actor: Actor) -> StoredFile:
    files = StoredFile.objects.visible_to(actor).filter(discarded_at__isnull=True)
    file = files.select_for_update(no_key=True, of=("self",)).filter(public_id=_uuid(file_id)).first()
    if file is None:
        raise NotFound(_("没有这个文件，可能已被删除。请重新上传。"))
    return file


def _hanging(file_id: uuid.UUID | str, subject_type: str, subject_ids: Collection[str | int]) -> StoredFile:
    from zerotrip.documents.queries import hanging

    file = hanging(file_id, subject_type=subject_type, subject_ids=subject_ids, lock=True)
    if file is None:
        raise NotFound(_("没有这个文件，可能已被删除。请刷新页面。"))
    return file


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except ValueError as error:
        raise NotFound(_("没有这个文件，可能已被删除。请重新上传。")) from error


def _note(kind: kinds.Kind, file: StoredFile, case_number: str, **data: Any) -> None:
    record(
        kind,
        file,
        subject_id=str(file.public_id),
        case_number=case_number,
        purpose=file.purpose,
        digest=file.sm3_hex[:16],
        sm3=file.sm3_hex,
        **data,
    )


def _size(count: int) -> str:
    return f"{count / 1048576:.1f} MB" if count >= 1048576 else f"{max(1, round(count / 1024))} KB"
