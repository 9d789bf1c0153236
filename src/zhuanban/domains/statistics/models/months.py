"""Months of reporting, what the statistics say was invested, and why that is not what the project says."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, User
from zhuanban.domains.portfolio.models import MonthLock, Project
from zhuanban.domains.statistics.models.book import DifferenceKind
from zhuanban.domains.statistics.models.entries import InsideQuerySet, PartQuerySet, StatisticsEntry
from zhuanban.kernel.columns import money
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet


class MonthQuerySet(VisibleQuerySet):
    def with_lock(self):
        """Each month with whether it is closed: that is the portfolio's lock of the month and nothing else."""
        return self.annotate(closed=Exists(MonthLock.objects.filter(area=OuterRef("area"), month=OuterRef("month"))))


class ReportingMonth(Record):
    """A month of statistical reporting (报统月份) with its two windows: for new entries into the bank, and for the figures. It is closed
    by the lock of the month, which the portfolio keeps; `owed` and `missing` are what was counted then."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="reporting_month")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="reporting_months", verbose_name=_("范围"))
    month = models.DateField(_("月份"))
    entries_from = models.DateField(_("入库申报开始"))
    entries_until = models.DateField(_("入库申报截止"))
    figures_from = models.DateField(_("数据上报开始"))
    figures_until = models.DateField(_("数据上报截止"))
    provisional = models.BooleanField(default=False)
    owed = models.PositiveIntegerField(_("应报"), null=True, blank=True)
    missing = models.PositiveIntegerField(_("缺报"), null=True, blank=True)

    objects = MonthQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "month"], name="reporting_month_once_per_area"),
            models.CheckConstraint(condition=Q(month__day=1), name="reporting_month_is_its_first_day"),
            models.CheckConstraint(
                condition=Q(entries_from__lte=F("entries_until")) & Q(figures_from__lte=F("figures_until")),
                name="windows_open_before_they_close",
            ),
        ]
        indexes = [models.Index(fields=["-month", "-id"], name="reporting_by_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("statistics:reporting_month", args=[self.pk])

    @property
    def label(self) -> str:
        return str(self)

    @property
    def is_closed(self) -> bool:
        """Whether the month is locked."""
        return MonthLock.objects.filter(area=self.area_id, month=self.month).exists()

    def stands(self, today: date) -> str:
        """`entries`, `figures`, `between`, `over`: which window is open on a day."""
        if self.entries_from <= today <= self.entries_until:
            return "entries"
        if self.figures_from <= today <= self.figures_until:
            return "figures"
        return "over" if today > self.figures_until else "between"


class StatisticalFigure(Record):
    """The investment of a month as it went into statistics (统计投资): reported by the project, confirmed by the area's statistician.

    It stands beside the project's own monthly investment (portfolio) and never replaces it. What is confirmed or locked is corrected by a
    further row with a reason.
    """

    class State(models.TextChoices):
        REPORTED = "reported", _("待核")
        CONFIRMED = "confirmed", _("已核")
        SENT_BACK = "sent_back", _("退回")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="statistical_figures", db_index=False)
    month = models.DateField(_("月份"))
    amount = money(verbose_name=_("当月统计投资"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.REPORTED)
    why = models.CharField(_("退回意见"), max_length=200, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(_("更正理由"), max_length=200, blank=True)

    objects = InsideQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["month", "project"], name="statistical_by_month"),
            models.Index(fields=["project", "month"], name="statistical_of_project"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], condition=Q(corrects=None), name="one_statistical_figure_a_month"),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(reason=""), name="statistical_correction_tells_why"),
            models.CheckConstraint(condition=~Q(state="sent_back", why=""), name="figure_sent_back_tells_why"),
            models.CheckConstraint(condition=Q(month__day=1), name="statistical_month_is_its_first_day"),
            models.CheckConstraint(condition=~Q(corrects=None) | Q(amount__gte=0), name="statistical_figure_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.amount}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class Explanation(Record):
    """A part of the difference between own and statistical investment of a year, stated by a person (差异说明). Its sign is that of
    own minus statistical."""

    entry = models.ForeignKey(StatisticsEntry, on_delete=models.CASCADE, related_name="explanations", db_index=False)
    year = models.PositiveSmallIntegerField(_("年度"))
    kind = models.ForeignKey(DifferenceKind, on_delete=models.PROTECT, related_name="explanations", verbose_name=_("原因"))
    amount = money(verbose_name=_("金额"))
    words = models.CharField(_("说明"), max_length=200)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["kind__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "year", "kind"], name="explanation_once_a_kind_and_year"),
            models.CheckConstraint(condition=~Q(amount=0), name="explanation_explains_something"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.kind}"

    def get_absolute_url(self) -> str:
        return reverse("statistics:entry", args=[self.entry_id])

    @property
    def dossier(self) -> Dossier:
        return self.entry.project.dossier
