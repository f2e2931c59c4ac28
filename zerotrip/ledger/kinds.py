"""The kinds of entries: each room declares its own in `<room>/kinds.py`, with the sentence people read a year later."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language

if TYPE_CHECKING:
    from zerotrip.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry. `public`: the applicant and the tracking page may read it."""

    code: str
    zh: str
    en: str
    public: bool = False
    icon: str = "point"

    def __str__(self) -> str:
        return self.code


KINDS: dict[str, Kind] = {}


def kind(code: str, *, zh: str, en: str, public: bool = False, icon: str = "point") -> Kind:
    """Declare a kind. `zh` and `en` may name {actor}, {place} and anything in the entry's data.

    Raises ValueError when the code is taken.
    """
    if code in KINDS:
        raise ValueError(f"the entry kind {code} is declared twice")
    KINDS[code] = Kind(code, zh, en, public, icon)
    return KINDS[code]


class _Blank(defaultdict[str, object]):
    def __missing__(self, key: str) -> str:
        return "—"


def sentence(entry: Entry) -> str:
    """The sentence of `entry` in the language of the reader; an unknown kind shows its code."""
    known = KINDS.get(entry.kind)
    if known is None:
        return entry.kind
    english = (get_language() or "zh").startswith("en")
    names = {"actor": entry.actor_name, "place": entry.place_name}
    words = _Blank(None, {k: v for k, v in {**names, **entry.data}.items() if v not in (None, "")})
    return (known.en if english else known.zh).format_map(words)


READER_SETTLED = kind(
    "ledger.set_aside_settled",
    zh="{actor} 处理了搁置的记录 {entry}（{reader}）：{how}",
    en="{actor} settled set-aside entry {entry} ({reader}): {how}",
    icon="tool",
)

RETRY_FAILED = kind(
    "ledger.retry_failed",
    zh="{actor} 重试搁置的记录 {entry}（{reader}），仍然失败，已试 {tries} 次",
    en="{actor} retried set-aside entry {entry} ({reader}); it failed again, {tries} tries so far",
    icon="tool",
)
