"""What the verbs on certificates ask for."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models import Certificate
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.forms import LONG, ActionForm, DayField, UploadField

MONTHS = "approvals.start_months"


class IssueForm(ActionForm):
    """The number is its own among the certificates of the item: the other one is named."""

    number = forms.CharField(label=_("证号"), max_length=60)
    issued_on = DayField(label=_("发证日"))
    file = UploadField(label=_("证照文件"), required=False)

    def narrow(self) -> None:
        self.fields["issued_on"].initial = clock.today()

    def clean_number(self):
        number = self.cleaned_data["number"].strip()
        other = Certificate.objects.filter(item=self.target.item, number=number).select_related("project").first()
        if other is None:
            return number
        if Certificate.objects.visible_to(self.user).filter(pk=other.pk).exists():
            raise ValidationError(
                _("证号%(number)s已用于“%(project)s”（%(ref)s，%(day)s发证）。"),
                params={"number": number, "project": other.project.name, "ref": other.case.ref, "day": other.issued_on},
            )
        raise ValidationError(_("证号%(number)s已用于%(day)s核发的另一本同类证照。"), params={"number": number, "day": other.issued_on})

    def clean_issued_on(self):
        return within(self.cleaned_data["issued_on"], self.target.decided_on)


def within(day, first):
    """A day that has come, and not before the one that it follows."""
    if day > clock.today():
        raise ValidationError(_("还没有到这一天。"))
    if first and day < first:
        raise ValidationError(_("不能早于%(day)s。"), params={"day": first})
    return day


class ExtendStartForm(ActionForm):
    months = forms.IntegerField(label=_("延长（月）"), min_value=1)
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)

    def narrow(self) -> None:
        self.most = parameters.value(MONTHS)
        self.fields["months"].initial = self.most

    def clean_months(self):
        months = self.cleaned_data["months"]
        if months > self.most:
            raise ValidationError(_("每次延期不超过 %(n)s 个月。"), params={"n": self.most})
        return months


class DayForm(ActionForm):
    on = DayField(label=_("日期"))

    def narrow(self) -> None:
        self.fields["on"].initial = clock.today()

    def clean_on(self):
        return within(self.cleaned_data["on"], self.first())

    def first(self):
        return self.target.issued_on


class StopForm(DayForm):
    reason = forms.CharField(label=_("原因"), max_length=300, widget=LONG)

    def first(self):
        return self.target.started_on


class ResumeForm(DayForm):
    def first(self):
        return self.target.stopped_on


class VerifyForm(DayForm):
    note = forms.CharField(label=_("核验情况"), max_length=300, widget=LONG)

    def first(self):
        return self.target.resumed_on
