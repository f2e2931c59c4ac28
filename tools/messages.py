"""Keeps the English catalogue: extracts, updates, compiles and checks it, without GNU gettext.

    python tools/messages.py            # extract from code and templates, update django.po, compile django.mo
    python tools/messages.py --check    # change nothing; name missing, unused and broken translations, exit 1 if any

The Chinese text in the source is the message id, so Chinese needs no catalogue. `untranslated_chinese` finds Chinese
that stands in a template outside the translate tags.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zerotrip"
PO = PACKAGE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_TRANSLATED = re.compile(
    r"{%\s*comment.*?%}.*?{%\s*endcomment\s*%}|{#.*?#}|"
    r"{%\s*blocktrans(?:late)?\b.*?%}.*?{%\s*endblocktrans(?:late)?\s*%}|"
    r"{%\s*trans(?:late)?\b.*?%}",
    re.DOTALL,
)
_MARKED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
_PLACES = re.compile(r"%\((\w+)\)[a-z]|(?<!{){(\w*)}(?!})")


def sources(root: Path = PACKAGE) -> Iterator[Path]:
    """Every file that may hold messages: code (but for tests and migrations) and templates."""
    for path in sorted(root.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path
    yield from sorted(root.rglob("templates/**/*.html"))
    yield from sorted(root.rglob("templates/**/*.txt"))


def messages_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    """(line, message, context) of one file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).split("\n"))
    for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        if message and message != ("", ""):
            yield line, message, context


def template_of_messages(root: Path = PACKAGE) -> Catalog:
    """All messages of the source, in the order of the files, as a catalogue without translations."""
    catalog = Catalog(locale="en", project="ZeroTrip", version="1", charset="utf-8", fuzzy=False)
    for path in sources(root):
        where = path.relative_to(root.parent).as_posix()
        for _line, message, context in messages_of(path):
            catalog.add(message, locations=[(where, 0)], context=context)
    return catalog


def read(po: Path = PO) -> Catalog:
    """The catalogue as it is kept; an empty one when there is none yet."""
    if not po.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def updated(old: Catalog, fresh: Catalog) -> Catalog:
    """The messages of `fresh` with the translations of `old`. Nothing is guessed; what is no longer used is dropped."""
    result = Catalog(locale="en", project="ZeroTrip", version="1", charset="utf-8", fuzzy=False)
    for message in _real(fresh):
        known = old.get(message.id, context=message.context)
        result.add(message.id, known.string if known else None, locations=message.locations, context=message.context)
    return result


def problems(catalog: Catalog, fresh: Catalog) -> list[str]:
    """One line for each missing, unused or broken translation (other placeholders, Chinese left in the English)."""
    lines = []
    for message in _real(fresh):
        kept = catalog.get(message.id, context=message.context)
        strings = _strings(kept) if kept else []
        where = message.locations[0][0] if message.locations else "?"
        if not strings or not all(strings):
            lines.append(f"missing: {_first(message)!r} ({where})")
            continue
        wanted = _places(_first(message))
        for string in strings:
            if not _places(string) <= wanted or (len(strings) == 1 and _places(string) != wanted):
                lines.append(f"placeholders differ: {_first(message)!r} -> {string!r}")
            elif CHINESE.search(string) and string != "中文":
                lines.append(f"Chinese in the English: {string!r}")
    lines += [f"unused: {_first(m)!r}" for m in _real(catalog) if fresh.get(m.id, context=m.context) is None]
    return lines


def untranslated_chinese(path: Path) -> list[tuple[int, str]]:
    """(line, text) of Chinese in a template that stands outside translate tags, `_("…")` and comments."""
    text = path.read_text(encoding="utf-8")
    for pattern in (_TRANSLATED, _MARKED):
        text = pattern.sub(lambda m: "\n" * m.group().count("\n"), text)
    return [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if CHINESE.search(line)]


def write(catalog: Catalog, po: Path = PO) -> None:
    """Write the catalogue and its compiled form beside it; equal input gives equal bytes."""
    po.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, include_lineno=False, omit_header=True)
    head = (
        "# English catalogue. The message ids are the Chinese of the source; see tools/messages.py.\n"
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: en\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    )
    po.write_bytes(head.encode() + buffer.getvalue())
    compile_catalog(po)


def compile_catalog(po: Path = PO) -> None:
    """Make the .mo beside `po`."""
    with po.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(po))


def _real(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _places(text: str) -> set[str]:
    return {a or b for a, b in _PLACES.findall(text)}


def main() -> int:
    """Update and compile, or check. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; list what is missing or unused")
    options = parser.parse_args()
    fresh, kept = template_of_messages(), read()
    if not options.check:
        write(updated(kept, fresh))
        kept = read()
    found = problems(kept, fresh)
    stray = [
        f"outside translate tags: {path.relative_to(ROOT)}:{line} {text}"
        for path in sorted(PACKAGE.rglob("templates/**/*.html"))
        for line, text in untranslated_chinese(path)
    ]
    if options.check:
        print(*(found + stray), sep="\n")
        return 1 if found or stray else 0
    print(
        f"{sum(1 for _ in _real(fresh))} messages, {sum(line.startswith('missing') for line in found)} without English"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
