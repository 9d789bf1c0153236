"""Rules that are data."""

from django.db import models
from django.db.models.functions import Now


class Parameter(models.Model):
    """One value of one named rule from a day on, with its source. Rows are only ever added."""

    name = models.CharField(max_length=80)
    value = models.JSONField()
    effective_from = models.DateField()
    source = models.CharField(max_length=300)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=60, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["name", "effective_from"], name="parameter_by_day")]
        constraints = [models.CheckConstraint(condition=~models.Q(source=""), name="parameter_tells_its_source")]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from}"
