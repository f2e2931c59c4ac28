"""Tables of the ground floor: idempotency keys."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """The first answer to a request that may be sent again (draft-ietf-httpapi-idempotency-key-header)."""

    internal = "read only by core.idempotency, by scope and key"

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="core_idempotency_once")]
        indexes = [models.Index(fields=["created_at"])]
