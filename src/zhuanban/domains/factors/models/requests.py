"""What a project needs of a factor, who was asked for it, and what came of it; surveys that find needs out."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.factors.models.kinds import Factor
from zhuanban.domains.factors.models.points import SupplyPoint
from zhuanban.domains.factors.models.reach import AskedQuerySet
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Problem, Promise
from zhuanban.kernel import clock
from zhuanban.kernel.models import Deadline, Dossier, Record, VisibleQuerySet


def quantity(label, **options) -> models.DecimalField:
    """An amount in the factor's unit."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)


class Survey(Record):
    """A utility is asked to find out what a set of projects needs of one factor (排查), by a day."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="factor_survey")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="factor_surveys", verbose_name=_("范围"))
    factor = models.ForeignKey(Factor, on_delete=models.PROTECT, related_name="surveys", verbose_name=_("要素"))
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="factor_surveys", verbose_name=_("排查单位"))
    name = models.CharField(_("名称"), max_length=80)
    opened_on = models.DateField(_("发起日"))
    due_on = models.DateField(_("完成期限"))
    finished_on = models.DateField(_("完成日"), null=True, blank=True)
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_on__gte=F("opened_on")), name="survey_ends_after_it_begins")]
        indexes = [models.Index(fields=["-opened_on", "-id"], name="survey_by_day")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("factors:factor_survey", args=[self.pk])

    @property
    def late(self) -> bool:
        return self.finished_on is None and self.due_on < clock.today()


class FactorRequest(Record):
    """A project's need of a factor (要素诉求), addressed to who can give it.

    `surveyed` or `requested`, then promised for a day, supplied, and verified by the side that needed it. What is refused has become a
    problem; what is not needed any more is withdrawn before it is there. `due_on` is the day of the clock that runs: until the answer, the
    promised day, the verification. `until` is the last day of a passing need, empty where it is for good.
    """

    class State(models.TextChoices):
        SURVEYED = "surveyed", _("排查发现")
        REQUESTED = "requested", _("已提出")
        PROMISED = "promised", _("已承诺")
        SUPPLIED = "supplied", _("已供给")
        VERIFIED = "verified", _("已核实")
        REFUSED = "refused", _("不能供给")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Origin(models.TextChoices):
        SURVEY = "survey", _("排查")
        PROJECT = "project", _("项目提出")

    ASKED = (State.SURVEYED, State.REQUESTED)
    OPEN = (*ASKED, State.PROMISED, State.SUPPLIED)
    GIVEN = (State.SUPPLIED, State.VERIFIED)
    NOT_GIVEN = (*ASKED, State.PROMISED)
    COMMITTED = (State.PROMISED, *GIVEN)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="factor_requests", verbose_name=_("项目"))
    factor = models.ForeignKey(Factor, on_delete=models.PROTECT, related_name="requests", verbose_name=_("要素"))
    ref = models.CharField(_("编号"), max_length=20, unique=True)
    purpose = models.CharField(_("用途"), max_length=80)
    amount = quantity(_("需要"))
    need_on = models.DateField(_("何时要"))
    until = models.DateField(pgettext_lazy("until", "至"), null=True, blank=True)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="factor_requests", verbose_name=_("要素单位"))
    point = models.ForeignKey(
        SupplyPoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests", verbose_name=_("供给点")
    )
    origin = models.CharField(_("来源"), max_length=8, choices=Origin.choices)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("谁提出"))
    asked_on = models.DateField(_("提出日"))
    answered_on = models.DateField(_("答复日"), null=True, blank=True)
    promised_for = models.DateField(_("承诺日期"), null=True, blank=True)
    promise = models.ForeignKey(Promise, on_delete=models.SET_NULL, null=True, related_name="factor_requests")
    supplied_on = models.DateField(_("供给日"), null=True, blank=True)
    supplied = quantity(_("已供给"), null=True, blank=True)
    supplied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verified_on = models.DateField(_("核实日"), null=True, blank=True)
    verified = quantity(_("已核实"), null=True, blank=True)
    answer = models.CharField(_("答复"), max_length=300, blank=True)
    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="factor_requests", verbose_name=_("转为问题")
    )
    withdrawn_on = models.DateField(_("撤回日"), null=True, blank=True)
    withdrawal = models.CharField(_("撤回理由"), max_length=300, blank=True)
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    due_on = models.DateField(_("时限"))

    objects = AskedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "state"], name="request_by_project"),
            models.Index(fields=["provider", "state", "due_on"], name="request_by_provider"),
            models.Index(fields=["factor", "state"], name="request_by_factor"),
            models.Index(fields=["point", "need_on"], name="request_by_point"),
            models.Index(fields=["-asked_on", "-id"], name="request_by_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="need_is_something"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("need_on")), name="need_ends_after_it_begins"),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(problem__isnull=False) & ~Q(answer=""), name="refusal_leaves_a_problem"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["promised", "supplied", "verified"]) | Q(promised_for__isnull=False), name="promise_tells_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["supplied", "verified"]) | Q(supplied_on__isnull=False, supplied__gt=0), name="supply_tells_when"
            ),
            models.CheckConstraint(condition=~Q(state="verified") | Q(verified_on__isnull=False), name="verification_tells_when"),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(withdrawn_on__isnull=False, supplied_on=None) & ~Q(withdrawal=""),
                name="withdrawal_tells_why",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def what(self) -> str:
        """The factor with how much of it."""
        return f"{self.factor} {self.amount.normalize():f}{self.factor.unit}"

    def get_absolute_url(self) -> str:
        return reverse("factors:factor_request", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def late(self) -> bool:
        """The clock that runs is over."""
        return self.state in self.OPEN and self.due_on < clock.today()

    @property
    def kept_late(self) -> bool:
        """It was given after the day that was promised."""
        return bool(self.supplied_on and self.promised_for and self.supplied_on > self.promised_for)

    @property
    def gap(self) -> Decimal:
        """What is still wanting of the need."""
        return max(self.amount - (self.supplied or 0), Decimal(0))

    @property
    def amount_words(self) -> str:
        return f"{self.amount.normalize():,f} {self.factor.unit}"

    @property
    def standing(self) -> str:
        """State in words, with the day that matters."""
        if self.state == self.State.PROMISED and self.late:
            return str(_("承诺逾期"))
        if self.state in self.ASKED and self.late:
            return str(_("超期未答复"))
        return str(self.get_state_display())


class EntryQuerySet(AskedQuerySet):
    provider_path = "survey__provider"


class SurveyEntry(Record):
    """A project in a survey: still waiting, nothing needed, or a need that became a request."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待排查")
        NONE = "none", _("无需求")
        FOUND = "found", _("有需求")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="entries")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="survey_entries", verbose_name=_("项目"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    request = models.OneToOneField(FactorRequest, on_delete=models.PROTECT, null=True, related_name="survey_entry")
    note = models.CharField(_("说明"), max_length=200, blank=True)
    surveyed_on = models.DateField(_("排查日"), null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "project"], name="project_once_a_survey"),
            models.CheckConstraint(condition=~Q(state="found") | Q(request__isnull=False), name="found_need_is_a_request"),
            models.CheckConstraint(condition=Q(state="waiting") | Q(surveyed_on__isnull=False), name="surveyed_project_tells_when"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.project}"

    def get_absolute_url(self) -> str:
        return self.survey.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier
