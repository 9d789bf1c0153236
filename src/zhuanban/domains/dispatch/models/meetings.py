"""The weekly dispatch (周调度): a series of meetings, each meeting, and who came."""

from __future__ import annotations

from datetime import date, time

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.responsibility.models import TaskForce
from zhuanban.kernel import show
from zhuanban.kernel.models import Access, Dossier, Record


def inside(user, path: str) -> Exists:
    """Whether one of the person's offices sees the dossier at `path`. Meetings are the city's own business: no firm reads them."""
    return Exists(Access.objects.filter(principal__in=user.sides[0], dossier=OuterRef(path)))


class MeetingSeriesQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those that one is invited to, or that are held in one's area."""
        return self.filter(inside(user, "dossier_id"))


class MeetingSeries(Record):
    """A dispatch that comes back every week (调度会系列): of the city, a district, or a task force.

    `weekday` counts from Monday = 0. `budget_minutes` is how long a meeting may take. `units` are invited; each has a row in the
    roll of every meeting. Rights: see `dispatch.access`.
    """

    class Level(models.TextChoices):
        CITY = "city", _("市级")
        DISTRICT = "district", _("区级")
        TASK_FORCE = "task_force", pgettext_lazy("body", "专班")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, primary_key=True, related_name="meeting_series")
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="meeting_series", verbose_name=_("属地"))
    force = models.ForeignKey(
        TaskForce,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_series",
        verbose_name=pgettext_lazy("body", "专班"),
    )
    name = models.CharField(_("名称"), max_length=60)
    weekday = models.PositiveSmallIntegerField(_("星期"), default=0)
    starts_at = models.TimeField(_("时间"), default=time(9))
    place = models.CharField(_("地点"), max_length=80, blank=True)
    chair = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("主持人"))
    budget_minutes = models.PositiveSmallIntegerField(_("会议时长（分钟）"), default=90)
    active = models.BooleanField(_("在用"), default=True)
    units = models.ManyToManyField(Organisation, related_name="meeting_series", verbose_name=_("参加单位"))

    objects = MeetingSeriesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="series_meets_on_a_weekday"),
            models.CheckConstraint(condition=Q(level="task_force") ^ Q(force=None), name="series_of_a_force_names_it"),
            models.UniqueConstraint(fields=["area", "level"], condition=Q(force=None, active=True), name="one_series_per_area_and_level"),
            models.UniqueConstraint(fields=["force"], condition=Q(active=True), name="one_series_per_force"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dispatch:series", args=[self.pk])


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The meetings of the series that one is invited to, or that are held in one's area."""
        return self.filter(inside(user, "series_id"))

    def happened(self):
        return self.filter(state__in=Meeting.HAPPENED)


class Meeting(Record):
    """One meeting (调度会). Its agenda may be arranged while it is planned and is frozen when it opens.

    `left_out` is kind of agenda item -> how many more there were than the rule lets onto the agenda. `figures` are the figures read
    when it opened: name, label, text as printed, and the instant (`as_of`) for which they hold.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("筹备")
        OPEN = "open", _("会议中")
        HELD = "held", _("已开完")
        MINUTES_ISSUED = "minutes_issued", _("纪要已印发")
        CALLED_OFF = "called_off", _("已取消")

    HAPPENED = (State.HELD, State.MINUTES_ISSUED)

    series = models.ForeignKey(MeetingSeries, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("调度会"))
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(_("次数"))
    held_on = models.DateField(_("日期"))
    starts_at = models.TimeField(_("时间"))
    place = models.CharField(_("地点"), max_length=80, blank=True)
    chair = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("主持人"))
    state = models.CharField(_("状态"), max_length=14, choices=State.choices, default=State.PLANNED)
    built_at = models.DateTimeField(_("议程生成时间"), null=True)
    invited_at = models.DateTimeField(_("通知时间"), null=True)
    opened_at = models.DateTimeField(_("开会时间"), null=True)
    closed_at = models.DateTimeField(_("散会时间"), null=True)
    left_out = models.JSONField(default=dict)
    figures = models.JSONField(default=list)
    why_off = models.CharField(_("取消原因"), max_length=200, blank=True)
    minutes_sha256 = models.CharField(max_length=64, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [
            models.Index(fields=["-held_on", "-id"], name="meeting_by_day"),
            models.Index(fields=["series", "-held_on"], name="meeting_of_series"),
            models.Index(fields=["state", "held_on"], name="meeting_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="meeting_number_once_a_year"),
            models.UniqueConstraint(fields=["series", "held_on"], condition=~Q(state="called_off"), name="series_meets_once_a_day"),
            models.UniqueConstraint(fields=["series"], condition=Q(state="open"), name="one_open_meeting_per_series"),
            models.CheckConstraint(condition=~Q(state="open") | Q(opened_at__isnull=False), name="open_meeting_tells_since_when"),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "minutes_issued"]) | Q(opened_at__isnull=False, closed_at__isnull=False),
                name="held_meeting_tells_when",
            ),
            models.CheckConstraint(condition=~Q(state="called_off") | ~Q(why_off=""), name="called_off_meeting_tells_why"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("dispatch:meeting", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.series.dossier

    @property
    def title(self) -> str:
        return _("%(name)s（%(year)s年第%(n)s次）") % {"name": self.series.name, "year": self.year, "n": self.number}

    @property
    def weekday(self) -> str:
        return show.weekday(self.held_on)

    @property
    def happened(self) -> bool:
        return self.state in self.HAPPENED

    def late(self, day: date) -> bool:
        """Planned for a day that is over."""
        return self.state == self.State.PLANNED and self.held_on < day


class AttendanceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(inside(user, "meeting__series_id"))


class Attendance(Record):
    """A line of a meeting's roll (签到): an invited unit, whether it came, and who came instead or why nobody did."""

    class State(models.TextChoices):
        EXPECTED = "expected", _("应到")
        PRESENT = "present", _("到会")
        SUBSTITUTE = "substitute", _("代会")
        ABSENT = "absent", _("缺席")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="roll")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("单位"))
    state = models.CharField(_("到会情况"), max_length=10, choices=State.choices, default=State.EXPECTED)
    who = models.CharField(_("到会人"), max_length=60, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "organisation"], name="unit_once_in_the_roll"),
            models.CheckConstraint(condition=~Q(state="substitute") | ~Q(who=""), name="substitute_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_state_display()}"

    @property
    def dossier(self) -> Dossier:
        return self.meeting.dossier

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#roll"
