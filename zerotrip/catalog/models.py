"""Service items in versions.

A version carries the fields of GB/T 39046-2020 table 4; the Chinese name of each field is its `verbose_name`, which is
also its heading in the official sheet. What is not known stays empty. `configured` names the fields whose value is a
local decision without a source yet: pages show them as "配置值，待核".
"""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.catalog import codes
from zerotrip.core.actors import Actor
from zerotrip.core.money import MoneyField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import PublicQuerySet, VisibleQuerySet
from zerotrip.places.models import Place

EDITORS = (Role.PROJECT_MANAGER, Role.SYSTEM_ADMIN)
"""Who may see and write drafts."""


class ItemQuerySet(VisibleQuerySet["ServiceItem"]):
    """Items that were ever published are public; the others only those who edit them see."""

    def visible_to(self, actor: Actor) -> ItemQuerySet:
        if actor.has(*EDITORS):
            return self.all()
        return self.filter(Q(versions__state=State.PUBLISHED)).distinct()


class VersionQuerySet(VisibleQuerySet["ItemVersion"]):
    """Published versions are public; drafts and withdrawn ones only those who edit them see."""

    def visible_to(self, actor: Actor) -> VersionQuerySet:
        return self.all() if actor.has(*EDITORS) else self.filter(state=State.PUBLISHED)


class State(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤下")


class ServiceItem(models.Model):
    """What can be applied for. Its content lies in its versions."""

    code = models.CharField(
        _("事项短码"), max_length=40, unique=True, help_text=_("本系统使用的短码，大写字母、数字和下划线")
    )
    created_at = models.DateTimeField()

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class ItemVersion(models.Model):
    """One version of an item, valid on the days from `valid_from` to `valid_until` (both included; empty: no end)."""

    item = models.ForeignKey(ServiceItem, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本号"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField(_("生效日期"))
    valid_until = models.DateField(_("失效日期"), null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=200, default="", blank=True)
    imported_from = models.CharField(max_length=120, default="", blank=True, help_text=_("导入文件名；手工编写的为空"))

    name = models.CharField(_("事项名称"), max_length=200)
    aliases = models.JSONField(_("日常用语"), default=list, blank=True)
    name_initials = models.CharField(_("名称首字母"), max_length=200, default="", blank=True)
    basic_code = models.CharField(_("基本编码"), max_length=64, default="", blank=True)
    implementation_code = models.CharField(_("实施编码"), max_length=64, default="", blank=True)
    handling_code = models.CharField(_("业务办理项编码"), max_length=64, default="", blank=True)
    item_type = models.CharField(_("事项类型"), max_length=2, choices=codes.ITEM_TYPE, default="", blank=True)
    exercise_level = models.CharField(_("行使层级"), max_length=1, choices=codes.EXERCISE_LEVEL, default="", blank=True)
    themes = models.JSONField(_("主题分类"), default=list, blank=True)
    service_objects = models.JSONField(_("服务对象"), default=list, blank=True)
    organ_kind = models.CharField(_("部门类别"), max_length=30, choices=codes.ORGAN_KIND, default="", blank=True)
    organ_name = models.CharField(_("实施主体"), max_length=120, default="", blank=True)
    organ_nature = models.CharField(_("实施主体性质"), max_length=1, choices=codes.ORGAN_NATURE, default="", blank=True)
    delegated_by = models.CharField(_("委托部门"), max_length=120, default="", blank=True)
    division_scope = models.CharField(
        _("适用区划"), max_length=12, default="36", help_text=_("行政区划代码前缀，如 36、3601")
    )
    legal_limit_value = models.PositiveSmallIntegerField(_("法定办结时限"), null=True, blank=True)
    legal_limit_unit = models.CharField(
        _("法定办结时限单位"), max_length=12, choices=codes.LIMIT_UNIT, default="", blank=True
    )
    legal_limit_note = models.CharField(_("法定办结时限说明"), max_length=300, default="", blank=True)
    promised_limit_value = models.PositiveSmallIntegerField(_("承诺办结时限"), null=True, blank=True)
    promised_limit_unit = models.CharField(
        _("承诺办结时限单位"), max_length=12, choices=codes.LIMIT_UNIT, default="", blank=True
    )
    promised_limit_note = models.CharField(_("承诺办结时限说明"), max_length=300, default="", blank=True)
    case_kind = models.CharField(_("办件类型"), max_length=1, choices=codes.CASE_KIND, default="", blank=True)
    special_procedure = models.TextField(_("特别程序"), max_length=1000, default="", blank=True)
    conditions = models.TextField(_("受理条件"), max_length=4000, default="", blank=True)
    process = models.TextField(_("办理流程"), max_length=4000, default="", blank=True)
    quantity_limit = models.CharField(_("数量限制"), max_length=300, default="", blank=True)
    result_name = models.CharField(_("结果名称"), max_length=200, default="", blank=True)
    result_type = models.CharField(_("结果类型"), max_length=40, default="", blank=True)
    charges = models.BooleanField(_("是否收费"), null=True, blank=True)
    charge_basis = models.CharField(_("收费依据"), max_length=300, default="", blank=True)
    online_payment = models.BooleanField(_("是否支持网上支付"), null=True, blank=True)
    handling_forms = models.JSONField(_("办理形式"), default=list, blank=True)
    on_site_visits = models.PositiveSmallIntegerField(_("到办事现场次数"), null=True, blank=True)
    on_site_reason = models.CharField(_("必须现场办理原因"), max_length=500, default="", blank=True)
    materials_mailable = models.BooleanField(_("是否支持申报材料邮寄"), null=True, blank=True)
    result_mailable = models.BooleanField(_("是否支持办件结果邮寄"), null=True, blank=True)
    bookable = models.BooleanField(_("是否支持预约办理"), null=True, blank=True)
    kiosk = models.BooleanField(_("是否支持自助终端办理"), null=True, blank=True)
    online = models.BooleanField(_("是否网办"), null=True, blank=True)
    online_url = models.CharField(_("网办地址"), max_length=500, default="", blank=True)
    online_depth = models.CharField(_("网上办理深度"), max_length=1, choices=codes.ONLINE_DEPTH, default="", blank=True)
    in_hall = models.BooleanField(_("是否进驻政务大厅"), null=True, blank=True)
    scope = models.CharField(_("通办范围"), max_length=200, default="", blank=True)
    places_and_hours = models.TextField(_("办理地点和时间"), max_length=2000, default="", blank=True)
    consult_phone = models.CharField(_("咨询电话"), max_length=80, default="", blank=True)
    supervise_phone = models.CharField(_("监督投诉电话"), max_length=80, default="", blank=True)
    configured = models.JSONField(_("待核字段"), default=list, blank=True)

    search_text = models.TextField(editable=False, default="")

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("item", "-number")
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="catalog_version_number"),
            models.UniqueConstraint(fields=["item"], condition=Q(state="draft"), name="catalog_one_draft"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="catalog_version_days"
            ),
        ]
        indexes = [
            models.Index(fields=["organ_kind"], name="catalog_organ", condition=Q(state="published")),
            models.Index(fields=["name_initials"], name="catalog_initials", condition=Q(state="published")),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"

    @property
    def zero_trip(self) -> bool:
        """一次不跑: the applicant need not come at all."""
        return self.on_site_visits == 0

    @property
    def mailable(self) -> bool:
        """Zero trips, and the post carries materials or result."""
        return self.zero_trip and bool(self.materials_mailable or self.result_mailable)

    def is_configured(self, field: str) -> bool:
        """True when the field's value is a local decision without a source yet."""
        return field in self.configured


class Part(models.Model):
    """A row that belongs to a version, in its order."""

    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ("position",)


class LegalBasis(Part):
    """设定依据: a law, its article, and what it says in our own words."""

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="legal_bases")
    law = models.CharField(_("设定依据"), max_length=200)
    document_number = models.CharField(_("依据文号"), max_length=120, default="", blank=True)
    article = models.CharField(_("依据条款"), max_length=120, default="", blank=True)
    says = models.TextField(_("依据内容"), max_length=1000, default="", blank=True)
    effective_from = models.DateField(_("依据施行日期"), null=True, blank=True)
    confidence = models.CharField(_("依据可信度"), max_length=1, choices=codes.CONFIDENCE, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_basis_order")]

    def __str__(self) -> str:
        return f"{self.law}{self.article}"


class Material(Part):
    """材料: one paper the applicant hands in, or that is fetched for them."""

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="materials")
    name = models.CharField(_("材料名称"), max_length=200)
    kind = models.CharField(_("材料形式"), max_length=12, choices=codes.MATERIAL_KIND, default="original")
    necessity = models.CharField(_("材料必要性"), max_length=12, choices=codes.NECESSITY, default="required")
    originals = models.PositiveSmallIntegerField(_("原件份数"), default=0)
    copies = models.PositiveSmallIntegerField(_("复印件份数"), default=0)
    source_channel = models.CharField(
        _("来源渠道"), max_length=12, choices=codes.SOURCE_CHANNEL, default="", blank=True
    )
    issuing_body = models.CharField(_("出具机构"), max_length=120, default="", blank=True)
    shareable = models.BooleanField(_("可否数据共享获取"), null=True, blank=True)
    specification = models.CharField(_("材料规格"), max_length=200, default="", blank=True)
    acceptance_standard = models.CharField(_("受理标准"), max_length=500, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_material_order")]

    def __str__(self) -> str:
        return self.name


class Fee(Part):
    """收费项目. What is collected for the state is never the post's revenue."""

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="fees")
    name = models.CharField(_("收费项目"), max_length=120)
    amount = MoneyField(_("收费标准"), null=True, blank=True)
    unit = models.CharField(_("计费单位"), max_length=20, default="", blank=True)
    basis = models.CharField(_("收费项目依据"), max_length=200, default="", blank=True)
    payee = models.CharField(_("收取方"), max_length=8, choices=codes.PAYEE, default="state")
    effective_from = models.DateField(_("收费施行日期"), null=True, blank=True)
    confidence = models.CharField(_("收费可信度"), max_length=1, choices=codes.CONFIDENCE, default="", blank=True)
    note = models.CharField(_("收费说明"), max_length=300, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_fee_order")]

    def __str__(self) -> str:
        return self.name


class Source(Part):
    """来源: where what the version says was read, and how sure we are."""

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(_("来源"), max_length=200)
    article = models.CharField(_("来源条款"), max_length=120, default="", blank=True)
    where = models.CharField(_("来源出处"), max_length=300, default="", blank=True)
    confidence = models.CharField(_("来源可信度"), max_length=1, choices=codes.CONFIDENCE, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_source_order")]

    def __str__(self) -> str:
        return self.title


class Way(Part):
    """办理方式: one mode in which one step (环节) can be done. The rows of a step stand together, steps in their order.

    `confidence` empty or K: the figures of the row are configuration, 配置值，待核.
    """

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="ways")
    step = models.CharField(_("环节代码"), max_length=20)
    step_name = models.CharField(_("环节名称"), max_length=40)
    actor = models.CharField(_("环节办理人"), max_length=8, choices=codes.STEP_ACTOR, default="person")
    mode = models.CharField(_("环节办理方式"), max_length=8, choices=codes.MODE)
    service = models.CharField(_("所需服务"), max_length=20, choices=codes.SERVICE, default="", blank=True)
    minutes = models.PositiveSmallIntegerField(_("办理分钟"), default=0)
    queue = models.PositiveSmallIntegerField(_("等候分钟"), default=0)
    working_days = models.PositiveSmallIntegerField(_("办理工作日"), default=0)
    calendar_days = models.PositiveSmallIntegerField(_("间隔自然日"), default=0)
    needs = models.JSONField(_("环节所需纸件"), default=list, blank=True)
    gives = models.JSONField(_("环节产出纸件"), default=list, blank=True)
    price = MoneyField(_("环节价格"), null=True, blank=True)
    confidence = models.CharField(_("环节可信度"), max_length=1, choices=codes.CONFIDENCE, default="", blank=True)
    note = models.CharField(_("环节说明"), max_length=200, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_way_order")]

    def __str__(self) -> str:
        return f"{self.step_name} {self.mode}"

    @property
    def configured(self) -> bool:
        """True when the row's figures are a local decision without a source yet."""
        return self.confidence in ("", "K")


class Bar(Part):
    """限制: what rules modes out for a step. Without a law it is a local decision, 配置值，待核."""

    internal = "read with its version"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="bars")
    step = models.CharField(_("限制环节"), max_length=20)
    modes = models.JSONField(_("限制方式"), default=list, blank=True)
    reason = models.CharField(_("限制原因"), max_length=300)
    law = models.CharField(_("限制依据"), max_length=200, default="", blank=True)
    article = models.CharField(_("限制条款"), max_length=120, default="", blank=True)
    confidence = models.CharField(_("限制可信度"), max_length=1, choices=codes.CONFIDENCE, default="", blank=True)

    class Meta(Part.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="catalog_bar_order")]

    def __str__(self) -> str:
        return self.reason

    @property
    def configured(self) -> bool:
        """True when only a local decision stands behind it."""
        return not self.law or self.confidence in ("", "K")


PARTS: dict[str, type[Any]] = {
    "legal_bases": LegalBasis,
    "materials": Material,
    "fees": Fee,
    "sources": Source,
    "ways": Way,
    "bars": Bar,
}
"""The rows below a version, in the order of the sheet."""


class CompetenceQuerySet(PublicQuerySet["Competence"]):
    """Which window handles what is public."""


class Competence(models.Model):
    """管辖: the window that handles the items of a kind of organ for a division (code prefix)."""

    organ_kind = models.CharField(_("部门类别"), max_length=30)
    division = models.CharField(_("区划前缀"), max_length=12)
    window = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="competences")

    objects = CompetenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organ_kind", "division"], name="catalog_competence_once")]

    def __str__(self) -> str:
        return f"{self.organ_kind} {self.division}"


class OfferQuerySet(PublicQuerySet["Offer"]):
    """What a place offers is public."""

    def on(self, day: date) -> Self:
        """The offers that stand on a day; the day on which one was stopped no longer counts."""
        return self.filter(Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gt=day)))


class Offer(models.Model):
    """A service of `codes.SERVICE` that a place offers from `since` until the day before `until` (empty: no end)."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="offers")
    service = models.CharField(_("服务"), max_length=20, choices=codes.SERVICE)
    since = models.DateField(_("开办日期"))
    until = models.DateField(_("停办日期"), null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ("place", "service", "since")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "service"], condition=Q(until__isnull=True), name="catalog_offer_open_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="catalog_offer_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.service}"
