"""What-if scenarios (政策测算) that somebody kept."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.policies.models.library import Policy
from zhuanban.kernel.models import Access, Dossier, Record, VisibleQuerySet


class ScenarioQuerySet(VisibleQuerySet):
    dossier_path = "policy__dossier_id"

    def visible_to(self, user):
        """A department's thinking is for those whom the access table lets into the policy, not for everybody who may read it."""
        granted = Access.objects.filter(principal__in=user.principal_ids())
        inside = self if user.inside_keys else self.none()
        return inside.filter(models.Exists(granted.filter(dossier=models.OuterRef("policy__dossier_id"))))


class Scenario(Record):
    """A what-if over one policy (政策测算): other parameters and another day, over one snapshot of the facts, with what came out.

    `changes` are the parameters that differ, as the policy's language writes them; `result` is what was shown when it was kept.
    """

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="scenarios", verbose_name=_("政策"))
    title = models.CharField(_("名称"), max_length=60)
    changes = models.JSONField(default=dict)
    as_of = models.DateField(_("测算日"))
    budget = models.DecimalField(_("预算"), max_digits=18, decimal_places=2, null=True, blank=True)
    version_number = models.PositiveSmallIntegerField(_("版本"))
    snapshot = models.CharField(_("快照"), max_length=40)
    result = models.JSONField(default=dict)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "title"], name="scenario_named_once_per_policy")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("policies:simulation", args=[self.policy_id]) + f"?scenario={self.pk}"

    @property
    def dossier(self) -> Dossier:
        return self.policy.dossier
