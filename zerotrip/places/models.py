"""Divisions, organisations, places, and when places are open."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.visibility import PublicQuerySet
from zerotrip.places import codes
from zerotrip.places.hours import Period, clock_text


class Level(models.IntegerChoices):
    PROVINCE = codes.PROVINCE, _("省级")
    PREFECTURE = codes.PREFECTURE, _("设区市")
    COUNTY = codes.COUNTY, _("县（市、区）")
    TOWNSHIP = codes.TOWNSHIP, _("乡镇（街道）")


class PositionSource(models.TextChoices):
    """How far a position may be trusted."""

    SURVEYED = "surveyed", _("实测")
    POLYGON = "polygon", _("区划范围内一点")
    SEEDED = "seeded", _("示意（随机落点）")
    UNKNOWN = "", _("未知")


class DivisionQuerySet(PublicQuerySet["Division"]):
    """Divisions are public."""

    def current(self) -> Self:
        """Those that exist today."""
        return self.filter(valid_until__isnull=True)

    def in_prefix(self, prefix: str) -> Self:
        """Those whose code begins with `prefix` ("36", "3601", "360102"); an empty prefix shows none."""
        return self.filter(code__startswith=prefix) if prefix else self.none()


class Division(models.Model):
    """A division of the country: province, prefecture, county or township. Never deleted, closed by `valid_until`."""

    code = models.CharField(_("代码"), max_length=12, primary_key=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField(_("层级"), choices=Level.choices)
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=60)
    pinyin = models.CharField(_("拼音"), max_length=120, blank=True)
    keys = models.CharField(max_length=400, blank=True, editable=False)
    """What search looks through: names old and new, pinyin with and without spaces, initials."""
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    position_source = models.CharField(max_length=10, choices=PositionSource.choices, blank=True, default="")
    postcode = models.CharField(_("邮政编码"), max_length=6, blank=True, default="")
    edition = models.DateField(_("数据日期"))
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_until = models.DateField(_("停用日期"), null=True, blank=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3, 4]), name="places_division_level"),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True, position_source="")
                | Q(lat__isnull=False, lon__isnull=False) & ~Q(position_source=""),
                name="places_division_position_has_source",
            ),
        ]
        indexes = [
            models.Index(fields=["parent", "code"], name="places_division_children"),
            models.Index(fields=["code"], opclasses=["varchar_pattern_ops"], name="places_division_prefix"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """What the codes of everything inside begin with."""
        return codes.prefix(self.code)


class FormerName(models.Model):
    """A name, and the code where it was another, that a division or one that went into it bore until a year."""

    internal = "read through its division"

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(_("曾用名"), max_length=60)
    code = models.CharField(_("曾用代码"), max_length=12, blank=True)
    until = models.PositiveSmallIntegerField(_("用至（年）"))

    class Meta:
        ordering = ["-until", "name"]
        constraints = [
            models.UniqueConstraint(fields=["division", "name", "code", "until"], name="places_former_name_once")
        ]
        indexes = [models.Index(fields=["code"], name="places_former_code")]

    def __str__(self) -> str:
        return f"{self.name}（{self.until}）"


class OrganisationKind(models.TextChoices):
    POST_BRANCH = "post_branch", _("邮政分公司")
    AGENCY = "agency", _("政务部门")
    POLICE = "police", _("公安机关")
    COURT = "court", _("法院")
    OPERATOR = "operator", _("通信运营商")
    PARTNER = "partner", _("合作单位")


class OrganisationQuerySet(PublicQuerySet["Organisation"]):
    """Organisations are public."""

    def in_prefix(self, prefix: str) -> Self:
        return self.filter(division__code__startswith=prefix) if prefix else self.none()


class Organisation(models.Model):
    """A body that acts: a post branch, an agency, a court, an operator."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=12, choices=OrganisationKind.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="organisations")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    phone = models.CharField(_("公开电话"), max_length=40, blank=True)
    active = models.BooleanField(default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["kind", "division"], name="places_organisation_kind")]

    def __str__(self) -> str:
        return self.name


class PlaceKind(models.TextChoices):
    OUTLET = "outlet", _("邮政网点")
    HALL = "hall", _("政务服务大厅")
    KIOSK_HALL = "kiosk_hall", _("自助办理厅")
    CENTRE = "centre", _("邮件处理中心")
    WINDOW = "window", _("部门窗口")
    COURT = "court", _("法院")
    OFFICE = "office", _("办公场所")


class DaysOffRule(models.TextChoices):
    CLOSED = "closed", _("周末和节假日均休息")
    HOLIDAYS = "holidays", _("仅法定节假日休息")
    OPEN = "open", _("全年按周时间表")


DAYS_OFF_BY_KIND: dict[str, DaysOffRule] = {
    PlaceKind.OUTLET: DaysOffRule.OPEN,
    PlaceKind.KIOSK_HALL: DaysOffRule.OPEN,
    PlaceKind.CENTRE: DaysOffRule.OPEN,
    PlaceKind.HALL: DaysOffRule.CLOSED,
    PlaceKind.WINDOW: DaysOffRule.CLOSED,
    PlaceKind.COURT: DaysOffRule.CLOSED,
    PlaceKind.OFFICE: DaysOffRule.CLOSED,
}
"""What a new place does on days off unless told otherwise."""


class PlaceQuerySet(PublicQuerySet["Place"]):
    """Places are public."""

    def active(self) -> Self:
        return self.filter(active=True)

    def in_prefix(self, prefix: str) -> Self:
        """Places of a division and below, by code prefix; an empty prefix shows none."""
        return self.filter(division__code__startswith=prefix) if prefix else self.none()


class Place(models.Model):
    """Where something can be done, handed over or delivered to: outlet, hall desk, sorting centre, window, court.

    An agency's window stands in a hall: `parent` is the hall.
    """

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=12, choices=PlaceKind.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="places_held")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="places_in")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="windows")
    address = models.CharField(_("地址"), max_length=200, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    position_source = models.CharField(max_length=10, choices=PositionSource.choices, blank=True, default="")
    phone = models.CharField(_("公开电话"), max_length=40, blank=True)
    days_off = models.CharField(_("休息日安排"), max_length=10, choices=DaysOffRule.choices)
    active = models.BooleanField(default=True)
    opened_at = models.DateTimeField(_("启用时间"))
    closed_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(active=True, closed_at__isnull=True) | Q(active=False, closed_at__isnull=False),
                name="places_place_closed_when_inactive",
            ),
            models.CheckConstraint(
                condition=~Q(kind="window") | Q(parent__isnull=False), name="places_place_window_in_hall"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "division"], name="places_place_kind"),
            models.Index(fields=["division"], opclasses=["varchar_pattern_ops"], name="places_place_prefix"),
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One period of one weekday (0 Monday … 6 Sunday), minutes after midnight."""

    internal = "read through its place"

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["place", "weekday", "opens"], name="places_opening_once"),
            models.CheckConstraint(
                condition=Q(weekday__lte=6, opens__lt=F("closes"), closes__lte=1440), name="places_opening_in_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {clock_text(self.opens)}–{clock_text(self.closes)}"

    @property
    def period(self) -> Period:
        return Period(self.opens, self.closes)


class OpeningException(models.Model):
    """What holds on one date in place of the weekly hours: one row a period, or one row without times: closed."""

    internal = "read through its place"

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="opening_exceptions")
    day = models.DateField()
    opens = models.PositiveSmallIntegerField(null=True, blank=True)
    closes = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=120)

    class Meta:
        ordering = ["day", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "day", "opens"], name="places_exception_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__lt=F("closes"), closes__lte=1440),
                name="places_exception_in_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"
