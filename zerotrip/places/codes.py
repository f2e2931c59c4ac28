"""Division codes (GB/T 2260, GB/T 10114): six digits to the county, nine for a township.

    360000 province   360100 prefecture   360102 county   360102014 township

A *prefix* is the part of a code that everything below shares: "36", "3601", "360102", "360102014".
"""

from __future__ import annotations

import re

PROVINCE, PREFECTURE, COUNTY, TOWNSHIP = 1, 2, 3, 4

_CODE = re.compile(r"\d{2}(?:\d{4}(?:\d{3}(?:\d{3})?)?)?\Z", re.ASCII)


def level(code: str) -> int:
    """1 province, 2 prefecture, 3 county, 4 township.

    >>> [level(c) for c in ("360000", "360100", "360102", "360102014", "429004")]
    [1, 2, 3, 4, 3]
    """
    if len(code) > 6:
        return TOWNSHIP
    if code.endswith("0000"):
        return PROVINCE
    return PREFECTURE if code.endswith("00") else COUNTY


def prefix(code: str) -> str:
    """What all codes inside the division begin with.

    >>> [prefix(c) for c in ("360000", "360100", "360102", "360102014")]
    ['36', '3601', '360102', '360102014']
    """
    return {PROVINCE: code[:2], PREFECTURE: code[:4]}.get(level(code), code)


def within(code: str, container: str) -> bool:
    """Whether the division `code` lies in `container` (a code or a prefix) or is it.

    >>> within("360102014", "360100"), within("360702", "36"), within("360702", "360100")
    (True, True, False)
    """
    return code.startswith(container if len(container) in (2, 4) else prefix(container))


def normal(code: str) -> str:
    """A code as we keep it: "36" → "360000", twelve digits → nine or six. Raises ValueError when it is not one.

    >>> normal("36"), normal("360102014000"), normal("360102000000")
    ('360000', '360102014', '360102')
    """
    code = code.strip()
    if len(code) == 4 and code.isascii() and code.isdigit():
        return code + "00"
    if not _CODE.match(code):
        raise ValueError(f"not a division code: {code!r}")
    if len(code) == 2:
        return code + "0000"
    if len(code) == 12 and code.endswith("000"):
        code = code[:9]
    return code[:6] if len(code) == 9 and code.endswith("000") else code
