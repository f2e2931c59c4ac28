"""The state diagrams in the documentation are those of the tables."""

from __future__ import annotations

from pathlib import Path

from django.utils import translation

from tools import states


def test_the_page_of_states_is_drawn_from_the_tables(project: Path) -> None:
    with translation.override("zh-hans"):
        assert (project / "docs/reference/states.md").read_text() == states.render()
