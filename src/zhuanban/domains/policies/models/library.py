"""The library of incentive policies (惠企政策): items, their versions, shared conditions, and how payments combine."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.models import Access, Dossier, Record, VisibleQuerySet


class PolicyQuerySet(VisibleQuerySet):
    def visible_to(self, user):
        """Published items are for everybody; drafts for those whom the access table lets in."""
        return self.filter(Q(published_on__isnull=False) | Exists(_granted(user, OuterRef("dossier_id"))))

    def published(self):
        return self.filter(published_on__isnull=False)

    def in_force(self, day: date):
        return self.published().filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))


def _granted(user, dossier):
    return Access.objects.filter(principal__in=user.principal_ids(), dossier=dossier)


class Policy(Record):
    """An item of the library (惠企政策): one thing that an enterprise can have, under a key that never changes.

    `keeper` writes its text, `department` handles it. What it asks for and gives stands in its versions. `published_on` is the day of the first version's publication; from `withdrawn_on` on it
    is no longer given. `stacking_group` names the group within which payments are looked at together (the rules are rows of their own).
    """

    class Category(models.TextChoices):
        INVESTMENT = "investment", _("鼓励招商引资促进项目建设")
        INNOVATION = "innovation", _("促进科技创新发展")
        INDUSTRY = "industry", _("加快推进工业转型升级")
        SERVICES = "services", _("加快服务业转型升级")
        GROWTH = "growth", _("“四上”企业培育引进扶持")
        TALENT = "talent", _("人才服务")

    class Lane(models.TextChoices):
        APPLY = "apply", _("申报享受")
        FAST = "fast", _("快申快享")
        NO_APPLICATION = "no_application", _("免申即享")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="policy")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="policies", verbose_name=_("适用地区"))
    key = models.CharField(_("编号"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    category = models.CharField(_("类别"), max_length=12, choices=Category.choices)
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="policies", verbose_name=_("主管部门"))
    keeper = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="kept_policies", verbose_name=_("政策主管单位")
    )
    lane = models.CharField(_("办理方式"), max_length=16, choices=Lane.choices, default=Lane.APPLY)
    phone = models.CharField(_("咨询电话"), max_length=20, blank=True)
    papers = models.JSONField(_("材料"), default=list, blank=True)
    document = models.CharField(_("政策文件"), max_length=120)
    clause = models.CharField(_("条款"), max_length=40, blank=True)
    stacking_group = models.CharField(_("叠加组"), max_length=40, blank=True)
    budget_line = models.CharField(_("预算科目"), max_length=60, blank=True)
    published_on = models.DateField(_("发布"), null=True, blank=True)
    withdrawn_on = models.DateField(_("停止"), null=True, blank=True)
    subscribers = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Subscription", related_name="subscribed_policies")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["category", "key"], name="policy_by_category")]
        constraints = [
            models.CheckConstraint(condition=Q(withdrawn_on=None) | Q(published_on__isnull=False), name="withdrawn_policy_was_published")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("policies:policy", args=[self.pk])

    def withdrawn_by(self, day: date) -> bool:
        """Whether it is no longer given on a day: the day of the withdrawal is the first without it."""
        return self.withdrawn_on is not None and self.withdrawn_on <= day


class Subscription(models.Model):
    """Somebody who wants to hear of an item's changes (订阅)."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="subscriptions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_subscriptions")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "user"], name="subscribed_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.policy}"


class VersionQuerySet(VisibleQuerySet):
    dossier_path = "policy__dossier_id"

    def visible_to(self, user):
        """Published versions are for everybody; drafts for those whom the access table lets in."""
        return self.filter(Q(state=PolicyVersion.State.PUBLISHED) | Exists(_granted(user, OuterRef("policy__dossier_id"))))

    def published(self):
        return self.filter(state=PolicyVersion.State.PUBLISHED)


class PolicyVersion(Record):
    """A version of an item (PolicyClause 条款的一个版本): conditions, amounts and golden cases in the form of the policy book.

    `entry` is the version's entry in the book (`params`, `use`, `when`, `amount`, `window`, `budget`, `decided_by`, `golden`). It holds for
    `valid_from` to `valid_to`, the last not included; `published_at` is when it became known, and of two that hold on a day the one published
    later counts. What is published is never changed: a new version takes its place. Author and approver are two people.
    `impact` is what the author was shown before asking for review: the eligible, the unknown, the money, and the day.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("起草")
        REVIEW = "review", _("待审")
        PUBLISHED = "published", _("已发布")

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions", verbose_name=_("政策"))
    number = models.PositiveSmallIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField(_("施行"))
    valid_to = models.DateField(_("止"), null=True, blank=True)
    published_at = models.DateTimeField(_("发布"), null=True, blank=True)
    document = models.CharField(_("政策文件"), max_length=120, blank=True)
    clause = models.CharField(_("条款"), max_length=40, blank=True)
    entry = models.JSONField(default=dict)
    impact = models.JSONField(default=dict, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("起草"))
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定")
    )
    remark = models.CharField(_("退回意见"), max_length=300, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_numbered_once"),
            models.UniqueConstraint(fields=["policy"], condition=~Q(state="published"), name="one_version_in_the_making"),
            models.CheckConstraint(condition=~Q(state="published") | Q(published_at__isnull=False), name="published_version_tells_when"),
            models.CheckConstraint(condition=Q(approver=None) | ~Q(approver=F("author")), name="policy_version_has_four_eyes"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="policy_version_holds_for_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.policy.key} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("policies:version", args=[self.pk])

    def save(self, *args: Any, **options: Any) -> None:
        """What stands published in the database stays as it is."""
        if not self._state.adding and PolicyVersion.objects.filter(pk=self.pk, state=self.State.PUBLISHED).exists():
            raise TypeError("a published version is never changed")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any):
        if self.state == self.State.PUBLISHED:
            raise TypeError("a published version is never changed")
        return super().delete(*args, **options)

    @property
    def dossier(self) -> Dossier:
        return self.policy.dossier

    @property
    def golden(self) -> list[dict[str, Any]]:
        """The cases whose answer is settled."""
        return list(self.entry.get("golden") or ())


class LetterQuerySet(VisibleQuerySet):
    dossier_path = "file__dossier_id"


class PolicyLetter(models.Model):
    """The letter that tells an enterprise it now meets an item's conditions (政策到企), once for each version. Its people get a notice; the
    first of them who opens it gives the receipt."""

    edition = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="letters", verbose_name=_("政策"))
    file = models.ForeignKey(EnterpriseFile, on_delete=models.PROTECT, related_name="policy_letters", verbose_name=_("企业"))
    amount = models.DecimalField(_("估算金额"), max_digits=18, decimal_places=2, null=True)
    sent_at = models.DateTimeField(_("送达"))
    told = models.PositiveSmallIntegerField(_("通知人数"), default=0)
    read_at = models.DateTimeField(_("已读"), null=True, blank=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["file", "-sent_at"], name="letter_of_an_enterprise")]
        constraints = [models.UniqueConstraint(fields=["edition", "file"], name="letter_once_a_version")]

    def __str__(self) -> str:
        return f"{self.edition} {self.file}"

    def get_absolute_url(self) -> str:
        return reverse("policies:letter", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.file.dossier


class ConditionBlock(models.Model):
    """Conditions that several items share (共用条件), in the form of the policy book; a new edition is a new key."""

    key = models.CharField(max_length=30, unique=True)
    title = models.CharField(_("名称"), max_length=60)
    entry = models.JSONField()
    source = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class StackingRule(models.Model):
    """How payments of several items combine (同一事项就高不重复, 总额上限, 叠加), in the form of the policy book."""

    class Kind(models.TextChoices):
        AT_MOST_ONE = "at_most_one", _("只享受一项")
        SAME_MATTER = "same_matter", _("同一事项就高不重复")
        SUM_CAP = "sum_cap", _("合计上限")
        TOP_UP = "top_up", _("叠加奖励")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    words = models.CharField(max_length=120)
    policies = models.JSONField(default=list)
    cap = models.BigIntegerField(null=True, blank=True)
    cap_fact = models.CharField(max_length=40, blank=True)
    base = models.CharField(max_length=12, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.words
