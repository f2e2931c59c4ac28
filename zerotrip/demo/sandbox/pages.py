"""The sandbox's page and its two doors for messages. All of it is NotFound outside a demo."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from zerotrip.core.errors import NotFound
from zerotrip.core.sent import body_of
from zerotrip.demo import build
from zerotrip.demo.sandbox import identity, notebook, receiving, sending
from zerotrip.gateway.exports import own_key
from zerotrip.gateway.signing import keys
from zerotrip.people.access import open_to_everyone


def _only_in_a_demo() -> None:
    if not settings.ZEROTRIP_DEMO:
        raise NotFound(_("只有演示环境才有沙箱合作方。"))


@open_to_everyone
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the sandbox sent and received, both ways."""
    _only_in_a_demo()
    webhook = notebook.recall("webhook") or {}
    context = {
        "pages": [
            (_("发出"), _("它用自己的密钥签名，提交给平台。"), "send", notebook.lines(notebook.SENT)),
            (_("收到的推送"), _("平台把它的办件的进展告诉它（Webhook）。"), "inbox", notebook.lines(notebook.TOLD)),
            (
                _("收到的报送"),
                _("它也扮演省平台：平台按国家标准逐条报送，用平台的密钥签名。"),
                "building",
                notebook.lines(notebook.INBOX),
            ),
        ],
        "tally": notebook.tally(f"{receiving.STREAM} {webhook.get('id')}"),
        "webhook": webhook.get("id"),
        "down": bool(notebook.recall("down")),
        "partner": build.PARTNER,
        "keyid": keys.of(identity.private()).keyid,
        "ours": own_key.public().keyid,
    }
    return render(request, "demo/sandbox.html", context)


@open_to_everyone
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """The buttons: apply for somebody now, or stop and resume receiving."""
    _only_in_a_demo()
    verb = request.POST.get("verb", "")
    if verb in {"apply", "scan"}:
        status = sending.apply() if verb == "apply" else sending.scan()
        if 200 <= status < 300:
            messages.success(request, _("已签名提交，见“发出”第一行。"))
        else:
            messages.error(request, _("没有成功，见“发出”第一行。"))
    elif verb == "subscribe":
        messages.info(request, _("已登记接收推送。") if sending.subscribe() else _("没有登记成功。"))
    elif verb in {"down", "up"}:
        notebook.remember("down", verb == "down")
    return redirect("demo:sandbox")


@open_to_everyone
@csrf_exempt
@require_POST
def webhooks(request: HttpRequest) -> HttpResponse:
    """Webhook messages. 204 when the signature holds, 401 when it does not, 503 while the sandbox plays dead."""
    _only_in_a_demo()
    if notebook.recall("down"):
        return HttpResponse(status=503)
    body = body_of(request)
    try:
        receiving.webhook(request.headers, body)
    except receiving.Wrong as wrong:
        notebook.write(notebook.TOLD, "webhook", str(wrong), 401, body=body)
        return JsonResponse({"detail": str(wrong)}, status=401)
    return HttpResponse(status=204)


@open_to_everyone
@csrf_exempt
@require_POST
def inbox(request: HttpRequest, topic: str) -> HttpResponse:
    """Any JSON signed with our own key (RFC 9421): taken in and listed. 401 otherwise, 503 while it plays dead."""
    _only_in_a_demo()
    if notebook.recall("down"):
        return HttpResponse(status=503)
    body = body_of(request)
    try:
        receiving.push(topic, request.get_full_path(), request.headers, body)
    except receiving.Wrong as wrong:
        notebook.write(notebook.INBOX, topic, str(wrong), 401, body=body)
        return JsonResponse({"detail": str(wrong)}, status=401)
    return JsonResponse({"result": "accepted"})
