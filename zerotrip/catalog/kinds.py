"""What the catalogue records."""

from zerotrip.ledger.kinds import Kind, kind

__all__ = [
    "COMPETENCE_SET",
    "DISCARDED",
    "DRAFTED",
    "IMPORTED",
    "OFFERED",
    "OFFERED_MANY",
    "OFFER_STOPPED",
    "PUBLISHED",
    "WITHDRAWN",
    "Kind",
]

DRAFTED = kind(
    "catalog.drafted",
    zh="{actor} 编写了事项“{name}”（{code}）第 {number} 版草稿",
    en="{actor} drafted version {number} of the item {name} ({code})",
    icon="pencil",
)
DISCARDED = kind(
    "catalog.discarded",
    zh="{actor} 删除了事项“{name}”（{code}）第 {number} 版草稿",
    en="{actor} discarded the draft of version {number} of the item {name} ({code})",
    icon="trash",
)
PUBLISHED = kind(
    "catalog.published",
    zh="{actor} 发布了事项“{name}”（{code}）第 {number} 版，自 {valid_from} 起生效",
    en="{actor} published version {number} of the item {name} ({code}), valid from {valid_from}",
    public=True,
    icon="circle-check",
)
WITHDRAWN = kind(
    "catalog.withdrawn",
    zh="{actor} 撤下了事项“{name}”（{code}）第 {number} 版：{reason}",
    en="{actor} withdrew version {number} of the item {name} ({code}): {reason}",
    public=True,
    icon="archive",
)
IMPORTED = kind(
    "catalog.imported",
    zh="{actor} 导入了“{file}”：新增 {added} 项，变更 {changed} 项，无变化 {unchanged} 项，未接收 {refused} 项",
    en="{actor} imported {file}: {added} added, {changed} changed, {unchanged} unchanged, {refused} refused",
    icon="upload",
)
COMPETENCE_SET = kind(
    "catalog.competence_set",
    zh="{actor} 设定 {count} 个窗口的管辖",
    en="{actor} set the competence of {count} windows",
    icon="map-pin",
)
OFFERED = kind(
    "catalog.offered", zh="{place}开办“{service}”", en="{place} began to offer {service_en}", public=True, icon="plus"
)
OFFER_STOPPED = kind(
    "catalog.offer_stopped",
    zh="{place}停办“{service}”",
    en="{place} stopped offering {service_en}",
    public=True,
    icon="circle-x",
)
OFFERED_MANY = kind(
    "catalog.offered_many",
    zh="{actor} 设定了 {count} 项场所服务",
    en="{actor} set {count} services of places",
    icon="plus",
)
