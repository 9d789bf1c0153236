"""The traffic light (红黄绿灯): the rules it goes by, each project's light today, and how it was on every day before."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.models import Deadline, Dossier, PartyQuerySet, Record, VisibleQuerySet


class Level(models.TextChoices):
    """The colours, the worst first. Grey is not knowing: it is never shown as green."""

    RED = "red", _("红灯")
    YELLOW = "yellow", _("黄灯")
    GREEN = "green", _("绿灯")
    GREY = "grey", _("灰灯")


class LightRuleSetQuerySet(VisibleQuerySet):
    def adopted(self):
        return self.filter(state=LightRuleSet.State.ADOPTED)

    def in_force(self, day: date) -> LightRuleSet:
        """The rules of a day. Raises LookupError when none is in force yet."""
        row = self.adopted().filter(effective_from__lte=day).order_by("-effective_from", "-number").first()
        if row is None:
            raise LookupError("no rules of the traffic light are in force yet")
        return row


class LightRuleSet(Record):
    """A version of the traffic light's rules (亮灯规则). `thresholds` is what `rules.light_rules.Rules` reads; drafted by one person,
    tried on the city's records, adopted by another. What was adopted is never changed: a new version follows it.

    `trial` is the result of the latest try: see `queries.light_trials`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草案")
        ADOPTED = "adopted", _("已启用")
        DROPPED = "dropped", _("已废弃")

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(pgettext_lazy("of a rule set", "版本"), unique=True)
    effective_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=300)
    thresholds = models.JSONField(_("规则"), default=dict)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.DRAFT)
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("启用人"))
    adopted_at = models.DateTimeField(_("启用时间"), null=True)
    trial = models.JSONField(null=True)
    tried_at = models.DateTimeField(_("试算时间"), null=True)

    objects = LightRuleSetQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="adopted", adopted_at=None), name="adopted_light_rules_tell_when"),
            models.CheckConstraint(condition=~Q(adopted_by=F("created_by")), name="light_rules_take_two"),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m}-{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:light_rules", args=[self.pk])


class OfProjectQuerySet(PartyQuerySet):
    """Rows about a project for the city's offices and for the project's own people; the published map shows none."""

    dossier_path = "project_id"


OWN_BETTER = Q(own_level="green", computed__in=["red", "yellow"]) | Q(own_level="yellow", computed="red")
"""Whoever answers for the project calls it better than the rules do."""


class ProjectLight(models.Model):
    """A project's light today. `computed` is what the rules say; `level` is what is shown: the override while it holds, else the
    computed one, which stays yellow for some days after a red.

    `reasons` are the rules that are broken, worst first, as `rules.light_rules.Reason` writes them; `missing` the rules that had no
    data. `severity` puts the worst first in lists. `red_since` is the first day of the present red until the light is green again,
    `red_on` the last day on which the rules said red, `memory_until` the last day on which that red still shows as yellow.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="traffic_light")
    level = models.CharField(_("灯"), max_length=6, choices=Level.choices)
    computed = models.CharField(_("系统计算"), max_length=6, choices=Level.choices)
    severity = models.PositiveSmallIntegerField()
    worst = models.CharField(_("首要原因"), max_length=20, blank=True)
    reasons = models.JSONField(_("原因"), default=list)
    missing = models.JSONField(_("缺数据"), default=list)
    since = models.DateField(_("自"))
    red_since = models.DateField(null=True)
    red_on = models.DateField(null=True)
    memory_until = models.DateField(_("黄灯保留至"), null=True)
    own_level = models.CharField(_("自报"), max_length=6, choices=Level.choices, blank=True)
    own_note = models.CharField(_("自报说明"), max_length=200, blank=True)
    own_at = models.DateTimeField(_("自报时间"), null=True)
    own_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("自报人"))
    override = models.CharField(_("人工调整"), max_length=6, choices=Level.choices, blank=True)
    override_reason = models.CharField(_("调整理由"), max_length=300, blank=True)
    override_until = models.DateField(_("调整至"), null=True)
    override_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("调整人"))
    override_deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    rules = models.ForeignKey(LightRuleSet, on_delete=models.PROTECT, related_name="+", verbose_name=_("规则"))
    computed_at = models.DateTimeField(_("计算时间"))
    version = models.PositiveIntegerField(default=1)
    synthetic = models.BooleanField(default=False)

    why: str
    """The reasons in words; put here by the list that shows them."""

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-severity", "-project"], name="light_by_severity"),
            models.Index(fields=["level", "-severity", "-project"], name="light_by_level"),
            models.Index(fields=["computed_at"], name="light_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(override="", override_until=None) | ~Q(override="") & ~Q(override_reason="") & Q(override_until__isnull=False),
                name="overridden_light_tells_why_and_until",
            ),
            models.CheckConstraint(condition=Q(own_level="") | Q(own_at__isnull=False), name="own_light_tells_when"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.get_level_display()}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def own_is_better(self) -> bool:
        return (self.own_level, self.computed) in {("green", "yellow"), ("green", "red"), ("yellow", "red")}

    @property
    def override_words(self) -> str:
        """The override in words: what it shows, until when."""
        if not self.override:
            return ""
        return gettext("调整为%(light)s，至 %(day)s") % {"light": self.get_override_display(), "day": self.override_until}

    @property
    def days(self) -> int:
        """Calendar days for which it has shown this colour, today included."""
        return (clock.today() - self.since).days + 1


class LightDayQuerySet(OfProjectQuerySet):
    def on(self, day: date):
        """What every project showed at the end of a day."""
        return self.filter(Q(to_day=None) | Q(to_day__gt=day), day__lte=day)


class LightDay(models.Model):
    """What a project's light showed from a day on, until `to_day` (not included). A row only where the colour or the broken rules
    changed; an empty level says that the project has no light any more. `red_days` stands on the row that ends a red: how many calendar
    days it took from red until green."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="light_days", db_index=False)
    day = models.DateField()
    to_day = models.DateField(null=True)
    level = models.CharField(max_length=6, choices=Level.choices, blank=True)
    computed = models.CharField(max_length=6, choices=Level.choices, blank=True)
    reasons = models.JSONField(default=list)
    red_days = models.PositiveIntegerField(null=True)
    synthetic = models.BooleanField(default=False)

    objects = LightDayQuerySet.as_manager()

    class Meta:
        ordering = ["project", "day"]
        constraints = [
            models.UniqueConstraint(fields=["project", "day"], name="one_light_change_per_day"),
            models.UniqueConstraint(fields=["project"], condition=Q(to_day=None), name="one_light_goes_on"),
            models.CheckConstraint(condition=Q(to_day=None) | Q(to_day__gt=F("day")), name="light_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["level", "day"], name="light_day_by_level")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.day} {self.level}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier
