"""What can be done to service items: draft, discard, publish, withdraw, import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from zerotrip.catalog import kinds, sheet
from zerotrip.catalog.checks import check
from zerotrip.catalog.content import Content, Refused, clean, content_of, search_text
from zerotrip.catalog.models import EDITORS, PARTS, ItemVersion, ServiceItem, State
from zerotrip.catalog.packaged import packaged_items
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.rules.findings import Severity, blocks

PACKAGED = "zerotrip/catalog/data/items"
BATCH = 200
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: "added", "changed", "unchanged" or "refused"."""

    row: int
    code: str
    name: str
    result: str


@dataclass(slots=True)
class ImportReport:
    """What an import did, item by item, and what is wrong in the rows it did not take."""

    file: str
    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[sheet.RowFault] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def count(self, result: str) -> int:
        """How many items ended so."""
        return sum(outcome.result == result for outcome in self.outcomes)

    def counts(self) -> dict[str, int]:
        """How many were added, changed, unchanged, refused."""
        return {result: self.count(result) for result in ("added", "changed", "unchanged", "refused")}


@action("catalog.draft", roles=EDITORS)
def draft_version(raw: dict[str, Any], *, actor: Actor, at: datetime) -> ItemVersion:
    """Write the draft of an item: a new version, or the draft that is open. `raw` as in `content.clean`.

    Raises BadInput, naming each field, when the content is not good.
    """
    try:
        content = clean(raw)
    except Refused as refused:
        raise refusal(refused) from refused
    version, _added = _draft(content, at, "")
    _record(kinds.DRAFTED, version)
    return version


def refusal(refused: Refused) -> BadInput:
    """The faults of content as a problem with sentences by field."""
    fields: dict[str, list[str]] = {}
    for fault in refused.faults:
        name = f"{fault.part}.{fault.position}.{fault.field}" if fault.part else fault.field
        fields.setdefault(name, []).append(f"{fault.heading}：{fault.sentence}")
    return BadInput(
        _("事项内容有 {count} 处填写有误，请改正后再保存。").format(count=len(refused.faults)), fields=fields
    )


@action("catalog.discard", roles=EDITORS)
def discard_draft(code: str, *, actor: Actor, at: datetime) -> None:
    """Delete the open draft of an item. Raises NotFound when there is none."""
    version = _version(_locked_item(code), None, State.DRAFT)
    _record(kinds.DISCARDED, version)
    version.delete()


@action("catalog.publish", roles={Role.PROJECT_MANAGER})
def publish(code: str, number: int, *, valid_from: date | None = None, actor: Actor, at: datetime) -> ItemVersion:
    """Publish a draft, from its own first day or from `valid_from`. The version published before ends the day before.

    Raises Conflict when a check finds an error, or when a version is already published from that day or a later one.
    """
    version = _version(_locked_item(code), number, State.DRAFT)
    _publish(version, valid_from or version.valid_from, at)
    return version


@action("catalog.withdraw", roles={Role.PROJECT_MANAGER})
def withdraw(code: str, number: int, *, reason: str, actor: Actor, at: datetime) -> ItemVersion:
    """Take a published version back: from now on nobody can apply for it. Cases already begun keep it."""
    if not reason.strip():
        raise BadInput(_("请写明撤下的原因。"), fields={"reason": [_("必填。")]})
    version = _version(_locked_item(code), number, State.PUBLISHED)
    version.state, version.withdrawn_at, version.withdrawn_reason = State.WITHDRAWN, at, reason.strip()[:200]
    version.save(update_fields=["state", "withdrawn_at", "withdrawn_reason"])
    _record(kinds.WITHDRAWN, version, reason=version.withdrawn_reason)
    return version


@action("catalog.import", roles=EDITORS)
def import_items(
    name: str,
    body: bytes,
    *,
    publish_them: bool = False,
    actor: Actor,
    at: datetime,
    progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Take the items of a sheet (CSV or XLSX) as drafts, and publish them at once if asked to.

    Items that differ in nothing from their latest version are left alone. A row that cannot be taken is named in the
    report; the others land. Raises BadInput or TooLarge when the file as a whole cannot be read.
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1][:120] or _("未命名文件")
    found = sheet.read(name, body)
    report = ImportReport(name, unknown=found.unknown)
    return _import(found.items, report, publish_them, actor, at, progress)


@action("catalog.load_packaged", roles=EDITORS)
def load_packaged_items(
    *, publish_them: bool = True, actor: Actor, at: datetime, progress: Progress = lambda done, total: None
) -> ImportReport:
    """Take the items that come with the product. Run again it changes only what differs since, from today on, and
    leaves alone what somebody here has edited or withdrawn."""
    contents = packaged_items()
    latest = _latest(content["code"] for content in contents)
    report = ImportReport(PACKAGED)
    items = []
    for row, content in enumerate(contents, start=1):
        known = latest.get(content["code"])
        if known is not None and (known.imported_from != PACKAGED or known.state == State.WITHDRAWN):
            report.outcomes.append(Outcome(row, content["code"], content["name"], "unchanged"))
            continue
        if known is not None and not _same(content_of(known), content, known.state):
            content["valid_from"] = max(content["valid_from"], local(at).date())
        items.append(sheet.Read(row, content["code"], content))
    return _import(items, report, publish_them, actor, at, progress)


def _import(
    items: list[sheet.Read], report: ImportReport, publish_them: bool, actor: Actor, at: datetime, progress: Progress
) -> ImportReport:
    if publish_them and not actor.has(Role.PROJECT_MANAGER):
        raise NotAllowed(_("只有项目经理可以发布事项。请先导入为草稿，再请项目经理发布。"))
    latest = _latest(read.code for read in items)
    new = [read.content for read in items if read.content is not None and read.code not in latest]
    added = _add_many(new, report.file, publish_them, at)
    for done, read in enumerate(items, start=1):
        faults = list(read.faults)
        result = "refused"
        if read.content is not None and read.code in added:
            result = "added"
        elif read.content is not None:
            try:
                with transaction.atomic():
                    result = _take(read.content, latest.get(read.code), report.file, publish_them, at)
            except (Conflict, BadInput) as problem:
                faults.append(sheet.RowFault(read.row, _("整行"), str(problem.detail)))
            except DatabaseError:
                faults.append(sheet.RowFault(read.row, _("整行"), _("不能保存，请核对各栏内容后重试。")))
        report.faults += faults
        shown = read.content["name"] if read.content else ""
        report.outcomes.append(Outcome(read.row, read.code, shown, result))
        progress(done, len(items))
    counts: dict[str, Any] = report.counts()
    record(kinds.IMPORTED, ServiceItem(), subject_id=report.file[:60], file=report.file, **counts)
    return report


def _add_many(contents: list[Content], file: str, publish_them: bool, at: datetime) -> set[str]:
    """Add new items many at a time; returns the codes of those that landed. The others are taken, or refused with
    their sentence, one by one.
    """
    landed: set[str] = set()
    good = [each for each in contents if not (publish_them and blocks(check(each)))]
    for start in range(0, len(good), BATCH):
        batch = good[start : start + BATCH]
        try:
            with transaction.atomic():
                versions = _insert(batch, file, publish_them, at)
        except DatabaseError:
            continue
        for version in versions:
            landed.add(version.item.code)
            _record(kinds.DRAFTED, version)
            if publish_them:
                _record(kinds.PUBLISHED, version, valid_from=version.valid_from.isoformat())
    return landed


def _insert(contents: list[Content], file: str, publish_them: bool, at: datetime) -> list[ItemVersion]:
    """The first versions of new items."""
    items = ServiceItem.objects.bulk_create(ServiceItem(code=each["code"], created_at=at) for each in contents)
    versions = []
    for item, content in zip(items, contents, strict=True):
        version = ItemVersion(item=item, number=1, created_at=at)
        _fill(version, content, at, file)
        if publish_them:
            version.state, version.published_at = State.PUBLISHED, at
        versions.append(version)
    ItemVersion.objects.bulk_create(versions)
    for part, model in PARTS.items():
        pairs = zip(versions, contents, strict=True)
        model.objects.bulk_create(
            model(version=version, position=n, **row) for version, each in pairs for n, row in enumerate(each[part])
        )
    return versions


def _take(content: Content, known: ItemVersion | None, file: str, publish_them: bool, at: datetime) -> str:
    """One item of an import. Its entries are recorded last, when nothing can fail any more."""
    if known is not None and known.state != State.WITHDRAWN and _same(content_of(known), content, known.state):
        version, result = known, "unchanged"
    else:
        version, added = _draft(content, at, file)
        result = "added" if added else "changed"
    published = publish_them and version.state == State.DRAFT
    if published:
        _publish(version, content["valid_from"], at, announce=False)
    if result != "unchanged":
        _record(kinds.DRAFTED, version)
    if published:
        _record(kinds.PUBLISHED, version, valid_from=version.valid_from.isoformat())
    return result


def _same(one: Content, other: Content, state: str) -> bool:
    """Whether two contents say the same; how long a published version lasts is not part of what it says."""
    aside = {"valid_from", "valid_until"} if state == State.PUBLISHED else set()
    return all(one[name] == other[name] for name in one if name not in aside)


def _latest(codes: Iterable[str]) -> dict[str, ItemVersion]:
    """The latest version of each item, with its rows."""
    versions = ItemVersion.objects.filter(item__code__in=list(codes))
    ordered = versions.select_related("item").prefetch_related(*PARTS).order_by("item_id", "number")
    return {version.item.code: version for version in ordered}


def _draft(content: Content, at: datetime, file: str) -> tuple[ItemVersion, bool]:
    """The draft of `content.code` with this content, and whether the item is new."""
    item, added = ServiceItem.objects.get_or_create(code=content["code"], defaults={"created_at": at})
    item = _locked_item(item.code)
    version = item.versions.filter(state=State.DRAFT).first()
    if version is None:
        last = item.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = ItemVersion(item=item, number=last + 1, created_at=at)
    version.item = item
    _fill(version, content, at, file)
    version.save()
    for part, model in PARTS.items():
        if not added:
            model.objects.filter(version=version).delete()
        model.objects.bulk_create(model(version=version, position=n, **row) for n, row in enumerate(content[part]))
    return version, added


def _fill(version: ItemVersion, content: Content, at: datetime, file: str) -> None:
    for name, value in content.items():
        if name != "code" and name not in PARTS:
            setattr(version, name, value)
    version.changed_at, version.imported_from, version.search_text = at, file, search_text(content)


def _publish(version: ItemVersion, first: date, at: datetime, *, announce: bool = True) -> None:
    errors = [finding.zh for finding in check(content_of(version)) if finding.severity is Severity.ERROR]
    if errors:
        raise Conflict(
            _("“{name}”还不能发布：{errors}").format(name=version.name, errors=" ".join(errors)),
            fields={"content": errors},
        )
    if version.valid_until and version.valid_until < first:
        raise Conflict(_("失效日期 {day} 早于生效日期，请先改正草稿。").format(day=version.valid_until))
    _make_room(version, first)
    version.state, version.valid_from, version.published_at = State.PUBLISHED, first, at
    version.save(update_fields=["state", "valid_from", "published_at"])
    if announce:
        _record(kinds.PUBLISHED, version, valid_from=first.isoformat())


def _make_room(version: ItemVersion, first: date) -> None:
    """End the version that is valid on `first` the day before. Raises Conflict when one begins on that day or later."""
    for other in version.item.versions.filter(state=State.PUBLISHED).order_by("valid_from"):
        ends = other.valid_until
        if ends is not None and ends < first:
            continue
        if version.valid_until is not None and other.valid_from > version.valid_until:
            continue
        if other.valid_from >= first:
            raise Conflict(
                _("第 {number} 版已从 {day} 起发布。请把生效日期改到 {day} 之后，或者先撤下第 {number} 版。").format(
                    number=other.number, day=other.valid_from
                )
            )
        other.valid_until = first - timedelta(days=1)
        other.save(update_fields=["valid_until"])


def _locked_item(code: str) -> ServiceItem:
    item = ServiceItem.objects.select_for_update(no_key=True, of=("self",)).filter(code=code).first()
    if item is None:
        raise NotFound(_("没有编码为“{code}”的事项。").format(code=code[:40]))
    return item


def _version(item: ServiceItem, number: int | None, state: State) -> ItemVersion:
    """Version `number` of `item` (any, without a number) that must be in `state`."""
    versions = item.versions.filter(state=state) if number is None else item.versions.filter(number=number)
    version = versions.first()
    if version is None:
        raise NotFound(_("这个事项没有您要的版本，可能已被删除。请刷新页面。"))
    if version.state != state:
        raise Conflict(
            _("第 {number} 版现在是“{now}”，不是“{wanted}”。请刷新页面。").format(
                number=version.number, now=version.get_state_display(), wanted=state.label
            )
        )
    version.item = item
    return version


def _record(kind: kinds.Kind, version: ItemVersion, **data: Any) -> None:
    record(kind, version.item, code=version.item.code, name=version.name, number=version.number, **data)
