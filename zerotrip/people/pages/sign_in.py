"""Signing in and out. None of these forms takes part in repeat-once: a refused try must stay counted."""

from __future__ import annotations

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local, now
from zerotrip.core.errors import BadInput, Problem, TooMany
from zerotrip.core.roles import Role
from zerotrip.people import actions, forms, passwords, queries, sessions
from zerotrip.people.access import acting, client_address, open_to_everyone, safe_next
from zerotrip.people.actions.sign_in import finish_sign_in
from zerotrip.people.models import Account, PhoneCode
from zerotrip.people.picture import qr_code

SENT_CODE = "zt_code"
NEXT = "zt_next"
TOKEN_SALT = "zerotrip.people.enrol"  # noqa: S105  # not a secret: it keeps these tokens apart from others


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """First factor of staff: name and password."""
    back = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    if acting(request).kind == "staff":
        return redirect(back or home(acting(request)))
    form = forms.SignIn(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = actions.check_password(
                form.cleaned_data["username"],
                form.cleaned_data["password"],
                at=now(),
                address=client_address(request),
            )
        except (BadInput, TooMany) as problem:
            form.refused(problem)
            status = problem.status
        else:
            sessions.remember(request, account, second=False, back=back)
            return redirect("people:sign_in_code" if account.totp_secret else "people:sign_in_enrol")
    status = 422 if form.errors and status == 200 else status
    return render(request, "people/sign_in.html", {"form": form, "next": back}, status=status)


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponseBase:
    """Second factor of staff: the code of their authenticator app."""
    pending = sessions.pending(request)
    if pending is None or pending.second:
        return _start_again(request)
    form = forms.Code(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = actions.check_second_factor(
                pending.account, form.cleaned_data["code"], at=now(), address=client_address(request)
            )
        except (BadInput, TooMany) as problem:
            form.refused(problem)
            status = problem.status
        else:
            return _proven(request, account, pending.next)
    status = 422 if form.errors and status == 200 else status
    return render(request, "people/sign_in_code.html", {"form": form}, status=status)


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponseBase:
    """Bind a second factor at the first sign-in. Never replaces one: that needs somebody signed in, or a reset."""
    pending = sessions.pending(request)
    account = Account.objects.filter(pk=pending.account).first() if pending and not pending.second else None
    if pending is None or account is None or account.totp_secret:
        return _start_again(request)
    form = forms.Enrol(request.POST or None)
    me = Actor(kind="staff", id=account.pk, name=account.name)
    secret = open_token(request.POST.get("token", ""), account) or passwords.fresh_totp_secret()
    if request.method == "POST" and form.is_valid():
        try:
            account = actions.enrol_totp(secret, form.cleaned_data["code"], first=True, actor=me, at=now())
            account = finish_sign_in(account, address=client_address(request), actor=me, at=now())
        except Problem as problem:
            form.refused(problem)
        else:
            return _proven(request, account, pending.next)
    context = {"form": form, **enrolment(account, secret)}
    return render(request, "people/sign_in_enrol.html", context, status=422 if form.errors else 200)


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponseBase:
    """An initial or outdated password is changed before anything else."""
    pending = sessions.pending(request)
    if pending is None or not pending.second:
        return _start_again(request)
    form = forms.NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = actions.change_password(
                form.cleaned_data["new"], actor=Actor(kind="staff", id=pending.account), at=now()
            )
        except BadInput as problem:
            form.refused(problem)
        else:
            return _enter(request, account, pending.next)
    return render(request, "people/sign_in_password.html", {"form": form}, status=422 if form.errors else 200)


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponseBase:
    """A citizen's phone number; a code is sent to it."""
    back = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    if acting(request).kind == "citizen":
        return redirect(back or home(acting(request)))
    form = forms.Phone(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _send(request, form.cleaned_data["phone"])
        except (BadInput, TooMany) as problem:
            form.refused(problem)
            status = problem.status
        else:
            request.session[NEXT] = back
            return redirect("people:sign_in_phone_code")
    status = 422 if form.errors and status == 200 else status
    return render(request, "people/sign_in_phone.html", {"form": form, "next": back}, status=status)


@open_to_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def phone_code(request: HttpRequest) -> HttpResponseBase:
    """The code a citizen has received; or another one, please."""
    sent = PhoneCode.objects.filter(pk=request.session.get(SENT_CODE) or 0).first()
    if sent is None:
        return redirect("people:sign_in_phone")
    again = request.POST.get("verb") == "again"
    form = forms.PhoneCode(request.POST if request.POST and not again else None)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            if again:
                _send(request, str(sent.phone))
                messages.success(request, _("新的验证码已发送。"))
                return redirect("people:sign_in_phone_code")
            if form.is_valid():
                account = actions.sign_in_citizen(
                    str(sent.phone), form.cleaned_data["code"], at=now(), address=client_address(request)
                )
                return _enter(request, account, str(request.session.get(NEXT, "")))
        except (BadInput, TooMany) as refused:
            problem = refused
            if form.is_bound:
                form.refused(refused)
    status = problem.status if problem else 422 if form.errors else 200
    context = {"form": form, "sent": sent, "problem": None if form.is_bound else problem}
    return render(request, "people/sign_in_phone_code.html", context, status=status)


@open_to_everyone
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actor = acting(request)
    if actor.kind != "nobody":
        actions.sign_out(actor=actor, at=now())
    sessions.end(request)
    messages.success(request, _("您已退出登录。"))
    return redirect("people:sign_in" if actor.kind == "staff" else "people:sign_in_phone")


def home(actor: Actor) -> str:
    """Where somebody begins."""
    if actor.kind == "citizen":
        return reverse("people:me")
    wanted = "/courier/" if actor.roles == {Role.COURIER} else "/desk/"
    try:
        resolve(wanted)
    except Resolver404:
        return reverse("people:my_account")
    return wanted


def enrolment(account: Account, secret: str) -> dict[str, object]:
    """What a page that binds a second factor shows: the QR code, the secret to type, and the token that carries it."""
    token = signing.dumps({"account": account.pk, "secret": secret}, salt=TOKEN_SALT)
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"token": token, "secret": spaced, "qr": qr_code(passwords.totp_address(secret, account.username or ""))}


def open_token(token: str, account: Account) -> str:
    """The secret in a token this account was shown within ten minutes; else nothing."""
    try:
        held = signing.loads(token, salt=TOKEN_SALT, max_age=sessions.PENDING_FOR)
    except signing.BadSignature:
        return ""
    return str(held["secret"]) if held["account"] == account.pk else ""


def _proven(request: HttpRequest, account: Account, back: str) -> HttpResponse:
    if account.password_until is not None and account.password_until <= now():
        sessions.remember(request, account, second=True, back=back)
        return redirect("people:sign_in_password")
    return _enter(request, account, back)


def _enter(request: HttpRequest, account: Account, back: str) -> HttpResponse:
    sessions.begin(request, account)
    messages.info(request, last_login_sentence(account))
    actor = queries.actor_of(account)
    return redirect(safe_next(request, back) or home(actor))


def last_login_sentence(account: Account) -> str:
    """When and whence the account was used before this time, and how many wrong tries there were since."""
    failures, account.failures_since = account.failures_since, 0
    account.save(update_fields=["failures_since"])
    if account.previous_login is None:
        return _("欢迎首次登录。")
    when = f"{local(account.previous_login):%Y-%m-%d %H:%M}"
    place = account.previous_login_from or _("未知地址")
    if failures:
        return _("上次登录：{when}，来自 {place}；此后有 {n} 次失败的尝试，若不是您本人，请修改密码并报告。").format(
            when=when, place=place, n=failures
        )
    return _("上次登录：{when}，来自 {place}。").format(when=when, place=place)


def _send(request: HttpRequest, number: str) -> None:
    sent = actions.send_code(number, address=client_address(request), actor=acting(request), at=now())
    request.session[SENT_CODE] = sent.pk


def _start_again(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("登录已超时或步骤不完整，请重新填写账号和密码。"))
    return redirect("people:sign_in")
