"""What the verbs of plans ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.plans import reading, rules
from zhuanban.domains.plans.models import Disruption, NodeTemplate, Phase, PlanTemplate, WorkItem
from zhuanban.domains.portfolio.models import Work
from zhuanban.kernel import clock
from zhuanban.kernel.filetypes import IMAGES
from zhuanban.kernel.forms import LONG, ActionForm, DayField, UploadField

WORK_CLASSES = [
    ("earthwork", _("土方")),
    ("concrete", _("混凝土")),
    ("masonry", _("砌筑抹灰、沥青")),
    ("steel", _("钢结构吊装")),
    ("envelope", _("屋面围护")),
    ("indoor", _("室内作业")),
    ("commissioning", _("调试、采购与手续")),
]
EXPOSURES = [("sheltered", _("不受冻")), ("outdoor", _("露天")), ("enclosable", _("封闭前受冻"))]


class PastDayField(DayField):
    """A day that has come."""

    def clean(self, value):
        day = super().clean(value)
        if day and day > clock.today():
            raise ValidationError(_("日期不能晚于今天。"))
        return day


# Nodes ------------------------------------------------------------------------------------------------------------------


class NodeForm(ActionForm):
    """A node beside the template's, for instance the roof's topping out."""

    name = forms.CharField(label=_("节点"), max_length=60)
    phase = forms.ChoiceField(label=_("阶段"), choices=Phase.choices)
    work = forms.ModelChoiceField(label=_("子项"), queryset=Work.objects.none(), required=False)
    due_on = DayField(label=_("计划日期"), required=False)

    def narrow(self) -> None:
        self.fields["work"].queryset = self.target.works.filter(parent=None)  # type: ignore[attr-defined]


class PromiseForm(ActionForm):
    """A first date for each node that has none; only what is filled is promised."""

    def narrow(self) -> None:
        for node in self.target.nodes.filter(due_on=None, reached_on=None).select_related("work"):
            self.fields[f"node_{node.pk}"] = DayField(label=node.shown_name, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = {name: day for name, day in super().clean().items() if day}
        if not cleaned and not self.errors:
            raise ValidationError(_("一个日期也没有填。"))
        return cleaned


class ReachForm(ActionForm):
    """The warm enclosure asks for a dated photo and the heat supply's record; any other node takes a paper if there is one."""

    on = PastDayField(label=_("完成日期"))
    proof = UploadField(label=_("证明材料"), required=False)
    photo = UploadField(label=_("现场照片"), required=False, allowed=IMAGES, widget=forms.FileInput(attrs={"accept": "image/*"}))
    photo_on = PastDayField(label=_("照片拍摄日期"), required=False)
    heat_record = forms.CharField(label=_("供热记录"), max_length=100, required=False, help_text=_("供热合同号、通热记录编号或测温记录。"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def narrow(self) -> None:
        if self.target.code == rules.ENCLOSURE:
            del self.fields["proof"]
            for name in ("photo", "photo_on", "heat_record"):
                self.fields[name].required = True
        else:
            for name in ("photo", "photo_on", "heat_record"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        taken, on = cleaned.get("photo_on"), cleaned.get("on")
        if taken and on and taken < on:
            self.add_error("photo_on", _("照片早于封闭日期，不能证明已经封闭。"))
        return cleaned


class Effects:
    """An input beside which the effect is told as soon as something is chosen, before anything is saved. `asks` are the fields it needs."""

    url = ""
    asks: tuple[str, ...] = ()

    def render(self, name, value, attrs=None, renderer=None):
        field = super().render(name, value, attrs, renderer)  # type: ignore[misc]
        return (
            field
            + format_html(
                '<div class="effect" id="{}_effect" aria-live="polite" hx-get="{}" hx-trigger="load, change from:closest form delay:200ms" '
                'hx-include="closest form" hx-params="{}" hx-target="this" hx-swap="innerHTML">{}</div>',  # the form around it has a target of its own
                (attrs or {}).get("id", name),
                self.url,
                ",".join(self.asks),
                gettext("选好以后，这里先算出影响。"),
            )
        )


class EffectDay(Effects, forms.DateInput):
    def __init__(self, *asks: str) -> None:
        super().__init__(attrs={"type": "date"})
        self.asks = asks


class EffectNumber(Effects, forms.NumberInput):
    def __init__(self, *asks: str) -> None:
        super().__init__()
        self.asks = asks


class MoveForm(ActionForm):
    """A request to move a node's date; what it would do is computed while it is filled in."""

    to_day = DayField(label=_("申请调整到"), widget=EffectDay("to_day"))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)

    def narrow(self) -> None:
        self.fields["to_day"].widget.url = reverse("plans:effect", args=[self.target.pk])  # type: ignore[attr-defined]

    def clean_to_day(self):
        day = self.cleaned_data["to_day"]
        if day == self.target.due_on:
            raise ValidationError(_("与现在的日期相同。"))
        return day


class AnswerForm(ActionForm):
    answer = forms.CharField(label=_("意见"), max_length=300, required=False, widget=LONG)


class DenyForm(ActionForm):
    answer = forms.CharField(label=_("不同意的理由"), max_length=300, widget=LONG)


# Disruptions and quantities ---------------------------------------------------------------------------------------------


class DisruptionForm(ActionForm):
    kind = forms.ChoiceField(label=_("原因"), choices=Disruption.Kind.choices)
    from_day = PastDayField(label=_("自"))
    to_day = DayField(label=_("至"), required=False, help_text=_("还没有结束就留空；含当天。"))
    days_lost = forms.IntegerField(
        label=_("误工（工作日）"), min_value=0, max_value=1000, required=False, help_text=_("不填按起止之间的工地工作日计。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("to_day") and cleaned.get("from_day") and cleaned["to_day"] < cleaned["from_day"]:
            self.add_error("to_day", _("结束早于开始。"))
        return cleaned


class EndForm(ActionForm):
    to_day = PastDayField(label=_("结束于"))
    days_lost = forms.IntegerField(label=_("误工（工作日）"), min_value=0, max_value=1000, required=False)

    def clean_to_day(self):
        day = self.cleaned_data["to_day"]
        if day < self.target.from_day:
            raise ValidationError(_("结束早于开始。"))
        return day


class ItemForm(ActionForm):
    """A work item measured by quantity."""

    name = forms.CharField(label=_("工程量"), max_length=60)
    kind = forms.ChoiceField(label=_("类别"), choices=WorkItem.Kind.choices)
    quantity = forms.DecimalField(label=_("计划量"), min_value=0, max_digits=14, decimal_places=2)
    unit = forms.CharField(label=_("计量单位"), max_length=20, help_text=_("如 立方米、平方米、根、台。"))
    work = forms.ModelChoiceField(label=_("子项"), queryset=Work.objects.none(), required=False)
    activity = forms.ChoiceField(label=_("计划工序"), required=False, help_text=_("它的完成量就是这道工序的进度。"))
    start_planned = DayField(label=_("计划开始"), required=False)
    finish_planned = DayField(label=_("计划完成"), required=False)

    def narrow(self) -> None:
        self.fields["work"].queryset = self.target.works.all()  # type: ignore[attr-defined]
        self.fields["activity"].choices = [("", "—"), *activity_choices(self.target)]  # type: ignore[attr-defined]

    def clean_quantity(self):
        if self.cleaned_data["quantity"] <= 0:
            raise ValidationError(_("计划量须大于零。"))
        return self.cleaned_data["quantity"]


class ActivityForm(ActionForm):
    activity = forms.ChoiceField(label=_("计划工序"), required=False)

    def narrow(self) -> None:
        self.fields["activity"].choices = [("", "—"), *activity_choices(self.target.project)]  # type: ignore[attr-defined]


def activity_choices(project) -> list[tuple[str, str]]:
    """The activities of the project's current plan, by id."""
    plan = project.plans.filter(state="current").first()
    return [(each["id"], each.get("name") or each["id"]) for each in plan.document["activities"]] if plan else []


# Plans ------------------------------------------------------------------------------------------------------------------


class MakePlanForm(ActionForm):
    template = forms.ModelChoiceField(label=_("计划模板"), queryset=PlanTemplate.objects.none(), empty_label=None)
    start_on = DayField(label=_("开工日期"))
    finish_on = DayField(label=_("计划竣工"), help_text=_("模板的工期按开工到竣工的时间放缩。"))

    def narrow(self) -> None:
        fitting = rules.plan_templates(self.target)
        self.fields["template"].queryset = PlanTemplate.objects.filter(pk__in=[row.pk for row in fitting])  # type: ignore[attr-defined]
        start, finish = self.target.start_actual or self.target.start_planned, self.target.finish_planned
        self.initial = {**self.initial, "start_on": start.first if start else None, "finish_on": finish.last if finish else None}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, finish = cleaned.get("start_on"), cleaned.get("finish_on")
        if start and finish and not 60 <= (finish - start).days <= 3650:
            self.add_error("finish_on", _("开工到竣工应在两个月到十年之间。"))
        return cleaned


class ChangeForm(ActionForm):
    """A bar drawn elsewhere on the Gantt chart, or its duration in the activity's working days."""

    activity = forms.ChoiceField(label=_("工序"))
    start_on = DayField(label=_("不早于"), required=False)
    days = forms.IntegerField(
        label=_("工期（工作日）"), min_value=1, max_value=3000, required=False, widget=EffectNumber("activity", "start_on", "days")
    )
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)

    def narrow(self) -> None:
        self.fields["days"].widget.url = reverse("plans:preview", args=[self.target.project_id])  # type: ignore[attr-defined]
        self.fields["activity"].choices = [(each["id"], each.get("name") or each["id"]) for each in self.target.document["activities"]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("start_on") and not cleaned.get("days") and not self.errors:
            raise ValidationError(_("开始日期和工期至少改一项。"))
        return cleaned


class BaselineForm(ActionForm):
    reason = forms.CharField(label=_("设定基线的理由"), max_length=300, widget=LONG)


class ImportForm(ActionForm):
    """A plan from Microsoft Project or Primavera, read and calculated before anything is written. Of a file with several projects
    somebody says which one is meant.
    """

    file = forms.FileField(label=_("计划文件"), help_text=_("Microsoft Project 的 XML（MSPDI）或 Primavera P6 的 XER。"))
    part = forms.CharField(label=_("文件里的项目"), required=False, max_length=200, help_text=_("文件里只有一个项目时不必填。"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if upload := cleaned.get("file"):
            try:
                cleaned["file"] = reading.read(upload, cleaned.get("part", ""))
            except reading.SeveralProjects as several:
                self._ask(several)
            except forms.ValidationError as wrong:
                self.add_error("file", wrong)
        return cleaned

    def _ask(self, several: reading.SeveralProjects) -> None:
        """Let the projects of the file be chosen from."""
        choices = [(name, _("%(name)s（%(n)s 道工序）") % {"name": name, "n": count}) for name, count in several.known]
        self.fields["part"].widget = forms.Select(choices=[("", "—"), *choices])
        self.fields["part"].required, self["part"].help_text = True, ""
        self.add_error("part", several.words)


class DescribeForm(ActionForm):
    """What the product must know of an activity that came from a file."""

    activity = forms.ChoiceField(label=_("工序"))
    node = forms.ChoiceField(label=_("到达的节点"), required=False)
    work_class = forms.ChoiceField(label=_("作业类别"), choices=[("", "—"), *WORK_CLASSES], required=False, help_text=_("决定冬期工效。"))
    exposure = forms.ChoiceField(label=_("受冻情况"), choices=EXPOSURES)
    enclosure = forms.ChoiceField(label=_("所在建筑的封闭工序"), required=False)
    item = forms.ChoiceField(label=_("以哪类工程量计进度"), choices=[("", "—"), *WorkItem.Kind.choices], required=False)

    def narrow(self) -> None:
        known = [(each["id"], each.get("name") or each["id"]) for each in self.target.document["activities"]]
        nodes = NodeTemplate.objects.order_by("position").values_list("code", "name")
        self.fields["activity"].choices = known  # type: ignore[attr-defined]
        self.fields["enclosure"].choices = [("", "—"), *known]  # type: ignore[attr-defined]
        self.fields["node"].choices = [("", "—"), *nodes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("exposure") == "enclosable" and not cleaned.get("enclosure"):
            self.add_error("enclosure", _("说明它随哪道封闭工序避冻。"))
        if cleaned.get("exposure") in {"outdoor", "enclosable"} and not cleaned.get("work_class"):
            self.add_error("work_class", _("露天或封闭前受冻的作业须说明类别。"))
        return cleaned
