"""Stored forecasts: what was said on which day, reproducible to the bit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans.models.nodes import ChildQuerySet
from zhuanban.domains.plans.models.plans import Basis, Plan, Progress
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.models import Dossier

WITHHELD = {
    "no_plan": _("没有计划，先按模板建立或导入。"),
    "no_logic": _("暖封闭没有前置工序，算不出概率。"),
    "open_ended": _("暖封闭之后没有工序等它，逻辑不完整。"),
    "unsound": _("计划有未排除的逻辑问题。"),
    "broken": _("计划无法计算，请检查逻辑关系和日历。"),
}
"""Why a probability is withheld."""


class Forecast(models.Model):
    """A forecast of one project at one data date (预测). Never changed; the newest is `current`.

    Dates are days, `enclosed_in_time` a probability in 0..1 (None where withheld; `withheld` tells why), `margin_days` the days between
    the enclosure at P80 and the frost date (negative: after it), `result` everything else that pages draw.

    `enclosure` says whether there is a building to close; `gain` what starting its envelope ten working days earlier would add to
    `enclosed_in_time`. The finish is that of the last node that the plan leads to (production, else
    the record of completion). The plan, the progress, the basis, the data date, the seed and the number of iterations are all that it was made of: the same
    engine makes the same forecast of them again, to the bit. `inputs_hash` is over all of these.
    """

    class Enclosure(models.TextChoices):
        NONE = "none", _("无须封闭")
        OPEN = "open", _("待封闭")
        ENCLOSED = "enclosed", _("已封闭")
        WITHHELD = "withheld", _("暂不给出")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="forecasts", db_index=False)
    data_date = models.DateField()
    made_at = models.DateTimeField()
    current = models.BooleanField(default=True)
    finish_promised = models.DateField(null=True)
    finish_p10 = models.DateField(null=True)
    finish_p50 = models.DateField(null=True)
    finish_p80 = models.DateField(null=True)
    finish_p90 = models.DateField(null=True)
    finish_in_time = models.FloatField(null=True)
    enclosure = models.CharField(max_length=8, choices=Enclosure.choices, default=Enclosure.NONE)
    frost_on = models.DateField(null=True)
    enclosure_p50 = models.DateField(null=True)
    enclosure_p80 = models.DateField(null=True)
    enclosed_in_time = models.FloatField(null=True)
    margin_days = models.IntegerField(null=True)
    gain = models.FloatField(null=True)
    envelope_start_latest = models.DateField(null=True)
    withheld = models.CharField(max_length=200, blank=True)
    iterations = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    engine = models.CharField(max_length=20)
    calendar_version = models.CharField(max_length=40, blank=True)
    inputs_hash = models.CharField(max_length=64)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="forecasts")
    progress = models.ForeignKey(Progress, on_delete=models.PROTECT, null=True, related_name="forecasts")
    basis = models.ForeignKey(Basis, on_delete=models.PROTECT, null=True, related_name="forecasts")
    result = models.JSONField(default=dict)
    synthetic = models.BooleanField(default=False)

    objects = ChildQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-data_date"], name="forecast_of_project"),
            models.Index(fields=["enclosed_in_time", "project"], condition=Q(current=True), name="forecast_by_risk"),
        ]
        constraints = [models.UniqueConstraint(fields=["project"], condition=Q(current=True), name="one_current_forecast")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.data_date}"

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def withheld_words(self) -> str:
        """Why no probability is given, in the reader's language; empty where one is."""
        return str(WITHHELD.get(self.withheld, self.withheld))


class AreaForecast(models.Model):
    """How many projects of an area (or of the city) will be warmly enclosed before their frost date (暖封闭预测), with the shared causes
    of delay drawn once for all of them. `projects` were counted, `result` holds the distribution. Never changed.
    """

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="forecasts")
    data_date = models.DateField()
    made_at = models.DateTimeField()
    current = models.BooleanField(default=True)
    projects = models.PositiveIntegerField()
    iterations = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    engine = models.CharField(max_length=20)
    result = models.JSONField(default=dict)
    synthetic = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["area", "-data_date"], name="forecast_of_area")]
        constraints = [models.UniqueConstraint(fields=["area"], condition=Q(current=True), name="one_current_forecast_per_area")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.data_date}"
