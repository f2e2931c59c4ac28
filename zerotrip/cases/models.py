"""Cases, their materials, visits, corrections, special procedures."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.cases.states import CASES, OUTCOMES
from zerotrip.catalog.models import ItemVersion, ServiceItem
from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.people.models import Account, Company, Contact, Person
from zerotrip.places.models import Place
from zerotrip.rules.case_clock import Excluded


class Source(models.TextChoices):
    PORTAL = "portal", _("网上申请")
    HALL = "hall", _("大厅申请")
    API = "api", _("平台推送")


class MaterialsRoute(models.TextChoices):
    ONLINE = "online", _("全部网上提交")
    COURIER = "courier", _("快递员上门收取原件")
    HALL = "hall", _("本人交到大厅")
    OUTLET = "outlet", _("本人交到邮政网点")
    KIOSK = "kiosk", _("本人到自助办理厅")


class ResultRoute(models.TextChoices):
    MAIL = "mail", _("寄给我")
    COLLECT = "collect", _("到大厅领取")
    ONLINE = "online", _("网上送达")


class LegKind(models.TextChoices):
    PERSON = "person", _("人跑")
    POST = "post", _("邮政跑")
    DATA = "data", _("数据跑")


class CaseQuerySet(VisibleQuerySet["Case"]):
    """Applicants see their own, clerks what is handed in at or sent from their desk, officers their window's, managers
    their divisions'."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(Role.AUDITOR):
            return self.all()
        if actor.kind == "citizen" and actor.id:
            return self.filter(Q(account_id=actor.id) | Q(applicant_person__account_id=actor.id))
        if actor.kind == "partner" and actor.id:
            return self.filter(partner_id=actor.id)
        seen = Q(pk__in=[])
        if actor.has(Role.HALL_CLERK):
            seen |= Q(hall_id__in=actor.places)
        if actor.has(Role.AGENCY_OFFICER):
            seen |= Q(window_id__in=actor.places)
            if not actor.places:
                seen |= Q(window__organisation_id__in=actor.organisations)
        if actor.has(Role.OUTLET_CLERK):
            seen |= Q(hand_in_id__in=actor.places)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER, Role.PROJECT_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(county__startswith=prefix)
        return self.filter(seen)


class Case(models.Model):
    """办件: one application for one service item."""

    number = models.CharField(_("办件编号"), max_length=40, unique=True)
    item = models.ForeignKey(ServiceItem, on_delete=models.PROTECT, related_name="cases")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="cases")
    applicant_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="cases")
    applicant_company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="cases")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="cases")
    partner_id = models.BigIntegerField(null=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="cases")
    source = models.CharField(max_length=8, choices=Source.choices)
    county = models.CharField(_("受理区划"), max_length=12)
    hall = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="cases_at_hall")
    window = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="cases_at_window")
    materials_route = models.CharField(max_length=8, choices=MaterialsRoute.choices)
    result_route = models.CharField(max_length=8, choices=ResultRoute.choices)
    hand_in = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, db_index=False, related_name="cases_handed_in"
    )
    """Where the applicant still has to come with the papers: an outlet, a kiosk hall, or the hall."""
    itinerary = models.JSONField(null=True)
    """办事路线: the way chosen, as the planner wrote it (`zerotrip.cases.itinerary` reads it)."""
    promised_at = models.DateTimeField(_("承诺办好"), null=True)
    """By when it was promised with certainty (the itinerary's `finish_p95`); never moved afterwards."""
    forecast_at = models.DateTimeField(_("预计办好"), null=True)
    at_risk = models.BooleanField(default=False)
    """The forecast is later than the promise, and an entry has said so."""
    state = models.CharField(max_length=12, choices=list(CASES.states.items()))
    outcome = models.CharField(max_length=12, choices=list(OUTCOMES.items()), default="", blank=True)
    outcome_reason = models.CharField(max_length=1000, default="", blank=True)
    holds_papers = models.BooleanField(default=False)
    """Originals of the applicant are in the hall's or agency's hands and must go back."""
    certificate_number = models.CharField(_("证照编号"), max_length=80, default="", blank=True)
    trips_promised = models.PositiveSmallIntegerField(_("承诺跑动次数"))
    due = models.DateField(_("当前期限"), null=True)
    """The day by which the one whose turn it is must have acted, if law or promise sets one."""
    due_provisional = models.BooleanField(default=False)
    applied_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    extension_reason = models.CharField(max_length=300, default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    produced_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(applicant_person__isnull=False) | Q(applicant_company__isnull=False),
                name="cases_case_has_applicant",
            ),
            models.UniqueConstraint(
                fields=["certificate_number"],
                condition=~Q(certificate_number="") & Q(outcome="granted"),
                name="cases_certificate_once",
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "state", "due"], name="cases_hall_queue"),
            models.Index(fields=["window", "state", "due"], name="cases_window_queue"),
            models.Index(fields=["partner_id", "-id"], name="cases_partner", condition=Q(partner_id__isnull=False)),
            models.Index(fields=["hand_in"], name="cases_hand_in", condition=Q(hand_in__isnull=False)),
            models.Index(
                fields=["forecast_at"],
                name="cases_promised_open",
                condition=Q(promised_at__isnull=False, closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def applicant(self) -> str:
        """Who applies, masked when a person."""
        return self.applicant_company.name if self.applicant_company else str(self.applicant_person)

    @property
    def open(self) -> bool:
        return self.state not in CASES.final


class CaseMaterial(models.Model):
    """One material of a case: how it comes and whether it is there."""

    internal = "read with its case"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="materials")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    originals = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(default=True)
    route = models.CharField(max_length=8)
    """upload, original (carried by post), hand (brought to the hall), shared (fetched by the agency), none."""
    file_id = models.UUIDField(null=True)
    received_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="cases_material_order")]

    def __str__(self) -> str:
        return self.name


class CaseLeg(models.Model):
    """行程段 of a case: one movement of the applicant, of papers by post or of data, as planned and as it went.

    `origin`, `target`: place codes, or "home". `expected_at`: when it will have arrived as things stand now.
    """

    internal = "read with its case"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="legs")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=LegKind.choices)
    origin = models.CharField(max_length=40)
    origin_name = models.CharField(max_length=120)
    target = models.CharField(max_length=40)
    target_name = models.CharField(max_length=120)
    step = models.CharField(max_length=40, blank=True, default="")
    """The step of the itinerary that it serves."""
    papers = models.JSONField(default=list)
    net = models.CharField(max_length=8, blank=True, default="")
    departs = models.DateTimeField()
    arrives = models.DateTimeField()
    arrives_surely = models.DateTimeField()
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    expected_at = models.DateTimeField(null=True)
    consignment = models.ForeignKey(
        "mail.Consignment", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="cases_leg_order")]

    def __str__(self) -> str:
        return f"{self.origin_name} → {self.target_name}"


class Visit(models.Model):
    """到场: the applicant present at a place. These are the trips we count."""

    internal = "read with its case"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="visits")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.reason} {self.at}"


class Correction(models.Model):
    """补正: asked once for a case (行政许可法 32), with everything that is wrong."""

    internal = "read with its case"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="correction")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)


class CorrectionProblem(models.Model):
    """One thing to mend: which material, what is wrong, how to mend it."""

    internal = "read with its case"

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="problems")
    material = models.CharField(max_length=200)
    problem = models.CharField(max_length=500)
    remedy = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.material}：{self.problem}"


class Pause(models.Model):
    """特别程序: time that is not counted (行政许可法 45)."""

    internal = "read with its case"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=20, choices=Excluded.choices())
    reason = models.CharField(max_length=300)
    needed_days = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at__isnull=True), name="cases_one_open_pause")
        ]

    def __str__(self) -> str:
        return self.kind
