"""What can be done with webhooks: register, rotate, pause, resume, remove, send again, set aside, test."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.gateway import outgoing
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import events, kinds, queries, signing
from zerotrip.gateway.webhooks.models import KEEPERS, Digest, Message, MessageState, Webhook, WebhookState
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind

OWNERS: Final = frozenset({Role.PARTNER, *KEEPERS})
MOST: Final = 20
"""Webhooks of one partner."""

OVERLAP: Final = 24
"""Hours for which the former secret still signs, unless asked otherwise."""

LONGEST_OVERLAP: Final = 7 * 24


@action("gateway.register_webhook", roles=OWNERS)
def register(
    partner: str, url: str, types: Collection[str] = (), digest: str = Digest.SHA256, *, actor: Actor, at: datetime
) -> tuple[Webhook, str]:
    """Register an address for `partner` (its name). Returns it with its secret, which is shown this once.

    Raises NotFound for a partner the actor may not act for, BadInput with the fields, Conflict for an address that is
    registered already or one too many.
    """
    owner = _partner(partner, actor)
    if digest not in Digest.values:
        raise BadInput(_("请选择签名算法。"), fields={"digest": [_("请选择签名算法。")]})
    try:
        where = outgoing.check(url)
    except outgoing.Forbidden as refused:
        raise BadInput(refused.detail, fields={"url": [refused.detail]}) from refused
    if owner.webhooks.filter(removed_at__isnull=True).count() >= MOST:
        raise Conflict(_("一个合作方最多 {n} 个推送地址，请先删除不用的。").format(n=MOST))
    webhook = Webhook(
        partner=owner,
        url=where,
        types=events.chosen(types),
        digest=digest,
        secret=signing.fresh_secret(),
        state_since=at,
        registered_at=at,
    )
    try:
        with transaction.atomic():
            webhook.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("这个地址已经登记过了。")) from error
    _record(kinds.REGISTERED, webhook)
    return webhook, webhook.secret


@action("gateway.rotate_webhook", roles=OWNERS)
def rotate(public_id: UUID, *, hours: int = OVERLAP, actor: Actor, at: datetime) -> tuple[Webhook, str]:
    """A new secret, shown this once. The former one signs too for `hours`; 0 ends it at once.

    A secret from an earlier, unfinished rotation ends. Raises NotFound, BadInput.
    """
    if not 0 <= hours <= LONGEST_OVERLAP:
        sentence = _("请填写 0 至 {n} 小时。").format(n=LONGEST_OVERLAP)
        raise BadInput(sentence, fields={"hours": [sentence]})
    webhook = _locked(public_id, actor)
    webhook.former_secret = webhook.secret if hours else None
    webhook.former_until = at + timedelta(hours=hours) if hours else None
    webhook.secret = signing.fresh_secret()
    webhook.save(update_fields=["secret", "former_secret", "former_until"])
    _record(kinds.ROTATED, webhook, hours=hours)
    return webhook, webhook.secret


@action("gateway.remove_webhook", roles=OWNERS)
def remove(public_id: UUID, *, actor: Actor, at: datetime) -> None:
    """End a webhook: nothing more is sent or queued, its messages are deleted. Raises NotFound."""
    webhook = _locked(public_id, actor)
    webhook.removed_at, webhook.lease, webhook.leased_until = at, None, None
    webhook.former_secret = webhook.former_until = None
    webhook.secret = ""
    webhook.save(update_fields=["removed_at", "lease", "leased_until", "secret", "former_secret", "former_until"])
    webhook.messages.all().delete()
    _record(kinds.REMOVED, webhook)


@action("gateway.pause_webhook", roles=OWNERS)
def pause(public_id: UUID, *, reason: str, actor: Actor, at: datetime) -> Webhook:
    """Send nothing until resumed; what happens is queued. Raises NotFound, BadInput without a reason, Conflict."""
    webhook = _locked(public_id, actor)
    if webhook.state != WebhookState.ACTIVE:
        raise Conflict(_("推送已经停着，无需再暂停。"))
    _stop(webhook, WebhookState.PAUSED, _reason(reason), at)
    _record(kinds.PAUSED, webhook, reason=webhook.state_reason)
    return webhook


@action("gateway.resume_webhook", roles=OWNERS)
def resume(public_id: UUID, *, actor: Actor, at: datetime) -> Webhook:
    """Send again, beginning now, with the message that was next; its tries are counted anew.

    Also for an endpoint that rests after a failure: its receiver says that it is back. Raises NotFound.
    """
    webhook = _locked(public_id, actor)
    if webhook.state != WebhookState.ACTIVE:
        webhook.state, webhook.state_since, webhook.state_reason = WebhookState.ACTIVE, at, ""
    _afresh(webhook)
    webhook.messages.filter(state=MessageState.WAITING, attempts__gt=0).update(attempts=0)
    _record(kinds.RESUMED, webhook)
    return webhook


@action("gateway.replay_webhook", roles=OWNERS)
def replay(public_id: UUID, *, since: int, actor: Actor, at: datetime) -> int:
    """Send every message from number `since` on again, with its webhook-id, in order. Returns how many.

    Raises NotFound, Gone when `since` is deleted already, BadInput when it was never given out.
    """
    webhook = _locked(public_id, actor)
    queries.still_there(webhook, since - 1)
    if not 1 <= since <= webhook.last_sequence:
        sentence = _("没有序号 {n}，目前的最后一个是 {last}。").format(n=since, last=webhook.last_sequence)
        raise BadInput(sentence, fields={"from": [sentence]})
    count = webhook.messages.filter(sequence__gte=since).update(state=MessageState.WAITING, attempts=0)
    _afresh(webhook)
    _record(kinds.REPLAYED, webhook, sequence=since, count=count)
    return count


@action("gateway.send_webhook_again", roles=OWNERS)
def send_again(public_id: UUID, sequence: int, *, actor: Actor, at: datetime) -> Message:
    """Send one message again, now and before later ones. Raises NotFound, Conflict while the endpoint is stopped."""
    webhook = _locked(public_id, actor)
    message = _message(webhook, sequence)
    _running(webhook)
    message.state, message.attempts = MessageState.WAITING, 0
    message.save(update_fields=["state", "attempts"])
    _afresh(webhook)
    _record(kinds.SENT_AGAIN, webhook, sequence=sequence)
    return message


@action("gateway.set_webhook_message_aside", roles=OWNERS)
def set_aside(public_id: UUID, sequence: int, *, reason: str, actor: Actor, at: datetime) -> Message:
    """Let later messages pass one that cannot be delivered. It stays readable. Raises NotFound, BadInput, Conflict."""
    webhook = _locked(public_id, actor)
    message = _message(webhook, sequence)
    if message.state != MessageState.WAITING:
        raise Conflict(_("这一条不在等待，无需搁置。"))
    why = _reason(reason)
    message.state = MessageState.SET_ASIDE
    message.save(update_fields=["state"])
    _afresh(webhook)
    _record(kinds.SET_ASIDE, webhook, sequence=sequence, reason=why)
    return message


@action("gateway.test_webhook", roles=OWNERS)
def send_test(public_id: UUID, *, actor: Actor, at: datetime) -> Message:
    """Queue a message of type webhook.test and try at once. Raises NotFound, Conflict while the endpoint is stopped."""
    webhook = _locked(public_id, actor)
    _running(webhook)
    message = events.queue(webhook, events.TEST, at, {"text": "这是一条测试消息。", "text_en": "This is a test."}, at)
    _afresh(webhook)
    _record(kinds.TESTED, webhook, sequence=message.sequence)
    return message


@action("gateway.give_webhook_up", roles={Role.SYSTEM})
def give_up(webhook: Webhook, message: Message, *, actor: Actor, at: datetime) -> None:
    """Pause an endpoint that could not be reached for days. The caller has locked it."""
    since = local(webhook.failing_since or at).strftime("%Y-%m-%d %H:%M")
    _stop(webhook, WebhookState.FAILED, message.trouble, at)
    told = {"sequence": message.sequence, "attempts": message.attempts, "trouble": message.trouble}
    _record(kinds.GIVEN_UP, webhook, since=since, **told)


@action("gateway.stop_gone_webhook", roles={Role.SYSTEM})
def stop_gone(webhook: Webhook, message: Message, *, actor: Actor, at: datetime) -> None:
    """Stop an endpoint whose receiver answered 410. The caller has locked it."""
    _stop(webhook, WebhookState.GONE, message.trouble, at)
    _record(kinds.GONE, webhook, sequence=message.sequence)


def _record(kind: Kind, webhook: Webhook, **data: Any) -> None:
    record(kind, webhook, host=webhook.host[:120], partner=webhook.partner.name, **data)


def _partner(name: str, actor: Actor) -> Partner:
    mine = Partner.objects.visible_to(actor).filter(active=True, name=name)
    found = mine.select_for_update(no_key=True, of=("self",)).first()
    if found is None:
        raise NotFound(_("没有名为“{name}”的合作方，或已停用。").format(name=name))
    return found


def _locked(public_id: UUID, actor: Actor) -> Webhook:
    rows = Webhook.objects.visible_to(actor).select_related("partner")
    found = rows.select_for_update(no_key=True, of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(_("没有这个推送地址，可能已被删除。"))
    return found


def _message(webhook: Webhook, sequence: int) -> Message:
    queries.still_there(webhook, sequence - 1)
    found = webhook.messages.filter(sequence=sequence).first()
    if found is None:
        raise NotFound(_("没有序号 {n}。").format(n=sequence))
    return found


def _running(webhook: Webhook) -> None:
    if webhook.state != WebhookState.ACTIVE:
        raise Conflict(_("推送已停止（{state}），请先恢复。").format(state=webhook.get_state_display()))


def _reason(reason: str) -> str:
    if not 2 <= len(reason.strip()) <= 200:
        raise BadInput(_("请说明原因，2 至 200 个字。"), fields={"reason": [_("2 至 200 个字。")]})
    return reason.strip()


def _stop(webhook: Webhook, state: str, reason: str, at: datetime) -> None:
    webhook.state, webhook.state_since, webhook.state_reason = state, at, reason
    webhook.lease = webhook.leased_until = webhook.next_at = None
    webhook.save(update_fields=["state", "state_since", "state_reason", "lease", "leased_until", "next_at"])


def _afresh(webhook: Webhook) -> None:
    """Try at once. A try under way loses its lease, and with it the right to write down what has just been changed."""
    webhook.lease = webhook.leased_until = webhook.next_at = webhook.failing_since = None
    webhook.save(
        update_fields=["state", "state_since", "state_reason", "lease", "leased_until", "next_at", "failing_since"]
    )
