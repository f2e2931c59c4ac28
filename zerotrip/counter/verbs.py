"""What a member of staff does with a case: each verb with its form, its key and the action behind it.

Which of them may be done now the state machine of cases says; here stands only how the page asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.cases import actions
from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput
from zerotrip.core.machine import Transition
from zerotrip.counter import forms
from zerotrip.people.forms import Form

Doing = Callable[[str, Mapping[str, Any], Actor, datetime], object]


class Corrections(Form):
    """Everything that is wrong, told once: a row for each material."""

    def __init__(self, *args: Any, materials: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(materials)
        for i, name in enumerate(self.names):
            self.fields[f"pick_{i}"] = django_forms.BooleanField(label=name, required=False)
            self.fields[f"problem_{i}"] = django_forms.CharField(
                label=_("有什么问题"), max_length=forms.LONGEST, required=False
            )
            self.fields[f"remedy_{i}"] = django_forms.CharField(
                label=_("怎样补正"), max_length=forms.LONGEST, required=False
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        problems = []
        for i, name in enumerate(self.names):
            problem, remedy = data.get(f"problem_{i}") or "", data.get(f"remedy_{i}") or ""
            if not data.get(f"pick_{i}") and not problem:
                continue
            if not problem:
                self.add_error(f"problem_{i}", _("请写明“{name}”有什么问题。").format(name=name))
            if not remedy:
                self.add_error(f"remedy_{i}", _("请写明“{name}”怎样补正。").format(name=name))
            problems.append((name, problem, remedy))
        if not problems:
            self.add_error(None, _("请勾选需要补正的材料，并写明问题。补正只能告知一次，请写全。"))
        return data | {"problems": problems}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each material: its box, what is wrong, how to mend it."""
        return [{part: self[f"{part}_{i}"] for part in ("pick", "problem", "remedy")} for i in range(len(self.names))]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb as the page shows it. `ask` is the sentence that is confirmed first."""

    name: str
    icon: str
    form: type[Form]
    do: Doing
    button: str | Promise
    key: str = ""
    ask: str | Promise = ""
    danger: bool = False


@dataclass(slots=True)
class Offered:
    """A verb on a case page, with its form as sent or empty."""

    verb: Verb
    label: str | Promise
    evidence: str | Promise
    form: Form
    open: bool

    @property
    def template(self) -> str:
        """The fragment that draws the form's fields."""
        return "counter/_corrections.html" if isinstance(self.form, Corrections) else "counter/_fields.html"


def _decide(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    return actions.decide(number, granted=data["granted"] == "yes", reason=data["reason"], actor=actor, at=at)


def _ask_correction(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    return actions.ask_correction(number, problems=data["problems"], actor=actor, at=at)


def _answer_correction(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    return actions.answer_correction(number, by="hall", actor=actor, at=at)


def _refuse_acceptance(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    return actions.refuse_acceptance(number, reason=data["reason"], actor=actor, at=at)


def _pause(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    days = data["needed_days"]
    return actions.pause(number, kind=data["kind"], reason=data["reason"], needed_days=days, actor=actor, at=at)


def _collect(number: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> object:
    return actions.collect(
        number, id_type=data["id_type"], id_number=data["id_number"], name=data["name"], actor=actor, at=at
    )


_ALL = (
    Verb(
        "receive", "inbox", forms.Nothing, lambda n, d, actor, at: actions.receive(n, actor=actor, at=at),
        gettext_lazy("确认收件"), "r",
    ),
    Verb(
        "accept", "clipboard-check", forms.Nothing, lambda n, d, actor, at: actions.accept(n, actor=actor, at=at),
        gettext_lazy("受理"), "a",
    ),
    Verb("ask_correction", "edit", Corrections, _ask_correction, gettext_lazy("一次性告知"), "b"),
    Verb(
        "refuse_acceptance", "hand-stop", forms.Refusal, _refuse_acceptance, gettext_lazy("不予受理"), "",
        gettext_lazy("确定不予受理吗？材料将退还申请人。"), True,
    ),
    Verb("answer_correction", "checks", forms.Nothing, _answer_correction, gettext_lazy("补正材料已当面收齐"), "b"),
    Verb(
        "start_review", "eye", forms.Review,
        lambda n, d, actor, at: actions.start_review(n, opinion=d["opinion"], actor=actor, at=at),
        gettext_lazy("开始审查"), "s",
    ),
    Verb("decide", "gavel", forms.Decision, _decide, gettext_lazy("作出决定"), "d"),
    Verb("pause", "player-pause", forms.Pause, _pause, gettext_lazy("进入特别程序"), "z"),
    Verb(
        "resume", "player-play", forms.Nothing, lambda n, d, actor, at: actions.resume(n, actor=actor, at=at),
        gettext_lazy("特别程序结束，继续审查"), "s",
    ),
    Verb(
        "extend", "calendar-due", forms.Extend,
        lambda n, d, actor, at: actions.extend(n, reason=d["reason"], actor=actor, at=at),
        gettext_lazy("延长期限"), "e",
    ),
    Verb(
        "produce", "certificate", forms.Certificate,
        lambda n, d, actor, at: actions.produce(n, certificate_number=d["certificate_number"], actor=actor, at=at),
        gettext_lazy("登记编号，交大厅寄递"), "c",
    ),
    Verb("collect", "user-check", forms.Identity, _collect, gettext_lazy("核验无误，已领取"), "c"),
    Verb(
        "unbind", "package-import", forms.Reason,
        lambda n, d, actor, at: actions.unbind(n, reason=d["reason"], actor=actor, at=at), gettext_lazy("拆封重装"),
    ),
    Verb(
        "withdraw", "arrow-back-up", forms.Reason,
        lambda n, d, actor, at: actions.withdraw(n, reason=d["reason"], actor=actor, at=at),
        gettext_lazy("按申请人要求撤回"), "", gettext_lazy("确定撤回申请吗？"), True,
    ),
)  # fmt: skip

VERBS: dict[str, Verb] = {verb.name: verb for verb in _ALL}
"""Every verb the case page offers, in the order of the page. `bind` has a page of its own."""


def offered(
    allowed: Iterable[Transition], materials: Iterable[str], *, sent: str = "", form: Form | None = None
) -> list[Offered]:
    """The verbs of the page among those `allowed`; the one that was `sent` and refused stays open with its form."""
    rows = {row.verb: row for row in allowed}
    names = list(materials)
    shown = []
    for name, verb in VERBS.items():
        row, typed = rows.get(name), form if name == sent else None
        if row is not None:
            made = typed or build(name, materials=names)
            shown.append(Offered(verb, row.label, row.evidence, made, typed is not None))
        elif typed is not None:  # may no longer be done, but what was typed is not lost
            shown.append(Offered(verb, verb.button, "", typed, True))
    return shown


def build(name: str, data: Mapping[str, Any] | None = None, *, materials: Iterable[str] = ()) -> Form:
    """The form of a verb, as sent in `data` or empty. Raises BadInput for a verb no page offers."""
    verb = VERBS.get(name)
    if verb is None:
        raise BadInput(_("不知道要做什么，请刷新页面后重试。"))
    if verb.form is Corrections:
        return Corrections(data, materials=materials, auto_id=f"id_{name}_%s")
    return verb.form(data, auto_id=f"id_{name}_%s")
