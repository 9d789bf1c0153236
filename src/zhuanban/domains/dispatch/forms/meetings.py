"""What the verbs of meetings ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Decision, MeetingSeries
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.people.queries import subtree_keys
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import ProblemKind
from zhuanban.domains.responsibility.models import TaskForce
from zhuanban.kernel import clock, deadlines, parameters, show
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.codes import normalise_document_number
from zhuanban.kernel.forms import LONG, ActionForm, DayField

CHAIRS = ("city_leader", "district_leader", "centre_dispatcher")
LONGEST = 480
"""Minutes of a meeting, or of an item."""


class HourField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


def chairs(area: Area) -> Any:
    """Who may chair a meeting of an area: its leaders and dispatchers, and the city's."""
    places = {area.pk, *([area.parent_id] if area.parent_id else [])}
    held = queries.grants_over(places, CHAIRS)
    return User.objects.filter(pk__in=held, is_active=True).order_by("pk")


def from_today(day: Any) -> Any:
    if day and day < clock.today():
        raise ValidationError(_("日期不能早于今天。"))
    return day


class SeriesForm(ActionForm):
    """When and where a series meets, who chairs, who is invited."""

    name = forms.CharField(label=_("名称"), max_length=60)
    weekday = forms.TypedChoiceField(label=_("星期"), coerce=int, choices=list(enumerate(show.WEEKDAYS)))
    starts_at = HourField(label=_("时间"), initial="09:00")
    place = forms.CharField(label=_("地点"), max_length=80, required=False)
    chair = forms.ModelChoiceField(label=_("主持人"), queryset=User.objects.none(), required=False)
    budget_minutes = forms.IntegerField(label=_("会议时长（分钟）"), min_value=10, max_value=LONGEST, initial=90)
    units = forms.ModelMultipleChoiceField(label=_("参加单位"), queryset=Organisation.objects.none(), required=False)

    def area(self) -> Area:
        return self.target if isinstance(self.target, Area) else self.target.area

    def narrow(self) -> None:
        area = self.area()
        self.fields["chair"].queryset = chairs(area)  # type: ignore[attr-defined]  # the field that is declared above
        self.fields["units"].queryset = queries.bodies_for(area.pk)  # type: ignore[attr-defined]  # the field that is declared above


class SetUpForm(SeriesForm):
    force = forms.ModelChoiceField(
        label=pgettext_lazy("body", "专班"),
        queryset=TaskForce.objects.none(),
        required=False,
        help_text=_("专班的调度会选专班；不选就是本级的。"),
    )
    field_order = ("name", "force")

    def narrow(self) -> None:
        super().narrow()
        forces = TaskForce.objects.filter(area__in=subtree_keys(self.area().pk))
        self.fields["force"].queryset = forces.order_by("area__position", "name")  # type: ignore[attr-defined]  # the field that is declared above


class ReviseSeriesForm(SeriesForm):
    active = forms.BooleanField(label=_("在用"), required=False)

    def narrow(self) -> None:
        super().narrow()
        series: MeetingSeries = self.target
        for name in ("name", "weekday", "starts_at", "place", "chair", "budget_minutes", "active"):
            self.fields[name].initial = getattr(series, name)
        self.fields["units"].initial = list(series.units.values_list("pk", flat=True))


class PlanForm(ActionForm):
    held_on = DayField(label=_("日期"))
    starts_at = HourField(label=_("时间"))

    def narrow(self) -> None:
        self.fields["held_on"].initial = queries.next_day(self.target, clock.today())
        self.fields["starts_at"].initial = self.target.starts_at

    def clean_held_on(self):
        return from_today(self.cleaned_data["held_on"])


class RescheduleForm(PlanForm):
    place = forms.CharField(label=_("地点"), max_length=80, required=False)

    def narrow(self) -> None:
        for name in ("held_on", "starts_at", "place"):
            self.fields[name].initial = getattr(self.target, name)


# Agenda ---------------------------------------------------------------------------------------------------------------


class AddItemForm(ActionForm):
    title = forms.CharField(label=_("议题"), max_length=160)
    why = forms.CharField(label=_("为什么上会"), max_length=500, required=False, widget=LONG)
    project = forms.CharField(label=_("项目"), max_length=120, required=False, help_text=_("写项目名称或编号；不针对项目的不填。"))
    minutes = forms.IntegerField(label=_("分钟"), min_value=1, max_value=LONGEST, required=False)

    def narrow(self) -> None:
        self.fields["minutes"].initial = parameters.value(rules.MINUTES_BY_HAND)

    def clean_project(self) -> Project | None:
        text = self.cleaned_data["project"].strip()
        if not text:
            return None
        rows = Project.objects.visible_to(self.user)
        found = rows.filter(ref=text).first() or rows.filter(name=text).first()
        if found is None:
            raise ValidationError(_("没有找到项目“%(name)s”。"), params={"name": text})
        return found


class ArrangeForm(ActionForm):
    """Where an item stands and how long it may take; what is left empty stays."""

    item = forms.ModelChoiceField(label=_("议题"), queryset=AgendaItem.objects.none())
    position = forms.IntegerField(label=_("第几项"), min_value=1, max_value=500, required=False)
    minutes = forms.IntegerField(label=_("分钟"), min_value=1, max_value=LONGEST, required=False)

    def narrow(self) -> None:
        self.fields["item"].queryset = self.target.items.standing()  # type: ignore[attr-defined]  # the field that is declared above


class RollForm(ActionForm):
    """Who is there: tick them; whoever is not ticked is absent."""

    present = forms.ModelMultipleChoiceField(
        label=_("到会单位"), queryset=Attendance.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def narrow(self) -> None:
        rows = self.target.roll.select_related("organisation")
        field: Any = self.fields["present"]
        field.queryset = rows
        field.label_from_instance = lambda row: str(row.organisation)
        away = Attendance.State.ABSENT
        field.initial = [row.pk for row in rows if row.state != away]


class AttendanceForm(ActionForm):
    state = forms.ChoiceField(label=_("到会情况"), choices=Attendance.State.choices)
    who = forms.CharField(label=_("到会人"), max_length=60, required=False, help_text=_("代会的必须写明是谁。"))
    reason = forms.CharField(label=_("原因"), max_length=200, required=False)

    def narrow(self) -> None:
        for name in ("state", "who", "reason"):
            self.fields[name].initial = getattr(self.target, name)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("state") == Attendance.State.SUBSTITUTE and not cleaned.get("who"):
            self.add_error("who", _("代会的必须写明是谁。"))
        return cleaned


# Decisions ------------------------------------------------------------------------------------------------------------


class DecideForm(ActionForm):
    """A decision, with its owner in place: a deadline that somebody owes, a problem that rises by the clock, or a note."""

    kind = forms.ChoiceField(label=_("种类"), choices=Decision.Kind.choices, widget=forms.RadioSelect(attrs={"class": "choice-chips"}))
    text = forms.CharField(label=_("决定"), max_length=500, widget=LONG)
    owner = forms.ChoiceField(label=_("责任单位"), choices=[], required=False, help_text=_("转问题的可以不填，由层级承办。"))
    due_on = DayField(label=_("期限"), required=False)
    problem_kind = forms.ModelChoiceField(label=_("问题类别"), queryset=ProblemKind.objects.all(), required=False)

    def narrow(self) -> None:
        owner: Any = self.fields["owner"]
        owner.choices = [("", "—"), *queries.owners_for(self.target)]
        self.fields["kind"].initial = Decision.Kind.DEADLINE
        self.fields["due_on"].initial = deadlines.calendar().due(clock.today(), parameters.value(rules.DUE_DAYS))

    def clean_due_on(self):
        return from_today(self.cleaned_data["due_on"])

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        if kind == Decision.Kind.DEADLINE:
            for name, words in (("owner", _("限期办理的要有责任单位。")), ("due_on", _("限期办理的要有期限。"))):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, words)
        if kind == Decision.Kind.PROBLEM:
            self._check_problem(cleaned)
        return cleaned

    def _check_problem(self, cleaned: dict[str, Any]) -> None:
        if self.target.project is None:
            self.add_error("kind", _("这个议题不针对项目，不能转为问题。"))
        if "problem_kind" not in self.errors and not cleaned.get("problem_kind"):
            self.add_error("problem_kind", _("转问题的要选类别。"))
        owner = cleaned.get("owner") or ""
        if owner and not owner.startswith("org:"):
            self.add_error("owner", _("问题由层级承办；直接交办的只能选部门。"))
        elif owner and "problems.triage" not in self.user.verbs:
            self.add_error("owner", _("您不能把问题直接交给部门，请不填，由层级承办。"))


class ResultForm(ActionForm):
    result = forms.CharField(label=_("落实情况"), max_length=500, widget=LONG)


class IssueForm(ActionForm):
    number = forms.CharField(label=_("文号"), max_length=40, required=False, help_text=_("如 长项调〔2023〕6号；没有可不填。"))
    remarks = forms.CharField(label=_("会议要求"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5}))

    def clean_number(self) -> str:
        text = self.cleaned_data["number"]
        try:
            return normalise_document_number(text) if text else ""
        except BadValue as bad:
            raise ValidationError(bad.translated(gettext)) from None
