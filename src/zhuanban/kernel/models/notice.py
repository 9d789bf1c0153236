"""In-app notices with read receipts."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """One line for one person; `read_at` is the receipt."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    dossier = models.ForeignKey("kernel.Dossier", on_delete=models.CASCADE, null=True)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "read_at", "-at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.text
