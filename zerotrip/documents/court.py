"""What a court's letter (法院专递) says beyond an ordinary label: the court, its case, and what is inside.

Source: 法释〔2004〕13号 articles 6, 8 and 10: the receipt (回执) goes back to the court, the signer writes name and
document number on it, and compares the contents with the names on it. Its fields: handbook 1.4 (practice, C). The
signer's document number is written by hand on the slip; nothing of it is ever printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

ON_SLIP: Final = 10
"""So many documents stand on the slip itself; a longer list goes on in full on pages of its own."""

LONGEST_ON_SLIP: Final = 40
"""A name with more characters is shortened on the slip and stands in full on the list's pages."""

A_PAGE: Final = 22
"""Documents on one page of the list."""

MOST_DOCUMENTS: Final = 200
LONGEST_NAME: Final = 120
LIMITS: Final = {"court": 40, "department": 30, "clerk": 20, "phone": 40, "case_number": 50}


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtData:
    """Who serves what in which case. `documents`: names and copies, in the court's order; `clerk`, `phone` are masked.

    Raises ValueError without a court, a case number or documents, and for a field over its limit.
    """

    court: str
    case_number: str
    documents: Sequence[tuple[str, int]]
    department: str = ""
    clerk: str = ""
    phone: str = ""

    def __post_init__(self) -> None:
        for name, most in LIMITS.items():
            if len(getattr(self, name)) > most:
                raise ValueError(f"{name} has more than {most} characters")
        if not self.court.strip() or not self.case_number.strip():
            raise ValueError("a court's letter names the court and the case")
        if not 1 <= len(self.documents) <= MOST_DOCUMENTS:
            raise ValueError(f"a court's letter has 1 to {MOST_DOCUMENTS} documents")
        for name, copies in self.documents:
            if not name.strip() or len(name) > LONGEST_NAME or not 1 <= copies <= 999:
                raise ValueError("a document has a name of at most 120 characters and 1 to 999 copies")

    @property
    def pages(self) -> int:
        """Pages of the list behind the label; 0 when the slip holds it."""
        long = len(self.documents) > ON_SLIP or any(len(name) > LONGEST_ON_SLIP for name, _copies in self.documents)
        return -(-len(self.documents) // A_PAGE) if long else 0


def content(data: CourtData, clean: Callable[[str], str]) -> dict[str, Any]:
    """What `typ/court.typ` needs of it, words cleaned by `clean`."""
    rows = [{"no": str(i), "name": clean(n), "copies": f"{c} 份"} for i, (n, c) in enumerate(data.documents, 1)]
    shown = [row | {"name": _short(row["name"])} for row in rows[: ON_SLIP if len(rows) <= ON_SLIP else ON_SLIP - 1]]
    left = len(rows) - len(shown)
    if left:
        shown.append({"no": "…", "name": f"其余 {left} 种见文书清单续页", "copies": ""})
    chunks = [rows[i : i + A_PAGE] for i in range(0, len(rows), A_PAGE)] if data.pages else []
    return {
        "court": clean(data.court),
        "department": clean(data.department),
        "clerk": clean(data.clerk),
        "phone": clean(data.phone),
        "case_number": clean(data.case_number),
        "sum": f"法院文书 {len(rows)} 种 {sum(c for _n, c in data.documents)} 份",
        "rest": f"另附文书清单 {len(chunks)} 页" if chunks else "",
        "shown": shown,
        "pages": [{"number": i, "of": len(chunks), "rows": chunk} for i, chunk in enumerate(chunks, 1)],
    }


def _short(name: str) -> str:
    plain = name.replace("\u200b", "")
    return name if len(plain) <= LONGEST_ON_SLIP else plain[: LONGEST_ON_SLIP - 1] + "…"
