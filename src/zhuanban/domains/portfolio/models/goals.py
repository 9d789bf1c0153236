"""Year lists, targets, tags, strategies and the leading industries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models.project import Project


class ProjectList(models.Model):
    """A published list of projects: a year and a level (province, city, county)."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")

    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level.choices)
    year = models.PositiveSmallIntegerField()
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="project_lists")
    threshold = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    projects = models.ManyToManyField(Project, through="ListMembership", related_name="lists")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "year", "area"], name="one_list_per_level_year_area")]

    def __str__(self) -> str:
        return self.name

    @property
    def dossier(self):
        return self.area.dossier


class ListMembership(models.Model):
    """A project's place on a list, with the reason where it left."""

    list = models.ForeignKey(ProjectList, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    added_on = models.DateField()
    removed_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "project"], name="project_once_on_a_list")]

    def __str__(self) -> str:
        return f"{self.list} {self.project_id}"


class YearTarget(models.Model):
    """A goal for a year: what, how much, in which unit, set where."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="targets")
    year = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    bound = models.CharField(max_length=12, default="exact")
    unit = models.CharField(max_length=20)
    set_on = models.DateField(null=True)
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "year", "what"], name="one_target_per_year_and_matter")]

    def __str__(self) -> str:
        return f"{self.year} {self.what} {self.value:g}"


class Tag(models.Model):
    """A word that a project carries, for instance the winter push (107 projects). `season` says for when."""

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=40)
    season = models.CharField(max_length=12, blank=True)
    projects = models.ManyToManyField(Project, related_name="tags", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "season"], name="tag_once_a_season")]

    def __str__(self) -> str:
        return f"{self.name} {self.season}".strip()


class CityStrategy(models.Model):
    """A strategy document that projects are aligned to, by version."""

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=ProjectList.Level.choices)
    document = models.CharField(max_length=120, blank=True)
    published = models.CharField(max_length=10, blank=True)
    version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="strategy_versions_are_numbered")]

    def __str__(self) -> str:
        return self.name


class StrategyTheme(models.Model):
    """A part of a strategy that a project belongs to, for instance one of the six cities."""

    strategy = models.ForeignKey(CityStrategy, on_delete=models.CASCADE, related_name="themes")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


OUTPUT_CLASSES = (gettext_noop("万亿级"), gettext_noop("千亿级"), gettext_noop("百亿级"))
"""Words for an industry's goal; a known one is translated where it is shown."""


class IndustryGoal(models.Model):
    """One of the 1+6 leading industries with its output goal in yuan a year."""

    key = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=40)
    goal_output = models.DecimalField(max_digits=18, decimal_places=2)
    goal_word = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name
