"""The catalogue of approval items (事项目录): what a project may need, from whom, within how many days, after what, with which papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel import access, show
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet

Facts = Mapping[str, str]
"""What is known of a project, a fact's name to its value; an absent or empty one is unknown. The names stand in `Fact`."""


class Fact(models.TextChoices):
    """The facts that conditions speak of. The values that each may take stand in `VALUES`."""

    REGIME = "regime", _("审批方式")
    INVESTMENT = "investment", _("投资性质")
    BUILD = "build", _("建设性质")
    LAND = "land", _("用地方式")
    WORKS = "works", _("工程规模")
    EIA = "eia", _("环评类别")
    ENERGY = "energy", _("节能审查")
    FIRE = "fire", _("消防类别")
    ROAD = "road", _("挖掘城市道路")
    TREES = "trees", _("占用城市树木绿地")
    TEMPORARY = "temporary", _("临时用地")


VALUES: dict[str, dict[str, Any]] = {
    Fact.REGIME: {"examination": _("审批"), "verification": _("核准"), "filing": _("备案")},
    Fact.INVESTMENT: {"government": _("政府投资"), "enterprise": _("企业投资")},
    Fact.BUILD: {"new": _("新建"), "extension": _("扩建"), "rebuild": _("改建"), "renovation": _("技改"), "equipment": _("单纯购置")},
    Fact.LAND: {"granted": _("出让用地"), "allocated": _("划拨用地"), "own": _("自有用地"), "leased": _("租用厂房")},
    Fact.WORKS: {"none": _("无土建"), "minor": _("限额以下"), "ordinary": _("一般工程"), "large": _("大型工程")},
    Fact.EIA: {"book": _("报告书"), "table": _("报告表"), "register": _("登记表")},
    Fact.ENERGY: {"review": _("要审查"), "exempt": _("不单独审查")},
    Fact.FIRE: {"special": _("特殊建设工程"), "other": _("其他建设工程")},
    Fact.ROAD: {"yes": _("要挖掘"), "no": _("不挖掘")},
    Fact.TREES: {"yes": _("涉及"), "no": _("不涉及")},
    Fact.TEMPORARY: {"yes": _("需要"), "no": _("不需要")},
}


class Truth(Enum):
    """Whether a condition holds. What is unknown is neither."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def holds(condition: Mapping[str, list[str]], facts: Facts) -> Truth:
    """Whether all of a condition's facts have one of the values that it allows; a fact that is not known leaves it open.

    >>> holds({"land": ["granted"]}, {"land": "granted"}), holds({"land": ["granted"], "eia": ["book"]}, {"land": "leased"})
    (<Truth.YES: 'yes'>, <Truth.NO: 'no'>)
    >>> holds({"land": ["granted"]}, {}), holds({}, {})
    (<Truth.UNKNOWN: 'unknown'>, <Truth.YES: 'yes'>)
    """
    answers = {facts.get(name, "") in allowed if facts.get(name) else None for name, allowed in condition.items()}
    if False in answers:
        return Truth.NO
    return Truth.UNKNOWN if None in answers else Truth.YES


class Department(models.TextChoices):
    """Who leads an item. Which organisation that is in an area stands in `Desk`."""

    DEVELOPMENT = "development", _("发展改革部门")
    LAND = "land", _("自然资源部门")
    ECOLOGY = "ecology", _("生态环境部门")
    HOUSING = "housing", _("住房城乡建设部门")
    TRADING = "trading", _("公共资源交易机构")
    CITY = "city", _("城市管理部门")
    WATER = "water", _("供排水单位")
    POWER = "power", _("供电单位")
    HEAT = "heat", _("供热单位")
    GAS = "gas", _("燃气单位")
    TELECOM = "telecom", _("通信单位")
    OWNER = "owner", _("项目单位")


class PublicKnowledge(VisibleQuerySet):
    """Rows of the catalogue: the guide to what is needed is for everybody who signs in, changing it is not."""

    def visible_to(self, user):
        return self


class InCatalogue(models.Model):
    """What belongs to the catalogue's own ledger."""

    objects = PublicKnowledge.as_manager()

    class Meta:
        abstract = True

    @property
    def dossier(self) -> Dossier:
        return access.ledger("permit-catalogue", title=gettext_noop("审批事项目录"), area=settings.CITY["area"])


class CatalogueVersion(InCatalogue, Record):
    """A version of the whole catalogue (目录版本): one change by one person, or the seed. Plans tell which one they were made with."""

    number = models.PositiveIntegerField(pgettext_lazy("of a rule set", "版本"), unique=True)
    effective_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=300)
    change = models.CharField(_("变更"), max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m}-{self.number}"

    def get_absolute_url(self) -> str:
        return f"{reverse('approvals:catalogue')}?version={self.number}"

    @property
    def title(self) -> str:
        return str(self)


class Item(InCatalogue, Record):
    """An approval item (事项): its code and name stay, what it asks for is told by its versions.

    A permit is granted by an authority on application (行政许可); a filing is done when the data are complete and is never blocked on
    papers; a certificate records a right; an opinion is given inside another item; a contract is the owner's own; a connection is a
    utility's service; an event is a day in the project's life that items wait for or lead to.
    """

    class Stage(models.IntegerChoices):
        """The four stages of a construction project's approvals and what runs beside them (domain handbook 5)."""

        LAND = 1, _("立项用地规划许可")
        PLANNING = 2, _("工程建设许可")
        BUILDING = 3, _("施工许可")
        ACCEPTANCE = 4, _("竣工验收")
        PARALLEL = 5, _("平行推进")

    class Kind(models.TextChoices):
        PERMIT = "permit", _("行政许可")
        FILING = "filing", _("备案")
        CERTIFICATE = "certificate", _("登记证书")
        OPINION = "opinion", _("审查意见")
        CONTRACT = "contract", _("合同")
        CONNECTION = "connection", _("接入服务")
        EVENT = "event", _("节点")

    code = models.CharField(_("代码"), max_length=12, unique=True)
    name = models.CharField(_("事项"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=20)
    name_en = models.CharField(max_length=60, blank=True)
    document_name = models.CharField(_("证照名称"), max_length=40, blank=True)
    stage = models.PositiveSmallIntegerField(_("阶段"), choices=Stage.choices)
    department = models.CharField(_("牵头部门"), max_length=16, choices=Department.choices)
    kind = models.CharField(_("性质"), max_length=12, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        """Its name in the interface's language; what is kept is the name itself."""
        return self.in_words

    def get_absolute_url(self) -> str:
        return reverse("approvals:item", args=[self.pk])

    @property
    def in_words(self) -> str:
        return self.name_en if self.name_en and show.english() else self.name

    @property
    def in_short(self) -> str:
        return self.name_en if self.name_en and show.english() else self.short_name

    @property
    def is_handled(self) -> bool:
        """Whether cases are opened for it; contracts and events are only recorded."""
        return self.kind not in (Item.Kind.CONTRACT, Item.Kind.EVENT)

    @property
    def may_lack_papers(self) -> bool:
        """A filing is never blocked on documents."""
        return self.kind == Item.Kind.FILING

    def version_on(self, day: date) -> ItemVersion:
        """What the item asks for on a day. Raises LookupError when no version is in force yet."""
        row = self.versions.filter(effective_from__lte=day).order_by("-effective_from", "-pk").first()
        if row is None:
            raise LookupError(f"{self.code} has no version in force on {day}")
        return row


@dataclass(frozen=True)
class Terms:
    """An item's limits: `days` is what the city promises, else what the law allows; None where neither is told."""

    statutory_days: int | None
    promised_days: int | None
    unit: str
    commitment: bool
    tolerant: bool

    @property
    def days(self) -> int | None:
        return self.statutory_days if self.promised_days is None else self.promised_days


class ItemVersion(InCatalogue, Record):
    """What an item asks for from a day on: limits, who needs it, whether it may be had on incomplete papers or on a commitment.

    `statutory_days` is the law's limit, `promised_days` the city's own (承诺时限), in `unit`. `condition` tells which projects need it.
    `tolerant` puts it on the list of 容缺受理, `commitment` on that of 告知承诺制.
    A version is never changed: the next one follows it.
    """

    class Unit(models.TextChoices):
        WORKDAY = "workday", _("工作日")
        CALENDAR = "calendar", _("自然日")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    catalogue = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, related_name="changed_items")
    effective_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=300)
    statutory_days = models.PositiveSmallIntegerField(_("法定时限"), null=True, blank=True)
    promised_days = models.PositiveSmallIntegerField(_("承诺时限"), null=True, blank=True)
    unit = models.CharField(_("计时单位"), max_length=8, choices=Unit.choices, default=Unit.WORKDAY)
    condition = models.JSONField(_("适用条件"), default=dict, blank=True)
    tolerant = models.BooleanField(_("可容缺受理"), default=False)
    make_good_days = models.PositiveSmallIntegerField(_("容缺补正工作日"), default=10)
    commitment = models.BooleanField(_("可告知承诺"), default=False)

    class Meta:
        ordering = ["item__position", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "catalogue"], name="item_once_a_catalogue_version"),
            models.CheckConstraint(
                condition=Q(promised_days=None) | Q(statutory_days=None) | Q(promised_days__lte=F("statutory_days")),
                name="promise_is_within_the_law",
            ),
        ]
        indexes = [models.Index(fields=["item", "-effective_from", "-id"], name="item_version_in_force")]

    def __str__(self) -> str:
        return f"{self.item} {self.effective_from:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return self.item.get_absolute_url()

    @property
    def terms(self) -> Terms:
        return Terms(self.statutory_days, self.promised_days, self.unit, self.commitment, self.tolerant)


class Prerequisite(models.Model):
    """An item waits for another one (前置): what `version` asks for may be handed in once `needs` is done, where the condition holds."""

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="prerequisites")
    needs = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="needed_by")
    condition = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["needs__position"]
        constraints = [models.UniqueConstraint(fields=["version", "needs"], name="prerequisite_once")]

    def __str__(self) -> str:
        return f"{self.needs.code} → {self.version.item.code}"


class Paper(models.Model):
    """A paper that an item asks for (申请材料). Only a secondary one may come later under 容缺受理."""

    class Form(models.TextChoices):
        ORIGINAL = "original", _("原件")
        COPY = "copy", _("复印件")
        ELECTRONIC = "electronic", _("电子件")
        SHARED = "shared", _("部门共享")

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="papers")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("材料"), max_length=80)
    main = models.BooleanField(_("主要材料"), default=True)
    form = models.CharField(_("形式"), max_length=10, choices=Form.choices, default=Form.ELECTRONIC)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="paper_once_a_version")]

    def __str__(self) -> str:
        return self.name


class Desk(InCatalogue, Record):
    """Which organisation is a department in an area (受理单位); the city's own where an area has none of its own."""

    department = models.CharField(_("牵头部门"), max_length=16, choices=Department.choices)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="permit_desks", verbose_name=_("范围"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="permit_desks", verbose_name=_("受理单位"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "area"], name="one_desk_per_department_and_area")]

    def __str__(self) -> str:
        return f"{self.get_department_display()} {self.area}"

    def get_absolute_url(self) -> str:
        return reverse("approvals:catalogue")
