"""The minutes (纪要) of a meeting, as issued."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models.meetings import Meeting, inside
from zhuanban.domains.people.models import User
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Dossier


class MinutesQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(inside(user, "meeting__series_id"))

    def update(self, **_fields: Any) -> int:
        raise Refused(str(_("纪要已印发，不能改动。")))


class Minutes(models.Model):
    """Minutes as issued: written once and never changed. `body` is the text in blocks (see `queries.minutes`), `sha256` its hash, which
    also stands in the event of its issue, so that any later change would show."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="minutes")
    number = models.CharField(_("文号"), max_length=40, blank=True)
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("印发时间"))
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("印发人"))
    synthetic = models.BooleanField(default=False)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "minutes"
        constraints = [models.UniqueConstraint(fields=["number"], condition=~models.Q(number=""), name="minutes_number_once")]

    def __str__(self) -> str:
        return str(self.meeting)

    def save(self, *args: Any, **options: Any) -> None:
        """Raises Refused for a row that is there: what was issued stays as it was."""
        if self.pk and not options.get("force_insert"):
            raise Refused(str(_("纪要已印发，不能改动。")))
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}minutes/"

    @property
    def dossier(self) -> Dossier:
        return self.meeting.dossier

    @property
    def intact(self) -> bool:
        """Whether the text is still the one that was issued."""
        return digest(self.body) == self.sha256


def digest(body: Any) -> str:
    """SHA-256 over the text as canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
