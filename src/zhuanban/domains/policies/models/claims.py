"""Claims of policies (政策兑现): who asks for what or is offered it, the checks, the public notice, objections, and money taken back."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.policies.models.library import Policy, PolicyVersion
from zhuanban.domains.policies.models.payruns import PayRun
from zhuanban.kernel.encrypted import EncryptedText
from zhuanban.kernel.models import Deadline, Dossier, Record, VisibleQuerySet


class ClaimQuerySet(VisibleQuerySet):
    def live(self):
        """All but those that came to nothing."""
        return self.exclude(state__in=(PolicyClaim.State.REJECTED, PolicyClaim.State.WITHDRAWN))

    def paid(self):
        return self.filter(state=PolicyClaim.State.PAID)

    def in_public_notice(self, day: date):
        """Those that anybody may read on a day: their notice still runs, or stands still for an objection. What is not published itself
        is never among them."""
        objected = Exists(Objection.objects.filter(claim=OuterRef("pk"), state=Objection.State.OPEN))
        return self.filter(Q(notice_to__gte=day) | objected, state=PolicyClaim.State.PUBLIC_NOTICE, policy__published_on__isnull=False)


class PolicyClaim(Record):
    """One enterprise's claim on one policy for one year (政策兑现), on one of three lanes (domain handbook, 8.10).

    免申即享: matched, checked, notified, confirmed by the enterprise, public notice, payable, paid. 申报享受: draft, submitted, reviewed,
    public notice, payable, paid. 快申快享: draft, submitted, checked by data instead of a review, public notice, payable, paid.

    `facts` and `answer` are what the engine was told and said on `answered_on`, frozen when the claim was verified: the version of the
    policy, the amount in whole yuan, the conditions. `promised` is the clock of the city's word to pay; it stands still while the public
    notice runs. Who verified and who paid are two people.
    """

    class State(models.TextChoices):
        MATCHED = "matched", _("已匹配")
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交")
        CHECKED = "checked", _("已核查")
        REVIEWED = "reviewed", _("已审核")
        NOTIFIED = "notified", _("已告知")
        CONFIRMED = "confirmed_by_enterprise", _("企业已确认")
        PUBLIC_NOTICE = "public_notice", _("公示中")
        PAYABLE = "payable", _("待兑付")
        PAID = "paid", _("已兑付")
        REJECTED = "rejected", _("未通过")
        WITHDRAWN = "withdrawn", _("已撤回")
        CLAWED_BACK = "clawed_back", _("已追回")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="policy_claim")
    ref = models.CharField(_("编号"), max_length=20, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="claims", verbose_name=_("政策"))
    enterprise = models.ForeignKey(EnterpriseFile, on_delete=models.PROTECT, related_name="policy_claims", verbose_name=_("企业"))
    year = models.PositiveSmallIntegerField(_("享受年度"))
    lane = models.CharField(_("办理方式"), max_length=16, choices=Policy.Lane.choices)
    state = models.CharField(_("状态"), max_length=24, choices=State.choices)
    state_since = models.DateField(_("自"))
    note = models.CharField(_("说明"), max_length=300, blank=True)
    applied_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="claims")
    facts = models.JSONField(default=dict, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    asked = models.DecimalField(_("核定金额"), max_digits=18, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("兑付金额"), max_digits=18, decimal_places=2, null=True, blank=True)
    checks = models.JSONField(default=dict, blank=True)
    arrived_on = models.DateField(_("受理"), null=True, blank=True)
    notice_from = models.DateField(_("公示自"), null=True, blank=True)
    notice_to = models.DateField(_("公示至"), null=True, blank=True)
    paid_on = models.DateField(_("兑付日"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("兑付用时"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("核验人")
    )
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("兑付人"))
    run = models.ForeignKey(PayRun, on_delete=models.PROTECT, null=True, blank=True, related_name="claims", verbose_name=_("兑付批次"))
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    promised = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    notice_clock = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="claim_by_state"),
            models.Index(fields=["enterprise", "year"], name="claim_by_enterprise"),
            models.Index(fields=["paid_on", "-id"], name="claim_by_pay_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "policy", "year"], condition=~Q(state__in=["rejected", "withdrawn"]), name="claimed_once_a_year"
            ),
            models.CheckConstraint(condition=Q(paid_by=None) | ~Q(paid_by=F("verified_by")), name="verifier_is_not_the_payer"),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "clawed_back"]) | Q(paid_on__isnull=False, amount__gt=0),
                name="paid_claim_tells_when_and_what",
            ),
            models.CheckConstraint(condition=~Q(state__in=["rejected", "clawed_back"]) | ~Q(reason=""), name="ended_claim_tells_why"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="claim_amount_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.policy.name}"

    def get_absolute_url(self) -> str:
        return reverse("policies:claim", args=[self.pk])

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it, save that money is taken back."""
        return self.state in {self.State.PAID, self.State.REJECTED, self.State.WITHDRAWN, self.State.CLAWED_BACK}

    @property
    def worth(self):
        """What was paid, or before that what was asked."""
        return self.amount if self.amount is not None else self.asked


class Payee(models.Model):
    """Where an enterprise wants the money (收款账户). Encrypted; read by the payers alone, each reading on record. `tail` is what everybody
    else may know: the last four digits."""

    claim = models.OneToOneField(PolicyClaim, on_delete=models.CASCADE, related_name="payee")
    holder = EncryptedText()
    bank = EncryptedText()
    number = EncryptedText()
    tail = models.CharField(max_length=4)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"****{self.tail}"


class _OfClaim(VisibleQuerySet):
    dossier_path = "claim__dossier_id"


class Objection(Record):
    """Somebody's objection to a claim in public notice (异议). While it is open the notice's clock stands still; upheld, it ends the claim."""

    class State(models.TextChoices):
        OPEN = "open", _("核实中")
        UPHELD = "upheld", _("成立")
        DISMISSED = "dismissed", _("不成立")

    claim = models.ForeignKey(PolicyClaim, on_delete=models.CASCADE, related_name="objections", verbose_name=_("兑现"))
    raised_on = models.DateField(_("提出"))
    raised_by = models.CharField(_("提出人"), max_length=60)
    words = models.CharField(_("异议内容"), max_length=500)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    settled_on = models.DateField(_("答复"), null=True, blank=True)
    reply = models.CharField(_("答复内容"), max_length=500, blank=True)

    objects = _OfClaim.as_manager()

    class Meta:
        ordering = ["-raised_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=Q(state="open"), name="one_open_objection_per_claim"),
            models.CheckConstraint(condition=Q(state="open") | Q(settled_on__isnull=False), name="settled_objection_tells_when"),
        ]

    def __str__(self) -> str:
        return self.words[:30]

    def get_absolute_url(self) -> str:
        return self.claim.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.claim.dossier


class ClawBack(Record):
    """Money that is taken back (追回): how much, why, by which paper, until when, and what came in."""

    claim = models.OneToOneField(PolicyClaim, on_delete=models.PROTECT, related_name="clawback", verbose_name=_("兑现"))
    amount = models.DecimalField(_("应退"), max_digits=18, decimal_places=2)
    reason = models.CharField(_("原因"), max_length=300)
    document = models.CharField(_("文号"), max_length=60)
    demanded_on = models.DateField(_("追回决定"))
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    returned = models.DecimalField(_("已退"), max_digits=18, decimal_places=2, default=0)
    returned_on = models.DateField(_("退回"), null=True, blank=True)

    objects = _OfClaim.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claw_back_is_of_something"),
            models.CheckConstraint(condition=Q(returned__gte=0, returned__lte=F("amount")), name="no_more_comes_back_than_is_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.amount}"

    def get_absolute_url(self) -> str:
        return self.claim.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.claim.dossier


class EntitlementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the enterprises whose file one may see, and the departments' those of their own policies."""
        files = EnterpriseFile.objects.visible_to(user).values("pk")
        offices = {grant.organisation_id for grant in user.grants} - {None}
        return self.filter(Q(enterprise__in=files) | Q(policy__department__in=offices) | Q(policy__keeper__in=offices))


class Entitlement(models.Model):
    """What an enterprise should enjoy (应享): it is eligible for a policy in a year, by the newest snapshot of the facts.

    Worked out by the engine for every published policy, on every lane; `enjoyed_on` is the day on which it was paid. `expected` is the
    amount by the policy's rule, 0 with `open` where a fact is missing.
    """

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="entitlements", verbose_name=_("政策"))
    enterprise = models.ForeignKey(EnterpriseFile, on_delete=models.CASCADE, related_name="entitlements", verbose_name=_("企业"))
    year = models.PositiveSmallIntegerField(_("年度"))
    expected = models.DecimalField(_("测算金额"), max_digits=18, decimal_places=2, default=0)
    open = models.BooleanField(_("金额待定"), default=False)
    enjoyed_on = models.DateField(_("享受"), null=True, blank=True)
    worked_out_on = models.DateField(_("测算日"))

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["year", "-expected", "-id"], name="entitlement_by_worth")]
        constraints = [models.UniqueConstraint(fields=["policy", "enterprise", "year"], name="entitled_once_a_year")]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.policy} {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("policies:policy", args=[self.policy_id])

    @property
    def dossier(self) -> Dossier:
        return self.enterprise.dossier
