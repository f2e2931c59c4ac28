"""What holds in every file of the product. Each test names the file and line that breaks it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.messages import untranslated_chinese

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "zerotrip"
LONGEST = 450
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("timezone", "now"),
    ("timezone", "localdate"), ("timezone", "localtime"), ("time", "time"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip
MONEY = re.compile(r"(fee|price|postage|amount|yuan|payable|revenue|deposit)s?$")
HOSTS = re.compile(
    r"(?:pypi|npmjs|registry\.npm|pythonhosted|npmmirror|tsinghua|aliyun|mirrors?\.|artifactory|nexus)[\w.-]*\.(?:org|com|cn|net|edu)",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.])/(?:work/(?:main|shared)|root/|home/\w+/|Users/\w+/|opt/pypi)")
UNCOUNTED = ("sign_in", "sign-in", "sign_out", "my_account.html", "_enrol.html", "_language.html")
"""Signing in and its secrets: a refusal must last there, so these forms are counted each time. And the language."""
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)


def code() -> Iterator[Path]:
    """Every Python file of the product but its migrations."""
    return (path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts)


def templates() -> Iterator[Path]:
    return iter(sorted(PACKAGE.rglob("templates/**/*.html")))


def tracked() -> list[Path]:
    """Every file in version control; all files where there is none."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        return [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", "var", ".git"} & set(p.parts)]
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def where(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def test_nothing_reads_the_clock_but_the_clock() -> None:
    found = []
    for path in code():
        if path == PACKAGE / "core" / "clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                if (name, node.func.attr) in CLOCKS:
                    found.append(where(path, node.lineno))
    assert not found, f"take the time as an argument or from core.clock: {found}"


def test_money_is_never_a_float() -> None:
    found = []
    for path in code():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None
            if named and "float" in ast.unparse(node.annotation):  # type: ignore[union-attr,arg-type]
                name = ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else node.arg  # type: ignore[union-attr]
                if MONEY.search(name.lower()):
                    found.append(where(path, node.lineno))  # type: ignore[attr-defined]
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                field = ast.unparse(node.value.func)
                if field.endswith("FloatField") and any(MONEY.search(ast.unparse(t).lower()) for t in node.targets):
                    found.append(where(path, node.lineno))
    assert not found, f"money is Decimal yuan: {found}"


def test_no_file_is_too_long() -> None:
    paths = [*code(), *templates(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    found = [(where(p), n) for p in paths if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST]
    assert not found, f"make it a package of the same name: {found}"


def test_templates_speak_through_the_catalogue() -> None:
    found = [f"{where(path, line)} {text}" for path in templates() for line, text in untranslated_chinese(path)]
    assert not found, "\n".join(found)


def test_every_posted_form_is_protected_and_counts_once() -> None:
    found = []
    for path in templates():
        text = path.read_text(encoding="utf-8")
        for form in FORM.finditer(text):
            opening = form.group()[: form.group().index(">")]
            if not re.search(r"""method\s*=\s*["']?post|hx-post""", opening, re.IGNORECASE):
                continue
            line = text.count("\n", 0, form.start()) + 1
            if "{% csrf_token %}" not in form.group():
                found.append(f"{where(path, line)} has no csrf_token")
            counts = "{% once %}" in form.group()
            if not counts and not any(word in f"{path.name} {opening}" for word in UNCOUNTED):
                found.append(f"{where(path, line)} has no once")
    assert not found, "\n".join(found)


def test_migrations_are_numbered_without_gaps() -> None:
    found = []
    for folder in sorted(PACKAGE.glob("*/migrations")):
        numbers = sorted(int(path.name[:4]) for path in folder.glob("[0-9]*.py"))
        if numbers != list(range(1, len(numbers) + 1)):
            found.append((where(folder), numbers))
    assert not found


@pytest.mark.parametrize(("pattern", "what"), [(HOSTS, "a package registry"), (MACHINE, "a path of one machine")])
def test_no_file_names(pattern: re.Pattern[str], what: str) -> None:
    found = []
    for path in tracked():
        if path == Path(__file__).resolve() or path.suffix in {".ttf", ".png", ".jpg", ".wasm", ".mo", ".gz", ".xlsx"}:
            continue
        if "vendor" in path.parts:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{where(path, number)} {match.group()}")
    assert not found, f"names {what}:\n" + "\n".join(found[:20])
