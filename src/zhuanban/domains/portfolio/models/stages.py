"""What a stage asks for, as rows."""

from __future__ import annotations

from django.db import models

from zhuanban.domains.portfolio.models.project import Project


class StageGate(models.Model):
    """Before a project enters `stage` it must meet `requirement` (a name in `rules.REQUIREMENTS`); from a day on, with a source."""

    stage = models.CharField(max_length=20, choices=Project.Stage.choices)
    requirement = models.CharField(max_length=40)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "requirement", "effective_from"], name="gate_once_a_day")]

    def __str__(self) -> str:
        return f"{self.stage} {self.requirement}"
