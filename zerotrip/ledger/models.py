"""What happened, and who has read it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet


class EntryQuerySet(VisibleQuerySet["Entry"]):
    """Entries are read through the case or consignment they belong to; the whole table only by those who audit it."""

    def visible_to(self, actor: Actor) -> EntryQuerySet:
        return self.all() if actor.has(Role.AUDITOR, Role.AUDIT_ADMIN) else self.none()


class XidField(models.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """A 64-bit transaction id (xid8), filled in by the database."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def get_internal_type(self) -> str:
        return "XidField"


class Entry(models.Model):
    """One recorded fact. Written once, never changed: a trigger refuses updates and deletes.

    `at` is when it happened, `learned_at` when we learned of it, `xid` the transaction that wrote it.
    """

    id = models.BigAutoField(primary_key=True)
    xid = XidField(
        db_default=models.Func(function="pg_current_xact_id", output_field=models.BigIntegerField()), editable=False
    )
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60)
    case_number = models.CharField(max_length=40, default="", blank=True)
    consignment_number = models.CharField(max_length=40, default="", blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60, default="", blank=True)
    place_id = models.BigIntegerField(null=True)
    place_name = models.CharField(max_length=120, default="", blank=True)
    at = models.DateTimeField()
    learned_at = models.DateTimeField()
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case_number", "at"], name="ledger_entry_case", condition=~models.Q(case_number="")),
            models.Index(
                fields=["consignment_number", "at"],
                name="ledger_entry_piece",
                condition=~models.Q(consignment_number=""),
            ),
            models.Index(fields=["subject_type", "subject_id"], name="ledger_entry_subject"),
        ]

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """What happened, in one sentence, in the language of the reader."""
        from zerotrip.ledger.kinds import sentence

        return sentence(self)

    @property
    def public(self) -> bool:
        """True when the applicant and the tracking page may see it."""
        from zerotrip.ledger.kinds import KINDS

        return self.kind in KINDS and KINDS[self.kind].public

    @property
    def icon(self) -> str:
        from zerotrip.ledger.kinds import KINDS

        return KINDS[self.kind].icon if self.kind in KINDS else "point"


class Cursor(models.Model):
    """How far a reader has come: every entry up to `after` is handled or set aside.

    Entries are read by number, never past the first number that may still appear (`ledger_settled()` in the database):
    no gap is skipped. Numbers are drawn when an action ends, while it holds the rows it changed, so that the entries
    about one thing are numbered, and read, in the order in which its row was held, whatever the transactions' ids.
    """

    internal = "shown on the operations page to administrators only, by ledger.queries"

    reader = models.CharField(max_length=80, primary_key=True)
    after = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField()


class SetAside(models.Model):
    """An entry a reader could not handle, with its error: nothing is lost, somebody looks."""

    internal = "shown on the operations page to administrators only, by ledger.queries"

    reader = models.CharField(max_length=80)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    error = models.TextField()
    tries = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_how = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "entry"], name="ledger_set_aside_once")]
        indexes = [
            models.Index(fields=["reader"], name="ledger_set_aside_open", condition=models.Q(settled_at__isnull=True))
        ]

    @property
    def last_line(self) -> str:
        """The error itself, without the way to it."""
        return (self.error.strip().splitlines() or [""])[-1]
