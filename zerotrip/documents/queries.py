"""What can be asked about files.

The rule of access: a file is read by who uploaded it, or through the thing it hangs on. A room that wants to show files
first establishes, by its own `visible_to`, which of its things the actor sees, and passes exactly those.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound, Unavailable
from zerotrip.documents import content
from zerotrip.documents.models import StoredFile, StoredFileQuerySet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """An opened file: what it is and its plain content."""

    file: StoredFile
    body: bytes

    @property
    def name(self) -> str:
        return str(self.file.name)

    @property
    def media_type(self) -> str:
        return self.file.media_type


def readable(file_id: uuid.UUID | str, *, subject_type: str, subject_ids: Collection[str | int]) -> Content:
    """The content of a file that hangs on one of `subject_ids`, all of which the caller has established as visible.

    Raises NotFound when it hangs on none of them, is loose or discarded; Unavailable when its content is damaged.
    """
    file = hanging(file_id, subject_type=subject_type, subject_ids=subject_ids)
    if file is None:
        raise NotFound(_("没有这个文件，或您不能查看它。"))
    return _opened(file)


def own(file_id: uuid.UUID | str, actor: Actor) -> Content:
    """The content of a file the actor uploaded. Raises NotFound, or Unavailable when its content is damaged."""
    wanted = _uuid(file_id)
    files = StoredFile.objects.visible_to(actor).filter(discarded_at__isnull=True)
    file = files.filter(public_id=wanted).first() if wanted else None
    if file is None:
        raise NotFound(_("没有这个文件，或您不能查看它。"))
    return _opened(file)


def hanging(
    file_id: uuid.UUID | str, *, subject_type: str, subject_ids: Collection[str | int], lock: bool = False
) -> StoredFile | None:
    """The row of a file that hangs on one of the subjects, without its content; None when there is none."""
    wanted = _uuid(file_id)
    if wanted is None or not subject_type:
        return None
    files = of_subjects(subject_type, subject_ids)
    return (files.select_for_update(no_key=True, of=("self",)) if lock else files).filter(public_id=wanted).first()


def of_subjects(subject_type: str, subject_ids: Collection[str | int]) -> StoredFileQuerySet:
    """The files of things the caller has established as visible, oldest first. Nothing for an empty subject."""
    ids = [str(subject_id) for subject_id in subject_ids if str(subject_id)]
    if not subject_type or not ids:
        return StoredFile.objects.none()
    found = StoredFile.objects.filter(subject_type=subject_type, subject_id__in=ids, discarded_at__isnull=True)
    return found.order_by("stored_at", "id")


def loose_before(moment: datetime) -> list[StoredFile]:
    """Files stored before `moment` that hang on nothing; for the sweep."""
    return list(StoredFile.objects.filter(subject_type="", discarded_at__isnull=True, stored_at__lt=moment)[:500])


def _opened(file: StoredFile) -> Content:
    try:
        return Content(file, content.read(file.path, bytes(file.sha256)))
    except content.ContentBroken as error:
        log.exception("the content of file %s is damaged or missing", file.public_id)
        raise Unavailable(_("这个文件的内容已损坏或丢失，不能打开。请联系系统管理员。")) from error


def _uuid(value: uuid.UUID | str) -> uuid.UUID | None:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except ValueError:
        return None
