"""Who sees what. Every list of business data goes through `visible_to(actor)`: nothing, until told otherwise."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from zerotrip.core.actors import Actor

M = TypeVar("M", bound=models.Model, covariant=True)


class VisibleQuerySet(models.QuerySet[M]):
    """Base of every business query set. Override `visible_to`; the base shows nothing."""

    def visible_to(self, actor: Actor) -> Self:
        return self.none()


class PublicQuerySet(VisibleQuerySet[M]):
    """For facts anyone may read: divisions, places, published items."""

    def visible_to(self, actor: Actor) -> Self:
        return self.all()
