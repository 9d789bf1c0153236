"""What a meeting speaks of, and what it decides."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models.meetings import Meeting, MeetingSeries, inside
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import clock
from zhuanban.kernel.models import Deadline, Dossier, Record


class AgendaItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of the meetings that one sees, the items on projects that one sees; those on no project are everybody's in the meeting."""
        return self.filter(inside(user, "meeting__series_id")).filter(Q(project=None) | inside(user, "project_id"))

    def standing(self):
        """On the agenda: not dropped."""
        return self.filter(dropped_why="")


class AgendaItem(Record):
    """A point of the agenda (议题). Those that the system finds on one project are one item.

    Items stand by `weight`, the greatest first; `position` is the place, from 1, at the last time they were numbered. `pinned` items have been placed by hand
    and keep their weight when the agenda is built anew. `subject` names the row it is about (`problems.problem:12`). `evidence` is
    what was known when it was built or frozen: `as_of` (ISO instant), `reasons` [{kind, text, url, days}], `facts` [[label, text]],
    and `gone`, true where the reason had been settled before the meeting opened.
    """

    class Kind(models.TextChoices):
        LAST = "last", _("上次决定")
        DECISION = "decision", _("逾期决定")
        RED = "red", _("红灯")
        ESCALATION = "escalation", _("上升问题")
        PROMISE = "promise", _("失约承诺")
        DEADLINE = "deadline", _("超期事项")
        REQUEST = "request", _("节点调整申请")
        YELLOW = "yellow", _("黄灯")
        HAND = "hand", _("临时议题")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    weight = models.FloatField(default=0)
    pinned = models.BooleanField(default=False)
    kind = models.CharField(_("来由"), max_length=10, choices=Kind.choices)
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items", verbose_name=_("项目")
    )
    title = models.CharField(_("议题"), max_length=160)
    why = models.CharField(_("为什么上会"), max_length=500, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    minutes = models.PositiveSmallIntegerField(_("分钟"), default=3)
    evidence = models.JSONField(default=dict)
    dropped_why = models.CharField(_("撤下原因"), max_length=200, blank=True)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering = ["-weight", "pk"]
        indexes = [models.Index(fields=["meeting", "-weight"], name="agenda_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "project"], condition=~Q(kind="hand"), name="project_once_on_the_agenda"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#item-{self.pk}"

    @property
    def dossier(self) -> Dossier:
        return self.meeting.dossier


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own to carry out, those on projects that one sees, and those on no project of meetings that one sees."""
        mine = Q(owner_key__in=sorted(user.inside_keys))
        return self.filter(mine | inside(user, "project_id") | Q(project=None) & inside(user, "series_id"))

    def asked(self):
        """Those that somebody has to carry out."""
        return self.filter(withdrawn_on=None).exclude(kind=Decision.Kind.NOTE)

    def open(self):
        return self.asked().filter(done_on=None)

    def overdue(self, day: date):
        return self.open().filter(due_on__lt=day)

    def due_by(self, day: date):
        """Whose day is over, or that are done."""
        return self.asked().filter(Q(done_on__isnull=False) | Q(due_on__lt=day))


class Decision(Record):
    """What a meeting decided (会议决定): a deadline or a problem that an owner has from this moment, or a note for the record.

    `done_on` is the day on which the owner reported it done, or the problem was solved. What became of it is computed: see `outcome`.
    """

    class Kind(models.TextChoices):
        DEADLINE = "deadline", _("限期办理")
        PROBLEM = "problem", _("转问题办理")
        NOTE = "note", _("记录在案")

    series = models.ForeignKey(MeetingSeries, on_delete=models.PROTECT, related_name="decisions")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("调度会"))
    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="decisions")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name=_("项目"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("of a decision", "序号"))
    decided_on = models.DateField(_("会议日期"))
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    text = models.CharField(_("决定"), max_length=500)
    owner_key = models.CharField(max_length=60, blank=True)
    owner_name = models.CharField(_("责任单位"), max_length=120, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, null=True, blank=True, related_name="decision")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions")
    done_on = models.DateField(_("完成日"), null=True, blank=True)
    result = models.CharField(_("落实情况"), max_length=500, blank=True)
    withdrawn_on = models.DateField(_("撤销日"), null=True, blank=True)
    withdrawn_why = models.CharField(_("撤销原因"), max_length=200, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "number"]
        indexes = [
            models.Index(fields=["-decided_on", "-id"], name="decision_by_day"),
            models.Index(fields=["series", "done_on", "due_on"], name="decision_of_series"),
            models.Index(fields=["project", "done_on"], name="decision_of_project"),
            models.Index(fields=["owner_key", "done_on"], name="decision_by_owner"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="decision_numbered_in_its_meeting"),
            models.CheckConstraint(
                condition=Q(kind="deadline", deadline__isnull=False, due_on__isnull=False, problem=None)
                | Q(kind="problem", problem__isnull=False, due_on__isnull=False, deadline=None)
                | Q(kind="note", deadline=None, problem=None),
                name="decision_is_a_deadline_a_problem_or_a_note",
            ),
            models.CheckConstraint(condition=Q(kind="note") | ~Q(owner_key="") & ~Q(owner_name=""), name="decision_has_an_owner"),
            models.CheckConstraint(condition=Q(withdrawn_on=None) | ~Q(withdrawn_why=""), name="withdrawn_decision_tells_why"),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return reverse("dispatch:decision", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier if self.project else self.series.dossier

    def outcome(self, day: date) -> str:
        """How it stood on a day: note, withdrawn, done (in time), late (done after its day), overdue, running."""
        if self.kind == self.Kind.NOTE:
            return "note"
        if self.withdrawn_on and self.withdrawn_on <= day:
            return "withdrawn"
        if self.done_on and self.done_on <= day:
            return "late" if self.due_on and self.done_on > self.due_on else "done"
        return "overdue" if self.due_on and self.due_on < day else "running"

    def days_late(self, day: date) -> int:
        """Calendar days after its day: until it was done, or until this day. 0 when in time."""
        until = min(self.done_on, day) if self.done_on else day
        return max(0, (until - self.due_on).days) if self.due_on else 0

    def outcome_on(self, day: date) -> str:
        """What became of it, in words, with how late."""
        state, late = self.outcome(day), self.days_late(day)
        words = {
            "note": gettext("记录在案"),
            "withdrawn": gettext("已撤销"),
            "done": gettext("已完成"),
            "late": gettext("已完成，迟 %(n)s 天") % {"n": late},
            "overdue": gettext("逾期 %(n)s 天") % {"n": late},
            "running": gettext("未到期"),
        }
        return words[state]

    @property
    def outcome_words(self) -> str:
        return self.outcome_on(clock.today())
