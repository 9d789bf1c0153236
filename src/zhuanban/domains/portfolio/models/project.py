"""The project and what it consists of."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.columns import PartialDateColumn, money
from zhuanban.kernel.models import Dossier, Record, StoredFile, VisibleQuerySet


def in_order(column: str) -> Coalesce:
    """A date with precision as a column that is never null, so that it can be sorted and paged by key; unknown comes first."""
    return Coalesce(column, Value(""), output_field=models.CharField(max_length=10))


class ChildQuerySet(VisibleQuerySet):
    """Rows inside a project."""

    dossier_path = "project_id"


class ProjectQuerySet(VisibleQuerySet):
    def living(self):
        """Not deleted and not merged into another."""
        return self.filter(deleted_at=None)

    def under_way(self):
        return self.filter(stage__in=[Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED])


class ProjectManager(models.Manager.from_queryset(ProjectQuerySet)):  # type: ignore[misc]  # the class is made at run time
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at=None)


class Project(Record):
    """A major project (项目): the dossier that the city promises to deliver.

    Money is in yuan, areas in square metres. An absent project code is a warning, never an error; a duplicate is one.
    """

    class Stage(models.TextChoices):
        LEAD = "lead", _("线索")
        NEGOTIATING = "negotiating", _("洽谈")
        SIGNED = "signed", _("签约")
        RESERVE = "reserve", _("储备")
        PRE_STAGE = "pre_stage", _("前期")
        READY = "ready", _("具备开工条件")
        UNDER_CONSTRUCTION = "under_construction", _("在建")
        SUSPENDED = "suspended", _("停工")
        COMPLETED = "completed", _("竣工")
        IN_PRODUCTION = "in_production", _("投产")
        FULL_CAPACITY = "full_capacity", _("达产")
        ARCHIVED = "archived", _("归档")
        CANCELLED = "cancelled", _("终止")

    class Regime(models.TextChoices):
        EXAMINATION = "examination", _("审批")
        VERIFICATION = "verification", _("核准")
        FILING = "filing", _("备案")

    class InvestmentKind(models.TextChoices):
        GOVERNMENT = "government", _("政府投资")
        ENTERPRISE = "enterprise", _("企业投资")

    class BuildKind(models.TextChoices):
        NEW = "new", _("新建")
        EXTENSION = "extension", _("扩建")
        REBUILD = "rebuild", _("改建")
        RENOVATION = "renovation", _("技改")
        EQUIPMENT = "equipment", _("单纯购置")

    class Continuity(models.TextChoices):
        NEW_START = "new_start", _("新开工")
        CONTINUED = "continued", _("续建")

    class Sector(models.TextChoices):
        INDUSTRY = "industry", _("工业")
        TRANSPORT = "transport", _("交通")
        MUNICIPAL = "municipal", _("市政")
        HOUSING = "housing", _("住建")
        AGRICULTURE = "agriculture", _("农业农村")
        SERVICE = "service", _("服务业")
        SOCIAL = "social", _("社会事业")
        ENERGY = "energy", _("能源水利")

    class Secrecy(models.TextChoices):
        INTERNAL = "internal", _("内部")
        PUBLIC = "public", _("公开")
        TRADE_SECRET = "trade_secret", _("商业秘密")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, primary_key=True, related_name="project")
    ref = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("项目名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    aliases = models.CharField(_("别名"), max_length=200, blank=True)
    project_code = models.CharField(_("项目代码"), max_length=24, null=True, blank=True, unique=True)
    permission_regime = models.CharField(_("审批方式"), max_length=12, choices=Regime.choices, blank=True)
    investment_kind = models.CharField(_("投资性质"), max_length=10, choices=InvestmentKind.choices, blank=True)
    build_kind = models.CharField(_("建设性质"), max_length=10, choices=BuildKind.choices, blank=True)
    continuity = models.CharField(_("新续建"), max_length=10, choices=Continuity.choices, blank=True)
    sector = models.CharField(_("领域"), max_length=12, choices=Sector.choices, blank=True)
    industry_code = models.CharField(_("行业代码"), max_length=4, blank=True)
    industry = models.ForeignKey(
        "portfolio.IndustryGoal", on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("主导产业")
    )
    theme = models.ForeignKey(
        "portfolio.StrategyTheme", on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("六城联动")
    )
    owner_org = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("项目单位")
    )
    contractor = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("施工单位")
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="projects", verbose_name=_("属地"))
    host_area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在行政区"))
    site = models.CharField(_("建设地点"), max_length=200, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    land_area_m2 = models.DecimalField(_("占地面积（平方米）"), max_digits=14, decimal_places=2, null=True, blank=True)
    floor_area_m2 = models.DecimalField(_("建筑面积（平方米）"), max_digits=14, decimal_places=2, null=True, blank=True)
    content_and_scale = models.TextField(_("建设内容及规模"), blank=True)
    planned_investment = money(verbose_name=_("计划总投资"), null=True, blank=True)
    money_order = models.GeneratedField(expression=Coalesce("planned_investment", Value(-1)), output_field=money(), db_persist=True)
    start_order = models.GeneratedField(expression=in_order("start_planned"), output_field=models.CharField(max_length=10), db_persist=True)
    finish_order = models.GeneratedField(
        expression=in_order("finish_planned"), output_field=models.CharField(max_length=10), db_persist=True
    )
    stage = models.CharField(_("阶段"), max_length=20, choices=Stage.choices, default=Stage.LEAD)
    stage_since = models.DateField(_("进入本阶段日期"), null=True)
    first_contact_on = PartialDateColumn(_("首次接洽"))
    landed_on = PartialDateColumn(_("落地"))
    start_planned = PartialDateColumn(_("计划开工"))
    start_actual = PartialDateColumn(_("实际开工"))
    finish_planned = PartialDateColumn(_("计划竣工"))
    finish_actual = PartialDateColumn(_("实际竣工"))
    production_planned = PartialDateColumn(_("计划投产"))
    production_actual = PartialDateColumn(_("实际投产"))
    resumed_on = PartialDateColumn(_("复工日期"))
    end_reason = models.CharField(_("停工或终止原因"), max_length=300, blank=True)
    jobs_planned = models.PositiveIntegerField(_("计划用工"), null=True, blank=True)
    jobs_actual = models.PositiveIntegerField(_("实际用工"), null=True, blank=True)
    warm_enclosed = models.BooleanField(_("已暖封闭"), default=False)
    entered_bank = models.BooleanField(_("已入库"), default=False)
    entered_statistics = models.BooleanField(_("已入统"), default=False)
    winter_building = models.BooleanField(_("冬季施工"), default=False)
    green_channel_until = models.DateField(_("绿色通道至"), null=True, blank=True)
    secrecy = models.CharField(_("公开范围"), max_length=12, choices=Secrecy.choices, default=Secrecy.INTERNAL)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    # What the rows of a page carry beside their columns: see queries.add_year_to_date.
    invested_year: Decimal | None
    plan_year: Decimal | None
    completion: Decimal | None

    objects = ProjectManager()
    all_rows = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["-money_order", "-dossier"], name="project_by_money"),
            models.Index(fields=["stage", "-money_order", "-dossier"], name="project_by_stage"),
            models.Index(fields=["area", "-money_order", "-dossier"], name="project_by_area"),
            models.Index(fields=["name", "dossier"], name="project_by_name"),
            models.Index(fields=["stage", "name", "dossier"], name="project_by_stage_and_name"),
            models.Index(fields=["start_order", "dossier"], name="project_by_start"),
            models.Index(fields=["finish_order", "dossier"], name="project_by_finish"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(stage="cancelled", end_reason=""), name="cancelled_project_tells_why"),
            models.CheckConstraint(condition=~Q(stage="suspended", end_reason=""), name="suspended_project_tells_why"),
            models.CheckConstraint(condition=Q(planned_investment=None) | Q(planned_investment__gte=0), name="investment_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:project", args=[self.pk])


class Work(Record):
    """A part of a project with a progress of its own (子项): a workshop, a rail line, a work item measured by quantity."""

    class Kind(models.TextChoices):
        WORKSHOP = "workshop", _("车间厂房")
        RAIL_LINE = "rail_line", _("轨道线路")
        BUILDING = "building", _("单体建筑")
        WORK_ITEM = "work_item", _("分项工程")

    class State(models.TextChoices):
        WAITING = "waiting", _("未开工")
        BUILDING = "building", _("在建")
        DONE = "done", _("完成")
        UNKNOWN = "unknown", _("未报")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="works")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="parts")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    describes = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["kind", "state"], name="work_by_kind")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class Capacity(models.Model):
    """What the project will make or serve per year when it is built."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="capacities")
    name = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    unit = models.CharField(max_length=30)

    def __str__(self) -> str:
        return f"{self.name} {self.value:g} {self.unit}"


class Product(models.Model):
    """A product, for instance a vehicle model, that the project will bring."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(max_length=80)
    platform = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name


class Proof(Record):
    """A paper or fact that a stage gate asks for: land contract, permit, lawful exception, acceptance."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("投资协议")
        APPROVAL = "approval", _("立项文件")
        LAND = "land", _("用地手续")
        PLANNING = "planning", _("工程规划许可证")
        CONSTRUCTION = "construction_permit", _("施工许可证")
        EXCEPTION = "lawful_exception", _("依法不需或先行开工的依据")
        ACCEPTANCE = "acceptance", _("竣工验收意见")
        PRODUCTION = "production", _("投产证明")
        CAPACITY = "full_capacity", _("达产证明")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(number="", note="", file=None), name="proof_shows_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
