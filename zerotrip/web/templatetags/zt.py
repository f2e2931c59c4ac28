"""Template tags and filters of the design system; built into every template.

The route picture has its own module, `zerotrip.web.route`; what stands here is small and has no state.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zerotrip.core.clock import local, now
from zerotrip.core.money import format_yuan
from zerotrip.core.picture import Picture
from zerotrip.web import fields, route, states, strip

register = template.Library()
SPRITE = Path(__file__).resolve().parent.parent / "static" / "web" / "icons.svg"
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@cache
def icon_names() -> frozenset[str]:
    """The names of all icons in the sprite."""
    return frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE.read_text(encoding="utf-8")))


@register.simple_tag
def icon(name: str, label: str = "", size: int | str = "") -> SafeString:
    """An icon from the sprite. With `label` a screen reader says it, else it stays silent; `size` in pixels (1.25em).

    A name the sprite does not have raises ValueError, so that the first test of a page finds it.
    """
    if name not in icon_names():
        raise ValueError(f"no icon {name!r}; add it to update/vendor/icons.txt and run update/vendor.py")
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    box = format_html(' width="{0}" height="{0}"', size) if size else ""
    return format_html(
        '<svg class="zt-icon"{} {} focusable="false"><use href="{}#{}"></use></svg>',
        SafeString(box), SafeString(said), static("web/icons.svg"), name,
    )  # fmt: skip


@register.inclusion_tag("web/_route.html", name="route")
def route_tag(
    picture: Picture | dict[str, Any], compact: bool = False, title: bool = True, mini: bool = False
) -> dict[str, Any]:
    """The route picture. `compact` leaves out the facts beneath (for lists), `title=False` hides the title, `mini`
    draws it flat in the smallest box: icons on the line, names beneath.
    """
    return route.context(Picture.of(picture), compact=compact or mini, title=title, mini=mini)


@register.inclusion_tag("web/_strip.html", name="strip")
def strip_tag(segments: Iterable[Any], promise: datetime | None = None, present: bool = False) -> dict[str, Any]:
    """The strip of time beneath a route: who is at it when; with `present` the present moment is marked."""
    return strip.context(segments, promise, now() if present else None)


@register.filter
def yuan(amount: Decimal | str | int | None) -> str:
    """An amount as ¥1,234.50; nothing for None."""
    return "" if amount is None or amount == "" else format_yuan(Decimal(amount))


@register.filter
def counted(number: int | None) -> str:
    """A whole number in groups of three, as in both languages: 1,234,567; 0 for None."""
    return f"{int(number or 0):,}"


def _english() -> bool:
    return (translation.get_language() or "").startswith("en")


@register.filter
def day(value: date | datetime | None) -> str:
    """A calendar day: 11月24日 周二; with the year when it is not this one."""
    if value is None or value == "":
        return ""
    date_ = local(value).date() if isinstance(value, datetime) else value
    this_year = date_.year == local(now()).year
    if _english():
        return f"{date_:%a} {date_.day} {date_:%b}" + ("" if this_year else f" {date_.year}")
    return ("" if this_year else f"{date_.year}年") + f"{date_.month}月{date_.day}日 {WEEKDAYS[date_.weekday()]}"


@register.filter
def when(value: datetime | date | None) -> str:
    """A moment on the clock of Shanghai: 11月24日 周二 10:15. A plain date gives the day alone."""
    if value is None or value == "":
        return ""
    if not isinstance(value, datetime):
        return day(value)
    return f"{day(value)} {local(value):%H:%M}"


@register.filter
def iso(value: datetime | date | None) -> str:
    """For the datetime attribute of <time>."""
    if value is None or value == "":
        return ""
    return local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


@register.filter
def duration(value: timedelta | int | float | None) -> str:
    """A length of time in its two largest units: 2 天 3 小时. Takes a timedelta or seconds; the sign is dropped."""
    if value is None or value == "":
        return ""
    seconds = abs(int(value.total_seconds() if isinstance(value, timedelta) else value))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    units = [
        (days, ngettext("{n} 天", "{n} 天", days)),
        (hours, ngettext("{n} 小时", "{n} 小时", hours)),
        (minutes, ngettext("{n} 分钟", "{n} 分钟", minutes)),
    ]
    first = next((i for i, (n, _unit) in enumerate(units) if n), None)
    if first is None:
        return _("不到 1 分钟")
    return " ".join(text.format(n=n) for n, text in units[first : first + 2] if n)


@register.simple_tag
def status(state: Any, label: str = "", tone: str = "") -> SafeString:
    """A coloured status pill with an icon. `state` is a code or a member of a TextChoices; see zerotrip.web.states."""
    look = states.look(state, label=label, tone=tone)
    return format_html(
        '<span class="zt-status zt-status--{}">{}<span>{}</span></span>', look.tone, icon(look.icon), look.label
    )


@register.simple_tag
def once() -> SafeString:
    """The hidden field that makes a form count once however often it is sent."""
    return format_html('<input type="hidden" name="_once" value="{}">', uuid.uuid4())


@register.inclusion_tag("web/_clock.html")
def clock(due: datetime | None, done: datetime | None = None, label: str = "", risk_hours: int = 24) -> dict[str, Any]:
    """A deadline badge: met, due, at risk (less than `risk_hours` left) or late."""
    moment = done or now()
    left = due - moment if due else None
    if left is None:
        state = "none"
    elif left < timedelta(0):
        state = "late"
    elif done:
        state = "met"
    else:
        state = "risk" if left < timedelta(hours=risk_hours) else "due"
    return {"due": due, "left": left, "state": state, "label": label, "done": done}


@register.inclusion_tag("web/_timeline.html")
def timeline(entries: Iterable[Any], sides: Iterable[Any] = (), newest_first: bool = False) -> dict[str, Any]:
    """What happened, entry by entry; `sides` are (name, duration, kind) of who held it how long."""
    rows = list(entries)
    return {"entries": rows[::-1] if newest_first else rows, "sides": list(sides), "newest_first": newest_first}


@register.inclusion_tag("web/_form_field.html")
def field(bound: Any, scan: bool = False, camera: bool = False) -> dict[str, Any]:
    """A Django form field with its label, help and errors linked for screen readers. `scan` makes it a scan box."""
    return fields.context(bound, scan=scan, camera=camera)


@register.simple_tag(takes_context=True)
def qs(context: template.Context, **changes: Any) -> str:
    """The present query string with some values replaced; None removes one: `<a href="{% qs page=2 %}">`."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        from django.http import QueryDict

        query = QueryDict(mutable=True)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The reader's choice, light or dark; empty when the page follows the system."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("zt_theme", "") if request else ""
    return chosen if chosen in ("light", "dark") else ""


@register.filter
def masked_name(text: str | None) -> str:
    """张三丰 as 张**; by GB/T 41833."""
    from zerotrip.rules import masking

    return masking.name(text) if text else ""


@register.filter
def masked_phone(text: str | None) -> str:
    """13800001234 with its middle hidden."""
    from zerotrip.rules import masking

    return masking.phone(text) if text else ""


@register.filter
def masked_address(text: str | None) -> str:
    """An address without building, unit and room."""
    from zerotrip.rules import masking

    return masking.address(text) if text else ""


@register.filter
def masked_id(text: str | None) -> str:
    """An identity number with its middle hidden."""
    from zerotrip.rules import masking

    return masking.id_number(text) if text else ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""
