"""Funds that projects apply for in batches: programmes, windows, applications; what was applied for, approved and drawn are three things."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.factors.models.reach import PartQuerySet
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.columns import money
from zhuanban.kernel.models import Deadline, Dossier, Record, VisibleQuerySet


class Instrument(models.Model):
    """A kind of money (融资工具): policy financial instrument, term loan, subsidised loan, special bond."""

    key = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class FundingProgramme(models.Model):
    """A programme (资金政策) under which projects are put forward in batches, for one instrument or for several together."""

    key = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    instruments = models.ManyToManyField(Instrument, related_name="programmes")
    source = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class BatchQuerySet(VisibleQuerySet):
    def open_on(self, day: date):
        return self.filter(opens_on__lte=day, closes_on__gte=day)


class FundingBatch(Record):
    """A batch of a programme (申报批次) with its application window; both days are included.

    `sectors`, `build_kinds` and `least` say which projects may apply; empty means all. Days that nobody has told are empty: such a batch
    was held, but its window is not known.
    """

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="funding_batch")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="funding_batches", verbose_name=_("范围"))
    programme = models.ForeignKey(FundingProgramme, on_delete=models.PROTECT, related_name="batches", verbose_name=_("资金政策"))
    number = models.PositiveSmallIntegerField(_("第几批"))
    opens_on = models.DateField(_("申报开始"), null=True, blank=True)
    closes_on = models.DateField(_("申报截止"), null=True, blank=True)
    sectors = models.JSONField(_("领域"), default=list, blank=True)
    build_kinds = models.JSONField(_("建设性质"), default=list, blank=True)
    least = money(verbose_name=_("最低总投资"), null=True, blank=True)
    note = models.CharField(_("申报条件"), max_length=300, blank=True)
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "programme", "number"], name="batch_once_a_programme"),
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(closes_on=None) | Q(closes_on__gte=F("opens_on")), name="window_closes_after_it_opens"
            ),
        ]
        indexes = [models.Index(fields=["closes_on"], name="batch_by_close")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return str(_("%(programme)s 第%(n)s批") % {"programme": self.programme, "n": self.number})

    def get_absolute_url(self) -> str:
        return reverse("factors:funding_batch", args=[self.pk])

    @property
    def window(self) -> str:
        """Where the window stands today: unknown, ahead, open or closed."""
        if self.opens_on is None or self.closes_on is None:
            return "unknown"
        today = clock.today()
        return "ahead" if today < self.opens_on else "open" if today <= self.closes_on else "closed"

    @property
    def window_words(self) -> str:
        words = {"unknown": _("窗口期未载"), "ahead": _("未开放"), "open": _("申报中"), "closed": _("已截止")}
        return str(words[self.window])


class FundingApplication(Record):
    """A project's application in a batch (资金申报). `applied`, `approved` and `drawn` are three amounts of three meanings: what was
    asked, what the bank agreed to, what has reached the account. They stand beside one another and are never added together."""

    class State(models.TextChoices):
        APPLIED = "applied", _("已申报")
        APPROVED = "approved", _("已批复")
        DRAWN = "drawn", _("已投放")
        REJECTED = "rejected", _("未获批")

    batch = models.ForeignKey(FundingBatch, on_delete=models.PROTECT, related_name="applications", verbose_name=_("批次"))
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="funding_applications", verbose_name=_("项目"))
    purpose = models.CharField(_("用途"), max_length=120)
    applied = money(verbose_name=_("申报金额"))
    applied_on = models.DateField(_("申报日"))
    approved = money(verbose_name=_("批复金额"), null=True, blank=True)
    approved_on = models.DateField(_("批复日"), null=True, blank=True)
    bank = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="funding_applications", verbose_name=_("银行")
    )
    drawn = money(verbose_name=_("投放金额"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.APPLIED)
    reason = models.CharField(_("原因"), max_length=300, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "project"], name="project_applies_once_a_batch"),
            models.CheckConstraint(condition=Q(applied__gt=0), name="application_asks_for_something"),
            models.CheckConstraint(
                condition=Q(drawn=None) | Q(approved__isnull=False, drawn__lte=F("approved")), name="drawn_is_within_approved"
            ),
            models.CheckConstraint(condition=~Q(state="rejected", reason=""), name="rejected_application_tells_why"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "drawn"]) | Q(approved__isnull=False, approved_on__isnull=False),
                name="approval_tells_how_much",
            ),
        ]
        indexes = [
            models.Index(fields=["-applied_on", "-id"], name="application_by_day"),
            models.Index(fields=["project"], name="application_by_project"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.batch}"

    def get_absolute_url(self) -> str:
        return self.batch.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class DrawdownQuerySet(PartQuerySet):
    dossier_path = "application__project_id"


class Drawdown(Record):
    """Money that arrived (放款), on a day."""

    application = models.ForeignKey(FundingApplication, on_delete=models.CASCADE, related_name="drawdowns")
    on = models.DateField(_("到账日"))
    amount = money(verbose_name=_("金额"))

    objects = DrawdownQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="drawdown_is_something")]

    def __str__(self) -> str:
        return f"{self.on} {self.amount}"
