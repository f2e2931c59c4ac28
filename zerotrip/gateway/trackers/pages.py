"""The two endpoints: `POST /poll/query.do` asks once, `POST /poll` subscribes. Every answer is HTTP 200 with JSON, as
that interface answers; what went wrong is in `returnCode` and `message`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import orjson
import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.gateway.allowance import PARTNERS
from zerotrip.gateway.trackers import actions, answers, signing
from zerotrip.gateway.trackers.models import Tracker, TrackerScope
from zerotrip.gateway.trackers.states import COMPANIES
from zerotrip.mail import tracked
from zerotrip.people.access import open_to_everyone
from zerotrip.rules import mail_number

log = structlog.get_logger(__name__)

LONGEST_PARAM: Final = 4000
DETAILS: Final = frozenset({"", "0", "1", "2", "4", "6", "8"})


class Refused(Exception):
    """A request that is answered with a code and a sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _answered(page: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    """A dictionary as JSON; refusals and failures in the shape of this interface."""

    @wraps(page)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            said = page(request)
        except Refused as refused:
            said = {"result": False, "returnCode": str(refused.code), "message": refused.message}
        except Exception:
            log.exception("a tracker's request failed")
            said = {"result": False, "returnCode": "501", "message": _("服务器错误，请稍后再试")}
        return HttpResponse(orjson.dumps(said), content_type="application/json; charset=utf-8")

    return answered


@csrf_exempt
@require_POST
@open_to_everyone
@_answered
def query(request: HttpRequest) -> dict[str, Any]:
    """Where a piece is, now. Form: `customer`, `sign`, `param`, optionally `signType`."""
    text, customer = request.POST.get("param", ""), request.POST.get("customer", "")
    sent = _param(text)
    tracker = Tracker.objects.select_related("partner").filter(customer=customer[:32], active=True).first()
    kind = request.POST.get("signType", "") or "MD5"
    secret = tracker.key if tracker is not None else "no such customer"
    good = signing.matches(request.POST.get("sign", "")[:200], text + secret + customer, kind)
    if tracker is None or not good or not tracker.partner.active:
        raise Refused(503, _("验证签名失败"))
    _let_in(tracker, TrackerScope.QUERY)
    company = _company(sent.get("com"))
    if company is None:
        raise Refused(400, _("找不到对应公司"))
    if str(sent.get("show") or "0") != "0":
        raise Refused(400, _("只提供 JSON（show 为 0）"))
    lang, order = _lang(sent), "asc" if sent.get("order") == "asc" else "desc"
    try:
        with override(lang):
            raw = tracked.read(str(sent.get("num") or ""))
    except NotFound:
        raise Refused(500, answers.NOTHING_YET) from None
    if not raw["events"]:
        raise Refused(500, answers.NOTHING_YET)
    return answers.result(raw, company, _detail(sent.get("resultv2")), order, lang)


@csrf_exempt
@require_POST
@open_to_everyone
@_answered
def subscribe(request: HttpRequest) -> dict[str, Any]:
    """Follow a number. Form: `schema` (json), `param` with the key in it: this request is not signed."""
    if request.POST.get("schema", "json") != "json":
        raise Refused(700, _("schema 只能是 json"))
    sent = _param(request.POST.get("param", ""), 700)
    key = sent.get("key")
    if not isinstance(key, str) or not key:
        raise Refused(600, _("您不是合法的订阅者"))
    found = Tracker.objects.select_related("partner").filter(key_digest=actions.digest(key[:200]), active=True).first()
    if found is None or not found.partner.active:
        raise Refused(600, _("您不是合法的订阅者"))
    _let_in(found, TrackerScope.SUBSCRIBE)
    try:
        actions.follow(found, _wish(sent), at=now())
    except Conflict as twice:
        raise Refused(501, str(twice.detail)) from None
    except BadInput as wrong:
        raise Refused(700, str(wrong.detail)) from None
    return {"result": True, "returnCode": "200", "message": _("提交成功")}


def _param(text: str, code: int = 400) -> dict[str, Any]:
    try:
        sent = orjson.loads(text) if 0 < len(text) <= LONGEST_PARAM else None
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, dict):
        raise Refused(code, _("提交的数据不完整：param 应为 JSON 对象"))
    return sent


def _let_in(tracker: Tracker, scope: TrackerScope) -> None:
    if scope.value not in tracker.scopes:
        raise Refused(400, _("贵公司没有开通{what}").format(what=scope.label))
    if not PARTNERS.spend(tracker.partner_id, tracker.partner.rate_per_minute).allowed:
        raise Refused(502, _("服务器繁忙：超过约定的每分钟次数"))


def _wish(sent: dict[str, Any]) -> actions.Wish:
    more = sent.get("parameters")
    if not isinstance(more, dict):
        raise Refused(700, _("缺少 parameters"))
    number = mail_number.compact(str(sent.get("number") or "")[:40])
    if not mail_number.is_valid(number):
        raise Refused(700, _("单号不是邮件号"))
    company = _company(sent.get("company"), guess=str(more.get("autoCom") or "") == "1")
    if company is None:
        raise Refused(701, _("拒绝订阅的快递公司：这里只有邮政和 EMS"))
    url, salt = more.get("callbackurl"), more.get("salt")
    if not isinstance(url, str):
        raise Refused(700, _("缺少回调地址 callbackurl"))
    if salt is not None and (not isinstance(salt, str) or len(salt) > 200 or "\0" in salt):
        raise Refused(700, _("salt 应为不超过 200 个字符的文字"))
    return actions.Wish(number, company, url, salt, _detail(more.get("resultv2")), _lang(more))


def _company(sent: object, *, guess: bool = False) -> str | None:
    """The company code as it was sent, when it is one of the post's; `guess`: none sent means the post."""
    code = sent.strip().lower() if isinstance(sent, str) else ""
    return "ems" if guess and not code else code if code in COMPANIES else None


def _detail(sent: object) -> str:
    text = "" if sent is None or isinstance(sent, bool) else str(sent)
    return text if text in DETAILS else "1"


def _lang(sent: dict[str, Any]) -> str:
    return "en" if str(sent.get("lang") or "").lower().startswith("en") else "zh"
