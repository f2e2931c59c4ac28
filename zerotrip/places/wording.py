"""Opening hours in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zerotrip.places.hours import Period
from zerotrip.rules.errors import RuleError

WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


def day_in_words(periods: Iterable[Period]) -> str:
    """As "08:30–12:00 13:30–17:30", or 休息."""
    return " ".join(str(p) for p in periods) or _("休息")


def week_in_words(week: Mapping[int, Iterable[Period]]) -> str:
    """The week with equal days drawn together: "周一至周五 08:30–12:00 13:30–17:30；周六至周日 休息"."""
    days = [day_in_words(week.get(day, ())) for day in range(7)]
    parts: list[str] = []
    start = 0
    for day in range(1, 8):
        if day == 7 or days[day] != days[start]:
            last = day - 1
            name = (
                WEEKDAYS[start]
                if start == last
                else _("{first}至{last}").format(first=WEEKDAYS[start], last=WEEKDAYS[last])
            )
            parts.append(f"{name} {days[start]}")
            start = day
    return _("；").join(parts)


def refusal(error: RuleError) -> str:
    """A rule's sentence in the language of the reader."""
    return error.en if (get_language() or "").startswith("en") else error.zh
