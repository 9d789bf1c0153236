"""Facts of enterprises: which there may be, and what is known, on two axes of time."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.enterprises.models.files import EnterpriseFile
from zhuanban.engines.eligibility.schema import Change
from zhuanban.engines.eligibility.schema import Type as EngineType
from zhuanban.kernel.models import VisibleQuerySet


class FactKind(models.Model):
    """A fact that conditions may speak of: one row of the engine's schema, kept as data. `group` is its heading on the page; `annual` facts
    are stated for a calendar year and hold until the next one's are due."""

    class Type(models.TextChoices):
        MONEY = EngineType.MONEY.value, _("金额")
        COUNT = EngineType.COUNT.value, _("数量")
        RATE = EngineType.RATE.value, _("比率")
        DATE = EngineType.DATE.value, _("日期")
        CODE = EngineType.CODE.value, _("代码")
        INDUSTRY = EngineType.INDUSTRY.value, _("行业")
        TAGS = EngineType.TAGS.value, _("标签")
        BOOL = EngineType.BOOL.value, _("是否")

    class Changeable(models.TextChoices):
        NEVER = Change.NEVER.value, _("不会改变")
        SLOWLY = Change.SLOWLY.value, _("逐步改变")
        BY_APPLICATION = Change.BY_APPLICATION.value, _("申请可得")

    name = models.CharField(_("英文名"), max_length=40, unique=True)
    zh = models.CharField(_("名称"), max_length=40, unique=True)
    type = models.CharField(_("类型"), max_length=10, choices=Type.choices)
    values = models.JSONField(_("取值"), default=list, blank=True)
    ordered = models.BooleanField(_("有高低"), default=False)
    least = models.BigIntegerField(_("最小"), default=0)
    most = models.BigIntegerField(_("最大"), null=True, blank=True)
    changeable = models.CharField(_("能否改变"), max_length=16, choices=Changeable.choices, default=Changeable.SLOWLY)
    annual = models.BooleanField(_("按年"), default=False)
    group = models.CharField(_("分组"), max_length=20)
    unit = models.CharField(_("单位"), max_length=10, blank=True)
    words = models.CharField(_("说明"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=Q(most=None) | Q(most__gte=F("least")), name="fact_kind_bounds_in_order")]

    def __str__(self) -> str:
        return self.zh

    def row(self) -> dict[str, Any]:
        """The row of the engine's schema."""
        return {name: getattr(self, name) for name in ("name", "zh", "type", "values", "ordered", "least", "most", "changeable")}


class FactQuerySet(VisibleQuerySet):
    dossier_path = "file__dossier_id"

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError("facts are only ever added")

    def delete(self) -> NoReturn:
        raise TypeError("facts are only ever added")


class Fact(models.Model):
    """What is stated of an enterprise: a value, the days for which it holds (`valid_from` to `valid_to`, the last not included), and when and
    from where the city came to know it. Rows are only ever added: of two that hold on a day the one known later counts.

    `value` is in the engine's plain form (yuan, millionths, ISO day, word, list of words, true or false, 无 for known absent);
    null says that what was stated before no longer holds and nothing is known instead.
    """

    class Source(models.TextChoices):
        REGISTRY = "registry", _("企业登记")
        TAX = "tax", _("税务")
        STATISTICS = "statistics", _("统计")
        CREDIT = "credit", _("信用")
        DEPARTMENT = "department", _("主管部门")
        ENTERPRISE = "enterprise", _("企业自填")

    file = models.ForeignKey(EnterpriseFile, on_delete=models.PROTECT, related_name="facts")
    kind = models.ForeignKey(FactKind, on_delete=models.PROTECT, related_name="facts", verbose_name=_("事实"))
    value = models.JSONField(_("值"), null=True)
    valid_from = models.DateField(_("自"))
    valid_to = models.DateField(_("至"), null=True, blank=True)
    known_at = models.DateTimeField(_("获知"))
    source = models.CharField(_("来源"), max_length=12, choices=Source.choices)
    document = models.CharField(_("依据"), max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    synthetic = models.BooleanField(default=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["known_at", "pk"]
        indexes = [models.Index(fields=["file", "kind", "known_at"], name="fact_of_a_file")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="fact_holds_for_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError("facts are only ever added")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("facts are only ever added")

    @property
    def dossier(self):
        return self.file.dossier
