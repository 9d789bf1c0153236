"""Cases: one application for one item, its papers, the stops of its clock, opinions of other departments, what was let through with papers
missing, and marks of bad faith."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models.catalogue import Item, ItemVersion
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access, clock, roles
from zhuanban.kernel.models import Access, Deadline, DeadlinePause, Dossier, Record, StoredFile, VisibleQuerySet

EARLIER = "approval.paper."
"""Begins the kind of a file that a newer one has replaced; the paper's number ends it."""


def seen_cases(user, case: str = "") -> Q:
    """Which cases a person reads; `case` is the path from the row to its case.

    The offices of an area and those who carry the project read all cases of a project that they see; a department reads its own, and those
    on which it is asked, once they are handed in; an agent reads those that were given to them; the owner reads the own project's. Nobody else does.
    """
    wide, desks, agents = set(), set(), set()
    for grant in user.grants:
        known = roles.REGISTRY.get(grant.role)
        if known is None or not known.staff or known.realm:
            continue
        if grant.organisation_id:
            desks.add(grant.organisation_id)
        elif grant.role == "agent":
            agents.add(grant.user_id)
        else:
            wide.add(grant.scope_key)
    project = OuterRef(f"{case}project_id")
    principals = access.principals_of(user)
    carried = Access.objects.filter(dossier=project, principal__in=[principals[key] for key in wide if key in principals])
    firms = [pk for key, pk in principals.items() if key.startswith("org:") and key not in user.inside_keys]
    own = Access.objects.filter(dossier=project, principal__in=firms, level=access.ACT)
    asked = Opinion.objects.filter(case=OuterRef(f"{case}pk"), department__in=desks)
    handed_in = ~Q(**{f"{case}state": "draft"})
    found = Q(Exists(carried)) | Q(**{f"{case}agent__in": agents}) | Q(Exists(own))
    let_in = Access.objects.filter(dossier=project, principal__in=[principals[f"org:{pk}"] for pk in desks if f"org:{pk}" in principals])
    return found | ((Q(**{f"{case}department__in": desks}) | Q(Exists(asked))) & handed_in & Q(Exists(let_in))) if desks else found


class CaseQuerySet(VisibleQuerySet):
    """Cases; they are not read by whoever sees the project, see `seen_cases`."""

    dossier_path = "project_id"
    case_path = ""

    def visible_to(self, user):
        return self.filter(seen_cases(user, self.case_path))


class OfCaseQuerySet(CaseQuerySet):
    """Rows inside a case."""

    dossier_path = "case__project_id"
    case_path = "case__"


class ApprovalCase(Record):
    """A case (办件): one applicant asks for one item on one project; a department answers by a day.

    `due_on` is the day of the next step: the one-time notice, the missing paper, the decision; of drafts and ended cases the day on which
    they last changed. Limits are copied from the item's version in force at acceptance, so that a later version changes no running case.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交")
        ONE_TIME_NOTICE = "one_time_notice", _("待补正")
        ACCEPTED = "accepted", _("已受理")
        TOLERANT_ACCEPTED = "tolerant_accepted", _("容缺受理")
        REFUSED_INTAKE = "refused_intake", _("不予受理")
        IN_REVIEW = "in_review", _("审查中")
        PAUSED = "paused", _("停表")
        APPROVED = "approved", _("准予许可")
        REJECTED = "rejected", _("不予许可")
        CERTIFICATE_ISSUED = "certificate_issued", _("已发证")
        EXTENDED = "extended", _("已延期")
        VOIDED = "voided", _("已失效")
        REVOKED = "revoked", _("已撤销")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Intake(models.TextChoices):
        ORDINARY = "ordinary", _("材料齐全受理")
        TOLERANT = "tolerant", _("容缺受理")
        DEEMED = "deemed", _("逾期未告知视为受理")

    WORKING = (State.SUBMITTED, State.ACCEPTED, State.TOLERANT_ACCEPTED, State.IN_REVIEW)
    """The department owes the next step, but for a tolerated paper."""
    UNDECIDED = (State.ACCEPTED, State.TOLERANT_ACCEPTED, State.IN_REVIEW, State.PAUSED)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cases", verbose_name=_("项目"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="cases", verbose_name=_("事项"))
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("事项版本"))
    ref = models.CharField(_("办件编号"), max_length=20, unique=True)
    applicant = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("申请人"))
    department = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="approval_cases", verbose_name=_("审批部门")
    )
    agent = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("代办员"))
    handler = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("经办人"))
    decider = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("审批人"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT)
    intake = models.CharField(_("受理方式"), max_length=10, choices=Intake.choices, blank=True)
    mock = models.BooleanField(_("模拟审批"), default=False)
    joint = models.BooleanField(_("联合办理"), default=False)
    received_on = models.DateField(_("收件日"), null=True)
    accepted_on = models.DateField(_("受理日"), null=True)
    statutory_days = models.PositiveSmallIntegerField(_("法定时限"), null=True)
    promised_days = models.PositiveSmallIntegerField(_("承诺时限"), null=True)
    unit = models.CharField(_("计时单位"), max_length=8, choices=ItemVersion.Unit.choices, default=ItemVersion.Unit.WORKDAY)
    extended_days = models.PositiveSmallIntegerField(_("延长"), default=0)
    promised_on = models.DateField(_("承诺办结日"), null=True)
    due_on = models.DateField(_("期限"))
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("首次提交"), null=True)
    noticed_at = models.DateTimeField(_("一次性告知"), null=True)
    notice = models.CharField(_("告知内容"), max_length=1000, blank=True)
    tolerance_asked_at = models.DateTimeField(_("申请容缺"), null=True)
    tolerance_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(_("决定日"), null=True)
    decision = models.CharField(_("决定理由"), max_length=500, blank=True)
    used_days = models.PositiveSmallIntegerField(_("法定用时"), null=True)
    work_days = models.PositiveSmallIntegerField(_("受理到决定（工作日）"), null=True)
    felt_days = models.PositiveSmallIntegerField(_("业主等待（自然日）"), null=True)
    in_promise = models.BooleanField(_("承诺内"), null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "state"], name="case_by_project"),
            models.Index(fields=["department", "state", "due_on"], name="case_by_desk"),
            models.Index(fields=["state", "due_on"], name="case_by_due"),
            models.Index(fields=["item", "decided_on"], name="case_by_item"),
            models.Index(fields=["agent", "state"], name="case_by_agent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decider=None) | Q(handler=None) | ~Q(decider=F("handler")), name="case_has_two_pairs_of_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "tolerant_accepted", "in_review", "paused"])
                | Q(accepted_on__isnull=False, promised_on__isnull=False, promised_days__isnull=False),
                name="accepted_case_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected", "certificate_issued", "extended", "voided", "revoked"])
                | Q(decided_on__isnull=False),
                name="decided_case_tells_when",
            ),
            models.CheckConstraint(condition=~Q(state="tolerant_accepted") | Q(intake="tolerant"), name="tolerant_case_says_so"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.ref}"

    def get_absolute_url(self) -> str:
        return reverse("approvals:case", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def late(self) -> bool:
        return self.state in self.WORKING and self.due_on < clock.today()


class CasePaper(models.Model):
    """A paper that the case asks for (申请材料): what it is, whether the case stands on it, and the file once it is there."""

    class State(models.TextChoices):
        MISSING = "missing", _("未交")
        PROVIDED = "provided", _("已交")
        FLAWED = "flawed", _("需补正")
        TOLERATED = "tolerated", _("容缺后补")
        COMMITTED = "committed", _("以承诺代替")

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="papers")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("材料"), max_length=80)
    primary = models.BooleanField(_("主要材料"), default=True)
    form = models.CharField(_("形式"), max_length=40, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.MISSING)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="of_case_paper")
    flaw = models.CharField(_("问题"), max_length=200, blank=True)
    provided_at = models.DateTimeField(_("提交时间"), null=True)
    provided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="case_asks_for_a_paper_once"),
            models.CheckConstraint(condition=~Q(state="tolerated", primary=True), name="primary_paper_is_not_tolerated"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def earlier_kind(self) -> str:
        """The kind of the files that this paper was before a newer one came."""
        return f"{EARLIER}{self.pk}"

    @property
    def there(self) -> bool:
        return self.state in {self.State.PROVIDED, self.State.COMMITTED}


class CaseStep(models.Model):
    """One lawful transition of a case: who did it in which role, when, why, and on what document."""

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="steps")
    deed = models.CharField(max_length=20)
    before = models.CharField(max_length=20, choices=ApprovalCase.State.choices)
    after = models.CharField(max_length=20, choices=ApprovalCase.State.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["after", "at"], name="step_by_state")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.before} {self.after}"


class ClockPause(models.Model):
    """A stop of the clock (停表) of one of the lawful kinds. The document is not optional: without it the clock runs on."""

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(_("情形"), max_length=20, choices=DeadlinePause.Kind.choices)
    reason = models.CharField(_("理由"), max_length=300)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    from_day = models.DateField(_("自"))
    to_day = models.DateField(_("至"), null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        ordering = ["from_day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(to_day=None), name="one_open_pause_per_case"),
            models.CheckConstraint(condition=~Q(reason=""), name="case_pause_tells_its_reason"),
            models.CheckConstraint(condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="case_pause_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_day}"


class Tolerance(Record):
    """A secondary paper that may follow (容缺): which, in what form, by when, and what happens if it does not come."""

    class State(models.TextChoices):
        OPEN = "open", _("待补正")
        MADE_GOOD = "made_good", _("已补正")
        COMMITTED = "committed", _("以承诺代替")
        LAPSED = "lapsed", _("逾期退回")
        DROPPED = "dropped", _("随办件撤回")

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="tolerances", verbose_name=_("办件"))
    paper = models.ForeignKey(CasePaper, on_delete=models.PROTECT, related_name="tolerances", verbose_name=_("材料"))
    form = models.CharField(_("补交形式"), max_length=40)
    days = models.PositiveSmallIntegerField(_("补正时限（工作日）"))
    from_day = models.DateField(_("自"))
    due_on = models.DateField(_("补正期限"))
    extended = models.PositiveSmallIntegerField(_("延长（工作日）"), default=0)
    consequence = models.CharField(_("逾期后果"), max_length=300)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("了结时间"), null=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"], name="tolerance_by_due")]
        constraints = [
            models.UniqueConstraint(fields=["paper"], condition=Q(state="open"), name="paper_is_tolerated_once"),
            models.CheckConstraint(condition=~Q(consequence="") & ~Q(form=""), name="tolerance_tells_form_and_consequence"),
            models.CheckConstraint(condition=Q(state="open") | Q(ended_at__isnull=False), name="ended_tolerance_tells_when"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.due_on}"

    def get_absolute_url(self) -> str:
        return self.case.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.case.project.dossier


class Opinion(Record):
    """What another department says on a case handled jointly (并联办理), or one speciality of a joint acceptance (联合验收)."""

    class Verdict(models.TextChoices):
        PASS = "pass", _("同意")
        CONDITIONS = "conditions", _("有条件同意")
        FAIL = "fail", _("不同意")

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="opinions", verbose_name=_("办件"))
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("部门"))
    subject = models.CharField(_("事由"), max_length=80)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(_("意见"), max_length=10, choices=Verdict.choices, blank=True)
    words = models.CharField(_("说明"), max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "department", "subject"], name="department_is_asked_once"),
            models.CheckConstraint(condition=Q(verdict="") | Q(answered_at__isnull=False), name="given_opinion_tells_when"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.department}"

    def get_absolute_url(self) -> str:
        return self.case.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.case.project.dossier


class AgentTerm(models.Model):
    """From when to when a named officer (代办员) looked after a case: the log of hand-overs."""

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="agent_terms")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["from_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case"], condition=Q(to_at=None), name="case_has_one_agent")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.agent}"


class BadFaithMark(Record):
    """A note that an applicant did not keep its word (失信记录). Until it is repaired nothing is taken from this applicant on trust."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", verbose_name=_("项目"))
    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="marks", verbose_name=_("办件"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bad_faith_marks", verbose_name=_("单位"))
    reason = models.CharField(_("事由"), max_length=300)
    marked_on = models.DateField(_("记录日"))
    repaired_on = models.DateField(_("修复日"), null=True)
    repair = models.CharField(_("修复依据"), max_length=300, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "repaired_on"], name="mark_by_organisation")]
        constraints = [models.CheckConstraint(condition=Q(repaired_on=None) | ~Q(repair=""), name="repaired_mark_tells_how")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.marked_on}"

    def get_absolute_url(self) -> str:
        return self.case.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def standing(self, day: date) -> bool:
        return self.repaired_on is None or self.repaired_on > day


class Guidance(Record):
    """Advice before anything is handed in (超前指导): who told the owner what, on which day."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidances", verbose_name=_("项目"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("事项"))
    day = models.DateField(_("日期"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("辅导人"))
    words = models.CharField(_("辅导内容"), max_length=500)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.day} {self.words[:30]}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier
