"""The nouns of responsibility (包保): tiers, task forces, who carries which project, duties, and the on-call roster.

Spans of days are half open: whoever hands over on a day has held until that day, the successor holds from it.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.models import Dossier, Record, StoredFile, VisibleQuerySet


def in_span(day: date) -> Q:
    """The rows whose half-open span holds this day."""
    return Q(from_day__lte=day) & (Q(to_day=None) | Q(to_day__gt=day))


def areas_of(user) -> list[str]:
    """The areas over which the person holds a business role."""
    return [grant.area_id for grant in user.grants if grant.area_id and grant.scope_key in user.inside_keys]


class Tier(models.Model):
    """A rung of the ladder (层级): who it is, and within how many working days it responds and solves. A version per day it takes effect."""

    level = models.PositiveSmallIntegerField(_("层级"))
    name = models.CharField(_("名称"), max_length=40)
    scope = models.CharField(_("办什么"), max_length=100)
    respond_days = models.PositiveSmallIntegerField(_("响应时限（工作日）"))
    solve_days = models.PositiveSmallIntegerField(_("解决时限（工作日）"))
    effective_from = models.DateField(_("生效日期"))
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["level", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["level", "effective_from"], name="tier_once_a_day"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="tier_is_one_of_three"),
        ]

    def __str__(self) -> str:
        return self.name


class DutyType(models.Model):
    """One of the nine kinds of work that a leader owes a project: five 包保, four 亲自."""

    class Kind(models.TextChoices):
        CARRY = "carry", _("五包保")
        PERSONAL = "personal", _("四亲自")

    key = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class TaskForceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of one's areas, one's own, those of the projects one sees, and the standing ones for everybody in office."""
        if user.in_realm(":public"):
            return self.none()
        areas = areas_of(user)
        seen = Responsibility.objects.visible_to(user).filter(force=OuterRef("pk"), state=Responsibility.State.ACTIVE)
        mine = Q(area__in=areas) | Q(area__parent__in=areas) | Q(lead=user) | Q(Exists(seen))
        mine |= Q(Exists(ForceMember.objects.filter(force=OuterRef("pk"), person=user, to_day=None)))
        return self.filter(mine | Q(standing=True) if user.staff and user.grants else mine)


class TaskForce(models.Model):
    """A working group across departments (专班): standing for the city (“5+1”) or a district, or set up for a project."""

    class Level(models.TextChoices):
        CITY = "city", _("市级")
        DISTRICT = "district", _("区级")
        PROJECT = "project", _("项目")

    name = models.CharField(_("名称"), max_length=80)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices)
    standing = models.BooleanField(_("常设"), default=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="task_forces", verbose_name=_("属地"))
    year = models.PositiveSmallIntegerField(_("年度"))
    task = models.CharField(_("职责"), max_length=200, blank=True)
    lead = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="led_forces", verbose_name=_("专班长"))
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    units: int
    """How many units are in it; put here by the list that shows it."""

    objects = TaskForceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "year", "name"], name="force_name_once_a_year")]
        indexes = [models.Index(fields=["name"], name="force_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("responsibility:force", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.area.dossier


class ForceMemberQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(force__in=TaskForce.objects.visible_to(user).values("pk"))

    def in_force_on(self, day: date):
        return self.filter(in_span(day))


class ForceMember(models.Model):
    """A unit in a task force, the person it sends, and what it is there for."""

    force = models.ForeignKey(TaskForce, on_delete=models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="force_memberships")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="force_memberships")
    duty = models.CharField(max_length=100, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)

    objects = ForceMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["force", "organisation"], condition=Q(to_day=None), name="unit_once_in_a_force"),
            models.CheckConstraint(condition=Q(to_day=None) | Q(to_day__gte=models.F("from_day")), name="membership_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.force} {self.organisation}"

    def get_absolute_url(self) -> str:
        return self.force.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.force.dossier


class ProjectChildQuerySet(VisibleQuerySet):
    """Rows inside a project. Who is in office is no matter of the published map."""

    dossier_path = "project_id"

    def visible_to(self, user):
        return self.none() if user.in_realm(":public") else super().visible_to(user)


class ResponsibilityQuerySet(ProjectChildQuerySet):
    def active(self):
        return self.filter(state=Responsibility.State.ACTIVE)

    def in_force_on(self, day: date):
        return self.filter(in_span(day))


class Responsibility(Record):
    """Somebody carries a project (包保): its centre, its secretary, its task force, its leader; from a day to a day."""

    class Post(models.TextChoices):
        CENTRE = "centre", _("项目中心")
        SECRETARY = "secretary", _("项目秘书")
        TASK_FORCE = "task_force", pgettext_lazy("body", "专班")
        LEADER = "leader", _("包保领导")

    class Level(models.TextChoices):
        CITY = "city", _("市级")
        DISTRICT = "district", _("区级")

    class State(models.TextChoices):
        ACTIVE = "active", _("在任")
        HANDED_OVER = "handed_over", _("已交接")
        ENDED = "ended", _("已结束")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="responsibilities")
    post = models.CharField(_("岗位"), max_length=12, choices=Post.choices)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices, blank=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="responsibilities")
    force = models.ForeignKey(TaskForce, on_delete=models.PROTECT, null=True, blank=True, related_name="responsibilities")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="responsibilities")
    from_day = models.DateField(_("自"))
    to_day = models.DateField(_("至"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.ACTIVE)
    successor = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="predecessor")
    why = models.CharField(_("理由"), max_length=200, blank=True)

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "state"], name="responsibility_by_person"),
            models.Index(fields=["force", "state"], name="responsibility_by_force"),
            models.Index(fields=["from_day"], name="responsibility_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "post", "level"], condition=Q(state="active"), name="one_holder_per_post"),
            models.CheckConstraint(
                condition=Q(post="centre", organisation__isnull=False, person=None, force=None)
                | Q(post="task_force", force__isnull=False, person=None, organisation=None)
                | Q(post__in=["secretary", "leader"], person__isnull=False, force=None, organisation=None),
                name="post_is_held_by_its_kind",
            ),
            models.CheckConstraint(condition=Q(post="leader") ^ Q(level=""), name="leader_tells_the_level"),
            models.CheckConstraint(condition=Q(state="active") ^ Q(to_day__isnull=False), name="active_until_it_ends"),
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=models.F("from_day")), name="responsibility_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_words} {self.holder_name}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def holder_name(self) -> str:
        return str(self.person or self.force or self.organisation)

    @property
    def post_words(self) -> str:
        return f"{self.get_level_display()}{self.get_post_display()}" if self.level else self.get_post_display()


class DutyEntryQuerySet(ProjectChildQuerySet):
    def visible_to(self, user):
        """Duty logs are read in office, not by firms."""
        return super().visible_to(user) if user.staff else self.none()


class DutyEntry(Record):
    """A leader did one of the nine duties for a project on a day, with what came of it."""

    leader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duty_entries")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="duty_entries")
    duty = models.ForeignKey(DutyType, on_delete=models.PROTECT, related_name="entries")
    day = models.DateField()
    note = models.CharField(max_length=300)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True)

    objects = DutyEntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["leader", "day"], name="duty_by_leader"), models.Index(fields=["day"], name="duty_by_day")]
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="duty_tells_what_was_done")]

    def __str__(self) -> str:
        return f"{self.day} {self.duty_id} {self.leader_id}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class ShiftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The roster of one's areas, of the city for everybody in office, and one's own shifts."""
        areas = areas_of(user)
        mine = Q(area__in=areas) | Q(area__parent__in=areas) | Q(person=user)
        return self.filter(mine | Q(area__parent=None) if user.staff and user.grants else mine)


class Shift(models.Model):
    """Who can be reached for an area outside office hours (值班), from an instant to an instant."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="shifts")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shifts")
    synthetic = models.BooleanField(default=False)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area", "from_at"], name="shift_by_area")]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=models.F("from_at")), name="shift_ends_after_it_begins"),
            models.UniqueConstraint(fields=["area", "from_at", "person"], name="person_once_a_shift"),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.from_at:%Y-%m-%d %H:%M} {self.person_id}"

    def get_absolute_url(self) -> str:
        return reverse("responsibility:roster")

    @property
    def dossier(self) -> Dossier:
        return self.area.dossier
