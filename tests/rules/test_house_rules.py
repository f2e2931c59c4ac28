"""What every rule keeps: doctests that hold, a source, a row in the reference, no clock, no framework."""

import ast
import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import zerotrip.rules

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(module.name for module in pkgutil.iter_modules(zerotrip.rules.__path__))
REFERENCE = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
ALLOWED = {"zerotrip.rules", "re", "json", "calendar", "datetime", "decimal", "dataclasses", "collections", "enum"}
ALLOWED |= {"typing", "functools", "importlib"}


@pytest.mark.parametrize("name", MODULES)
def test_doctests_hold(name: str) -> None:
    module = importlib.import_module(f"zerotrip.rules.{name}")
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_the_docstring_names_source_and_confidence(name: str) -> None:
    text = importlib.import_module(f"zerotrip.rules.{name}").__doc__ or ""
    assert re.search(r"^Source: \S", text, re.MULTILINE)
    assert re.search(r"^Confidence: [ABCK]\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", MODULES)
def test_the_reference_lists_the_rule_with_the_same_confidence(name: str) -> None:
    row = re.search(rf"^\|[^|]+\| `{name}` \|[^|]+\| ([^|]+) \|$", REFERENCE, re.MULTILINE)
    assert row is not None
    doc = importlib.import_module(f"zerotrip.rules.{name}").__doc__ or ""
    stated = re.search(r"^Confidence: ([ABCK])\b", doc, re.MULTILINE)
    assert stated is not None
    assert row[1][0] == stated[1]


def test_the_reference_lists_nothing_that_is_gone() -> None:
    assert set(re.findall(r"^\|[^|]+\| `(\w+)` \|", REFERENCE, re.MULTILINE)) == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_no_rule_knows_the_time_or_a_framework(name: str) -> None:
    source = (Path(zerotrip.rules.__path__[0]) / f"{name}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {
        module for module in imported if not any(module == a or module.startswith(a + ".") for a in ALLOWED)
    } == set()
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not calls & {"now", "utcnow", "today", "fromtimestamp"}


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_says_what_it_does(name: str) -> None:
    tree = ast.parse((Path(zerotrip.rules.__path__[0]) / f"{name}.py").read_text(encoding="utf-8"))
    public = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    )
    inner = {child for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for child in ast.walk(f) if child is not f}
    assert [node.name for node in public if node not in inner and not ast.get_docstring(node)] == []
