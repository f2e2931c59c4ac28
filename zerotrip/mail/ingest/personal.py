"""Attributes of a scan without what is known of persons: masked before anything is kept.

What is masked is our own rule (minimum necessary, PIPL 6; the masks are those of GB/T 41833): phones, identity numbers,
names and addresses in fields that are called so, and mobile and resident numbers wherever they stand in a text. Names
inside free text cannot be told from other words and stay. The operator is the post's own staff and stays, their phone
does not.

>>> masked({"operatorPhone": "13912345678", "notes": "家门口，138 1234 5678"})
{'operatorPhone': '139******78', 'notes': '家门口，138******78'}
>>> masked({"signer": {"name": "张小明", "idNo": "36010219860517001X"}, "opOrgName": "南昌中心"})
{'signer': {'name': '张**', 'idNo': '360102********001X'}, 'opOrgName': '南昌中心'}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from zerotrip.rules import masking, resident_id

_WORDS: Final = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[\u4e00-\u9fff]+")
_PHONE: Final = {"phone", "mobile", "tel", "telephone", "cellphone", "phoneno", "mobileno"}
_ADDRESS: Final = {"address", "addr"}
_DOCUMENT: Final = {"idno", "idcard", "idnumber", "certno", "certnumber", "identity", "passport"}
_PERSON: Final = {
    "addressee",
    "collector",
    "consignee",
    "contact",
    "customer",
    "receiver",
    "recipient",
    "sender",
    "signer",
}
_IN_CHINESE: Final = (
    (re.compile("电话|手机"), masking.phone),
    (re.compile("身份证|证件|护照"), lambda text: _document(text)),
    (re.compile("地址|住址"), masking.address),
    (re.compile("姓名|收件人|签收人|代收人|寄件人|联系人|收货人"), masking.name),
)
_MOBILE: Final = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_RESIDENT: Final = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])"
)
_SHORTEST: Final = 11

Mask = Callable[[str], str]


def masked(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes with what is personal masked; the same object when there was nothing to mask."""
    if _plain(tuple(attributes)):
        for value in attributes.values():
            if value.__class__ is not str or len(value) >= _SHORTEST:
                break
        else:
            return attributes
    changed: dict[str, Any] = {}
    for key, value in attributes.items():
        kind = value.__class__
        mask = mask_of(key)
        if mask is None and ((kind is str and len(value) < _SHORTEST) or kind is bool or value is None):
            continue
        clean = _value(value, mask)
        if clean is not value:
            changed[key] = clean
    return {**attributes, **changed} if changed else attributes


@lru_cache(4096)
def _plain(keys: tuple[str, ...]) -> bool:
    """Whether none of these fields tells of a person by its name."""
    return not any(map(mask_of, keys))


@lru_cache(4096)
def mask_of(key: str) -> Mask | None:
    """How values of a field with this name are masked; None for a field that tells nothing of a person."""
    for chinese, mask in _IN_CHINESE:
        if chinese.search(key):
            return mask
    words = [word.lower() for word in _WORDS.findall(key)]
    pairs = {"".join(pair) for pair in pairwise(words)}
    if _PHONE.intersection(words):
        return masking.phone
    if _DOCUMENT.intersection(words) or _DOCUMENT & pairs:
        return _document
    if _ADDRESS.intersection(words):
        return masking.address
    if words == ["name"] or (_PERSON.intersection(words) and (len(words) == 1 or words[-1] == "name")):
        return masking.name
    return None


def _document(text: str) -> str:
    return resident_id.mask(text) if len(text) >= 15 else "*" * len(text)


def _value(value: Any, mask: Mask | None) -> Any:
    if isinstance(value, str):
        return mask(value) if mask else _free(value)
    if isinstance(value, dict):
        return masked(value)
    if isinstance(value, list):
        clean = [_value(each, mask) for each in value]
        return value if all(new is old for new, old in zip(clean, value, strict=True)) else clean
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
        clean_text = mask(text) if mask else _free(text)
        return value if clean_text == text else clean_text
    return value


def _free(text: str) -> str:
    """A text with mobile and resident numbers masked."""
    if len(text) < _SHORTEST:
        return text
    clean = _RESIDENT.sub(lambda found: resident_id.mask(found[0]), text)
    clean = _MOBILE.sub(lambda found: masking.phone(found[0].replace(" ", "").replace("-", "")), clean)
    return text if clean == text else clean
