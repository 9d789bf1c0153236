"""What is needed, as data: the kinds of factors and the materials of a site."""

from __future__ import annotations

from django.db import models


class Factor(models.Model):
    """A kind of factor (要素): power, water, heat, land, with its unit. `department` is who usually gives it, by its name;
    `problem_kind` is the kind of problem that a refusal becomes; `lasting` says that what is given once is used for good, as against
    heat of one winter or beds of one season."""

    key = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=20)
    unit = models.CharField(max_length=12)
    department = models.CharField(max_length=60, blank=True)
    problem_kind = models.SlugField(max_length=20)
    lasting = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Material(models.Model):
    """A material that a site keeps in stock (建材): its keys are those that the daily track reports."""

    key = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=20)
    unit = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name
