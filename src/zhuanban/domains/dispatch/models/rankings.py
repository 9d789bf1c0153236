"""The ranking (排名) of areas and task forces: what was published, with its weights and the whole working of each line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Area
from zhuanban.domains.responsibility.models import TaskForce
from zhuanban.kernel.models import Dossier, Record


class RankingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A paper of the city for its own offices."""
        return self if user.inside_keys else self.none()

    def standing(self):
        """Published and not withdrawn."""
        return self.filter(withdrawn_on=None)


class Ranking(Record):
    """A published ranking of all areas, or of all task forces, as of a day. It is never changed: a mistaken one is withdrawn with a
    reason and stays readable.

    `year` is the list that was ranked, `months` how many of its months were counted, `known_at` the instant up to which records were
    read, `weights` the rows `[component, key, points]` that it went by, `cap` and `least_known` the two bounds beside them.
    """

    class Of(models.TextChoices):
        AREA = "area", _("属地")
        FORCE = "force", pgettext_lazy("body", "专班")

    of = models.CharField(_("排什么"), max_length=6, choices=Of.choices)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField(_("截至"))
    year = models.PositiveSmallIntegerField(_("清单年度"))
    months = models.PositiveSmallIntegerField()
    known_at = models.DateTimeField()
    weights = models.JSONField(default=list)
    weights_version = models.CharField(max_length=40)
    weights_source = models.CharField(max_length=300)
    cap = models.PositiveSmallIntegerField()
    least_known = models.PositiveSmallIntegerField()
    note = models.CharField(_("说明"), max_length=300, blank=True)
    withdrawn_on = models.DateField(_("撤回日"), null=True, blank=True)
    withdrawn_why = models.CharField(_("撤回原因"), max_length=300, blank=True)

    objects = RankingQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-pk"]
        indexes = [models.Index(fields=["of", "-as_of", "-id"], name="ranking_by_day")]
        constraints = [
            models.CheckConstraint(condition=Q(withdrawn_on=None) | ~Q(withdrawn_why=""), name="withdrawn_ranking_tells_why"),
            models.UniqueConstraint(fields=["of", "as_of"], condition=Q(withdrawn_on=None), name="one_ranking_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_of_display()} {self.as_of}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:ranking", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.area.dossier


class RankingLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Areas are ranked before everybody in office; a task force before those who see it."""
        if not user.inside_keys:
            return self.none()
        return self.filter(Q(force=None) | Q(force__in=TaskForce.objects.visible_to(user).values("pk")))


class RankingLine(models.Model):
    """One unit of a ranking: its place and points (both empty where it is unranked, `why` tells the reason).

    `parts` is its working by component: {name, points, mean, inputs: [[key, projects, weight]]}; `rows` its projects:
    [id, points by component…, completion in per cent], null where unknown. `moved` is how many places it went up since the ranking
    before (negative: down).
    """

    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, related_name="lines")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="rankings", verbose_name=_("属地"))
    force = models.ForeignKey(
        TaskForce, on_delete=models.PROTECT, null=True, related_name="rankings", verbose_name=pgettext_lazy("body", "专班")
    )
    position = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField(_("名次"), null=True)
    points = models.DecimalField(_("得分"), max_digits=7, decimal_places=2, null=True)
    moved = models.SmallIntegerField(null=True)
    projects = models.PositiveIntegerField(_("清单项目"))
    known = models.PositiveIntegerField(_("数据齐全"))
    why = models.CharField(_("未排名原因"), max_length=200, blank=True)
    parts = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    synthetic = models.BooleanField(default=False)

    objects = RankingLineQuerySet.as_manager()

    class Meta:
        ordering = ["ranking", "position"]
        indexes = [models.Index(fields=["ranking", "position"], name="ranking_line_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(area=None) ^ Q(force=None), name="ranking_line_has_one_unit"),
            models.CheckConstraint(
                condition=Q(place__isnull=False, points__isnull=False, why="") | Q(place=None, points=None) & ~Q(why=""),
                name="ranked_or_tells_why_not",
            ),
        ]

    def __str__(self) -> str:
        return self.unit

    def get_absolute_url(self) -> str:
        return reverse("dispatch:ranking_line", args=[self.pk])

    @property
    def unit(self) -> str:
        return str(self.area or self.force)

    @property
    def dossier(self) -> Dossier:
        return self.ranking.dossier
