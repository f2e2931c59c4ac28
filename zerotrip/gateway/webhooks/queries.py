"""What can be asked of webhooks: how each stands, its messages, what is still there to be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound, Problem
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks.models import Message, MessageState, Webhook, WebhookState
from zerotrip.ledger.models import Entry


class Gone(Problem):
    """It was there and has been deleted; `oldest` in the answer is the first that is left."""

    status, slug, title = 410, "gone", gettext_lazy("已经删除")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook stands. `head` is the message that is next, which later ones wait for."""

    webhook: Webhook
    waiting: int
    waiting_since: datetime | None
    head: Message | None

    @property
    def level(self) -> str:
        """ok, waiting, or alert: somebody should look."""
        if self.webhook.state in {WebhookState.FAILED, WebhookState.GONE}:
            return "alert"
        if self.webhook.state == WebhookState.PAUSED or self.webhook.failing_since:
            return "waiting"
        return "ok"


def webhooks(actor: Actor) -> QuerySet[Webhook]:
    """The webhooks `actor` may see, with their partners."""
    return Webhook.objects.visible_to(actor).select_related("partner")


def get(public_id: UUID, actor: Actor) -> Webhook:
    """One webhook. Raises NotFound when there is none that `actor` may see."""
    found = webhooks(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(_("没有这个推送地址，可能已被删除。"))
    return found


def overview(actor: Actor, *, partner: Partner | None = None) -> list[Standing]:
    """How each webhook (of a partner) stands that `actor` may see: those first that somebody should look at."""
    found = webhooks(actor).filter(partner=partner) if partner else webhooks(actor)
    order = {"alert": 0, "waiting": 1, "ok": 2}
    return sorted(standings(found), key=lambda one: order[one.level])


def standings(found: Iterable[Webhook]) -> list[Standing]:
    """How each of some webhooks stands, in two statements."""
    listed = list(found)
    waits = Message.objects.filter(webhook__in=listed, state=MessageState.WAITING).order_by()
    rows = waits.values("webhook_id").annotate(n=Count("*"), since=Min("made_at"), first=Min("sequence"))
    waiting = {row["webhook_id"]: (row["n"], row["since"]) for row in rows}
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(webhook_id=row["webhook_id"], sequence=row["first"])
    heads = {message.webhook_id: message for message in Message.objects.filter(wanted).order_by()}
    return [Standing(one, *waiting.get(one.pk, (0, None)), heads.get(one.pk)) for one in listed]


def stopped() -> list[Webhook]:
    """Endpoints that stopped by themselves and wait for somebody: for `zerotrip check` and the operations page."""
    return list(
        Webhook.objects.select_related("partner").filter(
            state__in=[WebhookState.FAILED, WebhookState.GONE], removed_at__isnull=True, partner__active=True
        )
    )


def still_there(webhook: Webhook, after: int) -> None:
    """Raises Gone when messages after number `after` are deleted already."""
    if after < webhook.forgotten_through:
        raise Gone(
            _("序号 {last} 及以前的消息已过保存期，不能再取。最早的是 {first}。").format(
                last=webhook.forgotten_through, first=webhook.forgotten_through + 1
            ),
            oldest=webhook.forgotten_through + 1,
        )


def messages_after(webhook: Webhook, after: int, limit: int) -> list[Message]:
    """The messages after number `after`, in order, whether delivered or not. Raises Gone."""
    still_there(webhook, after)
    return list(webhook.messages.filter(sequence__gt=after).order_by("sequence")[:limit])


def page(
    webhook: Webhook, *, before: int = 0, state: str = "", case: str = "", size: int = 50
) -> tuple[list[Message], int]:
    """The newest messages, or those before number `before`, and the `before` of the next page (0: no more).

    `case`: only messages about that case, found through its entries.
    """
    found = webhook.messages.order_by("-sequence").defer("body")
    if before:
        found = found.filter(sequence__lt=before)
    if state in MessageState.values:
        found = found.filter(state=state)
    if case:
        found = found.filter(entry_id__in=Entry.objects.filter(case_number=case).values("pk"))
    rows = list(found[: size + 1])
    return rows[:size], rows[size - 1].sequence if len(rows) > size else 0


def forgettable(webhook: Webhook, limit: datetime) -> int:
    """The last number of the messages made before `limit` that nothing waits for any more, 0 for none.

    At an endpoint that is stopped also those that wait go, so that nothing grows for ever; the next number tells.
    """
    old = webhook.messages.filter(made_at__lt=limit).order_by()
    if webhook.state == WebhookState.ACTIVE:
        first = webhook.messages.filter(state=MessageState.WAITING).aggregate(n=Min("sequence"))["n"]
        if first is not None:
            old = old.filter(sequence__lt=first)
    kept = webhook.messages.filter(made_at__gte=limit).aggregate(n=Min("sequence"))["n"]
    if kept is not None:
        old = old.filter(sequence__lt=kept)
    return old.aggregate(n=Max("sequence"))["n"] or 0
