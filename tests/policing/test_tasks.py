"""Every job that is written somewhere is known to a worker, which loads nothing but the rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django
django.setup()
from procrastinate.contrib.django import app
print("\\n".join(sorted(app.tasks)))
"""


def written() -> set[str]:
    """The names of all jobs, read from the decorators of the source."""
    found = set()
    for path in sorted((ROOT / "zerotrip").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "app.task":
                named = [k.value.value for k in node.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)]
                assert named, f"{path.relative_to(ROOT)}:{node.lineno} gives its job no name"
                found |= {str(name) for name in named}
    return found


def test_a_worker_knows_every_job() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    jobs = written()
    assert len(jobs) > 15
    missing = sorted(jobs - set(said.stdout.split()))
    assert not missing, f"import them in the tasks.py of their room: {missing}"
