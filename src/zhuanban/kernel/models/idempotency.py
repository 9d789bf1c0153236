"""Answers already given, so that a retry gets the same one."""

from django.conf import settings
from django.db import models


class StoredAnswer(models.Model):
    """What a verb answered to one key of one user; the unique pair makes a double submit meet the first answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=80)
    verb = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_key")]

    def __str__(self) -> str:
        return f"{self.verb} {self.key}"
