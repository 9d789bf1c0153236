"""The nouns of problems: the problem, with whom it was when, what was asked, ordered and promised."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.models import Access, Deadline, Dossier, Notice, PartyQuerySet, Record, StoredFile


class ProblemQuerySet(PartyQuerySet):
    """Problems of the projects that the person works on or owns."""

    dossier_path = "project_id"

    def unsettled(self):
        """Somebody still owes an answer, be it the reporter's confirmation."""
        return self.filter(state__in=Problem.OPEN)

    def overdue(self, day: date):
        return self.filter(state__in=Problem.WORKING, paused_since=None, due_on__lt=day)


class PartQuerySet(ProblemQuerySet):
    """Rows inside a problem, for the city's own people only."""

    dossier_path = "problem__project_id"

    def visible_to(self, user):
        return self.filter(Exists(Access.objects.filter(principal__in=user.sides[0], dossier=OuterRef(self.dossier_path))))


class SharedPartQuerySet(ProblemQuerySet):
    """Rows inside a problem that its reporter's side reads too."""

    dossier_path = "problem__project_id"


class Part(Record):
    """What every row inside a problem has."""

    problem: models.ForeignKey[Problem, Problem]

    class Meta:
        abstract = True

    @property
    def dossier(self) -> Dossier:
        return self.problem.project.dossier

    def get_absolute_url(self) -> str:
        return self.problem.get_absolute_url()


class ProblemKind(models.Model):
    """A kind of obstacle (难题类别): water, power, land, approval; `department` is who usually handles it, by its name."""

    key = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=20)
    group = models.CharField(max_length=20)
    department = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Problem(Record):
    """An obstacle of a project (问题): one problem, one holder, one clock, to the end.

    `tier` is the rung that has it now, `holder_key` the principal that owes the next step. `respond` and `solve` are the running
    clocks of the tier, `confirm` the clock of whoever must agree that it is solved, or file it. `due_on` repeats the nearest of
    them for lists.
    """

    class State(models.TextChoices):
        REPORTED = "reported", _("已上报")
        TRIAGED = "triaged", _("已分级")
        ASSIGNED = "assigned", _("已交办")
        IN_PROGRESS = "in_progress", _("办理中")
        SOLVED = "solved", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        CLOSED = "closed", _("已销号")
        NOT_ACCEPTED = "not_accepted", _("不予受理")
        MERGED = "merged", _("已合并")

    class Need(models.TextChoices):
        MONEY = "money", _("要花钱")
        DEPARTMENTS = "departments", _("涉及两个以上部门")
        POLICY = "policy", _("要出政策")
        LAND_QUOTA = "land_quota", _("要用地指标")
        BUDGET = "budget", _("要列预算")
        OTHER_CITY = "other_city", _("涉及外市")

    WORKING = (State.REPORTED, State.TRIAGED, State.ASSIGNED, State.IN_PROGRESS)
    OPEN = (*WORKING, State.SOLVED, State.CONFIRMED)
    WAITING = (State.REPORTED, State.TRIAGED, State.ASSIGNED)
    PUBLIC = {
        State.REPORTED: _("已收到，正在安排"),
        State.TRIAGED: _("已安排承办人"),
        State.ASSIGNED: _("已交责任部门"),
        State.IN_PROGRESS: _("正在办理"),
        State.SOLVED: _("已办好，请您确认"),
        State.CONFIRMED: _("您已确认"),
        State.CLOSED: _("已办结"),
        State.NOT_ACCEPTED: _("不予受理"),
        State.MERGED: _("已与同类问题合并办理"),
    }

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="problems", verbose_name=_("项目"))
    ref = models.CharField(_("编号"), max_length=20, unique=True)
    title = models.CharField(_("问题"), max_length=80)
    description = models.TextField(_("情况"), blank=True)
    kind = models.ForeignKey(ProblemKind, on_delete=models.PROTECT, related_name="problems", verbose_name=_("类别"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    needs = models.JSONField(_("涉及"), default=list, blank=True)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("上报人"))
    reporter_org = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上报单位")
    )
    state = models.CharField(_("状态"), max_length=14, choices=State.choices, default=State.REPORTED)
    tier = models.PositiveSmallIntegerField(_("层级"))
    holder_key = models.CharField(max_length=60)
    holder_name = models.CharField(_("承办"), max_length=120)
    department = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="problems", verbose_name=_("责任部门")
    )
    respond = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    solve = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    confirm = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    due_on = models.DateField(_("期限"))
    reported_at = models.DateTimeField(_("上报时间"))
    responded_at = models.DateTimeField(_("响应时间"), null=True)
    solved_at = models.DateTimeField(_("办结时间"), null=True)
    solved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("销号时间"), null=True)
    paused_since = models.DateField(_("停表自"), null=True)
    recalled_at = models.DateTimeField(_("回访时间"), null=True)
    result = models.CharField(_("办理结果"), max_length=500, blank=True)
    rating = models.PositiveSmallIntegerField(_("评分"), null=True)
    rating_words = models.CharField(_("评价"), max_length=300, blank=True)
    reopen_count = models.PositiveSmallIntegerField(_("重开次数"), default=0)
    supervised = models.BooleanField(_("督办"), default=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    objects = ProblemQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "state"], name="problem_by_project"),
            models.Index(fields=["state", "due_on"], name="problem_by_due"),
            models.Index(fields=["holder_key", "state", "due_on"], name="problem_by_holder"),
            models.Index(fields=["department", "state"], name="problem_by_department"),
            models.Index(fields=["-reported_at"], name="problem_by_report"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(tier__gte=1, tier__lte=3), name="problem_is_on_a_tier"),
            models.CheckConstraint(condition=~Q(holder_key="") & ~Q(holder_name=""), name="problem_has_a_holder"),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="rating_is_one_to_five"),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "confirmed"]) | Q(solved_at__isnull=False), name="solved_problem_tells_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["closed", "not_accepted", "merged"]) | Q(closed_at__isnull=False), name="closed_problem_tells_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reported", "triaged", "assigned", "in_progress"]) | Q(solve__isnull=False),
                name="open_problem_has_a_clock",
            ),
            models.CheckConstraint(condition=~Q(state="merged") | Q(merged_into__isnull=False), name="merged_problem_tells_into_what"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("problems:problem", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def public_label(self) -> str:
        """Where it stands, in the words that an enterprise reads."""
        return str(_("暂停计时") if self.paused_since else self.PUBLIC[self.State(self.state)])

    @property
    def working(self) -> bool:
        return self.state in self.WORKING

    @property
    def late(self) -> bool:
        return self.state in self.WORKING and self.paused_since is None and self.due_on < clock.today()


class ProblemFile(models.Model):
    """A photo, a spoken note, a piece of evidence. `inner` papers are not shown to the reporter's side."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("现场照片")
        VOICE = "voice", _("语音")
        EVIDENCE = "evidence", _("办结证据")
        PAPER = "paper", _("停表文件")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="files")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="of_problem")
    kind = models.CharField(max_length=10, choices=Kind.choices)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.file}"


class Holding(models.Model):
    """With whom the problem was, from an instant to an instant: the ladder's history, without a gap. `waiting` is time that the
    reporter's side took to confirm."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="holdings")
    tier = models.PositiveSmallIntegerField()
    holder_key = models.CharField(max_length=60)
    holder_name = models.CharField(max_length=120)
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=20)
    waiting = models.BooleanField(default=False)

    objects = SharedPartQuerySet.as_manager()

    class Meta:
        ordering = ["from_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["problem"], condition=Q(to_at=None), name="problem_is_with_one"),
            models.CheckConstraint(condition=Q(to_at=None) | Q(to_at__gte=F("from_at")), name="holding_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} L{self.tier} {self.holder_name}"


class TimeRequest(Part):
    """The holder asks for more working days; the other side, or the tier above, grants them or not."""

    class State(models.TextChoices):
        ASKED = "asked", _("待答复")
        GRANTED = "granted", _("同意")
        DENIED = "denied", _("不同意")
        LAPSED = "lapsed", _("已失效")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="time_requests")
    days = models.PositiveSmallIntegerField(_("延期（工作日）"))
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("结论"), max_length=10, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(_("答复"), max_length=300, blank=True)
    new_due = models.DateField(_("新期限"), null=True)

    objects = SharedPartQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="time_request_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["problem"], condition=Q(state="asked"), name="one_open_time_request"),
            models.CheckConstraint(condition=~Q(state="granted") | Q(new_due__isnull=False), name="granted_time_tells_until_when"),
        ]

    def __str__(self) -> str:
        return f"{self.days} {self.get_state_display()}"


class Dismissal(Part):
    """The holder asks not to take the problem up; only the tier above may consent."""

    class State(models.TextChoices):
        ASKED = "asked", _("待上级答复")
        AGREED = "agreed", _("同意不予受理")
        DECLINED = "declined", _("不同意，继续办理")
        LAPSED = "lapsed", _("已失效")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="dismissals")
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("结论"), max_length=10, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(_("答复"), max_length=300, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="dismissal_by_state")]
        constraints = [models.UniqueConstraint(fields=["problem"], condition=Q(state="asked"), name="one_open_dismissal")]

    def __str__(self) -> str:
        return f"{self.problem} {self.get_state_display()}"


class Order(Part):
    """Something ordered on a problem, with an owner and a day: what it says, who owes it, and the answer."""

    class State(models.TextChoices):
        OPEN = "open", _("在办")
        DONE = "done", _("已落实")
        LAPSED = "lapsed", _("已撤销")

    text = models.CharField(_("内容"), max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    owner_key = models.CharField(max_length=60)
    owner_name = models.CharField(_("落实单位"), max_length=120)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(_("落实情况"), max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:60]


class Instruction(Order):
    """A leader's written instruction (批示), quoted on the problem and turned into a deadline."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="instructions")


class Supervision(Order):
    """A supervision order (督办单) with a due day. The robot writes one when the highest tier is late."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="supervisions")


class Consultation(Order):
    """A department asked to join in (会商): its own question, its own clock, its own answer."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="consultations")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consultations", verbose_name=_("部门"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "department"], condition=Q(state="open"), name="department_is_asked_once_at_a_time")
        ]


class Urging(models.Model):
    """A reminder to the holder (催办). `notices` carry the read receipts."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="urgings")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()
    holder_name = models.CharField(max_length=120)
    words = models.CharField(max_length=200, blank=True)
    notices = models.ManyToManyField(Notice, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["problem", "by", "day"], name="urging_by_day")]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.day}"


class Contact(Part):
    """A line of the coordination log (协调记录): who spoke with whom, when, and what came of it."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="contacts")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    spoke_with = models.CharField(_("对方"), max_length=80)
    day = models.DateField(_("日期"))
    words = models.CharField(_("说了什么"), max_length=500)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.day} {self.spoke_with}"


class PromiseQuerySet(PartyQuerySet):
    dossier_path = "project_id"

    def standing(self):
        """Neither changed to another day nor withdrawn with its problem."""
        return self.filter(changed_to=None, withdrawn_on=None)

    def kept(self):
        return self.standing().filter(kept_on__lte=F("due_on"))

    def broken(self, day: date):
        """Done too late, or not done and the day is over."""
        return self.standing().filter(Q(kept_on__gt=F("due_on")) | Q(kept_on=None, due_on__lt=day))


class Promise(Record):
    """A date given to an enterprise (承诺): by whom, for what, and what became of it. Nothing here is ever overwritten: a new date is
    a new row that the old one points to."""

    class Kind(models.TextChoices):
        ANSWER = "answer", _("答复时的承诺")
        EXTENSION = "extension", _("延期后的承诺")
        INSTRUCTION = "instruction", _("批示要求")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="promises", verbose_name=_("项目"))
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, null=True, related_name="promises", verbose_name=_("问题"))
    instruction = models.OneToOneField(Instruction, on_delete=models.CASCADE, null=True, related_name="promise")
    made_to = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="promises", verbose_name=_("对谁"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("谁承诺"))
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("部门"))
    holder_name = models.CharField(_("承办"), max_length=120)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    promised_on = models.DateField(_("承诺日"))
    due_on = models.DateField(_("承诺期限"))
    kept_on = models.DateField(_("兑现日"), null=True)
    changed_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="changed_from", verbose_name=_("改为"))
    withdrawn_on = models.DateField(_("撤回日"), null=True)
    reason = models.CharField(_("原因"), max_length=300, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_on"], name="promise_by_due"), models.Index(fields=["problem"], name="promise_by_problem")]
        constraints = [models.CheckConstraint(condition=Q(due_on__gte=F("promised_on")), name="promise_looks_ahead")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on}"

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return (self.problem or self.project).get_absolute_url()

    @property
    def what(self) -> str:
        """What was promised: the problem's solution, or what the reason names where no problem stands behind it."""
        return self.problem.title if self.problem else self.reason

    @property
    def outcome(self) -> str:
        """kept, broken, changed, withdrawn or open."""
        if self.changed_to_id:
            return "changed"
        if self.withdrawn_on:
            return "withdrawn"
        if self.kept_on:
            return "kept" if self.kept_on <= self.due_on else "broken"
        return "broken" if self.due_on < clock.today() else "open"

    @property
    def outcome_words(self) -> str:
        words = {"kept": _("兑现"), "broken": _("失约"), "changed": _("已改期"), "withdrawn": _("撤回"), "open": _("未到期")}
        return str(words[self.outcome])
