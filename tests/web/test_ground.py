"""Vendored files, icons, error pages and the catalogue tool: the ground that every page stands on."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.utils import translation

from tools import messages
from zerotrip.core.errors import BadInput
from zerotrip.web.templatetags.zt import icon_names

STATIC = Path("zerotrip/web/static/web")


def test_the_vendored_files_are_those_that_were_checked(project: Path) -> None:
    listed = {}
    for line in (project / "update/vendor/vendor.sha256").read_text().splitlines():
        digest, name = line.split("  ")
        listed[name] = digest
    static = project / STATIC
    present = {p.relative_to(static).as_posix() for p in (static / "vendor").rglob("*") if p.is_file()} | {"icons.svg"}
    assert present == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == digest, name


def test_every_vendored_library_has_its_licence(project: Path) -> None:
    for folder in (project / STATIC / "vendor").iterdir():
        assert (folder / "LICENSE").stat().st_size > 500, folder.name


def test_the_lock_file_names_no_registry(project: Path) -> None:
    lock = (project / "update/vendor/package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


def test_the_sprite_holds_the_listed_icons(project: Path) -> None:
    lines = (project / "update/vendor/icons.txt").read_text().splitlines()
    wanted = {line for line in lines if line and not line.startswith("#")}
    assert {f"{n.removeprefix('filled:')}-filled" if n.startswith("filled:") else n for n in wanted} == icon_names()


def test_every_icon_named_in_a_template_exists(project: Path) -> None:
    for path in (project / "zerotrip").rglob("templates/**/*.html"):
        used = set(re.findall(r'{%\s*icon "([^"]+)"', path.read_text(encoding="utf-8")))
        assert used <= icon_names(), path


def test_every_static_file_a_page_asks_for_is_there(project: Path) -> None:
    for path in (project / "zerotrip/web/templates").rglob("*.html"):
        for name in re.findall(r"{% static '([^']+)' %}", path.read_text(encoding="utf-8")):
            assert finders.find(name), f"{path.name} asks for {name}"


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 429, 500])
def test_an_error_page_says_what_to_do_even_with_nothing_around_it(code: int) -> None:
    html = get_template(f"web/{code}.html").render({})
    assert "<h1>" in html
    assert "返回上一页" in html
    assert 'href="/"' in html


def test_the_problem_page_tells_the_fields_and_the_reference() -> None:
    problem = BadInput("身份证号最后一位不对。", fields={"number": ["请对照证件<再>输一次。"]})
    html = get_template("web/problem.html").render({"problem": problem, "reference": "5f0c9a2e"})
    for words in ("填写有误", "身份证号最后一位不对。", "请对照证件&lt;再&gt;输一次。", "422", "5f0c9a2e"):
        assert words in html


def test_the_pages_stand_alone() -> None:
    for name in ("base", "phone", "desk", "kiosk", "sign_in"):
        html = get_template(f"web/{name}.html").render({})
        assert '<main id="main"' in html
        assert 'href="#main"' in html
        assert "http://" not in html
        assert "https://" not in html


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_messages_are_found_kept_and_checked(tmp_path: Path) -> None:
    code = write(
        tmp_path, "zt/room/actions.py", 'from x import _\n_("办件 {number} 已受理")\nngettext("{n} 件", "{n} 件", 2)\n'
    )
    write(
        tmp_path,
        "zt/room/templates/room/a.html",
        '{% translate "收件" %}{% blocktranslate %}共 {{ n }} 件{% endblocktranslate %}',
    )
    fresh = messages.template_of_messages(tmp_path / "zt")
    assert {m.id if isinstance(m.id, str) else m.id[0] for m in fresh if m.id} == {
        "办件 {number} 已受理", "{n} 件", "收件", "共 %(n)s 件",
    }  # fmt: skip
    po = tmp_path / "django.po"
    messages.write(messages.updated(messages.read(po), fresh), po)
    assert len(messages.problems(messages.read(po), fresh)) == 4

    text = po.read_text(encoding="utf-8")
    text = re.sub(r'(msgid "收件"\nmsgstr )""', r'\1"Receive"', text)
    text = re.sub(r'(msgid "办件 {number} 已受理"\nmsgstr )""', r'\1"Case {nummer} accepted"', text)
    po.write_text(text, encoding="utf-8")
    lines = messages.problems(messages.read(po), fresh)
    assert any(line.startswith("placeholders differ") for line in lines)
    assert not any("收件" in line for line in lines)

    code.write_text("", encoding="utf-8")
    fresh = messages.template_of_messages(tmp_path / "zt")
    assert any(line.startswith("unused") for line in messages.problems(messages.read(po), fresh))
    messages.write(messages.updated(messages.read(po), fresh), po)
    kept = messages.read(po).get("收件")
    assert kept
    assert kept.string == "Receive"
    assert po.with_suffix(".mo").stat().st_size > 50


def test_chinese_outside_translate_tags_is_found(tmp_path: Path) -> None:
    lines = (
        "{# 说明 #}",
        '<p>{% translate "好" %}</p>',
        "<p>漏了</p>",
        '{{ x|default:_("无") }}',
        "{% comment %}甲",
        "乙{% endcomment %}",
        '<b title="也漏">',
    )
    path = write(tmp_path, "a.html", "\n".join(lines))
    assert messages.untranslated_chinese(path) == [(3, "<p>漏了</p>"), (7, '<b title="也漏">')]


def test_the_design_system_has_no_chinese_outside_translate_tags(project: Path) -> None:
    for path in (project / "zerotrip/web/templates").rglob("*.html"):
        assert messages.untranslated_chinese(path) == [], path


def test_pages_say_their_language() -> None:
    with translation.override("en"):
        assert '<html lang="en"' in get_template("web/base.html").render({})
    with translation.override("zh-hans"):
        assert '<html lang="zh-CN"' in get_template("web/base.html").render({})
