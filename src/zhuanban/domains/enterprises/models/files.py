"""The file of an enterprise (一企一档)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet


class EnterpriseFile(Record):
    """The file of an enterprise (一企一档): what the city knows of it, kept once and asked once.

    An enterprise is an organisation of kind enterprise; `area` is the area that serves it. Its facts are trade secrets: its own people see
    them, and the officers whom the access table lets in.
    """

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="enterprise_file")
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="enterprise_file", verbose_name=_("企业"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="enterprise_files", verbose_name=_("属地"))

    objects = VisibleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area", "id"], name="enterprise_file_by_area")]

    def __str__(self) -> str:
        return str(self.organisation)

    def get_absolute_url(self) -> str:
        return reverse("enterprises:enterprise", args=[self.pk])
