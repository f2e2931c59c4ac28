"""Numbers that people read aloud, type and scan, each with a check character.

Case number: prefix + county code (6) + date (8) + serial (6) + check character, for example
`JX36100220261123000001Y`. The check character is ISO/IEC 7064 MOD 37,36: it finds every single wrong character,
and all swaps of neighbours but one in 600.
"""

from __future__ import annotations

import re
import secrets
import threading
from datetime import date

from django.db import connection

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPE = re.compile(r"[A-Z]{2}\d{6}\d{8}\d{6}[0-9A-Z]")


def check_character(text: str) -> str:
    """The ISO/IEC 7064 MOD 37,36 check character of `text` (digits and capital letters).

    >>> check_character("JX36100220261123000001")
    'Y'
    """
    product = 36
    for character in text:
        total = (product + ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return ALPHABET[(37 - product) % 36]


def is_checked(text: str) -> bool:
    """True when the last character of `text` is the check character of the rest."""
    return len(text) > 1 and set(text) <= set(ALPHABET) and check_character(text[:-1]) == text[-1]


def compact(number: str) -> str:
    """What was typed, without spaces and hyphens, in capitals and half-width."""
    half = number.translate({0x3000: " ", **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}})
    return re.sub(r"[\s\-\x00]", "", half).upper()


def case_number(prefix: str, county: str, day: date, serial: int) -> str:
    """Build a case number; `serial` is taken modulo a million."""
    body = f"{prefix}{county[:6]}{day:%Y%m%d}{serial % 1_000_000:06d}"
    return body + check_character(body)


def is_case_number(number: str) -> bool:
    """True when `number` has the shape and the check character of a case number."""
    return bool(_SHAPE.fullmatch(number)) and is_checked(number)


_BLOCK = 20
_serials: dict[tuple[str, str], list[int]] = {}
_taking = threading.Lock()


def next_serial(sequence: str) -> int:
    """The next value of a database sequence, fetched in blocks: no row lock, no wait; gaps are harmless."""
    block_of = (str(connection.settings_dict["NAME"]), sequence)
    with _taking:
        block = _serials.setdefault(block_of, [])
        if not block:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, _BLOCK])
                block.extend(int(value) for (value,) in reversed(cursor.fetchall()))
        return block.pop()


def token(bytes_: int = 24) -> str:
    """A secret that fits in a header or an address."""
    return secrets.token_urlsafe(bytes_)
