"""Load and rename divisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.memo import forget
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.places import kinds, table
from zerotrip.places.models import Division, FormerName

BATCH = 500
FIELDS = ["parent", "level", "name", "short_name", "pinyin", "keys", "lat", "lon", "position_source", "postcode"]
"""What an import may change, beside the edition and the closing date."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in divisions."""

    edition: str
    total: int
    added: int
    changed: int
    closed: int
    unchanged: int


@action("places.import_divisions", roles={Role.SYSTEM_ADMIN})
def import_divisions(
    path: Path | None = None,
    *,
    actor: Actor,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Load a division table (the packaged one without `path`); run again it changes only what differs.

    A changed name is kept as a former name. A division missing from a table that covers its province and level is
    closed as of the table's edition, never deleted. Raises BadInput when the file is not a division table.
    """
    loaded = _read(path)
    known = {division.code: division for division in Division.objects.all()}
    renamed = _former(loaded, known)
    added, changed = _upsert(loaded, known, progress)
    closed = _close_missing(loaded, known)
    FormerName.objects.bulk_create(renamed, batch_size=BATCH, ignore_conflicts=True)
    report = ImportReport(
        loaded.edition.isoformat(), len(loaded.rows), added, changed, closed, len(loaded.rows) - added - changed
    )
    numbers = {name: value for name, value in asdict(report).items() if name != "total"}
    forget()
    record(kinds.DIVISIONS_IMPORTED, Division(), subject_id=report.edition, **numbers)
    return report


@action("places.rename_division", roles={Role.SYSTEM_ADMIN})
def rename_division(code: str, *, name: str, short_name: str = "", actor: Actor, at: datetime) -> Division:
    """Give a division a new name; the old one is kept as former. Raises NotFound, and BadInput without a new name."""
    name = name.strip()
    division = Division.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).filter(pk=code).first()
    if division is None:
        raise NotFound(_("没有代码为 {code} 的行政区划，请核对代码。").format(code=code[:20]))
    if not name or len(name) > 60 or name == division.name:
        raise BadInput(
            _("请填写新的名称。"), fields={"name": [_("新名称不能为空，不能超过 60 个字，也不能与原名称相同。")]}
        )
    old = division.name
    FormerName.objects.get_or_create(division=division, name=old, code="", until=local(at).year)
    division.name, division.short_name = name, short_name.strip() or name
    names = division.former_names.values_list("name", flat=True)
    division.keys = search_keys(name, division.short_name, division.pinyin, names)
    division.save(update_fields=["name", "short_name", "keys"])
    forget()
    record(kinds.DIVISION_RENAMED, division, division=code, old=old, new=name)
    return division


def search_keys(name: str, short_name: str, pinyin: str, former: Iterable[str] = ()) -> str:
    """The line search looks through: " 铅山县 铅山 yanshan ys 旧名 "."""
    syllables = pinyin.split()
    initials = "".join(s[0] for s in syllables)
    words = [name, short_name, "".join(syllables), initials, *former]
    return (" " + " ".join(dict.fromkeys(word for word in words if word)) + " ")[:400]


def _read(path: Path | None) -> table.Table:
    try:
        return table.packaged() if path is None else table.read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(_("读不到区划数据文件 {path}，请检查路径和编码（UTF-8）。").format(path=path)) from error
    except table.BadTable as error:
        raise BadInput(
            _("区划数据文件有误：{reason}。请用 update/divisions.py 重新生成。").format(reason=error)
        ) from error


def _former(loaded: table.Table, known: dict[str, Division]) -> list[FormerName]:
    names = [
        FormerName(division_id=row.code, name=former.name, code=former.code, until=former.until)
        for row in loaded.rows
        for former in row.former
    ]
    names += [
        FormerName(division_id=row.code, name=known[row.code].name, code="", until=loaded.edition.year)
        for row in loaded.rows
        if row.code in known and known[row.code].name != row.name
    ]
    return names


def _upsert(loaded: table.Table, known: dict[str, Division], progress: Callable[[int, int], None]) -> tuple[int, int]:
    added: list[Division] = []
    changed: list[Division] = []
    extra: dict[str, list[str]] = {}
    for code, name in FormerName.objects.values_list("division_id", "name"):
        extra.setdefault(code, []).append(name)
    for row in loaded.rows:
        before = known.get(row.code)
        former = [*(f.name for f in row.former), *extra.get(row.code, [])]
        if before is not None and before.name != row.name:
            former.append(before.name)
        wanted = Division(
            code=row.code,
            parent_id=row.parent or None,
            level=row.level,
            name=row.name,
            short_name=row.short,
            pinyin=row.pinyin,
            keys=search_keys(row.name, row.short, row.pinyin, sorted(set(former))),
            lat=row.lat,
            lon=row.lon,
            position_source=row.position,
            postcode=row.postcode,
            edition=loaded.edition,
            valid_from=loaded.edition if known and before is None else None,
        )
        if before is None:
            added.append(wanted)
        elif before.valid_until or any(
            getattr(before, name) != getattr(wanted, name) for name in ("parent_id", *FIELDS[1:])
        ):
            wanted.valid_from = before.valid_from
            changed.append(wanted)
    done = 0
    for level in (1, 2, 3, 4):  # parents first: the key to the parent is checked row by row
        rows = [division for division in (*added, *changed) if division.level == level]
        for start in range(0, len(rows), BATCH):
            Division.objects.bulk_create(
                rows[start : start + BATCH],
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=[*FIELDS, "edition", "valid_until"],
            )
            done += len(rows[start : start + BATCH])
            progress(done, len(added) + len(changed))
    return len(added), len(changed)


def _close_missing(loaded: table.Table, known: dict[str, Division]) -> int:
    covered = {(row.code[:2], row.level) for row in loaded.rows}
    gone = [
        code
        for code, division in known.items()
        if code not in loaded.by_code and not division.valid_until and (code[:2], division.level) in covered
    ]
    return Division.objects.filter(code__in=gone).update(valid_until=loaded.edition) if gone else 0
