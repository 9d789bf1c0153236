"""Saved views of listings."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A listing's filter that a person named to come back to it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    listing = models.CharField(max_length=60)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "listing", "name"], name="saved_view_names_are_unique")]

    def __str__(self) -> str:
        return self.name
