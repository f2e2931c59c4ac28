"""Papers and labels by typst: a template of `typ/` and its data in, a PDF out.

The same data gives the same bytes: templates read no clock; the date inside a paper is the one it is given. Safe in
threads: each call compiles a world of its own over fonts that are loaded once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import typst

from zerotrip.documents import fonts

Standard = Literal["a-2a", "a-2b", "a-3a", "a-3b", "ua-1"]

TEMPLATES: Final = Path(__file__).resolve().parent / "typ"
_LARGE: Final = 300_000

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The moment of making that a PDF without a date of its own bears."""


def render(
    template: str, data: Mapping[str, Any], standards: Sequence[Standard] | None = None, *, at: datetime | None = None
) -> bytes:
    """Set `template` ("label", "paper", …) with `data` (JSON) and return the PDF.

    `standards`: PDF/A parts to keep to, for papers of record; they are also tagged for screen readers. `at` is written
    into the PDF as its date. Raises typst.TypstError when template and data do not fit together.
    """
    moment = (at or EPOCH).astimezone(UTC)
    text = json.dumps(data, ensure_ascii=False)
    pdf = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=fonts.loaded(),
        sys_inputs={"data": text},
        pdf_standards=list(standards or []),
        timestamp=moment.replace(microsecond=0),
        pdf_tags=bool(standards),
    )
    if len(text) > _LARGE:
        _forget()
    return pdf


def _forget() -> None:
    """Let typst drop what it remembers of a large paper (0.4 MB a label), which it does ten compilations later."""
    for _ in range(11):
        typst.compile(b"", font_paths=fonts.loaded())
