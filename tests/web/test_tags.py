"""Template tags: what a clerk reads on every page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.db.models import TextChoices
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from tests.conftest import Clock
from zerotrip.web.samples import SampleForm, ScanForm
from zerotrip.web.states import _KNOWN, TONES, look
from zerotrip.web.templatetags.zt import counted, icon_names


def shown(template: str, **context: Any) -> str:
    return Template(template).render(Context(context))


def test_a_moment_is_told_as_people_tell_it(clock: Clock) -> None:
    assert shown("{{ t|when }}", t=clock.now) == "11月24日 周二 09:10"
    assert shown("{{ t|day }}", t=date(2025, 12, 31)) == "2025年12月31日 周三"
    assert shown("{{ t|when }}", t=None) == ""
    with translation.override("en"):
        assert shown("{{ t|when }}", t=clock.now) == "Tue 24 Nov 09:10"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(days=2, hours=3, minutes=50), "2 天 3 小时"),
        (timedelta(days=2, minutes=50), "2 天"),
        (timedelta(hours=1), "1 小时"),
        (90, "1 分钟"),
        (-3600, "1 小时"),
        (12, "不到 1 分钟"),
        (None, ""),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(length: Any, told: str) -> None:
    assert shown("{{ d|duration }}", d=length) == told


def test_large_numbers_are_read_in_groups() -> None:
    assert [counted(n) for n in (None, 0, 999, 24387, 4_825_723)] == ["0", "0", "999", "24,387", "4,825,723"]


def test_money_and_masks() -> None:
    assert shown("{{ a|yuan }}", a=Decimal("1234.5")) == "¥1,234.50"
    assert shown("{{ a|yuan }}", a=None) == ""
    assert "13800001234" not in shown("{{ p|masked_phone }}", p="13800001234")
    assert shown("{{ n|masked_name }}", n="张三丰").startswith("张")
    assert "三丰" not in shown("{{ n|masked_name }}", n="张三丰")
    assert shown("{{ n|masked_address }}{{ n|masked_id }}", n=None) == ""


def test_an_icon_is_silent_or_says_what_it_means() -> None:
    assert 'aria-hidden="true"' in shown('{% icon "truck" %}')
    said = shown('{% icon "truck" label=words size=24 %}', words='"<运输>')
    assert 'role="img" aria-label="&quot;&lt;运输&gt;"' in said
    assert 'width="24"' in said
    with pytest.raises(ValueError, match="no-such-icon"):
        shown('{% icon "no-such-icon" %}')


def test_every_state_has_words_a_tone_and_an_icon_that_exist() -> None:
    assert set(TONES.values()) <= icon_names()
    for state in _KNOWN:
        known = look(state)
        assert known.label
        assert known.icon in icon_names()
    with pytest.raises(ValueError, match="purple"):
        look("draft", tone="purple")


def test_a_state_speaks_with_the_words_of_its_room() -> None:
    class State(TextChoices):
        ACCEPTED = "accepted", "已受理（一窗）"
        ODD = "odd", "特别"

    assert "已受理（一窗）" in shown("{% status s %}", s=State.ACCEPTED)
    assert "zt-status--go" in shown("{% status s %}", s=State.ACCEPTED)
    assert "zt-status--plain" in shown("{% status s %}", s=State.ODD)
    assert "&lt;b&gt;" in shown("{% status s %}", s="<b>")


def test_a_deadline_is_due_at_risk_late_or_met(clock: Clock) -> None:
    now = clock.now
    assert "zt-clock--due" in shown("{% clock t %}", t=now + timedelta(days=3))
    assert "还剩 5 小时" in shown("{% clock t %}", t=now + timedelta(hours=5))
    assert "zt-clock--risk" in shown("{% clock t %}", t=now + timedelta(hours=5))
    assert "已超时 2 小时" in shown("{% clock t %}", t=now - timedelta(hours=2))
    assert "按时完成" in shown("{% clock t done=d %}", t=now, d=now - timedelta(hours=2))
    assert "超时 2 小时 办结" in shown("{% clock t done=d %}", t=now - timedelta(hours=2), d=now)
    assert shown("{% clock t %}", t=None).strip() == ""


def test_a_form_counts_once_by_a_fresh_number_each_time() -> None:
    first, second = shown("{% once %}"), shown("{% once %}")
    assert 'name="_once"' in first
    assert first != second


def test_the_query_string_keeps_what_is_not_changed() -> None:
    request: HttpRequest = RequestFactory().get("/", {"q": "食品", "page": "3", "page_size": "20"})
    assert shown("{% qs page=4 %}", request=request) == "?q=%E9%A3%9F%E5%93%81&amp;page=4&amp;page_size=20"
    assert shown("{% qs q=None page=None %}", request=request) == "?page_size=20"


def test_only_known_themes_are_taken_from_the_cookie() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["zt_theme"] = 'dark" onload="'
    assert shown("{% theme %}", request=request) == ""
    request.COOKIES["zt_theme"] = "dark"
    assert shown("{% theme %}", request=request) == "dark"


def test_a_refused_field_is_tied_to_its_error_and_help() -> None:
    form = SampleForm({"city": "2", "way": "post"}, {})
    html = shown("{% field f %}", f=form["name"])
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert 'id="id_name_help"' in html
    assert html.count("aria-describedby") == 1


@pytest.mark.parametrize("name", list(SampleForm().fields))
def test_every_shape_of_field_has_a_label(name: str) -> None:
    html = shown("{% field f %}", f=SampleForm()[name])
    assert "<label" in html
    assert ("选填" in html) is (name == "note")


def test_a_hidden_field_is_only_an_input() -> None:
    class Quiet(forms.Form):
        token = forms.CharField(widget=forms.HiddenInput)

    assert shown("{% field f %}", f=Quiet()["token"]).strip().startswith("<input")


def test_a_scan_box_is_ready_for_a_scanner() -> None:
    html = shown("{% field f scan=True camera=True %}", f=ScanForm()["number"])
    assert "data-scan" in html
    assert 'autocomplete="off"' in html
    assert 'data-camera="id_number"' in html


def test_the_timeline_tells_what_when_where_and_who(clock: Clock) -> None:
    entry = SimpleNamespace(
        sentence="已妥投", at=clock.now, actor_name="王师傅", place_name="红谷滩营业部", icon="mail-opened"
    )
    html = shown(
        "{% timeline e sides=s %}", e=[entry], s=[{"name": "邮政", "duration": timedelta(hours=5), "kind": "post"}]
    )
    for words in ("已妥投", "11月24日 周二 09:10", "王师傅", "红谷滩营业部", "5 小时"):
        assert words in html
    assert "还没有记录" in shown("{% timeline e %}", e=[])
