"""The security administrator's pages of staff and duties, and everybody's own password and second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, Problem, TooMany
from zerotrip.core.roles import Role
from zerotrip.people import actions, forms, passwords, queries, sessions
from zerotrip.people.access import acting, client_address, needs, needs_staff
from zerotrip.people.actions.sign_in import confirm_password
from zerotrip.people.models import Account, Duty
from zerotrip.people.pages.sign_in import enrolment, open_token
from zerotrip.people.wording import role_name
from zerotrip.places.models import Organisation, Place

PAGE = 50


@needs(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """Everybody with a staff account, and what they do."""
    actor = acting(request)
    text = request.GET.get("q", "").replace("\0", "").strip()[:60]
    held = Duty.objects.visible_to(actor).held_at(now()).select_related("place", "organisation").order_by("pk")
    found = queries.staff_accounts(actor=actor, text=text).prefetch_related(Prefetch("duties", held, to_attr="held"))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [(account, [_duty_text(duty) for duty in getattr(account, "held", [])]) for account in page]
    context = {"page_obj": page, "rows": rows, "q": text, "may_hire": actor.has(Role.SECURITY_ADMIN)}
    return render(request, "people/staff.html", context)


@needs(Role.SECURITY_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def hire(request: HttpRequest) -> HttpResponse:
    """Open an account with its first duty."""
    form = forms.Hire(request.POST or None, initial={"password": passwords.fresh_password()})
    status = 200
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            account = actions.hire(
                sent["username"],
                name=sent["name"],
                phone=sent["phone"],
                password=sent["password"],
                **_scope(sent),
                actor=acting(request),
                at=now(),
            )
        except (BadInput, Conflict) as problem:
            form.refused(problem)
            status = problem.status
        else:
            messages.success(request, _("账号 {name} 已开通。请把初始密码当面交给本人。").format(name=account.username))
            return redirect("people:account", account_id=account.pk)
    status = 422 if form.errors and status == 200 else status
    return render(request, "people/hire.html", {"form": form}, status=status)


@needs(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One member of staff: duties to assign and end, sign-in to reset, account to close."""
    actor = acting(request)
    known = queries.staff_account(account_id, actor=actor)
    verb = request.POST.get("verb", "")
    shapes: dict[str, type[forms.Form]] = {"assign": forms.DutyForm, "reset": forms.Reset, "close": forms.Reason}
    built = {
        name: shape(
            request.POST if verb == name else None,
            initial={"password": passwords.fresh_password()},
            auto_id=f"id_{name}_%s",
        )
        for name, shape in shapes.items()
    }
    problem: Problem | None = None
    if request.method == "POST":
        try:
            if verb == "end":
                actions.end_duty(_number(request.POST.get("duty", "")), actor=actor, at=now())
                return redirect("people:account", account_id=known.pk)
            if verb in built and built[verb].is_valid():
                _change(known, verb, built[verb].cleaned_data, actor)
                messages.success(request, _("已保存。"))
                return redirect("people:account", account_id=known.pk)
        except (BadInput, Conflict, NotAllowed) as refused:
            problem = refused
            if verb in built:
                built[verb].refused(refused)
    duties = [(duty, _duty_text(duty)) for duty in queries.duties(known.pk, actor=actor)]
    context = {
        "known": known,
        "duties": duties,
        "now": now(),
        "forms": built,
        "verb": verb,
        "problem": problem if verb == "end" else None,
        "may_change": actor.has(Role.SECURITY_ADMIN) and actor.id != known.pk and known.is_active,
    }
    wrong = 422 if any(form.errors for form in built.values()) or verb not in {"", "end", *built} else 200
    return render(request, "people/account.html", context, status=problem.status if problem else wrong)


@needs_staff
@require_http_methods(["GET", "HEAD", "POST"])
def my_account(request: HttpRequest) -> HttpResponse:
    """One's own password and second factor. Both ask for the present password; wrong tries count."""
    actor = acting(request)
    known = queries.staff_account(actor.id or 0, actor=actor)
    verb = request.POST.get("verb", "")
    change = forms.ChangePassword(request.POST if verb == "password" else None)
    enrol = forms.ReEnrol(request.POST if verb == "totp" else None, auto_id="id_enrol_%s")
    secret = open_token(request.POST.get("token", ""), known) or passwords.fresh_totp_secret()
    status = 200
    form: forms.Form = change if verb == "password" else enrol
    if request.method == "POST" and form.is_valid():
        try:
            confirm_password(actor, form.cleaned_data["password"], at=now(), address=client_address(request))
            if verb == "password":
                sessions.keep(request, actions.change_password(form.cleaned_data["new"], actor=actor, at=now()))
                messages.success(request, _("密码已修改，其他设备上的登录已退出。"))
            else:
                actions.enrol_totp(secret, form.cleaned_data["code"], actor=actor, at=now())
                messages.success(request, _("动态口令已换绑。"))
            return redirect("people:my_account")
        except (BadInput, Conflict, TooMany) as problem:
            form.refused(problem)
            status = problem.status
    status = 422 if form.errors and status == 200 else status
    mine = [(duty, _duty_text(duty)) for duty in queries.duties(known.pk, actor=actor).held_at(now())]
    context = {"known": known, "duties": mine, "change": change, "enrol": enrol, **enrolment(known, secret)}
    return render(request, "people/my_account.html", context, status=status)


def _change(known: Account, verb: str, sent: dict[str, Any], actor: Actor) -> None:
    username = known.username or ""
    if verb == "assign":
        scope = _scope(sent)
        actions.assign_duty(username, scope.pop("role"), **scope, actor=actor, at=now())
    elif verb == "reset":
        actions.reset_sign_in(username, password=sent["password"], reason=sent["reason"], actor=actor, at=now())
    else:
        actions.close_account(username, reason=sent["reason"], actor=actor, at=now())


def _scope(sent: dict[str, Any]) -> dict[str, Any]:
    """Role and scope for the action, from what was typed: codes or full names become ids."""
    fields: dict[str, list[str]] = {}
    found: dict[str, Any] = {"role": sent["role"], "division": sent["division"]}
    for name, model in (("place", Place), ("organisation", Organisation)):
        typed = sent[name].replace("\0", "").strip()
        rows: Any = model._default_manager.filter(active=True)
        ids = list(rows.filter(code=typed).values_list("pk", flat=True)) or list(
            rows.filter(name=typed).values_list("pk", flat=True)[:2]
        )
        if typed and len(ids) != 1:
            fields[name] = [_("没有找到，或有同名的几个；请填写代码。")]
        found[name] = ids[0] if typed and ids else None
    if fields:
        raise BadInput(_("请改正标出的栏目。"), fields=fields)
    return found


def _duty_text(duty: Duty) -> str:
    return f"{role_name(duty.role)} · {duty.scope}" if duty.scope != "—" else role_name(duty.role)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
