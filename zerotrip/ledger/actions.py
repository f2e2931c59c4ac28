"""What can be done to the ledger itself: settle what a reader set aside."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger import kinds, readers
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.models import SetAside


def _open(set_aside_id: int) -> SetAside:
    found = SetAside.objects.select_for_update(no_key=True, of=("self",)).filter(pk=set_aside_id).first()
    if found is None:
        raise NotFound(_("没有这条搁置记录，可能已被删除。请刷新页面。"))
    if found.settled_at:
        raise Conflict(_("这条搁置记录已经处理过了。请刷新页面。"))
    return found


def _settle(found: SetAside, how: str, at: datetime) -> SetAside:
    found.settled_at, found.settled_how = at, how
    found.save(update_fields=["settled_at", "settled_how"])
    record(kinds.READER_SETTLED, found, reader=found.reader, entry=found.entry_id, how=how)
    return found


@action("ledger.retry", roles={Role.SYSTEM_ADMIN})
def retry(set_aside_id: int, *, actor: Actor, at: datetime) -> SetAside:
    """Hand a set-aside entry to its reader again. Failing again, it stays open with the new error and one more try."""
    found = _open(set_aside_id)
    if found.reader not in readers.READERS:
        raise Conflict(_("这个读取器已不存在，请改为人工处理并写明原因。"))
    if not readers.retry(found):
        record(kinds.RETRY_FAILED, found, reader=found.reader, entry=found.entry_id, tries=found.tries)
        return found
    return _settle(found, _("重试成功"), at)


@action("ledger.dismiss", roles={Role.SYSTEM_ADMIN})
def dismiss(set_aside_id: int, *, reason: str, actor: Actor, at: datetime) -> SetAside:
    """Settle a set-aside entry by hand, with the reason. Raises BadInput without one."""
    if not reason.strip():
        raise BadInput(_("请写明人工处理的原因。"), fields={"reason": [_("必填")]})
    return _settle(_open(set_aside_id), reason.strip()[:200], at)
