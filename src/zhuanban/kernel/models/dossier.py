"""Dossier (卷宗): one row for every thing with a life of its own."""

from __future__ import annotations

from django.db import models

from zhuanban.kernel.models.base import VisibleQuerySet


class DossierQuerySet(VisibleQuerySet):
    dossier_path = "pk"


class Dossier(models.Model):
    """What timeline, rights, deadlines, files, search and notices hang on.

    `area` is the key of the area that owns the dossier and is written once (moving is a verb of its own), so that the table
    can be distributed or partitioned by it. `head_seq` and `head_hash` are the end of the event chain.
    """

    kind = models.CharField(max_length=40, db_index=True)
    ref = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    area = models.CharField(max_length=12, blank=True, db_index=True)
    url = models.CharField(max_length=120, blank=True)
    search_text = models.TextField(blank=True)
    head_seq = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True, db_index=True)

    objects = DossierQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    def get_absolute_url(self) -> str:
        return self.url or "/"

    @property
    def dossier(self) -> Dossier:
        """Itself: verbs on ledgers act on the dossier's own row."""
        return self
