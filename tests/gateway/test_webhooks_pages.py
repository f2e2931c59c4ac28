"""The administrator's pages of webhooks: what stopped is seen first, and one button sends it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.gateway.receiver import Receiver, receiving
from tests.gateway.webhooks import deliver, happen, receiver, webhook
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.models import IdempotencyKey
from zerotrip.core.roles import Role
from zerotrip.gateway import actions as partners
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions
from zerotrip.gateway.webhooks.models import TRIES_KEPT, Message, MessageState, Webhook, WebhookState
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

__all__ = ["receiver", "webhook"]
pytestmark = pytest.mark.django_db
LIST = "/desk/operations/webhooks"


@pytest.fixture
def admin(clock: Any) -> Client:
    return sign_in(Client(), staff(Role.SYSTEM_ADMIN)[0])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def page(webhook: Webhook) -> str:
    return f"{LIST}/{webhook.public_id}"


def test_an_address_is_registered_and_its_secret_shown_once(
    admin: Client, partner: tuple[Partner, str], receiver: Receiver
) -> None:
    assert "还没有推送地址" in text(admin.get(LIST))
    form = {"partner": partner[0].name, "url": receiver.url, "digest": "sha256", "types": ["mail.*"]}
    assert f'value="{partner[0].name}" selected' in text(admin.get(f"{LIST}/register?partner={partner[0].name}"))
    made = admin.post(f"{LIST}/register", form | {"_once": "form-number-1"})
    webhook = Webhook.objects.get()
    assert made["Location"] == page(webhook)
    assert webhook.types == ["mail.*"]
    shown = admin.get(page(webhook))
    assert webhook.secret in text(shown)
    assert "邮件进展" in text(shown)
    assert webhook.secret not in text(admin.get(page(webhook)))
    assert admin.post(f"{LIST}/register", form | {"_once": "form-number-1"})["Location"] == page(webhook)
    kept = [bytes(row.body or b"") + str(row.headers).encode() for row in IdempotencyKey.objects.all()]
    assert kept
    assert not any(webhook.secret.encode() in row for row in kept)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"url": ""}, 422, "请填写接收地址"),
        ({"url": "https://169.254.169.254/"}, 422, "指向内部地址"),
        ({"url": "http://example.cn/"}, 422, "只向 https"),
        ({"url": "https://u:p@example.cn/"}, 422, "不能有用户名"),
        ({"url": "x" * 501}, 422, "不超过 500"),
        ({"partner": "谁"}, 422, "请从列出的合作方中选择"),
        ({"digest": "md5"}, 422, "请选择签名算法"),
        ({"types": ["nothing.*"]}, 422, "请从列出的种类中选择"),
        ({"url": "known"}, 409, "已经登记过了"),
    ],
)
def test_a_wrong_address_gets_a_sentence(
    admin: Client, webhook: Webhook, change: dict[str, Any], status: int, said: str
) -> None:
    if change.get("url") == "known":
        change = {"url": webhook.url}
    form = {"partner": webhook.partner.name, "url": "https://example.cn/hooks", "digest": "sha256"} | change
    refused = admin.post(f"{LIST}/register", form)
    assert (refused.status_code, said in text(refused)) == (status, True)
    assert Webhook.objects.count() == 1


def test_what_stopped_stands_first_and_goes_on_where_it_stopped(
    admin: Client, webhook: Webhook, receiver: Receiver, partner: tuple[Partner, str], clock: Any
) -> None:
    with receiving() as healthy:
        other = actions.register(partner[0].name, healthy.url, actor=SYSTEM, at=now())[0]
        receiver.reply = lambda one: (410, b"moved away")
        for one in (other, webhook):
            happen(one, 3)
        deliver()
    listed = text(admin.get(LIST))
    assert listed.index(webhook.host) < listed.index(other.host)
    assert "已永久停用（410）" in listed
    assert "待送 3 条" in listed
    shown = text(admin.get(page(webhook)))
    assert "对方说这个地址不再使用" in shown
    assert "moved away" in shown
    assert "回答 410" in shown
    receiver.reply = lambda one: (200, b"")
    assert admin.post(page(webhook), {"verb": "resume"}).status_code == 302
    deliver()
    assert receiver.sequences == [1, 1, 2, 3]
    assert "恢复推送" not in text(admin.get(page(webhook)))


def test_every_try_can_be_read(admin: Client, webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    happen(webhook)
    for status in (503, 500):
        receiver.reply = lambda one, status=status: (status, b"broken")  # type: ignore[misc]
        deliver()
        clock.advance(minutes=10)
    shown = text(admin.get(page(webhook)))
    assert "试过 2 次" in shown
    assert shown.index("回答 500") < shown.index("回答 503"), "the last one first"
    assert "正在重试" in shown
    receiver.reply = lambda one: (204, b"")
    admin.post(page(webhook), {"verb": "resume"})
    deliver()
    message = Message.objects.get()
    assert [one.status for one in message.history] == [204, 500, 503]
    assert [bool(one.trouble) for one in message.history] == [False, True, True]
    for _n in range(TRIES_KEPT + 5):
        actions.send_again(webhook.public_id, 1, actor=SYSTEM, at=now())
        deliver()
    message.refresh_from_db()
    assert len(message.history) == TRIES_KEPT, "what is kept does not grow for ever"


def test_one_message_is_sent_again_or_set_aside(
    admin: Client, webhook: Webhook, receiver: Receiver, clock: Any
) -> None:
    happen(webhook, 3)
    receiver.reply = lambda one: (422, b"no") if one.json["sequence"] == 2 else (200, b"")
    deliver()
    refused = admin.post(f"{page(webhook)}/2", {"verb": "aside", "reason": ""}, follow=True)
    assert "请说明原因" in text(refused)
    aside = admin.post(f"{page(webhook)}/2", {"verb": "aside", "reason": "对方不认"}, follow=True)
    assert "已搁置序号 2" in text(aside)
    deliver()
    assert receiver.sequences == [1, 2, 3]
    receiver.reply = lambda one: (200, b"")
    assert "马上再发一次" in text(admin.post(f"{page(webhook)}/2", {"verb": "again"}, follow=True))
    deliver()
    assert receiver.sequences == [1, 2, 3, 2]
    assert "没有序号 9" in text(admin.post(f"{page(webhook)}/9", {"verb": "again"}, follow=True))
    huge = admin.post(f"{page(webhook)}/99999999999999999999", {"verb": "again"}, follow=True)
    assert huge.status_code == 200
    actions.pause(webhook.public_id, reason="接收方升级", actor=SYSTEM, at=now())
    assert "请先恢复" in text(admin.post(f"{page(webhook)}/1", {"verb": "again"}, follow=True))


def test_going_on_from_a_number(admin: Client, webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    happen(webhook, 5)
    deliver()
    for sent, said in (("9", "没有序号 9"), ("", "请填写序号"), ("x", "序号应为整数"), ("0", "序号从 1 开始")):
        refused = admin.post(page(webhook), {"verb": "replay", "since": sent})
        assert (refused.status_code, said in text(refused)) == (422, True), sent
    assert admin.post(page(webhook), {"verb": "replay", "since": "9" * 30}).status_code == 422
    assert "再送 2 条" in text(admin.post(page(webhook), {"verb": "replay", "since": "4"}, follow=True))
    deliver()
    assert receiver.sequences == [1, 2, 3, 4, 5, 4, 5]
    Message.objects.filter(sequence__lt=3).delete()
    Webhook.objects.update(forgotten_through=2)
    gone = admin.post(page(webhook), {"verb": "replay", "since": "2"})
    assert (gone.status_code, "最早的是 3" in text(gone)) == (410, True)


def test_the_other_buttons(admin: Client, webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    assert "序号 1" in text(admin.post(page(webhook), {"verb": "test"}, follow=True))
    deliver()
    assert receiver.received[0].json["type"] == "webhook.test"
    assert admin.post(page(webhook), {"verb": "pause", "reason": ""}).status_code == 422
    assert "恢复推送" in text(admin.post(page(webhook), {"verb": "pause", "reason": "对方升级"}, follow=True))
    assert "暂停原因：对方升级" in text(admin.get(LIST))
    again = admin.post(page(webhook), {"verb": "pause", "reason": "对方升级"})
    assert (again.status_code, "已经停着" in text(again)) == (409, True)
    assert admin.post(page(webhook), {"verb": "test"}).status_code == 409
    for hours in ("-1", "1000", "x", ""):
        assert admin.post(page(webhook), {"verb": "rotate", "hours": hours}).status_code == 422, hours
    former = webhook.secret
    rotated = text(admin.post(page(webhook), {"verb": "rotate", "hours": "24"}, follow=True))
    webhook.refresh_from_db()
    assert webhook.secret != former
    assert webhook.secret in rotated
    assert "新旧两个密钥同时签名" in rotated
    assert "换密钥中" in text(admin.get(LIST))
    assert admin.post(page(webhook), {"verb": "nonsense"}).status_code == 422
    assert admin.post(page(webhook), {"verb": "remove"}).status_code == 422
    assert admin.post(page(webhook), {"verb": "remove", "sure": "on"})["Location"] == LIST
    assert admin.get(page(webhook)).status_code == 404
    kinds = {"gateway.webhook_paused", "gateway.webhook_rotated", "gateway.webhook_removed", "gateway.webhook_tested"}
    assert kinds <= set(Entry.objects.values_list("kind", flat=True))


def test_messages_are_found_by_state_number_and_case(
    admin: Client, webhook: Webhook, api: Any, application: Callable[..., dict[str, Any]], clock: Any
) -> None:
    happen(webhook, 70)
    number = api.post("/cases", application()).json()["number"]
    drain()
    Message.objects.filter(sequence__lte=5).update(state=MessageState.DELIVERED)

    def found(**query: str) -> list[int]:
        return [row.sequence for row in admin.get(page(webhook), query).context["rows"]]

    assert found(state="delivered") == [5, 4, 3, 2, 1]
    assert found(q="40")[:2] == [40, 39]
    assert found(q=number) == [row.sequence for row in Message.objects.filter(case_number=number).order_by("-sequence")]
    assert found(q="JX-nobody") == []
    last = Webhook.objects.get().last_sequence
    first = admin.get(page(webhook))
    assert first.context["rows"][0].sequence == last
    older = admin.get(page(webhook) + first.context["older_url"].split("#")[0])
    assert older.context["rows"][0].sequence == last - 30
    assert "较新的" in text(older)
    for odd in ("x", "9" * 40, "\0", "９", "-1", ""):
        for name in ("before", "q", "state"):
            assert admin.get(page(webhook), {name: odd}).status_code == 200, (name, odd)


def test_an_auditor_reads_and_changes_nothing(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    auditor = sign_in(Client(), staff(Role.AUDITOR)[0])
    happen(webhook)
    assert webhook.host in text(auditor.get(LIST))
    shown = text(auditor.get(page(webhook)))
    assert "每一条消息" in shown
    assert webhook.url not in shown, "the path may be the partner's own secret"
    assert "再发一次" not in shown
    assert auditor.get(f"{LIST}/register").status_code == 403
    assert auditor.post(page(webhook), {"verb": "remove", "sure": "on"}).status_code == 403
    assert auditor.post(f"{page(webhook)}/1", {"verb": "again"}).status_code == 403
    assert Webhook.objects.get().state == WebhookState.ACTIVE
    assert auditor.get(f"{LIST}/{uuid4()}").status_code == 404


def test_a_partner_s_page_leads_to_its_webhooks(
    admin: Client, webhook: Webhook, partner: tuple[Partner, str], clock: Any
) -> None:
    address = f"/desk/partners/{partner[0].pk}"
    shown = text(admin.get(address))
    assert page(webhook) in shown
    assert f"{LIST}/register?partner=" in shown
    security = sign_in(Client(), staff(Role.SECURITY_ADMIN)[0])
    assert page(webhook) not in text(security.get(address)), "it could not open it"
    other, _token = partners.register_partner("另一平台", actor=SYSTEM, at=now())
    assert "没有推送地址" in text(admin.get(f"/desk/partners/{other.pk}"))
    assert LIST in text(admin.get("/desk/operations"))


def test_the_pages_cost_the_same_for_many(
    admin: Client, webhook: Webhook, partner: tuple[Partner, str], django_assert_max_num_queries: Any
) -> None:
    for n in range(15):
        happen(actions.register(partner[0].name, f"https://x.cn/{n}", actor=SYSTEM, at=now())[0])
    happen(webhook, 40)
    for address in (LIST, page(webhook)):
        with django_assert_max_num_queries(12):
            assert admin.get(address).status_code == 200
