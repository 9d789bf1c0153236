"""Rules that are rows: what a pack is checked for, and why reported and statistical investment differ."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckRule(models.Model):
    """A check of the entry pack (入库材料审核项): a method over named facts of the project and its papers (`checks.py` has the methods).

    `applies` narrows it, for instance `{"industry": ["70"]}`: the project's industry code begins so; empty: every project.
    """

    class Method(models.TextChoices):
        PRESENT = "present", _("材料齐全")
        ANY = "any", _("至少有一项")
        SAME = "same", _("名称一致")
        EQUAL = "equal", _("金额一致")
        ORDER = "order", _("时间先后")
        CODE = "code", _("代码有效")
        LEAST = "least", _("达到下限")
        EVIDENCE = "evidence", _("主体开工依据")

    key = models.SlugField(max_length=30)
    label = models.CharField(max_length=60)
    method = models.CharField(max_length=10, choices=Method.choices)
    facts = models.JSONField(default=list)
    params = models.JSONField(default=dict)
    applies = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["key", "effective_from"], name="pack_check_once_per_day")]

    def __str__(self) -> str:
        return self.label


class DifferenceKind(models.Model):
    """Why a project's own investment and the statistics' differ (差异原因). `reckoned` names the sum that the records themselves give
    (`not_in_bank`, `timing`); empty: a person states it."""

    key = models.SlugField(max_length=20)
    name = models.CharField(max_length=40)
    definition = models.CharField(max_length=200)
    reckoned = models.CharField(max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    effective_from = models.DateField()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["key"], name="difference_kind_once")]

    def __str__(self) -> str:
        return self.name
