"""How long it took from one milestone to another, where only the length is known."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.statistics.models.entries import InsideQuerySet
from zhuanban.kernel.models import Dossier, Record


class Milestone(models.TextChoices):
    """Between which events the four speeds are taken (落地快、审批快、开工快、建设快)."""

    FIRST_CONTACT = "first_contact", _("首次接洽")
    SIGNED = "signed", _("签约")
    LANDING = "landing", _("落地")
    FILING = "filing", _("立项")
    PERMIT = "construction_permit", _("施工许可")
    START = "construction_start", _("开工")
    COMPLETION = "completion", _("竣工")


class StatedSpan(Record):
    """A length of time that is on record although its days are not (用时记录), with who told it (`source`). Where both days are known they
    are counted and this row is not read."""

    class Unit(models.TextChoices):
        DAY = "day", _("天")
        MONTH = "month", _("个月")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="stated_spans")
    begins = models.CharField(_("从"), max_length=20, choices=Milestone.choices)
    ends = models.CharField(_("到"), max_length=20, choices=Milestone.choices)
    length = models.PositiveIntegerField(_("用时"))
    unit = models.CharField(_("单位"), max_length=5, choices=Unit.choices)

    objects = InsideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "begins", "ends"], name="span_stated_once"),
            models.CheckConstraint(condition=~Q(begins=F("ends")), name="span_has_two_ends"),
            models.CheckConstraint(condition=~Q(source=""), name="span_tells_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.get_begins_display()} → {self.get_ends_display()} {self.length} {self.get_unit_display()}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier
