"""The division picker for forms: choose province, city, county, township one after the other, or search.

A page that has the picker in its form does

    picker = DivisionPicker.read(request.POST, actor=actor)
    if picker.stepping:                       # somebody without script asked for the next list
        return render(…, {"picker": picker})  # the form again, with what was filled in
    code = picker.require(Level.TOWNSHIP)     # or BadInput with the field's sentence

and `{% include "places/_division_picker.html" %}` in the template. With htmx the lists follow each choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput
from zerotrip.places import codes, queries
from zerotrip.places.addresses import recognise
from zerotrip.places.models import Division, Level

LABELS: dict[int, str | Promise] = {
    Level.PROVINCE: gettext_lazy("省（自治区、直辖市）"),
    Level.PREFECTURE: gettext_lazy("市"),
    Level.COUNTY: gettext_lazy("县（市、区）"),
    Level.TOWNSHIP: gettext_lazy("乡镇（街道）"),
}
MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One list to choose from. `name` is the form field, `value` the code chosen in it."""

    name: str
    label: str | Promise
    options: list[Division]
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """A search result."""

    code: str
    full_name: str


@dataclass(frozen=True, slots=True)
class DivisionPicker:
    """The state of a picker as its form sent it."""

    name: str
    code: str
    full_name: str
    query: str
    choices: list[Choice]
    found: list[Found]
    searched: bool
    stepping: bool
    errors: list[str] = field(default_factory=list)

    @property
    def fields(self) -> str:
        """The form fields that belong to the picker, as htmx wants them listed."""
        return ",".join([self.name, f"{self.name}_q", f"{self.name}_set", *(f"{self.name}_{n}" for n in range(1, 5))])

    @classmethod
    def read(
        cls, data: Mapping[str, str], *, actor: Actor, name: str = "division", code: str = "", home: str | None = None
    ) -> DivisionPicker:
        """The picker as sent in `data`, or standing at `code` (else at the home province) when nothing was sent.

        What does not fit together (a county of another city) is dropped from there on; nothing here raises.
        """
        home = settings.ZEROTRIP_PROVINCE if home is None else home
        query = data.get(f"{name}_q", "").strip()[:100]
        chosen = cls._chosen(data, name, actor)
        if chosen is None:
            start = _known(data.get(name, "") or code, actor)
            chosen = [d.code for d in queries.ancestors(start, actor=actor)] if start else [codes.normal(home)]
        choices, kept = cls._choices(name, chosen, actor)
        deepest = kept[-1] if kept else ""
        touched = bool(data.get(f"{name}_set")) or len(kept) > 1
        searched = bool(query) and not data.get(f"{name}_set")
        asked = searched and (data.get(f"{name}_step") == "search" or not touched or f"{name}_ask" in data)
        return cls(
            name=name,
            code=deepest,
            full_name=queries.full_name(deepest, actor=actor) if deepest else "",
            query="" if data.get(f"{name}_set") else query,
            choices=choices,
            found=search(query, actor=actor, home=home) if asked else [],
            searched=asked,
            stepping=bool(data.get(f"{name}_step")) or asked,
        )

    @classmethod
    def _chosen(cls, data: Mapping[str, str], name: str, actor: Actor) -> list[str] | None:
        picked = _known(data.get(f"{name}_set", ""), actor)
        if picked is not None:
            return [d.code for d in queries.ancestors(picked, actor=actor)]
        if f"{name}_1" not in data:
            return None
        return [data.get(f"{name}_{n}", "") for n in range(1, 5)]

    @classmethod
    def _choices(cls, name: str, chosen: list[str], actor: Actor) -> tuple[list[Choice], list[str]]:
        choices: list[Choice] = []
        kept: list[str] = []
        for n in range(1, 5):
            options = list(queries.children(kept[-1] if kept else "", actor=actor))
            if not options:
                break
            wanted = chosen[n - 1] if n <= len(chosen) else ""
            value = wanted if any(option.code == wanted for option in options) else ""
            choices.append(Choice(f"{name}_{n}", LABELS[options[0].level], options, value))
            if not value:
                break
            kept.append(value)
        return choices, kept

    def require(self, level: int = Level.COUNTY) -> str:
        """The chosen code. Raises BadInput (field `name`) when it is not as deep as `level` although it could be."""
        more = self.choices[-1] if self.choices and not self.choices[-1].value else None
        if not self.code or (more is not None and codes.level(self.code) < level):
            missing = str(more.label) if more else _("所在地区")
            sentence = _("请选择{what}。").format(what=missing)
            raise BadInput(_("地址不完整：{sentence}").format(sentence=sentence), fields={self.name: [sentence]})
        return self.code


def search(text: str, *, actor: Actor, home: str = "") -> list[Found]:
    """Divisions for what somebody typed: an address, a name old or new, pinyin, initials. Home province first."""
    if not text:
        return []
    read = recognise(text, home=home)
    wanted: list[str] = [candidate.code for candidate in read.candidates]
    if read.code and read.certainty in ("sure", "likely"):
        wanted.insert(0, read.code)
    if not wanted or len(text) <= 6:
        wanted += [d.code for d in queries.search_divisions(text, actor=actor, prefix=home, limit=MOST_FOUND)]
        if len(wanted) < MOST_FOUND:
            wanted += [d.code for d in queries.search_divisions(text, actor=actor, limit=MOST_FOUND)]
    unique = list(dict.fromkeys(wanted))[:MOST_FOUND]
    names = queries.full_names(unique, actor=actor)
    return [Found(code, names[code]) for code in unique if names.get(code)]


def _known(code: str, actor: Actor) -> Division | None:
    return Division.objects.visible_to(actor).current().filter(pk=code[:12]).first() if code else None
