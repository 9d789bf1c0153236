"""The project's money by year and month, in yuan."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models.project import Project
from zhuanban.kernel.columns import money
from zhuanban.kernel.models import Record


class AnnualPlan(Record):
    """What a project means to invest in a year."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annual_plans")
    year = models.PositiveSmallIntegerField()
    amount = money()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "year"], name="one_annual_plan_per_year")]
        indexes = [models.Index(fields=["year"], name="annual_plan_by_year")]

    def __str__(self) -> str:
        return f"{self.year} {self.amount}"


class InvestmentEntry(Record):
    """Investment completed in one month. A locked month is corrected by a new row with a reason, never overwritten."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="investments", db_index=False)
    month = models.DateField()
    amount = money()
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["month", "project"], name="investment_by_month"),
            models.Index(fields=["project", "month"], name="investment_of_project"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], condition=Q(corrects=None), name="one_entry_per_project_and_month"),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(reason=""), name="correction_tells_why"),
            models.CheckConstraint(condition=Q(month__day=1), name="month_is_kept_as_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.amount}"


class MonthLock(models.Model):
    """A month closed for an area's reports (月度锁定)."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="month_locks")
    month = models.DateField()
    locked_at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "month"], name="month_is_locked_once_per_area")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.month:%Y-%m}"


class Fund(Record):
    """Money by source; what is planned and what is in place are two different amounts."""

    class Source(models.TextChoices):
        OWN = "own", _("企业自筹")
        BUDGET = "budget", _("财政资金")
        SPECIAL_BOND = "special_bond", _("专项债")
        POLICY_INSTRUMENT = "policy_financial_instrument", _("政策性开发性金融工具")
        TERM_LOAN = "manufacturing_term_loan", _("制造业中长期贷款")
        EQUIPMENT_LOAN = "equipment_renewal_subsidised_loan", _("设备更新改造贴息贷款")
        BANK_LOAN = "bank_loan", _("银行贷款")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="funds")
    fund_source = models.CharField(max_length=40, choices=Source.choices)
    planned = money(null=True, blank=True)
    in_place = money(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "fund_source"], name="one_fund_per_source")]

    def __str__(self) -> str:
        return self.get_fund_source_display()
