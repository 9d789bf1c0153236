"""The money of policies (兑付资金): a year's fund with a line for each policy, and the runs by which it is paid out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.policies.models.library import Policy
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet


class PayFund(Record):
    """A year's money for policies at one finance office (年度兑付资金). Its payers draw up pay-runs and approve budget lines."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="pay_fund")
    payer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pay_funds", verbose_name=_("兑付单位"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="pay_funds", verbose_name=_("属地"))
    year = models.PositiveSmallIntegerField(_("年度"))

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer", "year"], name="one_fund_per_payer_and_year")]

    def __str__(self) -> str:
        return f"{self.payer} {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("policies:fund", args=[self.pk])


class _OfFund(VisibleQuerySet):
    dossier_path = "fund__dossier_id"


class BudgetLine(Record):
    """What a fund holds for one policy in its year (预算科目). The department proposes it and the finance office approves it.

    `rule` is how it is given out: first come, the one that no longer fits gets the rest, is passed over, or all in proportion.
    """

    class Rule(models.TextChoices):
        FIRST_COME = "first_come", _("先到先得，不足即止")
        PARTIAL = "partial", _("先到先得，末位给余额")
        SKIP = "skip", _("先到先得，放不下的跳过")
        PRO_RATA = "pro_rata", _("按比例分配")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待财政核定")
        APPROVED = "approved", _("已核定")

    fund = models.ForeignKey(PayFund, on_delete=models.PROTECT, related_name="lines")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="budget_lines", verbose_name=_("政策"))
    amount = models.DecimalField(_("预算"), max_digits=18, decimal_places=2)
    rule = models.CharField(_("分配办法"), max_length=10, choices=Rule.choices, default=Rule.FIRST_COME)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = _OfFund.as_manager()

    class Meta:
        ordering = ["policy__key"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "policy"], name="one_budget_line_per_policy"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_line_holds_something"),
            models.CheckConstraint(condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="budget_line_has_four_eyes"),
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.policy}"

    def get_absolute_url(self) -> str:
        return self.fund.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.fund.dossier


class PayRun(Record):
    """A pay-run (兑付批次): a frozen set of payable claims with all that their amounts depend on, so that it can be worked out again from
    what is stored, to the yuan.

    `frozen` holds the policy book's entries in force, the stacking rules, what was left of each budget line, and per line the facts, the
    version, what the enterprise had received; `digest` is its SHA-256. One payer draws it up, another approves it; what is paid is
    registered with the voucher's number.
    """

    class State(models.TextChoices):
        DRAFTED = "drafted", _("待复核")
        APPROVED = "approved", _("已复核")
        PAID = "paid", _("已兑付")
        DISCARDED = "discarded", _("已作废")

    fund = models.ForeignKey(PayFund, on_delete=models.PROTECT, related_name="runs", verbose_name=_("资金"))
    number = models.PositiveSmallIntegerField(_("批次"))
    as_of = models.DateField(_("截至"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFTED)
    frozen = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    engine = models.CharField(max_length=40)
    claims_count = models.PositiveIntegerField(_("件数"), default=0)
    asked = models.DecimalField(_("应付"), max_digits=18, decimal_places=2, default=0)
    total = models.DecimalField(_("实付"), max_digits=18, decimal_places=2, default=0)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("经办"))
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("复核"))
    approved_on = models.DateField(_("复核日"), null=True, blank=True)
    paid_on = models.DateField(_("兑付日"), null=True, blank=True)
    voucher = models.CharField(_("凭证号"), max_length=40, blank=True)
    reason = models.CharField(_("作废原因"), max_length=300, blank=True)

    objects = _OfFund.as_manager()

    class Meta:
        ordering = ["-as_of", "-pk"]
        indexes = [models.Index(fields=["-as_of", "-id"], name="pay_run_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="pay_runs_are_numbered"),
            models.CheckConstraint(condition=Q(approved_by=None) | ~Q(approved_by=F("drafted_by")), name="pay_run_has_four_eyes"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"]) | Q(approved_on__isnull=False), name="approved_pay_run_tells_when"
            ),
            models.CheckConstraint(condition=~Q(state="paid") | (Q(paid_on__isnull=False) & ~Q(voucher="")), name="paid_run_has_a_voucher"),
            models.CheckConstraint(condition=Q(total__lte=F("asked")), name="no_more_is_paid_than_asked"),
        ]

    def __str__(self) -> str:
        return str(_("%(fund)s 第 %(number)s 批") % {"fund": self.fund, "number": self.number})

    def get_absolute_url(self) -> str:
        return reverse("policies:pay_run", args=[self.pk])

    @property
    def name(self) -> str:
        return str(self)

    @property
    def dossier(self) -> Dossier:
        return self.fund.dossier


class PayLineQuerySet(VisibleQuerySet):
    dossier_path = "run__fund__dossier_id"


class PayRunLine(models.Model):
    """A claim in a pay-run: what was due, what is paid, and a reason for every yuan between the two."""

    run = models.ForeignKey(PayRun, on_delete=models.CASCADE, related_name="lines")
    claim = models.ForeignKey("policies.PolicyClaim", on_delete=models.PROTECT, related_name="pay_lines")
    position = models.PositiveIntegerField()
    asked = models.DecimalField(_("应付"), max_digits=18, decimal_places=2)
    paid = models.DecimalField(_("实付"), max_digits=18, decimal_places=2)
    cuts = models.JSONField(default=list)

    objects = PayLineQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "claim"], name="claim_once_in_a_pay_run"),
            models.CheckConstraint(condition=Q(paid__gte=0, paid__lte=F("asked")), name="pay_line_within_what_was_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"

    def get_absolute_url(self) -> str:
        return reverse("policies:claim", args=[self.claim_id])

    @property
    def dossier(self) -> Dossier:
        return self.run.fund.dossier

    @property
    def why(self) -> str:
        """The cuts in words."""
        return "；".join(cut["words"] for cut in self.cuts)
