"""Uploads of a form that may be refused: kept at once, and named in the form by a signed token until it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, TooLarge
from zerotrip.core.files import MAX_BYTES
from zerotrip.documents import actions
from zerotrip.documents.models import Grade, StoredFile

SALT = "zerotrip.portal.upload"
GOOD_FOR = 20 * 3600
"""Seconds a token is good for; loose files are swept after a day."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The upload of one field: the stored file and its token, or what was wrong with it."""

    file: StoredFile | None = None
    token: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return str(self.file.name) if self.file else ""


def keep(
    names: list[str],
    data: Mapping[str, str],
    files: MultiValueDict[str, UploadedFile],  # type: ignore[type-arg]  # not subscriptable at run time
    *,
    actor: Actor,
    at: datetime,
) -> dict[str, Kept]:
    """For each field name: the file just sent (field `<name>_file`), else the one kept before (`<name>_kept`)."""
    return {name: _one(name, data, files.get(f"{name}_file"), actor, at) for name in names}


def _one(
    name: str,
    data: Mapping[str, str],
    sent: UploadedFile | None,  # type: ignore[type-arg]  # not subscriptable at run time
    actor: Actor,
    at: datetime,
) -> Kept:
    if sent is None:
        return _before(name, data.get(f"{name}_kept", ""), actor)
    try:
        if (sent.size or 0) > MAX_BYTES:
            raise TooLarge(_("文件不能超过 {limit} MB，请压缩或重新拍照后再选。").format(limit=MAX_BYTES // 1048576))
        file = actions.store(sent.name or "", sent.read(), purpose="material", grade=Grade.C, actor=actor, at=at)
    except (BadInput, TooLarge) as problem:
        return Kept(error=str(problem.detail))
    return Kept(file, signing.dumps([name, str(file.public_id)], salt=SALT))


def _before(name: str, token: str, actor: Actor) -> Kept:
    if not token:
        return Kept()
    try:
        said = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return Kept(error=_("上次选的文件已过期，请重新选择。"))
    file = None
    if isinstance(said, list) and len(said) == 2 and said[0] == name:
        loose = StoredFile.objects.visible_to(actor).filter(discarded_at__isnull=True, subject_type="")
        file = loose.filter(public_id=said[1]).first()
    return Kept(file, token) if file else Kept(error=_("上次选的文件已用掉或过期，请重新选择。"))
