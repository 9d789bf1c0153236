"""Files that belong to a dossier."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file kept by its content's SHA-256; `content_type` is found from the content, never from the name."""

    class DataClass(models.TextChoices):
        PUBLIC = "public", _("公开")
        INTERNAL = "internal", _("内部")
        SENSITIVE = "sensitive", _("敏感")
        SECRET = "trade_secret", _("商业秘密")

    dossier = models.ForeignKey("kernel.Dossier", on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=40, blank=True)
    data_class = models.CharField(max_length=12, choices=DataClass.choices, default=DataClass.INTERNAL)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
