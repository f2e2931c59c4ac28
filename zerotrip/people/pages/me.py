"""What a citizen sees of themselves: masked, with the real name to register."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.people import actions, forms, queries
from zerotrip.people.access import acting, needs
from zerotrip.people.models import Account, Company


@needs(Role.CITIZEN)
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """The profile; without a real name yet, the form to register it."""
    actor = acting(request)
    form = forms.Identity(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.register_person(**form.cleaned_data, actor=actor, at=now())
        except (BadInput, Conflict) as problem:
            form.refused(problem)
            status = problem.status
        else:
            messages.success(request, _("实名登记完成。"))
            return redirect("people:me")
    account = Account.objects.visible_to(actor).filter(pk=actor.id or 0).first()
    if account is None:
        raise NotFound(_("没有这个账号，请重新登录。"))
    context = {
        "account": account,
        "person": queries.my_person(actor=actor),
        "companies": Company.objects.visible_to(actor).order_by("name"),
        "form": form,
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "people/me.html", context, status=status)
