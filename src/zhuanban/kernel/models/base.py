"""What every business table has, and the QuerySet that starts from what a person may see."""

from typing import Self

from django.conf import settings
from django.db import models

from zhuanban.kernel.models.access import Access
from zhuanban.kernel.people import Person


class VisibleQuerySet(models.QuerySet):
    """Rows of dossiers; `dossier_path` is how a row reaches its dossier's id."""

    dossier_path = "dossier_id"

    def visible_to(self, user: Person) -> Self:
        """The rows whose dossier the person may see; a stranger's are as if they did not exist."""
        return self._reached(Access.objects.filter(principal__in=user.principal_ids()), user.sees_few())

    def _reached(self, granted: models.QuerySet[Access], few: bool) -> Self:
        if few:
            return self.filter(**{f"{self.dossier_path}__in": granted.values("dossier")})
        return self.filter(models.Exists(granted.filter(dossier=models.OuterRef(self.dossier_path))))


class PartyQuerySet(VisibleQuerySet):
    """Rows that the city's offices read wherever they see the dossier, and people from outside only where they act on it, as its owner
    does. What is published of a dossier shows none of them."""

    def visible_to(self, user: Person) -> Self:
        inside, outside = user.sides
        granted = Access.objects.filter(models.Q(principal__in=inside) | models.Q(principal__in=outside, level=Access.Level.ACT))
        return self._reached(granted, user.sees_few())


class Record(models.Model):
    """Who wrote a row, when, from where, and which version of it this is. `synthetic` rows are marked on screen."""

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    version = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=120, blank=True)
    import_batch = models.CharField(max_length=40, blank=True)
    synthetic = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
